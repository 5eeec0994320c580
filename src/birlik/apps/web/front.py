"""The front page of a node: its doors, each with a sentence of what stands behind it now, and a way in."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from birlik.apps.web import navigation, render
from birlik.apps.web.ask import Ask, iso, with_query
from birlik.apps.web.navigation import Link, Seen
from birlik.apps.web.panels import sentence
from birlik.apps.web.sight import Sight
from birlik.errors import Refused, Unknown
from birlik.kernel.domain import Sentence

PARTS = "/-/doors"
TAGS = f"{PARTS}/-tags"
"""Of what each door says, for a page that stays open; no door's name begins so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    name: str
    title: str
    question: str
    accent: str
    address: str
    part: str
    """The address of its sentence alone."""
    said: Markup
    tag: str
    first: Link
    ways: Sequence[Link]


def page(sight: Sight, *, theme: str, query: Mapping[str, str]) -> str:
    around = render.surroundings(sight, theme=theme, query=query, path="/")
    doors = [_shown(sight, each) for each in navigation.doors(sight.node, sight.principal)]
    tags = with_query(TAGS, {"lang": sight.words.language})
    return render.template("front.html", sight, **around, doors=doors, tags=tags)


def part(sight: Sight, name: str) -> tuple[str, str]:
    """(what a door says, its tag). Raises Unknown, also for a door that this reader may not open."""
    for seen in navigation.doors(sight.node, sight.principal):
        if seen.door.name == name:
            said = said_at(sight, seen)
            return said, _tag(said)
    raise Unknown(f"no door {name!r}")


def tags(sight: Sight) -> Mapping[str, object]:
    """What a page that stays open asks after each step."""
    doors = navigation.doors(sight.node, sight.principal)
    return {
        "clock": sight.words.clock(sight.now, sight.home_zone),
        "fresh": "",
        "watermark": iso(sight.watermark),
        "panels": {seen.door.name: _tag(said_at(sight, seen)) for seen in doors},
    }


def said_at(sight: Sight, seen: Seen) -> Markup:
    """The living sentence of a door, of what this reader sees; what it says where there is nothing, else."""
    ask = Ask(domain=seen.domain, page=seen.pages[0], given=_choices(seen), language=sight.words.language)
    return said(seen.door.says, replace(sight, ask=ask, reads=[]))


def _choices(seen: Seen) -> Mapping[str, str]:
    return {name: values[0] for name, values in seen.pages[0].choices.items()}


def said(panel: Sentence, sight: Sight) -> Markup:
    empty = Markup('<p class="empty">{}</p>').format(
        sight.words.t(panel.text_empty) or sight.words.t("Nothing is here yet.")
    )
    try:
        content = sentence.content(panel, sight)
    except Refused:
        return empty  # what one may not see looks as if it weren't there
    if not content.values["sentence"]:
        return empty
    old = " sentence-old" if content.values["old"] else ""
    return Markup('<p class="sentence{}">{}</p>').format(old, content.values["sentence"])


def _shown(sight: Sight, seen: Seen) -> Shown:
    door, words = seen.door, sight.words
    text = said_at(sight, seen)
    return Shown(
        name=door.name,
        title=words.t(door.title),
        question=words.t(door.question),
        accent=door.accent.value,
        address=f"/{door.name}",
        part=with_query(f"{PARTS}/{door.name}", {"lang": words.language}),
        said=text,
        tag=_tag(text),
        first=Link(words.t(seen.pages[0].title), seen.first),
        ways=navigation.ways(sight, seen),
    )


def _tag(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=9).hexdigest()
