"""A classifier of handwritten digits, written once and trained on every backend that the machine has."""
