"""Ten thousand forms an hour from many places: how fast pages are beside them, and how many clicks find the genuine.

Pages: a served node, in turns a stretch with forms at the rate of 10,000 an hour and one without, three times, so that
both see the same machine; before, 1,000 wait already. Clicks: ten thousand forms in one node whose clock is set, one in
ten from mailboxes that the flood owns, and a steward who goes by the queue's page.
"""

import http.client
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from tests.support.post import Post, post
from tests.support.spam import FORM, GENUINE, besieged, flood, passes, publishes

from bench.result import Result
from bench.servers import Server, node, quantile
from birlik import settings
from birlik.apps.cli.in_process import opened

FORMS, NETWORKS, OWNED, CLICKS = 10_000, 1_500, 0.1, 40
PER_HOUR, BEFORE = 10_000, 1_000
TURN_S, TURNS, PAGES_PER_S = 20.0, 3, 10
ADDRESS = "http://birlik.example"
PAGES = ("/cooperation/commitments?whole=1", "/cooperation/changes?whole=1", "/cooperation/commitment/com:01?whole=1")


def run() -> list[Result]:
    return [*_pages(), *_clicks(has_mail=True), *_clicks(has_mail=False)]


def _pages() -> list[Result]:
    with tempfile.TemporaryDirectory() as made, post() as at_post:
        folder = Path(made) / "node"
        _furnished(folder, at_post)
        with node(folder, is_open=False) as server:
            for n in range(BEFORE):
                _sends(server, n)
            calm: list[float] = []
            flooded: list[float] = []
            answers: list[float] = []
            _reads(server, [], 3.0)
            for turn in range(TURNS):
                _reads(server, calm, TURN_S)
                with _flooding(server, BEFORE + turn * 1_000, answers):
                    _reads(server, flooded, TURN_S)
    without, beside, form = (quantile(sorted(each), 0.95) for each in (calm, flooded, answers))
    return [
        Result(
            name="pages beside 10,000 forms an hour, p95",
            value=beside,
            unit="s",
            yardstick=f"without them, {without:.4g} s ({len(answers)} forms in {TURN_S * TURNS:.0f} s)",
            ratio=beside / without,
            target="<= 1.5 x",
            reached=beside <= 1.5 * without and len(answers) >= 0.9 * PER_HOUR / 3600 * TURN_S * TURNS,
        ),
        Result(
            name="a form that is to be confirmed by mail, p95",
            value=form,
            unit="s",
            yardstick="beside readers",
            ratio=None,
            target="<= 0.25 s",
            reached=form <= 0.25,
        ),
    ]


def _furnished(folder: Path, at_post: Post) -> None:
    settings.write_new(folder, "KAZ")
    told = {"address": ADDRESS, "reads_per_s": 0, "trusted_proxies": ["127.0.0.1"]}
    lines = [f"{name} = {str(value).replace(chr(39), chr(34))}" for name, value in told.items() if name != "address"]
    mail = "\n".join(f'{k} = "{v}"' if isinstance(v, str) else f"{k} = {v}" for k, v in at_post.settings().items())
    with (folder / settings.FILE).open("a", encoding="utf-8") as file:
        file.write("\n".join([f'address = "{ADDRESS}"', *lines, "", "[mail]", mail, ""]))
    with opened(folder) as client:
        client.post("/api/v1/acts/birlik_public_open", json={}).raise_for_status()


def _asked(server: Server, method: str, path: str, body: str = "", address: str = "192.0.2.1") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    headers = {"host": "birlik.example", "x-forwarded-for": address, "x-forwarded-proto": "http"}
    if body:
        headers["content-type"] = "application/x-www-form-urlencoded"
    connection.request(method, path, body or None, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def _sends(server: Server, n: int) -> None:
    told = {"entity_id": "com:01", "value": f"Buy {n} watches", "source": f"https://s{n}.example", "-token": str(n)}
    body = urllib.parse.urlencode({**told, "-mail": f"spam{n}@mail{n % 97}.example"})
    status = _asked(server, "POST", FORM, body, f"10.{n % NETWORKS // 250}.{n % 250}.7")
    if status != 200:
        raise RuntimeError(f"a form was answered {status}")


def _reads(server: Server, seconds: list[float], during_s: float) -> None:
    ends, due, n = time.perf_counter() + during_s, time.perf_counter(), 0
    while time.perf_counter() < ends:
        due, n = due + 1 / PAGES_PER_S, n + 1
        time.sleep(max(0.0, due - time.perf_counter()))
        started = time.perf_counter()
        status = _asked(server, "GET", PAGES[n % len(PAGES)])
        seconds.append(time.perf_counter() - started)
        if status != 200:
            raise RuntimeError(f"a page was answered {status}")


@contextmanager
def _flooding(server: Server, first: int, seconds: list[float]) -> Iterator[None]:
    over = threading.Event()

    def work() -> None:
        due, n = time.perf_counter(), first
        while not over.wait(max(0.0, due - time.perf_counter())):
            started = time.perf_counter()
            _sends(server, n)
            seconds.append(time.perf_counter() - started)
            due, n = due + 3600 / PER_HOUR, n + 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _clicks(*, has_mail: bool) -> Iterator[Result]:
    how = "confirmed by mail" if has_mail else "without mail"
    with (
        tempfile.TemporaryDirectory() as made,
        post() as at_post,
        mock.patch("birlik.kernel.service.mailing.serve"),
        besieged(Path(made) / "node", at_post if has_mail else None) as at,
    ):
        flood(at, FORMS, networks=NETWORKS, owned=OWNED, has_mail=has_mail)
        last = passes(at, at_post, 30) if has_mail else 0
        clicks, published = publishes(at)
    told = f"; the last of them was confirmed in hour {last + 1}, {len(at_post.taken)} mails" if has_mail else ""
    yield Result(
        name=f"clicks that publish 20 genuine of 10,000 forms, {how}",
        value=clicks,
        unit="clicks",
        yardstick=f"{published} of {len(GENUINE)} published{told}",
        ratio=None,
        target=f"<= {CLICKS}",
        reached=clicks <= CLICKS and published == len(GENUINE),
    )
