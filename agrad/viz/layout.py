"""Where the nodes of a drawing go: layers by the longest way, ordered within a layer by where their neighbours are.

Source: K. Sugiyama and others, "Methods for visual understanding of hierarchical system structures" (1981).
"""

from __future__ import annotations

Edge = tuple[str, str]
Point = tuple[float, float]


def layers(names: list[str], edges: list[Edge]) -> dict[str, int]:
    """Return each node's layer: 0 for those that nothing leads to, else one below the lowest that does."""
    below: dict[str, list[str]] = {name: [] for name in names}
    waiting = dict.fromkeys(names, 0)
    for start, end in edges:
        below[start].append(end)
        waiting[end] += 1
    found = dict.fromkeys(names, 0)
    ready = [name for name in names if not waiting[name]]
    while ready:
        name = ready.pop()
        for end in below[name]:
            found[end] = max(found[end], found[name] + 1)
            waiting[end] -= 1
            if not waiting[end]:
                ready.append(end)
    # a node that only leads on is drawn just above what it leads to
    for name in sorted(names, key=lambda one: -found[one]):
        if below[name] and not any(end == name for _, end in edges):
            found[name] = min(found[end] for end in below[name]) - 1
    return found


def placed(names: list[str], edges: list[Edge], sizes: dict[str, tuple[float, float]], gap: float) -> dict[str, Point]:
    """Return the centre of each node.

    Parameters
    ----------
    sizes : dict from names to (width, height)
    gap : float
        The space between neighbours, and between layers.
    """
    if not names:
        return {}
    level = layers(names, edges)
    rows: list[list[str]] = [[] for _ in range(max(level.values()) + 1)]
    for name in names:
        rows[level[name]].append(name)
    near: dict[str, list[str]] = {name: [] for name in names}
    for start, end in edges:
        near[start].append(end)
        near[end].append(start)
    x = {name: float(index) for row in rows for index, name in enumerate(row)}
    for _ in range(8):
        for row in (*rows, *reversed(rows)):
            row.sort(key=lambda name: sum(x[one] for one in near[name]) / len(near[name]) if near[name] else x[name])
            _spread(row, x, sizes, gap, near)
    left = min(x[name] - sizes[name][0] / 2 for name in names)
    places: dict[str, Point] = {}
    y = gap / 2
    for row in rows:
        height = max((sizes[name][1] for name in row), default=0)
        for name in row:
            places[name] = (x[name] - left + gap / 2, y + height / 2)
        y += height + gap
    return places


def _spread(
    row: list[str], x: dict[str, float], sizes: dict[str, tuple[float, float]], gap: float, near: dict[str, list[str]]
) -> None:
    """Put a row's nodes where their neighbours are on average, and apart."""
    if not row:
        return
    wanted = [sum(x[one] for one in near[name]) / len(near[name]) if near[name] else x[name] for name in row]
    edge = float("-inf")
    centres = []
    for name, goal in zip(row, wanted, strict=True):
        half = sizes[name][0] / 2
        centre = max(goal, edge + half)
        centres.append(centre)
        edge = centre + half + gap
    shift = sum(wanted) / len(row) - sum(centres) / len(row)
    for name, centre in zip(row, centres, strict=True):
        x[name] = centre + shift


__all__ = ["layers", "placed"]
