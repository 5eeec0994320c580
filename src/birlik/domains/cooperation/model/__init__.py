"""What follows from claims: folds, identity, dates, agreement. Pure."""
