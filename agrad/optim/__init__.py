"""Optimizers and learning rate schedules: torch.optim's names."""

from __future__ import annotations

from agrad.optim import lr_scheduler as lr_scheduler
from agrad.optim.algorithms import SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, NAdam, RMSprop, Rprop
from agrad.optim.averaging import ASGD, RAdam
from agrad.optim.lbfgs import LBFGS
from agrad.optim.optimizer import Optimizer

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "lr_scheduler",
]


def __dir__() -> list[str]:
    return list(__all__)
