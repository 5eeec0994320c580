"""The faces: each iterates over what the domains declared, and names none of them."""
