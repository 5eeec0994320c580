"""Somebody who wants to know what a coder has said, or whether, while the round is open: by reading everything before
and after, by looking through the coder's eyes, by asking what their own word would do.

The same node is read when nothing is said, when one coder has said `done`, and when they have said `dropped`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.support import toy_worlds
from tests.support.strangers import Client, House, house

from birlik.domains.cooperation.domain import DOMAIN
from birlik.kernel import acting, auditing
from birlik.kernel.store.vault import FILE as VAULT

Patch = pytest.MonkeyPatch
API = "/api/v1"
SOURCE = "https://press.example/summit"
EVERYBODY = ("bek", "steward", "operator", "administrator", "owner", "reader", "foreign", "nobody")
CODE = "cooperation_code_progress"
Answers = Mapping[tuple[str, str], tuple[int, Mapping[str, str], bytes]]


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    with toy_worlds.equal_nonces_of_pages(), house(tmp_path / "node", declared=(DOMAIN,)) as made:
        made.person("aigul", "reader")
        made.person("bek", "reader")
        told = {"entity_id": "com:01", "axis": "progress", "first_coder": "aigul", "second_coder": "bek"}
        made.steward.done("cooperation_round_open", **told)
        yield made


def asked_of(who: Client) -> str:
    return str(who.get(f"{API}/mine/cooperation_coding").json()["data"][0]["coding_id"])


def says(at: House, code: str) -> None:
    at.aigul.done(CODE, coding_id=asked_of(at.aigul), progress=code, source=SOURCE)


def addresses(at: House) -> Iterator[str]:
    catalogue = at.node.store.catalogue
    for name in (*catalogue.tables, *catalogue.derived):
        yield from (f"{API}/tables/{name}", f"{API}/tables/{name}?format=csv", f"{API}/tables/{name}/aggregate")
        yield from (f"{API}/mine/{name}", f"{API}/tables/{name}?limit=3")
    for name in ("cooperation_round", "cooperation_coding", "cooperation_claim"):
        yield from (f"{API}/tables/{name}/feed", f"/cooperation/record/{name}")
        yield f"{API}/tables/{name}?as_of=2026-03-02T12:00:00Z"
    for name in catalogue.indicators:
        yield from (f"{API}/indicators/{name}", f"{API}/indicators/{name}?format=csv")
    yield from (f"{API}/sources", f"{API}/search?q=informal", f"{API}/search/suggest?q=inf", "/", "/birlik/mine")
    yield from (f"/cooperation/act/{CODE}?key={asked_of(at.aigul)}", f"/cooperation/act/{CODE}?key={asked_of(at.bek)}")
    for page in DOMAIN.pages:
        base, about = f"/cooperation/{page.name}", "com:01" if page.parameters else ""
        yield "/".join(filter(None, (base, about)))
        query = f"?entity_id={about}" if about else ""
        yield f"{base}/-/tags/all{query}"
        yield from (f"{base}/-/panel/{panel.name}{query}" for panel in page.panels)


def read(at: House) -> Answers:
    made = {}
    for address in list(addresses(at)):
        whole = "/tables/" in address and "?" not in address and "aggregate" not in address
        for who in EVERYBODY if whole else EVERYBODY[:2]:
            answer = at.people[who].get(address)
            assert answer.status_code < 500, (who, address)
            made[who, address] = (answer.status_code, dict(answer.headers), answer.content)
    return made


def log_of(at: House) -> list[str]:
    """Of the audit log, all acts; that somebody reads files is in it, too."""
    text = at.administrator.get("/birlik/audit").text
    return re.findall(r"cooperation_[a-z_]+|Code how far it is", text)


def differing(one: Answers, other: Answers) -> list[tuple[str, str]]:
    return [where for where, answer in one.items() if other[where] != answer]


def told_by_reading(at: House) -> bool:
    read(at)  # what a first reading makes is there
    nothing, log, size = read(at), log_of(at), _bytes(at)
    says(at, "done")
    done = read(at)
    says(at, "dropped")
    dropped = read(at)
    assert sum(answer[0] == 200 for answer in nothing.values()) > 200
    return bool(differing(nothing, done) or differing(done, dropped)) or (log, size) != (log_of(at), _bytes(at))


def _bytes(at: House) -> int:
    """Of what the vault would be in a backup."""
    copy = at.node.store.folder.parent / "vault.copy"
    copy.unlink(missing_ok=True)
    at.node.store.vault.copy(copy)
    assert b"dropped" not in copy.read_bytes()
    assert (at.node.store.folder / VAULT).exists()
    return sum(len(entry["kept"]) for entry in at.node.store.vault.all("unsaid").values())


def told_by_the_coders_eyes(at: House) -> bool:
    says(at, "dropped")
    at.steward.post("/see-as", data={"who": "aigul", "-form": at.steward.form_token})
    page = at.steward.get("/cooperation/coding/-/panel/progress")
    form = at.steward.get(f"/cooperation/act/{CODE}?key={asked_of(at.aigul)}").text
    return "You said" in page.text or 'value="dropped" selected' in form


def told_by_what_a_word_of_their_own_would_do(at: House) -> bool:
    says(at, "dropped")
    form = {"progress": "done", "source": SOURCE, "-preview": "1", "-form": at.bek.form_token}
    answer = at.bek.post(f"/cooperation/act/{CODE}?key={asked_of(at.bek)}", data=form)
    return "dropped</td>" in answer.text


def told_by_asking_for_anothers(at: House) -> bool:
    """The other coder, and a steward, code in the first one's place."""
    says(at, "dropped")
    told = {"coding_id": asked_of(at.aigul), "progress": "done", "source": SOURCE}
    return any(at.people[who].acts(CODE, **told).status_code != 404 for who in ("bek", "steward", "owner"))


def lines_as_of_any_act(patch: Patch) -> None:
    """The seal is out: a word that nobody is told has its line."""

    def prepared(node: Any, ask: Any) -> Any:
        done = acting.decided(node, ask, acting.NodesKeeper(node))
        made = acting.line(node, ask, done)
        auditing.decided(node, ask.act, ask.by, done)
        acting.seal(node, ask, done)
        return made

    patch.setattr(acting, "prepared", prepared)


def previews(patch: Patch) -> None:
    (act,) = [act for act in DOMAIN.acts if act.name == CODE]
    patch.setitem(act.__dict__, "is_unsaid", False)


def anybodys(patch: Patch) -> None:
    patch.setattr("birlik.kernel.store.reader.party_sql", lambda *told: "TRUE")


ATTACKS: tuple[tuple[Callable[[House], bool], Callable[[Patch], None]], ...] = (
    (told_by_reading, lines_as_of_any_act),
    (told_by_what_a_word_of_their_own_would_do, previews),
    (told_by_asking_for_anothers, anybodys),
)
EACH = pytest.mark.parametrize(("attack", "weaken"), ATTACKS, ids=[attack.__name__ for attack, _ in ATTACKS])


@EACH
def test_it_fails(at: House, attack: Callable[[House], bool], weaken: Callable[[Patch], None]) -> None:
    assert not attack(at)


@EACH
def test_it_succeeds_against_a_node_that_is_weakened(
    at: House, attack: Callable[[House], bool], weaken: Callable[[Patch], None], monkeypatch: Patch
) -> None:
    weaken(monkeypatch)
    assert attack(at)


def test_who_looks_through_the_coders_eyes_does_not_see_what_they_said(at: House) -> None:
    """Twice held off: they may do no act, and the page has no words for them."""
    assert not told_by_the_coders_eyes(at)


def test_an_administrators_link_shows_it_and_stands_in_the_audit_log_beside_whom_it_lets_in(at: House) -> None:
    """Nothing holds that off: whoever lets people in again can get in as them. It is seen afterwards."""
    says(at, "dropped")
    before = log_of(at)
    link = at.administrator.done("birlik_link_make", principal_id="aigul")["once"]["link"]
    form = at.signed_in(link).get(f"/cooperation/act/{CODE}?key={asked_of(at.aigul)}").text
    assert re.search(r'value="dropped"[^>]* (selected|checked)', form)
    assert log_of(at) == before
    lines = at.administrator.get("/api/v1/audit", params={"act": "birlik_link_make", "limit": 5}).json()["data"]
    assert any(line["who"] == "administrator" and "aigul" in line["on"] for line in lines)
