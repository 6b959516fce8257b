"""fft: being written."""
