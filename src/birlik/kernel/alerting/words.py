"""The words of an alert in the languages that a catalogue has them in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Formatter
from typing import Any

from babel import Locale
from babel.numbers import get_decimal_symbol

from birlik.clock import in_units
from birlik.kernel.alerts import AlertRule
from birlik.kernel.catalogues import Catalogue, texts

OVER = "Over: {headline}"
NORMAL_AGAIN = "Back to normal: {level:.1f} is below {closes_at:g}."
FORGOTTEN = "Nothing was left to judge it by for {hours:.0f} h, so it ends without a finding."
SOURCE_LANGUAGE = "en"
DURATION = "duration"
"""The form of a number of hours in an alert's words."""

OWN = Path(str(files(__package__) / "locale"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What one message says in one language."""

    language: str
    event: str
    headline: str
    description: str
    instruction: str


def words(
    rule: AlertRule, values: Mapping[str, Any], catalogues: Mapping[str, Catalogue], over: str = ""
) -> list[Words]:
    """English first, then every language that has this rule's headline. `over` is why it closed."""
    languages = [SOURCE_LANGUAGE, *sorted(name for name, said in catalogues.items() if rule.headline in said)]
    return [_in(language, catalogues.get(language, {}), rule, values, over) for language in languages]


def _in(language: str, said: Catalogue, rule: AlertRule, values: Mapping[str, Any], over: str) -> Words:
    # A rule's phrases among the values (`the same weekday`) are words too.
    values = {name: said.get(value, value) if isinstance(value, str) else value for name, value in values.items()}
    headline = _filled(rule.headline or rule.title, said, values, language)
    description = _filled(rule.description, said, values, language)
    if over:
        headline = _filled(OVER, said, {"headline": headline}, language)
        description = f"{_filled(over, said, values, language)} {description}".strip()
    return Words(
        language=language,
        event=_filled(rule.event or rule.title, said, {}, language),
        headline=headline,
        description=description,
        instruction="" if over else _filled(rule.instruction, said, values, language),
    )


class _Numbers(Formatter):
    """Format strings whose numbers are written with a language's own decimal mark.

    `{wait_h:duration}` writes hours as people say them: `58 min`, `2 d 3 h`.
    """

    def __init__(self, language: str, said: Catalogue) -> None:
        self._said = said if language != SOURCE_LANGUAGE else {}
        self._mark = get_decimal_symbol(Locale.parse(language, sep="-"))

    def format_field(self, value: Any, format_spec: str) -> Any:
        if format_spec == DURATION:
            return " ".join(f"{number} {self._said.get(unit, unit)}" for number, unit in in_units(abs(value)))
        text = format(value, format_spec)
        return text.replace(".", self._mark) if isinstance(value, float) else text


def _filled(text: str, said: Catalogue, values: Mapping[str, Any], language: str) -> str:
    """A format string in the language, filled. A translation that names what isn't there gives way to English."""
    translated = said.get(text, text)
    names = {name for _, name, _, _ in Formatter().parse(translated) if name is not None}
    if not names <= values.keys():
        translated = text
    language = language if translated is not text else SOURCE_LANGUAGE
    return _Numbers(language, said).vformat(translated, (), values)


def catalogues_in(folders: Sequence[Path]) -> Mapping[str, Catalogue]:
    """By language, the words of the folders and of this room."""
    return texts((*folders, OWN))
