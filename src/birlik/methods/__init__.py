"""Numerics that several domains share. Pure: arrays in, arrays out."""
