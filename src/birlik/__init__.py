"""birlik: shared knowledge from unshared data, a node a state."""

__version__ = "0.1.0"
