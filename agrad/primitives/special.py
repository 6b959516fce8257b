"""special: being written."""
