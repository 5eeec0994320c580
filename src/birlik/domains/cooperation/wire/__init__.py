"""The standards that records come and leave in: bytes ⇄ dataclasses. Pure."""
