"""Special functions written on the standard alone."""

TABLE: dict = {}
