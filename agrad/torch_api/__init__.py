"""PyTorch's face: functions named and called as in PyTorch, each a few lines over primitives."""
