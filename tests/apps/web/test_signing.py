"""Getting in by a browser: names, passwords, codes, passkeys, links; sessions; one's own account."""

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from tests.support.authenticator import Authenticator
from tests.support.people import GOOD, OTHER, House, closed

from birlik.clock import SetClock
from birlik.kernel.access import totp
from birlik.kernel.audit import Where


@pytest.fixture
def at(tmp_path: Path) -> Iterator[House]:
    with closed(tmp_path / "node") as made:
        yield made


def later(at: House, **step: float) -> None:
    assert isinstance(at.node.clock, SetClock)
    at.node.clock.advance(timedelta(**step))


def code(at: House, name: str) -> str:
    kept = at.node.store.vault.get("codes", name) or at.node.store.vault.get("codes to be", name)
    assert kept is not None
    seed = at.door.people.file.opened(base64.b64decode(kept["seed"]), name)
    return pyotp.TOTP(base64.b32encode(seed).decode()).at(at.door.now)


# --- name and password ------------------------------------------------------------------------------------------


def test_a_person_signs_in_and_goes_where_they_wanted_to_and_out_again(at: House) -> None:
    at.person("aida", "operator")
    browser = at.browser()
    sent = browser.get("/about?x=1")
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=%2Fabout%3Fx%3D1")
    answer = browser.signs_in("Aida ", to="/about?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/about?x=1")
    assert browser.is_in
    assert browser.heading() == "My account Aida"
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("birlik-KAZ="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert browser.post("/sign-out").headers["location"] == "/sign-in?left=here"
    assert not browser.is_in


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(at: House) -> None:
    at.person("aida", "operator")
    at.person("bek", "operator", password="")
    said = []
    for name in ("aida", "bek", "nobo", "anyo"):
        answer = at.browser().signs_in(name, OTHER)
        said.append((answer.status_code, answer.text.replace(name, "NAME"), sorted(answer.headers)))
    assert said[0][0] == 422
    assert all(each == said[0] for each in said)
    assert "don&#39;t go together" in said[0][1]


def test_who_has_ended_or_is_held_gets_in_no_more(at: House) -> None:
    at.person("aida", "operator")
    browser = at.browser()
    browser.signs_in("aida")
    at.does("principal_end", principal_id="aida")
    assert not browser.is_in
    assert at.browser().signs_in("aida").status_code == 422


def test_guessing_waits_longer_each_time_and_the_owners_browser_never_does(at: House) -> None:
    at.person("aida", "operator")
    own, stranger = at.browser("192.0.2.7"), at.browser("192.0.2.7")
    own.signs_in("aida")
    own.post("/sign-out")
    answers = [stranger.signs_in("aida", f"{OTHER} {n}") for n in range(8)]
    assert [a.status_code for a in answers] == [422] * 5 + [429] * 3
    assert answers[-1].headers["retry-after"] == "3"
    assert "try again in 3 s" in answers[-1].text
    assert stranger.signs_in("aida").status_code == 429, "the right one waits too"
    assert own.signs_in("aida").status_code == 303
    later(at, seconds=4)
    assert stranger.signs_in("aida").status_code == 303


def test_a_name_that_nobody_has_makes_one_wait_alike(at: House) -> None:
    assert [at.browser().signs_in("nobody-here", OTHER).status_code for _ in range(7)] == [422] * 5 + [429] * 2


# --- one-time links ---------------------------------------------------------------------------------------------


def test_a_link_shows_a_button_and_the_button_lets_in_once_to_set_a_password(at: House) -> None:
    at.person("aida", "operator", password="")
    link, browser = at.link("aida"), at.browser()
    for _ in range(3):
        assert "Go in" in browser.get(link).text, "who scans a mail opens it"
    answer = browser.post(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert "Set a password, or add a passkey" in browser.get("/account").text
    assert at.browser().post(link).status_code == 404
    answer = browser.post("/account/password", {"password": GOOD, "again": GOOD})
    assert answer.headers["location"] == "/account?did=password"
    assert "The password is set" in browser.get("/account?did=password").text
    assert at.browser().signs_in("aida").status_code == 303


def test_a_link_that_is_a_day_old_lets_nobody_in(at: House) -> None:
    at.person("aida", "operator")
    link = at.link("aida")
    later(at, hours=24)
    assert at.browser().get(link).status_code == 404
    assert at.browser().post(link).status_code == 404


# --- one's own account ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"before": GOOD, "password": OTHER, "again": OTHER + "x"}, "The two don&#39;t agree"),
        ({"before": OTHER, "password": OTHER, "again": OTHER}, "not the password that you have now"),
        ({"before": GOOD, "password": "short", "again": "short"}, "12 characters at least"),
        ({"before": GOOD, "password": "aida aida aida", "again": "aida aida aida"}, "guessed soon"),
    ],
)
def test_a_password_that_is_not_changed_says_why(at: House, told: dict[str, str], why: str) -> None:
    at.person("aida", "operator")
    browser = at.browser()
    browser.signs_in("aida")
    answer = browser.post("/account/password", told)
    assert (answer.status_code, why in answer.text) == (422, True)
    assert at.browser().signs_in("aida").status_code == 303


def test_a_new_password_ends_all_other_sessions_and_gives_this_browser_another(at: House) -> None:
    at.person("aida", "operator")
    here, there = at.browser(), at.browser("198.51.100.3")
    here.signs_in("aida")
    there.signs_in("aida")
    before = here.cookie()
    here.post("/account/password", {"before": GOOD, "password": OTHER, "again": OTHER})
    assert here.is_in
    assert here.cookie() != before
    assert not there.is_in
    assert at.browser().signs_in("aida", GOOD).status_code == 422
    assert at.browser("203.0.113.1").signs_in("aida", OTHER).status_code == 303


@pytest.mark.parametrize("path", ["password", "codes", "codes/confirm", "codes/end", "passkeys/end"])
def test_what_decides_who_gets_in_is_changed_only_after_a_fresh_sign_in(at: House, path: str) -> None:
    at.person("aida", "operator")
    browser = at.browser()
    browser.signs_in("aida")
    later(at, minutes=11)
    assert browser.is_in
    answer = browser.post(f"/account/{path}", {"before": GOOD, "password": OTHER, "again": OTHER, "id": "00"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?again=1&next=/account")
    assert "Say once more who you are" in browser.get(answer.headers["location"]).text
    assert at.browser().signs_in("aida", GOOD).status_code == 303


def test_sessions_are_listed_and_ended_by_their_owner_only(at: House) -> None:
    at.person("aida", "operator")
    at.person("bek", "operator")
    here, there, bek = at.browser(), at.browser("198.51.100.3", **{"user-agent": "Chrome/140 (Windows)"}), at.browser()
    here.signs_in("aida")
    there.signs_in("aida")
    bek.signs_in("bek")
    said = here.get("/account").text
    assert "Chrome, Windows" in said
    assert "198.51.100.3" in said
    keys = list(at.node.store.vault.all("session", of="aida"))
    for key in keys:
        bek.post("/account/sessions/end", {"key": key})
    assert here.is_in
    assert there.is_in
    here.post("/account/sessions/end", {"key": "others"})
    assert here.is_in
    assert not there.is_in
    assert bek.is_in


def test_an_administrator_ends_somebodys_sessions_and_they_sign_in_again(at: House) -> None:
    at.person("aida", "operator")
    at.person("bek", "operator")
    here, there, bek = at.browser(), at.browser("198.51.100.3"), at.browser()
    for browser, name in ((here, "aida"), (there, "aida"), (bek, "bek")):
        browser.signs_in(name)
    later(at, minutes=1)
    at.does("sessions_end", principal_id="aida")
    assert (here.is_in, there.is_in, bek.is_in) == (False, False, True)
    later(at, minutes=1)
    here.signs_in("aida")
    assert (here.is_in, there.is_in) == (True, False)
    assert here.get("/account").text.count("Firefox, Linux</strong>") == 1


def test_a_session_ends_when_nobody_does_anything_and_in_any_case(at: House) -> None:
    at.person("aida", "operator")
    browser = at.browser()
    browser.signs_in("aida")
    later(at, seconds=at.node.settings.session_idle_s + 1)
    assert not browser.is_in
    browser.signs_in("aida")
    for _ in range(int(at.node.settings.session_s // 3_600)):
        later(at, hours=1)
        last = browser.is_in
    assert not last


def test_who_gets_another_role_gets_another_session(at: House) -> None:
    at.person("aida", "reader")
    browser, thief = at.browser(), at.browser()
    browser.signs_in("aida")
    before = str(browser.cookie())
    assert browser.get("/about").status_code == 200
    assert browser.cookie() == before
    at.does("grant_add", principal_id="aida", role="steward")
    assert browser.get("/about").status_code == 200
    assert browser.cookie() != before
    assert browser.post("/account/sessions/end", {"key": "others"}).status_code == 303, "with a page of the new one"
    assert browser.is_in
    thief.client.cookies.set("birlik-KAZ", before)
    assert thief.get("/about").status_code == 200, "for what was on its way"
    later(at, seconds=61)
    assert thief.get("/about").status_code == 303
    assert browser.is_in
    assert browser.get("/account").text.count("this browser") == 1


def test_what_was_on_its_way_ends_with_the_session(at: House) -> None:
    at.person("aida", "reader")
    browser, thief = at.browser(), at.browser()
    browser.signs_in("aida")
    thief.client.cookies.set("birlik-KAZ", str(browser.cookie()))
    at.does("grant_add", principal_id="aida", role="steward")
    browser.get("/about")
    browser.post("/sign-out")
    assert thief.get("/about").status_code == 303


# --- a second factor --------------------------------------------------------------------------------------------


def with_codes(at: House, name: str) -> Any:
    browser = at.browser()
    browser.signs_in(name)
    shown = browser.post("/account/codes")
    assert "<svg" in shown.text
    assert "otpauth://totp/" in shown.text
    assert browser.post("/account/codes/confirm", {"code": "000000"}).status_code == 422
    answer = browser.post("/account/codes/confirm", {"code": code(at, name)})
    assert answer.headers["location"] == "/account?did=codes"
    return browser


def test_codes_are_set_up_by_the_first_one_and_then_asked_for_after_the_password(at: House) -> None:
    at.person("aida", "operator")
    assert with_codes(at, "aida").is_in
    browser = at.browser()
    answer = browser.signs_in("aida", to="/about")
    assert answer.headers["location"] == "/sign-in/second"
    assert not browser.is_in
    assert "The password is right" in browser.get("/sign-in/second").text
    assert browser.post("/sign-in/second", {"code": "000000"}).status_code == 422
    assert browser.post("/sign-in/second", {"code": code(at, "aida")}).status_code == 422, "the first one was taken"
    later(at, seconds=30)
    answer = browser.post("/sign-in/second", {"code": code(at, "aida")})
    assert (answer.status_code, answer.headers["location"]) == (303, "/about")
    assert browser.is_in


def test_the_second_step_belongs_to_the_browser_that_did_the_first_and_is_done_once(at: House) -> None:
    at.person("aida", "operator")
    with_codes(at, "aida")
    later(at, seconds=30)
    assert at.browser().get("/sign-in/second").status_code == 303
    assert at.browser().post("/sign-in/second", {"code": code(at, "aida")}).status_code == 403
    browser = at.browser()
    browser.signs_in("aida")
    kept = browser.cookie("birlik-KAZ-second")
    assert browser.post("/sign-in/second", {"code": code(at, "aida")}).status_code == 303
    later(at, seconds=30)
    other = at.browser()
    other.client.cookies.set("birlik-KAZ-second", str(kept))
    assert other.post("/sign-in/second", {"code": code(at, "aida")}).status_code == 403


def test_codes_can_not_be_guessed(at: House) -> None:
    at.person("aida", "operator")
    with_codes(at, "aida")
    later(at, seconds=30)
    browser = at.browser()
    browser.signs_in("aida")
    said = [browser.post("/sign-in/second", {"code": f"{n:06}"}).status_code for n in range(8)]
    assert said == [422] * 5 + [429] * 3
    other = at.browser("198.51.100.3")
    other.signs_in("aida")
    assert other.post("/sign-in/second", {"code": "000000"}).status_code == 429, "in no other browser either"


def test_a_link_lets_in_who_has_lost_the_telephone(at: House) -> None:
    at.person("aida", "operator")
    with_codes(at, "aida")
    browser = at.browser()
    browser.post(at.link("aida"))
    browser.post("/account/codes/end")
    assert at.browser("203.0.113.9").signs_in("aida").headers["location"] == "/"


def test_a_role_that_asks_for_a_second_factor_opens_nothing_but_the_account_until_there_is_one(tmp_path: Path) -> None:
    with closed(tmp_path / "node", second_factor=("operator",)) as at:
        at.person("aida", "operator")
        at.person("cem", "reader")
        reader = at.browser()
        reader.signs_in("cem")
        assert reader.get("/orchard/row/1").status_code == 200
        browser = at.browser()
        browser.signs_in("aida")
        assert browser.get("/orchard/row/1").status_code == 403
        assert browser.get("/api/v1/tables/orchard_picking").status_code == 403
        assert "Your role asks for a second factor" in browser.get("/account").text
        browser.post("/account/codes")
        browser.post("/account/codes/confirm", {"code": code(at, "aida")})
        assert browser.get("/orchard/row/1").status_code == 200
        at.does("grant_add", principal_id="cem", role="operator")
        assert reader.get("/orchard/row/1").status_code == 403, "from the moment at which the role is granted"


def test_who_lacks_the_second_factor_makes_no_key_which_would_need_none(tmp_path: Path) -> None:
    with closed(tmp_path / "node", second_factor=("operator",)) as at:
        at.person("aida", "operator")
        browser = at.browser()
        browser.signs_in("aida")
        assert browser.post("/birlik/act/birlik_my_key_add", {"label": "mine", "-token": "t"}).status_code == 403
        headers = {"birlik-form": browser.token}
        made = browser.client.post("/api/v1/acts/birlik_my_key_add", json={"label": "mine"}, headers=headers)
        assert made.status_code == 403
        assert "Keys for your programs" not in browser.get("/account").text


def test_keys_of_ones_own_are_made_after_a_fresh_sign_in_listed_and_ended(at: House) -> None:
    at.person("aida", "reader")
    browser = at.browser()
    browser.signs_in("aida")
    told = {"label": "my program", "-token": "t1", "-back": "/account"}
    made = browser.post("/birlik/act/birlik_my_key_add", told)
    assert made.status_code == 200
    page = browser.get("/account").text
    assert "my program" in page
    key_id = re.search(r'name="key_id" value="([^"]+)"', page)
    assert key_id is not None
    later(at, minutes=11)
    assert browser.post("/birlik/act/birlik_my_key_add", told | {"-token": "t2"}).status_code == 403
    ended = browser.post("/birlik/act/birlik_my_key_end", {"key_id": key_id[1], "-token": "t3", "-back": "/account"})
    assert re.fullmatch(r"/account\?did=birlik_my_key_end~1~[0-9a-f]{24}", ended.headers["location"])
    page = browser.get(ended.headers["location"]).text
    assert "That key lets nobody in" in page
    assert "my program" not in page


# --- passkeys ---------------------------------------------------------------------------------------------------


def device(at: House) -> Authenticator:
    assert at.door.site is not None
    return Authenticator(at.door.site.origin, at.door.site.id)


def adds(browser: Any, phone: Authenticator, title: str = "telephone") -> Any:
    headers = {"birlik-form": browser.token}
    options = browser.client.post("/account/passkeys/ask", json={}, headers=headers).json()
    told = {"answer": phone.register(options), "title": title}
    return browser.client.post("/account/passkeys", json=told, headers=headers)


def test_a_passkey_lets_in_alone_and_after_a_password(at: House) -> None:
    at.person("aida", "operator")
    browser, phone = at.browser(), device(at)
    browser.signs_in("aida")
    assert adds(browser, phone).json() == {"to": "/account?did=passkey"}
    assert "telephone" in browser.get("/account").text

    alone = at.browser()
    options = alone.client.post("/sign-in/passkey/ask", json={}).json()
    assert options["allowCredentials"] == []
    answer = alone.client.post("/sign-in/passkey?next=/about", json={"answer": phone.sign(options)})
    assert answer.json() == {"to": "/about"}
    assert alone.is_in

    second = at.browser()
    assert second.signs_in("aida").headers["location"] == "/sign-in/second"
    options = second.client.post("/sign-in/passkey/ask?second=1", json={}).json()
    assert len(options["allowCredentials"]) == 1
    assert second.client.post("/sign-in/passkey", json={"answer": phone.sign(options, flags=1)}).status_code == 200
    assert second.is_in


def test_a_passkey_is_asked_for_by_the_browser_that_answers_once(at: House) -> None:
    at.person("aida", "operator")
    browser, phone = at.browser(), device(at)
    browser.signs_in("aida")
    adds(browser, phone)
    one, other = at.browser(), at.browser()
    options = one.client.post("/sign-in/passkey/ask", json={}).json()
    answer = phone.sign(options)
    assert other.client.post("/sign-in/passkey", json={"answer": answer}).status_code == 403
    assert one.client.post("/sign-in/passkey", json={"answer": answer}).status_code == 200
    one.post("/sign-out")
    assert one.client.post("/sign-in/passkey", json={"answer": answer}).status_code == 403


def test_somebody_elses_passkey_is_no_second_factor_of_mine(at: House) -> None:
    at.person("aida", "operator")
    at.person("bek", "operator")
    phones = {}
    for name in ("aida", "bek"):
        browser, phones[name] = at.browser(), device(at)
        browser.signs_in(name)
        adds(browser, phones[name])
    thief = at.browser()
    thief.signs_in("aida")
    options = thief.client.post("/sign-in/passkey/ask?second=1", json={}).json()
    assert thief.client.post("/sign-in/passkey", json={"answer": phones["bek"].sign(options)}).status_code == 403
    assert not thief.is_in


def test_there_are_no_passkeys_where_the_address_is_a_number(tmp_path: Path) -> None:
    with closed(tmp_path / "node", "https://10.0.0.1") as at:
        assert "passkeys.js" not in at.browser().get("/sign-in").text
        assert at.browser().client.post("/sign-in/passkey/ask", json={}).status_code == 404


# --- the audit log ----------------------------------------------------------------------------------------------


def lines(at: House) -> list[tuple[str, str | None, str]]:
    with at.node.audit.reading() as reading:
        return [(shown.leaf.act, shown.who, shown.leaf.outcome) for shown in reading.newest(Where(), 200)[0]]


def test_what_somebody_does_to_their_way_in_has_its_line_and_no_secret_stands_in_it(at: House) -> None:
    at.person("aida", "operator")
    browser = with_codes(at, "aida")
    adds(browser, device(at))
    new = "қамқа бұлақ терезе шеге 7"
    browser.post("/account/password", {"before": GOOD, "password": new, "again": new})
    browser.post("/account/codes/end")
    browser.post("/account/sessions/end", {"key": "others"})
    browser.post("/sign-out")
    at.browser().signs_in("aida", OTHER)
    acts = [(act, outcome) for act, _, outcome in lines(at)]
    for act in ("sign_in", "codes_set", "passkey_added", "password_set", "codes_ended", "session_ended", "sign_out"):
        assert (act, "done") in acts, act
    assert ("sign_in", "refused: password") in acts
    assert acts.count(("codes_set", "done")) == 1, "a wrong first code sets nothing up"
    written = b"".join(file.read_bytes() for file in at.node.store.folder.rglob("*") if file.is_file())
    for secret in (GOOD, new, OTHER):
        assert secret.encode() not in written


# --- forms ------------------------------------------------------------------------------------------------------


def test_every_form_of_the_account_lacks_force_without_the_token_of_its_page(at: House) -> None:
    at.person("aida", "operator")
    browser = at.browser()
    browser.signs_in("aida")
    for path in ("password", "codes", "codes/confirm", "codes/end", "passkeys/end", "sessions/end", "view"):
        assert browser.client.post(f"/account/{path}", data={"key": "others"}).status_code == 403
    for path in ("passkeys", "passkeys/ask"):
        assert browser.client.post(f"/account/{path}", json={}).status_code == 403
    assert browser.client.post("/sign-out").status_code == 403
    assert browser.is_in


def test_nothing_of_who_signs_in_is_kept_by_a_browser(at: House) -> None:
    for path in ("/sign-in", "/account", "/sign-in/second", "/link/none"):
        assert at.browser().get(path).headers["cache-control"] in ("no-store", "private, no-cache")
    at.person("aida", "operator")
    browser = at.browser()
    browser.signs_in("aida")
    assert browser.get("/account").headers["cache-control"] == "no-store"
    assert totp.SEED_BYTES == 20
