"""The graph engine: nodes, primitives, backward, forward mode, modes, versions. It knows no operation by name."""
