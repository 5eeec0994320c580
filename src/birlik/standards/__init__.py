"""Codecs that several domains share. Pure: bytes and values in, bytes and values out."""
