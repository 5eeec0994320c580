"""What every domain is given: the contract, the store, the way, the machinery behind each declaration."""
