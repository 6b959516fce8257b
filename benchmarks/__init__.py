"""Races between agrad, raw NumPy with hand-written gradients, and the other autograd libraries.

Run with ``python -m benchmarks``. Only ratios taken within one run mean anything: the same machine, the same minute,
one thread.
"""
