"""Columns of results, each with what readers are told that it is."""

from typing import Any

from birlik.kernel.tables import Field, Type


def text(name: str, title: str, description: str, **more: Any) -> Field:
    """Words."""
    return Field(name=name, type=Type.TEXT, title=title, description=description, **more)


def flag(name: str, title: str, description: str) -> Field:
    """Yes or no."""
    return Field(name=name, type=Type.BOOL, title=title, description=description)


def count(name: str, title: str, description: str) -> Field:
    """How many."""
    return Field(name=name, type=Type.INT, unit="1", title=title, description=description)


def number(name: str, title: str, description: str, **more: Any) -> Field:
    """A number without a unit."""
    return Field(name=name, type=Type.FLOAT, unit="1", title=title, description=description, **more)
