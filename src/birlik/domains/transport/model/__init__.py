"""What follows from the rows: expressions and numerics. Pure."""
