"""This domain's words, and the facts that it ships as claims."""
