"""The suite that judges a backend: ``python -m agrad_conformance --backend NAME``."""
