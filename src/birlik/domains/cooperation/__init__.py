"""The registry: who exists, who said what of it, what was promised, and what became of it."""
