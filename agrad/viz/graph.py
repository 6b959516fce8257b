"""make_dot: the graph that backward will walk, as DOT text and as an SVG picture that needs no other program.

Leaves are blue, with their name and shape; operators are grey boxes; outputs are green. Nodes are walked without recursion.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from agrad.engine.node import Leaf
from agrad.tensor import Tensor
from agrad.viz.layout import placed

LEAF, OPERATOR, OUTPUT, SAVED = "lightblue", "lightgrey", "darkolivegreen1", "orange"


class Vertex(NamedTuple):
    """A node of the drawing: what it says, and its colour."""

    label: str
    color: str


class Drawing:
    """A drawn graph.

    Attributes
    ----------
    vertices : dict from names to Vertex
    edges : list of (name, name)
        From inputs to outputs, as the computation went.
    """

    def __init__(self) -> None:
        self.vertices: dict[str, Vertex] = {}
        self.edges: list[tuple[str, str]] = []

    @property
    def source(self) -> str:
        """The graph in the DOT language."""
        lines = [
            "digraph {",
            "\tnode [align=left fontname=monospace fontsize=10 height=0.2 ranksep=0.1 shape=box style=filled]",
        ]
        for name, (label, color) in self.vertices.items():
            text = label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            lines.append(f'\t{name} [label="{text}" fillcolor={color}]')
        lines += [f"\t{start} -> {end}" for start, end in self.edges]
        return "\n".join([*lines, "}"]) + "\n"

    def svg(self) -> str:
        """Return the picture."""
        return _svg(self)

    def _repr_svg_(self) -> str:
        return self.svg()

    def __str__(self) -> str:
        return self.source

    def save(self, filename: str | Path) -> str:
        """Write the DOT text."""
        Path(filename).write_text(self.source, encoding="utf-8")
        return str(filename)

    def render(self, filename: str | Path = "graph", format: str = "svg") -> str:
        """Write the picture to ``filename.format`` and return that name.

        Parameters
        ----------
        format : str
            "svg" is drawn here; others need Graphviz's program `dot`.

        Raises
        ------
        RuntimeError
            For another format without Graphviz.
        """
        path = f"{filename}.{format}"
        if format == "svg":
            Path(path).write_text(self.svg(), encoding="utf-8")
            return path
        program = shutil.which("dot")
        if program is None:
            raise RuntimeError(
                f"a picture in format {format!r} needs Graphviz's program `dot`, which was not found; format='svg' needs none."
            )
        subprocess.run([program, f"-T{format}", "-o", path], input=self.source, text=True, check=True)
        return path


def _shape(tensor: Any) -> str:
    return "(" + ", ".join(map(str, tensor.shape)) + ")"


def make_dot(
    var: Any, params: Mapping[str, Any] | None = None, show_attrs: bool = False, show_saved: bool = False
) -> Drawing:
    """Draw the graph of a tensor, or of several.

    Parameters
    ----------
    var : Tensor, or sequence of Tensor
    params : mapping from names to Tensors, optional
        Names for leaves, such as ``dict(model.named_parameters())``.
    show_attrs, show_saved : bool
        Also say what operators keep: numbers and shapes; tensors as nodes of their own.

    Examples
    --------
    >>> import agrad
    >>> x = agrad.tensor([1.0, 2.0], requires_grad=True)
    >>> drawing = agrad.viz.make_dot((x * x).sum(), params=dict(x=x))
    >>> [vertex.label for vertex in drawing.vertices.values()]
    ['()', 'SumBackward0', 'MulBackward0', 'AccumulateGrad', 'x\\n(2)']
    """
    roots = [var] if isinstance(var, Tensor) else list(var)
    names = {id(tensor): name for name, tensor in (params or {}).items()}
    drawing = Drawing()
    keys: dict[int, str] = {}
    kept: list[Any] = []

    def key(thing: Any) -> str:
        if id(thing) not in keys:
            keys[id(thing)] = f"n{len(keys)}"
            kept.append(thing)  # ids stay theirs while the drawing is made
        return keys[id(thing)]

    stack: list[Any] = []
    for root in roots:
        node = root.grad_fn
        drawing.vertices[key(root)] = Vertex(_labelled(names.get(id(root)), _shape(root)), OUTPUT)
        if node is None:
            continue
        drawing.edges.append((key(node), key(root)))
        stack.append(node)
    while stack:
        node = stack.pop()
        name = key(node)
        if name in drawing.vertices:
            continue
        label = node.name()
        if show_attrs:
            label += _attributes(node)
        drawing.vertices[name] = Vertex(label, OPERATOR)
        if isinstance(node, Leaf):
            tensor = node.variable
            if tensor is not None:
                drawing.vertices[key(tensor)] = Vertex(_labelled(names.get(id(tensor)), _shape(tensor)), LEAF)
                drawing.edges.append((key(tensor), name))
            continue
        if show_saved:
            for field, tensor in _saved(node):
                drawing.vertices[key(tensor)] = Vertex(f"{field}\n{_shape(tensor)}", SAVED)
                drawing.edges.append((key(tensor), name))
        for below, _ in reversed(node.next_functions):
            if below is not None:
                drawing.edges.append((key(below), name))
                stack.append(below)
    return drawing


def _labelled(name: str | None, shape: str) -> str:
    return shape if name is None else f"{name}\n{shape}"


def _saved(node: Any) -> list[tuple[str, Any]]:
    found = []
    for field in dir(node):
        if field.startswith("_saved_"):
            value = getattr(node, field)
            if isinstance(value, Tensor):
                found.append((field.removeprefix("_saved_"), value))
    return found


def _attributes(node: Any) -> str:
    lines = []
    for field in dir(node):
        if field.startswith("_saved_"):
            value = getattr(node, field)
            lines.append(f"{field.removeprefix('_saved_')}: {_shape(value) if isinstance(value, Tensor) else value}")
    return "\n" + "\n".join(lines) if lines else ""


_FILL = {LEAF: "#add8e6", OPERATOR: "#e4e4e4", OUTPUT: "#caff70", SAVED: "#ffa500"}
_LINE, _CHARACTER, _MARGIN, _GAP = 14, 7, 12, 28


def _svg(drawing: Drawing) -> str:
    sizes: dict[str, tuple[float, float]] = {}
    for name, (label, _) in drawing.vertices.items():
        lines = label.split("\n")
        sizes[name] = (max(map(len, lines)) * _CHARACTER + 16, len(lines) * _LINE + 10)
    places = placed(list(drawing.vertices), drawing.edges, sizes, _GAP)
    width = max((x + sizes[name][0] / 2 for name, (x, _) in places.items()), default=0) + _MARGIN
    height = max((y + sizes[name][1] / 2 for name, (_, y) in places.items()), default=0) + _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="monospace" font-size="11">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#555"/></marker></defs>',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
    ]
    for start, end in drawing.edges:
        (x1, y1), (x2, y2) = places[start], places[end]
        y1, y2 = y1 + sizes[start][1] / 2, y2 - sizes[end][1] / 2
        middle = (y1 + y2) / 2
        parts.append(
            f'<path d="M{x1:.1f} {y1:.1f} C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}" '
            'fill="none" stroke="#555" marker-end="url(#tip)"/>'
        )
    for name, (label, color) in drawing.vertices.items():
        (x, y), (w, h) = places[name], sizes[name]
        parts.append(
            f'<rect x="{x - w / 2:.1f}" y="{y - h / 2:.1f}" width="{w}" height="{h}" rx="3" fill="{_FILL[color]}" '
            'stroke="#555"/>'
        )
        lines = label.split("\n")
        for index, line in enumerate(lines):
            baseline = y - h / 2 + 5 + _LINE * (index + 0.75)
            parts.append(f'<text x="{x:.1f}" y="{baseline:.1f}" text-anchor="middle">{escape(line)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


__all__ = ["Drawing", "make_dot"]
