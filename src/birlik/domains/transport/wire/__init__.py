"""The protocols of this domain: bytes to dataclasses and back. Pure."""
