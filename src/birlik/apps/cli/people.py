"""The six people of a closed demo: five roles, three states, and a link for each."""

from pathlib import Path
from typing import Any

from birlik.apps.cli.in_process import opened
from birlik.apps.cli.reach import API, Way, checked
from birlik.settings import FILE

ACTS = f"{API}/acts"
PEOPLE = (
    ("aigul", "Aigül, looks after accounts", "administrator", "KAZ"),
    ("serik", "Serik, tends registers", "steward", "KAZ"),
    ("dana", "Dana, the officer on duty", "operator", "KAZ"),
    ("marat", "Marat, sends for a supplier", "supplier", "KAZ"),
    ("nodira", "Nodira, an analyst in Tashkent", "reader", "UZB"),
    ("janos", "János, an analyst in Budapest", "reader", "HUN"),
)
"""Name at sign-in, what they are called, role, state."""
LABELS = (("GREEN", "observers"), ("AMBER", "members"), ("AMBER+STRICT", ""))
"""Of the sources by turns: for observers too, for members, for the own state."""


def label(folder: Path, sources: list[str]) -> None:
    """Say in the settings who may see what each source sends."""
    lines = [""]
    for n, source in enumerate(sources):
        marking, audience = LABELS[n % len(LABELS)]
        meant = f'"{audience}"' if audience else ""
        lines += [f'[sources."{source}"]', f'marking = "{marking}"', f"audience = [{meant}]"]
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def make(folder: Path) -> None:
    """Those who are not there yet."""
    with opened(folder) as client:
        have = {row["principal_id"] for row in client.get(f"{API}/tables/birlik_principal").json()["data"]}
        sources = [row["source_id"] for row in client.get(f"{API}/sources").json()["data"]]
        for name, called, role, state in PEOPLE:
            if name in have:
                continue
            who: dict[str, Any] = {"principal_id": name, "kind": "person", "name": called, "state": state}
            checked(client.post(f"{ACTS}/birlik_principal_add", json=who))
            grant = {"principal_id": name, "role": role}
            if role == "supplier":
                grant["sources"] = sources[0]
            checked(client.post(f"{ACTS}/birlik_grant_add", json=grant))


def links(socket: str, url: str) -> list[dict[str, str]]:
    """How to be each: an address that is used once."""
    made = []
    with Way("http://127.0.0.1", socket=socket).client() as client:
        for name, called, role, state in PEOPLE:
            once = checked(client.post(f"{ACTS}/birlik_link_make", json={"principal_id": name})).json()["once"]
            made.append({"name": name, "who": called, "role": role, "state": state, "link": f"{url}{once['link']}"})
    return made
