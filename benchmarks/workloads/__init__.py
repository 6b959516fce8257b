"""One file a workload; each gives races whose contenders are written as a good user of that library writes."""
