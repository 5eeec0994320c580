"""Rows to wire: what other systems ask of us in protocols of their own."""
