"""torch.nn.modules' paths: each leads to the module of agrad.nn that has these classes.

``from agrad.nn.modules.conv import Conv2d`` is ``from agrad.nn.convolution import Conv2d``.
"""

from __future__ import annotations

import sys

from agrad.nn import (
    activation,
    attention,
    containers,
    convolution,
    lazy,
    linear,
    loss,
    normalization,
    padding,
    pooling,
    recurrent,
    regularization,
    vision,
)
from agrad.nn import module as module
from agrad.nn.containers import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from agrad.nn.module import Module
from agrad.nn.modules import utils as utils

conv = convolution
container = containers
rnn = recurrent
transformer = attention
batchnorm = instancenorm = regularization
dropout = regularization
flatten = sparse = linear
pixelshuffle = upsampling = vision

#: what PyTorch calls the files
_PATHS = {
    "activation": activation,
    "batchnorm": batchnorm,
    "container": container,
    "conv": conv,
    "dropout": dropout,
    "flatten": flatten,
    "instancenorm": normalization,
    "lazy": lazy,
    "linear": linear,
    "loss": loss,
    "module": module,
    "normalization": regularization,
    "padding": padding,
    "pixelshuffle": pixelshuffle,
    "pooling": pooling,
    "rnn": rnn,
    "sparse": sparse,
    "transformer": transformer,
    "upsampling": upsampling,
}
for _name, _module in _PATHS.items():
    sys.modules[f"{__name__}.{_name}"] = _module

__all__ = [
    "Module",
    "ModuleDict",
    "ModuleList",
    "ParameterDict",
    "ParameterList",
    "Sequential",
    "utils",
]
