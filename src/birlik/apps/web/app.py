"""The pages of a node: `mount` adds their routes to an app. They read through the principal's view and nothing else."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from birlik.apps.web import (
    anyone,
    assets,
    auditing,
    blank_sheets,
    charts,
    citing,
    entering,
    finding,
    front,
    interface,
    mail,
    naming,
    navigation,
    plans,
    render,
    rows,
    seeing,
    tokens,
    trying,
)
from birlik.apps.web.ask import (
    COOKIE,
    EMPTY,
    SINCE,
    Ask,
    asked,
    filter_of,
    filtered,
    iso,
    language_of,
    page_path,
    with_query,
)
from birlik.apps.web.catalogues import LANGUAGES
from birlik.apps.web.door import Door
from birlik.apps.web.given import given
from birlik.apps.web.memo import Memo
from birlik.apps.web.panels import quarantine
from birlik.apps.web.security import HEADERS
from birlik.apps.web.sight import Sight
from birlik.apps.web.tokens import theme_of
from birlik.apps.web.words import Words, words
from birlik.errors import BadRequest, BirlikError, ReaderError, Refused, TooMany, Unknown, Unnamed
from birlik.kernel import saying
from birlik.kernel.access.sessions import form_token
from birlik.kernel.domain import Domain, OfTable, Page
from birlik.kernel.members import Role
from birlik.kernel.own import OWN
from birlik.kernel.policy import READ, Principal, must_be_for, must_have
from birlik.kernel.search import MOST_RANKED
from birlik.kernel.service import Service

log = logging.getLogger("birlik")
FILTERS = 2
"""Expressions of readers that are answered at a time; others wait, so that threads are left for who sends."""


def mount(
    app: Starlette,
    service: Service,
    principal_of: Callable[[Request], Principal],
    described: Callable[[], Mapping[str, Any]],
) -> None:
    """Add the pages to an app that has the API's routes already. `described` gives that API's OpenAPI document."""
    app.state.door = Door(service.node)
    web = Web(service, principal_of, described, app.state.door)
    app.router.routes.extend(web.routes())


TOKEN = "birlik.token"  # nosec B105 # a key of the scope
"""Key of the scope: the token of the session that the door has found."""


class Web:
    def __init__(
        self,
        service: Service,
        principal_of: Callable[[Request], Principal],
        described: Callable[[], Mapping[str, Any]],
        door: Door,
    ) -> None:
        self.described, self.door = described, door
        self.node, self.service, self.principal_of = service.node, service, principal_of
        self.memo = Memo()
        self.filters = asyncio.Semaphore(FILTERS)
        folders = [d.catalogue for d in self.node.domains if d.catalogue is not None]
        self.words: Mapping[str, Words] = {tag: words(tag, folders) for tag in LANGUAGES}

    def routes(self) -> list[Route | Mount]:
        made: list[Route | Mount] = [
            Route("/", self.home, include_in_schema=False),
            Route("/search", self.search, include_in_schema=False),
            Route("/about", self.about, include_in_schema=False),
            Route("/api", self.interface, include_in_schema=False),
            Route(trying.PATH, self.trying, methods=["GET", "POST"], include_in_schema=False),
            Route(blank_sheets.PATH, self.blank_sheet, include_in_schema=False),
            Route("/method/{indicator}", self.method, include_in_schema=False),
            Route("/static/{fingerprint}/tokens.css", assets.style, include_in_schema=False),
            Route("/static/{fingerprint}/borders.json", self.borders, include_in_schema=False),
            Mount("/static", assets.Static(directory=assets.STATIC)),
        ]
        made += [
            Route(front.TAGS, self.front_tags, include_in_schema=False),
            Route(f"{front.PARTS}/{{door}}", self.front_part, include_in_schema=False),
        ]
        made += [*entering.routes(self, self.door), *seeing.routes(self), *anyone.routes(self)]
        made += [auditing.route(self), mail.route(self)]
        for domain in self.node.domains:
            names = dict.fromkeys([*(door.name for door in domain.doors), domain.name])
            made += [Route(f"/{name}", self.home_of(domain, name), include_in_schema=False) for name in names]
            made += [*rows.routes(self, domain), *plans.routes(self, domain)]
            for page in naming.pages_of(domain):
                made += self.routes_of(domain, page)
            made += [Route(f"/{name}/{{rest:path}}", self.missing, include_in_schema=False) for name in names]
        return made

    def routes_of(self, domain: Domain, page: Page) -> list[Route | Mount]:
        base = f"/{domain.name}/{page.name}"
        parts = {"panel": self._panel, "chart": self._chart, "picture": self._picture, "tags": self._tags}
        parts["text"], parts["cite"] = self._text, self._cite
        made: list[Route | Mount] = [
            Route(f"{base}/-/{kind}/{{part}}", self.answer(domain, page, act), include_in_schema=False)
            for kind, act in parts.items()
        ]
        address = base + "".join(f"/{{{name}}}" for name in page.parameters)
        made.append(Route(address, self.answer(domain, page, self._frame), include_in_schema=False))
        return made

    # --- what stands at an address ------------------------------------------------------------------------

    async def home(self, request: Request) -> Response:
        """The doors, where there are several; else the one, else the first page."""
        who = self.principal_of(request)
        if who.is_nobody:
            return entering.to_sign_in(request)
        doors = navigation.doors(self.node, who)
        if len(doors) > 1:
            return await asyncio.to_thread(self.answered, request, OWN, EMPTY, self._front)
        if doors:
            return self._to(request, doors[0].first)
        pages = [(d is OWN, p.order, d, p) for d in self.node.domains for p in self._firsts(d, who)]
        if not pages:
            return self._to(request, entering.ACCOUNT)
        _, _, domain, page = min(pages, key=lambda entry: entry[:2])  # the node's own come last
        return self._to(request, navigation.address_of(domain, page))

    def _firsts(self, domain: Domain, who: Principal) -> list[Page]:
        """The pages without parameters that somebody may open, in their order."""
        mine = [p for p in naming.pages_of(domain) if not p.parameters and navigation.may_open(who, domain, p)]
        return sorted(mine, key=lambda page: page.order)

    def _front(self, request: Request, sight: Sight) -> Response:
        return HTMLResponse(front.page(sight, theme=theme_of(request), query=dict(request.query_params)))

    async def front_part(self, request: Request) -> Response:
        def act(request: Request, sight: Sight) -> Response:
            html, tag = front.part(sight, request.path_params["door"])
            return _unless_known(request, html, tag)

        return await asyncio.to_thread(self.answered, request, OWN, EMPTY, act)

    async def front_tags(self, request: Request) -> Response:
        def act(request: Request, sight: Sight) -> Response:
            return JSONResponse(front.tags(sight), headers={"cache-control": "no-store"})

        return await asyncio.to_thread(self.answered, request, OWN, EMPTY, act)

    def home_of(self, domain: Domain, name: str) -> Callable[[Request], Any]:
        """The first page of a door or of a domain, of those that a reader may open."""

        async def first(request: Request) -> Response:
            who = self.principal_of(request)
            if who.is_nobody:
                return entering.to_sign_in(request)
            for seen in navigation.doors(self.node, who):
                if seen.door.name == name:
                    return self._to(request, seen.first)
            pages = self._firsts(domain, who) if name == domain.name else []
            return self._to(request, navigation.address_of(domain, pages[0])) if pages else await self.missing(request)

        return first

    def _to(self, request: Request, path: str) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(path + query, 307, headers=HEADERS)

    def answer(self, domain: Domain, page: Page, act: Callable[[Request, Sight], Response]) -> Callable[[Request], Any]:
        """Read the address, then do the work in a thread: the loop only moves bytes."""

        async def endpoint(request: Request) -> Response:
            asks = (SINCE, *(filter_of(page, panel) for panel in filtered(page)))
            if not any(request.query_params.get(name) for name in asks):
                return await asyncio.to_thread(self.answered, request, domain, page, act)
            async with self.filters:
                return await asyncio.to_thread(self.answered, request, domain, page, act)

        return endpoint

    def _text(self, request: Request, sight: Sight) -> Response:
        """A message of the quarantine as text, for who corrects it; none of what is binary or long."""
        found = quarantine.editable(sight, request.path_params["part"]) if sight.principal.is_operator else None
        text, encoding = found or (None, "")
        return JSONResponse({"text": text, "encoding": encoding})

    def answered(
        self, request: Request, domain: Domain, page: Page, act: Callable[[Request, Sight], Response]
    ) -> Response:
        """For whoever may open the page."""
        try:
            must_have(self.principal_of(request), navigation.needs_of(domain, page), "this page", domain.name)
            must_be_for(self.principal_of(request), READ)
        except BirlikError as error:
            return self.failed(request, error)
        return self.shown(request, domain, page, act)

    def shown(
        self, request: Request, domain: Domain, page: Page, act: Callable[[Request, Sight], Response]
    ) -> Response:
        """For whoever asks."""
        language = self.language(request)
        try:
            now = self.node.clock.now()
            ask = asked(domain, page, request.path_params, request.query_params, language, now)
            return self._dressed(request, act(request, self.sight(request, ask)))
        except BirlikError as error:
            return self.failed(request, error)
        except Exception as error:
            # Never the address: a one-time link is one, and whoever asks could put lines of their own into the log.
            log.exception("a page of %s broke: %s", domain.name, page.name)
            return self.failed(request, error)

    def sight(self, request: Request, ask: Ask) -> Sight:
        return Sight(
            node=self.node,
            principal=self.principal_of(request),
            words=self.words[ask.language],
            ask=ask,
            memo=self.memo,
            token=request.scope.get(TOKEN, ""),
            seen_as=seeing.whose(request),
        )

    def language(self, request: Request) -> str:
        accepted = request.headers.get("accept-language", "")
        return language_of(request.query_params, request.cookies, accepted, self.node.settings.language)

    def _frame(self, request: Request, sight: Sight) -> Response:
        if len(sight.same) > 1 and sight.same[0] != sight.same_as:
            first = page_path(sight.ask.domain, sight.ask.page, [sight.same[0]])
            return RedirectResponse(with_query(first, dict(request.query_params)), 303)
        return HTMLResponse(render.frame(sight, theme=theme_of(request), query=dict(request.query_params)))

    def _cite(self, request: Request, sight: Sight) -> Response:
        if request.path_params["part"] != citing.PART:
            raise Unknown(f"no citation {request.path_params['part']!r}: there is one of the {citing.PART}")
        return HTMLResponse(citing.page(sight, str(request.base_url), theme_of(request), dict(request.query_params)))

    def _panel(self, request: Request, sight: Sight) -> Response:
        html, tag = render.fragment(sight.ask.panel(request.path_params["part"]), sight)
        return _unless_known(request, html, tag)

    def _tags(self, request: Request, sight: Sight) -> Response:
        """The tag of each panel, and the watermark in words: what a live page asks after each step."""
        tags = {panel.name: self.tag(sight, panel.name) for panel in sight.ask.page.panels}
        fresh = render.fresh_words(sight)
        said = {
            "clock": sight.words.clock(sight.now, sight.zone),
            "fresh": fresh,
            "watermark": iso(sight.watermark),
            "panels": tags,
        }
        return Response(json.dumps(said), media_type="application/json", headers={"cache-control": "no-store"})

    def tag(self, sight: Sight, name: str) -> str:
        ask = sight.ask
        panel = ask.panel(name)
        # What is each reader's own is made for each; all else is made once for all who may see the same.
        whose = sight.own_name if isinstance(panel, OfTable) and panel.mine else sight.reads_as
        key = ("tag", sight.principal.view, whose, sight.watermark, ask.part("panel", name))
        try:
            return self.memo.get(key, lambda: render.fragment(ask.panel(name), sight)[1])
        except BirlikError as error:
            return f"failed: {error}"

    def _chart(self, request: Request, sight: Sight) -> Response:
        panel = sight.ask.panel(request.path_params["part"].removesuffix(".json"))
        if not charts.is_charted(panel):
            raise Unknown(f"the panel {panel.name!r} has no chart")
        theme = request.query_params.get("theme", "light")
        if theme not in tokens.THEMES:
            raise BadRequest(f"theme is one of {', '.join(tokens.THEMES)}, not {theme!r}", parameter="theme")
        address = sight.ask.part("chart", panel.name, v=request.query_params.get("v", ""), theme=theme)
        key = ("chart", sight.principal.view, address)
        spec = self.memo.get(key, lambda: json.dumps(charts.specification(panel, sight, theme)))
        return Response(spec, media_type="application/json", headers={"cache-control": "private, max-age=300"})

    def _picture(self, request: Request, sight: Sight) -> Response:
        name, _, form = request.path_params["part"].rpartition(".")
        panel = sight.ask.panel(name)
        if form not in ("png", "svg") or not charts.is_charted(panel):
            raise Unknown(f"no picture {request.path_params['part']!r}: charts have one, as .png and .svg")
        body = charts.picture(panel, sight, form, str(request.base_url))
        kind = "image/png" if form == "png" else "image/svg+xml"
        named = "-".join([sight.ask.page.name, *sight.ask.given.values(), panel.name])
        disposition = f'attachment; filename="{"".join(c if c.isalnum() else "-" for c in named)}.{form}"'
        return Response(body, media_type=kind, headers={"content-disposition": disposition})

    async def search(self, request: Request) -> Response:
        def act(request: Request, sight: Sight) -> Response:
            result = finding.search(sight, request.query_params.multi_items())
            around = render.surroundings(sight, theme=theme_of(request), query=request.query_params, path="/search")
            return HTMLResponse(render.template("search.html", sight, **around, result=result, most=MOST_RANKED))

        return await asyncio.to_thread(self.answered, request, OWN, EMPTY, act)

    async def about(self, request: Request) -> Response:
        def act(request: Request, sight: Sight) -> Response:
            return HTMLResponse(render.about(sight, theme=theme_of(request), query=dict(request.query_params)))

        return await asyncio.to_thread(self.answered, request, OWN, EMPTY, act)

    async def interface(self, request: Request) -> Response:
        def act(request: Request, sight: Sight) -> Response:
            shown = interface.groups(self.described())
            around = render.surroundings(sight, theme=theme_of(request), query=request.query_params, path="/api")
            return HTMLResponse(render.template("interface.html", sight, **around, groups=shown))

        return await asyncio.to_thread(self.answered, request, OWN, EMPTY, act)

    async def trying(self, request: Request) -> Response:
        """A file is tried, and sent where its reader has seen what comes of it."""
        told: Mapping[str, str | bytes] | None = None
        if request.method == "POST":
            try:
                told = await given(request, self.node.settings.body_limit_bytes, trying.MOST_FIELDS)
            except (BirlikError, HTTPException) as error:
                return self.failed(request, error)

        def act(request: Request, sight: Sight) -> Response:
            must_have(sight.principal, Role.SUPPLIER, "trying a file")
            form, shown = trying.answered(self.service, sight, told)
            around = render.surroundings(sight, theme=theme_of(request), query=request.query_params, path=trying.PATH)
            html = render.template("try.html", sight, **around, form=form, **shown)
            return HTMLResponse(html, 422 if form.faults else 200)

        return await asyncio.to_thread(self.answered, request, OWN, EMPTY, act)

    async def blank_sheet(self, request: Request) -> Response:
        """An empty sheet, for whoever begins one."""

        def act(request: Request, sight: Sight) -> Response:
            must_have(sight.principal, Role.SUPPLIER, "trying a file")
            return blank_sheets.answered(sight, **request.path_params)

        return await asyncio.to_thread(self.answered, request, OWN, EMPTY, act)

    async def method(self, request: Request) -> Response:
        def act(request: Request, sight: Sight) -> Response:
            indicator = sight.indicator(request.path_params["indicator"])
            return HTMLResponse(
                render.method(sight, indicator, theme=theme_of(request), query=dict(request.query_params))
            )

        return await asyncio.to_thread(self.answered, request, OWN, EMPTY, act)

    async def missing(self, request: Request) -> Response:
        """Nothing; but an address with a slash behind it, as people write them, is that without it."""
        path = request.url.path
        if path.endswith("/") and request.method in ("GET", "HEAD"):
            return self._to(request, path.rstrip("/"))
        return self.failed(request, Unknown(f"no page at {path}"))

    async def borders(self, request: Request) -> Response:
        return await asyncio.to_thread(assets.borders, request, self.node.settings)

    # --- around an answer ---------------------------------------------------------------------------------

    def _dressed(self, request: Request, response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers[name] = value
        if (mark := render.OWN_FORM.encode()) in response.body:
            token = request.scope.get(TOKEN, "")
            response.body = bytes(response.body).replace(mark, form_token(token).encode() if token else b"")
            response.headers["content-length"] = str(len(response.body))
        response.headers.setdefault("cache-control", "private, no-cache")
        response.headers["vary"] = "cookie, accept-language"
        if (chosen := request.query_params.get("lang")) in LANGUAGES and "/-/" not in request.url.path:
            response.set_cookie(COOKIE, str(chosen), max_age=31_536_000, samesite="lax", httponly=True)
        return response

    def failed(self, request: Request, error: Exception) -> Response:
        """What failed and what to do; a fragment says it inside its panel, and the rest of the page holds."""
        if isinstance(error, Unnamed) and "/-/" not in request.url.path:
            return entering.to_sign_in(request)
        status = next((code for kind, code in STATUS if isinstance(error, kind)), 500)
        language = self.language(request)
        said = saying.reason_in(self.node, language, error.args[0]) if isinstance(error, BirlikError) else ""
        ask = Ask(domain=OWN, page=EMPTY, language=language)
        sight = self.sight(request, ask)
        if "/-/panel/" in request.url.path:
            html = render.template("failed.html", sight, status=status, said=said)
        elif "/-/" in request.url.path:
            return self._dressed(request, PlainTextResponse(said or "internal error", status))
        else:
            query = {k: v for k, v in request.query_params.items() if k == "lang"}
            around = render.surroundings(sight, theme=theme_of(request), query=query, path=request.url.path)
            html = render.template("error.html", sight, **around, status=status, said=said)
        return self._dressed(request, HTMLResponse(html, status))


STATUS: tuple[tuple[type[Exception], int], ...] = (
    (Unknown, 404),
    (Unnamed, 401),
    (TooMany, 429),
    (Refused, 403),
    (ReaderError, 400),
    (BirlikError, 503),
)


def _unless_known(request: Request, html: str, tag: str) -> Response:
    """A part of a page, but to who has it already."""
    known = {"etag": f'"{tag}"', "cache-control": "private, no-cache"}
    if request.headers.get("if-none-match") == known["etag"]:
        return Response(status_code=304, headers=known)
    return HTMLResponse(html, headers=known)
