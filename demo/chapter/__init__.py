"""A beginner's chapter on Tensors, which runs under PyTorch and under agrad alike."""
