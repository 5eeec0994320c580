"""Colours, once: the style sheet, the charts and the map legend read the same tokens.

Scales are ordered in lightness, so that they hold for every kind of colour vision and in print.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request

from birlik.kernel.doors import Accent


@dataclass(frozen=True, kw_only=True, slots=True)
class Theme:
    name: str
    ground: str
    raised: str
    ink: str
    quiet: str
    line: str
    accent: str
    """Of what stands behind no door."""
    accents: Mapping[Accent, str]
    """A shade of each, all of the same weight."""
    accent_ink: str
    """Text on an accent."""
    land: str
    water: str
    border: str
    sequence: tuple[str, ...]
    """Five steps of load, from little to much."""
    diverging: tuple[str, ...]
    """Around what is usual: below, as usual, and three above. Blue to orange holds for every kind of colour vision."""
    severity: Mapping[str, str]


LIGHT = Theme(
    name="light",
    ground="#fbfbfa",
    raised="#ffffff",
    ink="#1b2126",
    quiet="#59636b",
    line="#dde1e4",
    accent="#0b5c78",
    accents={
        Accent.SEA: "#0b5c78",
        Accent.PLUM: "#7d2a5f",
        Accent.MOSS: "#3f6212",
        Accent.CLAY: "#8c3d16",
        Accent.IRIS: "#4740a3",
        Accent.SLATE: "#43546a",
    },
    accent_ink="#ffffff",
    land="#eceae5",
    water="#dce6ec",
    border="#bdb9b0",
    sequence=("#c6dbe6", "#8fbacd", "#5594ae", "#256a88", "#0a3f58"),
    diverging=("#4a8fc4", "#c5cace", "#f2b15e", "#d9700f", "#8a3500"),
    severity={"extreme": "#7a1022", "severe": "#a83a00", "moderate": "#8a6100", "minor": "#2f6b3a"},
)
DARK = Theme(
    name="dark",
    ground="#14181b",
    raised="#1a1f23",
    ink="#e8ebed",
    quiet="#a3adb5",
    line="#333b41",
    accent="#74c0da",
    accents={
        Accent.SEA: "#74c0da",
        Accent.PLUM: "#e59bca",
        Accent.MOSS: "#a5cd7c",
        Accent.CLAY: "#efa283",
        Accent.IRIS: "#b4b0f7",
        Accent.SLATE: "#adbccf",
    },
    accent_ink="#08222c",
    land="#2a2f33",
    water="#171d22",
    border="#4a5258",
    sequence=("#2c4a59", "#356f88", "#4b97b4", "#86c3d8", "#d3ebf3"),
    diverging=("#4f97cf", "#5d666d", "#a86a1f", "#f0953a", "#ffd9a3"),
    severity={"extreme": "#ff9aa8", "severe": "#ffae85", "moderate": "#e8c26a", "minor": "#8fd09b"},
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


def theme_with(name: str, accent: Accent | None) -> Theme:
    """A theme as it is behind a door."""
    theme = THEMES[name]
    return theme if accent is None else replace(theme, accent=theme.accents[accent])


def style_sheet() -> str:
    """Custom properties of both themes: the system's choice, unless the reader made one."""
    light, dark = _properties(LIGHT), _properties(DARK)
    return (
        f':root,:root[data-theme="light"]{{color-scheme:light;{light}}}\n'
        f'@media (prefers-color-scheme: dark){{:root:not([data-theme="light"]){{color-scheme:dark;{dark}}}}}\n'
        f':root[data-theme="dark"]{{color-scheme:dark;{dark}}}\n'
        f"@media print{{:root,:root[data-theme]{{color-scheme:light;{light}}}}}\n"
        f":root{{--accent:var(--accent-usual)}}\n"
        + "".join(f'[data-accent="{each.value}"]{{--accent:var(--accent-{each.value})}}\n' for each in Accent)
    )


def _properties(theme: Theme) -> str:
    named = ("ground", "raised", "ink", "quiet", "line", "accent_ink", "land", "water", "border")
    said = [f"--{name.replace('_', '-')}:{getattr(theme, name)}" for name in named]
    said += [f"--accent-usual:{theme.accent}"]
    said += [f"--accent-{name.value}:{shade}" for name, shade in theme.accents.items()]
    said += [f"--step-{i}:{colour}" for i, colour in enumerate(theme.sequence)]
    said += [f"--level-{i}:{colour}" for i, colour in enumerate(theme.diverging)]
    said += [f"--{name}:{colour}" for name, colour in theme.severity.items()]
    return ";".join(said)


COOKIE = "birlik_theme"


def theme_of(request: Request) -> str:
    """What the reader chose; empty follows the system."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in THEMES else ""
