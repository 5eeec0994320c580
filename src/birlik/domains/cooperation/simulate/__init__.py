"""A registry with known truth: promises and their coders, people and bodies with planted duplicates."""

from birlik.domains.cooperation.simulate.people_and_bodies import Harshness, World, world
from birlik.domains.cooperation.simulate.promises import Promises, promises

__all__ = ["Harshness", "Promises", "World", "promises", "world"]
