"""Sealed months as Parquet at a URI, what is computed of them elsewhere, and what a node takes of that."""
