"""The word for roles of a domain's own: who keeps a shelf, within one row of a table or within all of them."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """What somebody is asked to do within a row. It is granted beside a role and gives none: who holds it reads and
    acts by their role, and sees besides what rows show to it (`Party.duty`), and does what asks for it (`Act.duty`)."""

    name: str
    """Unique in the node; begins with the domain's name: `library_keeper`."""
    title: str
    """Who that is: `Keeper`."""
    description: str
    table: str
    """The table within whose rows it is held: a shelf. Its key is one column."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """A duty that an act gives to somebody, or takes from them."""

    duty: str
    to: str
    """The name of a principal."""
    within: str = ""
    """The key of a row; empty is within all of them."""
