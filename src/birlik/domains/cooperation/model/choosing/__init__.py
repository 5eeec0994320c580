"""Which projects first: criteria to a score, a choice under limits, and how firm it is."""
