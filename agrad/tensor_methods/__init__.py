"""The Tensor's methods by family: classes without state that agrad/tensor.py puts together.

A method is one line that calls the family's function in agrad/torch_api (or a primitive); what it does is told there.
"""
