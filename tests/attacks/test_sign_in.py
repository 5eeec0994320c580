"""How one would get in as somebody else, or make them be somebody: each fails, and succeeds against a node weakened by
the test's own patch, so that it is known to be tried."""

import base64
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from tests.support.people import GOOD, OTHER, House, closed
from tests.support.provider import CLIENT, SECRET, Liar

from birlik.apps.web import letting
from birlik.clock import SetClock
from birlik.kernel.access import passwords, sessions, totp
from birlik.kernel.access.begun import Begun
from birlik.kernel.access.delays import Delays
from birlik.kernel.access.oidc import Provider
from birlik.kernel.access.people import People
from birlik.kernel.store import Vault

Patch = pytest.MonkeyPatch
EVIL = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
MINISTRY = {"name": "ministry", "issuer": "https://id.example", "client_id": CLIENT, "client_secret": SECRET,
            "state": "KAZ", "roles": ["reader"]}  # fmt: skip


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    """Aida is its administrator; mallory has an account too."""
    with closed(tmp_path / "node", issuers=[MINISTRY]) as made:
        made.person("aida", "operator")
        made.person("mallory", "reader", password=OTHER)
        yield made


def later(at: House, **step: float) -> None:
    assert isinstance(at.node.clock, SetClock)
    at.node.clock.advance(timedelta(**step))


def is_aida(browser: Any) -> bool:
    return bool(browser.heading() == "My account Aida")


# --- the attacks: each says whether it has succeeded ------------------------------------------------------------


def guessing(at: House) -> bool:
    """A hundred guesses in a minute, the right one among them."""
    browser = at.browser("203.0.113.66")
    for n in range(100):
        browser.signs_in("aida", GOOD if n == 60 else f"{OTHER} {n}")
        later(at, seconds=0.6)
        if is_aida(browser):
            return True
    return False


def guessing_from_everywhere(at: House) -> bool:
    """The same from a hundred addresses."""
    for n in range(100):
        browser = at.browser(f"203.0.113.{n}")
        browser.signs_in("aida", GOOD if n == 90 else f"{OTHER} {n}")
        later(at, seconds=0.6)
        if is_aida(browser):
            return True
    return False


def stuffing(at: House) -> bool:
    """Names and passwords out of another's leak, each once, from one address: aida's stands at its end."""
    browser = at.browser("203.0.113.66")
    for n in range(150):
        browser.signs_in(f"person-{n}", f"{OTHER} {n}")
    browser.signs_in("aida", GOOD)
    return is_aida(browser)


def telling_names_apart(at: House) -> bool:
    """By the work that is done for a name, which is what a clock would show; its unit is a hash."""
    done: list[int] = []
    real = passwords.PasswordHasher.verify
    with pytest.MonkeyPatch.context() as patch:
        count = [0]

        def counting(*told: Any) -> bool:
            count[0] += 1
            return real(*told)

        patch.setattr(passwords.PasswordHasher, "verify", counting)
        for name in ("aida", "nobody-of-this-name"):
            count[0] = 0
            at.browser().signs_in(name, f"{OTHER} x")
            done.append(count[0])
    return done[0] != done[1]


def fixation(at: House) -> bool:
    """Aida's browser is given a cookie that mallory knows, before she signs in."""
    mallory, aida = at.browser(), at.browser()
    mallory.signs_in("mallory", OTHER)
    known = str(mallory.cookie())
    aida.client.cookies.set("birlik-KAZ", known)
    aida.signs_in("aida")
    mallory.client.cookies.set("birlik-KAZ", known)
    return is_aida(mallory)


def a_stolen_cookie_after_sign_out(at: House) -> bool:
    aida, thief = at.browser(), at.browser("203.0.113.66")
    aida.signs_in("aida")
    thief.client.cookies.set("birlik-KAZ", str(aida.cookie()))
    aida.post("/sign-out")
    return is_aida(thief)


def a_stolen_cookie_after_a_new_password(at: House) -> bool:
    aida, thief = at.browser(), at.browser("203.0.113.66")
    aida.signs_in("aida")
    thief.client.cookies.set("birlik-KAZ", str(aida.cookie()))
    new = "қамқа бұлақ терезе шеге 7"
    aida.post("/account/password", {"before": GOOD, "password": new, "again": new})
    return is_aida(thief)


def reading_the_vault(at: House) -> bool:
    """Who reads the file has what stands in it, and tries it as a cookie."""
    aida, thief = at.browser(), at.browser("203.0.113.66")
    aida.signs_in("aida")
    for key in at.node.store.vault.all(sessions.SESSION):
        thief.client.cookies.set("birlik-KAZ", key)
        if is_aida(thief):
            return True
    return False


ELSEWHERE = ("https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
             "/\t/evil.example", "javascript:alert(1)", "///evil.example", "/%09/evil.example\n")  # fmt: skip


def an_open_redirect(at: House) -> bool:
    """By whom a browser is led to a page that looks like ours: what it follows begins with one stroke and a name."""
    for address in ELSEWHERE:
        answer = at.browser().signs_in("aida", to=address)
        to = answer.headers["location"]
        if re.match(r"[\s\\/]*[\\/][\s\\/]*[\\/]|[a-z]+:", to):
            return True
    return False


def login_csrf(at: House) -> bool:
    """A page of mallory's signs aida's browser in as mallory, to read what she then writes."""
    aida = at.browser(**EVIL)
    aida.client.post("/sign-in", data={"name": "mallory", "password": OTHER})
    return aida.cookie() is not None


def login_csrf_by_another_sign_in(at: House) -> bool:
    """Mallory begins at the ministry, and leads aida's browser to the address to which that sends him back."""
    liar = Liar(now=at.node.clock.now(), claims={"sub": "mallory"})
    at.door.providers = {"ministry": Provider(at.node.settings.issuers[0], "http://localhost:8080/back", liar.client)}
    mallory, aida = at.browser(), at.browser()
    url = mallory.get("/sign-in/by/ministry").headers["location"]
    answer = aida.get("/sign-in/by/ministry/back", params=liar.answers(url))
    return "You are not known here yet" in answer.text


def a_form_of_another_site(at: House) -> bool:
    """Aida is signed in; a page of mallory's sends a form that ends all her other sessions."""
    aida, other = at.browser(), at.browser()
    aida.signs_in("aida")
    other.signs_in("aida")
    aida.client.post("/account/sessions/end", data={"key": "others"}, headers=EVIL)
    return not other.is_in


def seed_of(at: House) -> bytes:
    kept = at.node.store.vault.get("codes", "aida") or at.node.store.vault.get("codes to be", "aida")
    assert kept is not None
    return at.door.people.file.opened(base64.b64decode(kept["seed"]), "aida")


def code(at: House) -> str:
    return pyotp.TOTP(base64.b32encode(seed_of(at)).decode()).at(at.door.now)


def with_codes(at: House) -> None:
    aida = at.browser()
    aida.signs_in("aida")
    aida.post("/account/codes")
    aida.post("/account/codes/confirm", {"code": code(at)})
    later(at, seconds=30)


def without_the_second_step(at: House) -> bool:
    """Mallory knows the password."""
    with_codes(at)
    mallory = at.browser("203.0.113.66")
    mallory.signs_in("aida")
    mallory.get("/")
    return is_aida(mallory)


def a_code_seen_over_a_shoulder(at: House) -> bool:
    """Mallory knows the password and sees the code that she types, within its half minute."""
    with_codes(at)
    aida, mallory = at.browser(), at.browser("203.0.113.66")
    seen = code(at)
    aida.signs_in("aida")
    aida.post("/sign-in/second", {"code": seen})
    mallory.signs_in("aida")
    mallory.post("/sign-in/second", {"code": seen})
    return is_aida(mallory)


def guessing_codes(at: House) -> bool:
    """Mallory knows the password, and has a thousand guesses that are wrong and the right one."""
    with_codes(at)
    mallory = at.browser("203.0.113.66")
    mallory.signs_in("aida")
    for n in range(30):
        wrong = f"{n:06}" if f"{n:06}" != code(at) else "999999"
        mallory.post("/sign-in/second", {"code": wrong})
    mallory.post("/sign-in/second", {"code": code(at)})
    return is_aida(mallory)


def a_link_that_was_used(at: House) -> bool:
    """Out of her mail box, a day later or a minute."""
    link = at.link("aida")
    at.browser().post(link)
    thief = at.browser("203.0.113.66")
    thief.post(link)
    return is_aida(thief)


def a_mail_scanner_uses_the_link_up(at: House) -> bool:
    """It opens every link before she does."""
    link = at.link("aida")
    scanner, aida = at.browser("203.0.113.66"), at.browser()
    scanner.get(link)
    scanner.client.head(link)
    aida.post(link)
    return not is_aida(aida)


# --- how a node is weakened -------------------------------------------------------------------------------------


def no_delays(patch: Patch) -> None:
    patch.setattr(Delays, "begins", lambda *told: None)


def no_work_for_nobody(patch: Patch) -> None:
    real = People.agrees
    patch.setattr(People, "agrees", lambda self, who, typed: bool(self.password_since(who)) and real(self, who, typed))


def a_token_that_the_browser_brought(patch: Patch) -> None:
    patch.setattr(sessions.secrets, "token_urlsafe", lambda n: "what mallory knows")


def sessions_without_end(patch: Patch) -> None:
    patch.setattr(sessions, "end", lambda *told: 0)


def tokens_kept_as_they_are(patch: Patch) -> None:
    patch.setattr(sessions, "hash_of", lambda text: text)


def any_address(patch: Patch) -> None:
    patch.setattr(letting, "local", lambda address: address)


def any_page(patch: Patch) -> None:
    patch.setattr("birlik.apps.api.guard.refuse_foreign", lambda *told, **more: None)


def any_page_and_form(patch: Patch) -> None:
    any_page(patch)
    patch.setattr("birlik.apps.web.given.form_token", lambda token: "")


def any_browser(patch: Patch) -> None:
    kept: list[dict[str, Any]] = []
    real = Begun.sealed

    def sealed(self: Begun, kind: str, value: Any, now: Any) -> str:
        kept.append(dict(value))
        return real(self, kind, value, now)

    patch.setattr(Begun, "sealed", sealed)
    patch.setattr(Begun, "ended", lambda *told: kept[-1])


def no_second_step(patch: Patch) -> None:
    patch.setattr(People, "has_second", lambda *told: False)


def codes_again_and_again(patch: Patch) -> None:
    real = totp.step_of
    patch.setattr(totp, "step_of", lambda seed, code, now, last=None: real(seed, code, now))


def links_that_stay(patch: Patch) -> None:
    patch.setattr(Vault, "take", Vault.get)


def links_that_open_by_themselves(patch: Patch) -> None:
    real = Vault.get

    def get(self: Vault, kind: str, key: str, now: Any = None) -> Any:
        return self.take(kind, key, now) if kind == "link" else real(self, kind, key, now)

    patch.setattr(Vault, "get", get)


ATTACKS: tuple[tuple[Callable[[House], bool], Callable[[Patch], None]], ...] = (
    (guessing, no_delays),
    (guessing_from_everywhere, no_delays),
    (stuffing, no_delays),
    (telling_names_apart, no_work_for_nobody),
    (fixation, a_token_that_the_browser_brought),
    (a_stolen_cookie_after_sign_out, sessions_without_end),
    (a_stolen_cookie_after_a_new_password, sessions_without_end),
    (reading_the_vault, tokens_kept_as_they_are),
    (an_open_redirect, any_address),
    (login_csrf, any_page),
    (login_csrf_by_another_sign_in, any_browser),
    (a_form_of_another_site, any_page_and_form),
    (without_the_second_step, no_second_step),
    (a_code_seen_over_a_shoulder, codes_again_and_again),
    (guessing_codes, no_delays),
    (a_link_that_was_used, links_that_stay),
    (a_mail_scanner_uses_the_link_up, links_that_open_by_themselves),
)
IDS = [attack.__name__ for attack, _ in ATTACKS]


@pytest.mark.parametrize("attack", [attack for attack, _ in ATTACKS], ids=IDS)
def test_it_fails(at: House, attack: Callable[[House], bool]) -> None:
    assert not attack(at)


@pytest.mark.parametrize(("attack", "weakened"), ATTACKS, ids=IDS)
def test_it_succeeds_against_a_node_that_is_weakened(
    at: House, attack: Callable[[House], bool], weakened: Callable[[Patch], None], monkeypatch: Patch
) -> None:
    weakened(monkeypatch)
    assert attack(at)
