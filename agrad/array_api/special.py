"""Special functions: being written."""
