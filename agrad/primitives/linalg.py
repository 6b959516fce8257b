"""linalg: being written."""
