"""Which languages the pages have, and where their words lie."""

from pathlib import Path

LANGUAGES = {"en": "English", "kk": "Қазақша"}
"""Each by its own name."""
OWN = Path(__file__).parent / "locale"
