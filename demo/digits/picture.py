"""The PNG: loss curves of every run, the digits that were misread, and the graph of one training step's loss."""

from __future__ import annotations

import pathlib
from collections import defaultdict
from typing import Any

import matplotlib
import numpy as np

from . import program

matplotlib.use("Agg")


def curves(axes: Any, runs: list[program.Run]) -> None:
    """Training (solid) and validation (dashed) loss by epoch; runs that agree lie on one another, so they thin out."""
    widths = np.linspace(6, 1.2, max(len(runs), 2))
    for run, width in zip(runs, widths, strict=False):
        epochs = range(1, len(run.losses) + 1)
        (line,) = axes.plot(epochs, run.losses, lw=width, label=f"{run.backend} {run.device} {run.dtype}")
        axes.plot(epochs, run.valid_losses, lw=width / 2, ls="--", color=line.get_color())
    axes.set(yscale="log", xlabel="epoch", ylabel="cross-entropy", title="Loss: training (solid), validation (dashed)")
    axes.legend(fontsize=8)


def misread(figure: Any, place: Any, data: program.Data, run: program.Run) -> None:
    """The misread digits of the validation set with what they are and what they were taken for."""
    wrong = np.flatnonzero(run.predictions != data.labels_valid)[:12]
    grid = place.subgridspec(3, 4, hspace=0.5)
    for k, index in enumerate(wrong):
        axes = figure.add_subplot(grid[k // 4, k % 4])
        axes.imshow(data.x_valid[index].reshape(8, 8), cmap="gray_r")
        axes.set_title(f"{data.labels_valid[index]} read as {run.predictions[index]}", fontsize=8)
        axes.axis("off")
    frame = figure.add_subplot(place)
    frame.set_title(f"Misread: {int((run.predictions != data.labels_valid).sum())} of {len(data.labels_valid)}", pad=22)
    frame.axis("off")


def graph_of(node: Any) -> tuple[dict[Any, int], list[tuple[Any, Any]]]:
    """The nodes below `node` with their depth (longest way from the loss), and the edges."""
    order, seen, stack = [], set(), [(node, False)]
    while stack:  # depth first, children before parents in `order`
        here, finished = stack.pop()
        if finished:
            order.append(here)
        elif here not in seen:
            seen.add(here)
            stack.append((here, True))
            stack.extend((below, False) for below, _ in here.next_functions if below is not None)
    depth = dict.fromkeys(order, 0)
    edges = []
    for here in reversed(order):
        for below, _ in here.next_functions:
            if below is not None:
                depth[below] = max(depth[below], depth[here] + 1)
                edges.append((here, below))
    return depth, edges


def graph(axes: Any, loss: Any) -> None:
    """Draw what backward will walk: the loss at the top, the parameters where the ways end."""
    depth, edges = graph_of(loss.grad_fn)
    rows: dict[int, list[Any]] = defaultdict(list)
    for node, level in depth.items():
        rows[level].append(node)
    place = {}
    for level, nodes in rows.items():
        for k, node in enumerate(nodes):
            place[node] = ((k + 1) / (len(nodes) + 1), -level)
    for above, below in edges:
        axes.annotate(
            "",
            xy=place[below],
            xytext=place[above],
            arrowprops={"arrowstyle": "-", "color": "0.6", "lw": 0.8},
            zorder=1,
        )
    for node, (x, y) in place.items():
        leaf = not any(below is not None for below, _ in node.next_functions)
        shape = tuple(node.variable.shape) if leaf and hasattr(node, "variable") and node.variable is not None else None
        name = f"parameter {shape}" if shape else node.name().split("Backward")[0]
        box = {"boxstyle": "round,pad=0.25", "fc": "#cfe8cf" if leaf else "#dbe6f5", "ec": "0.5", "lw": 0.6}
        axes.text(x, y, name, ha="center", va="center", fontsize=7, bbox=box, zorder=2)
    axes.set(xlim=(0, 1), ylim=(-max(rows) - 0.6, 0.6), title="The graph of the loss")
    axes.axis("off")


def save(path: pathlib.Path, data: program.Data, runs: list[program.Run], loss: Any) -> None:
    """Write the picture."""
    from matplotlib import pyplot

    figure = pyplot.figure(figsize=(16, 8.5), layout="none")
    whole = figure.add_gridspec(
        2, 2, width_ratios=(1.1, 1), hspace=0.35, wspace=0.12, left=0.06, right=0.98, top=0.93, bottom=0.07
    )
    curves(figure.add_subplot(whole[0, 0]), runs)
    misread(figure, whole[1, 0], data, runs[0])
    graph(figure.add_subplot(whole[:, 1]), loss)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
