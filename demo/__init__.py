"""Programs that use agrad as anyone would."""
