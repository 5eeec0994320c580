"""Settings are values, read once: `birlik.toml` in the data folder, then BIRLIK_* of the environment.

Assembly reads them; everyone else is handed a value. A key that we don't know is an error: mostly a typing slip.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from birlik.errors import NotANode, UnknownSetting

FILE = "birlik.toml"
_MEMBER = "^[A-Z]{3}$"
"""The form of ISO 3166-1 alpha-3."""


def _moment(value: Any) -> str:
    """Also a TOML date, which needs no quotes."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError("a time with its offset, such as 2000-01-01T00:00:00Z")
    return moment.isoformat()


def _view_names(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            raise ValueError(f"the name of a view has a-z, 0-9, - and _; not {name!r}")
    return names


def _file(name: str) -> str:
    if name and not Path(name).is_file():
        raise ValueError("there is no such file")
    return name


def _outside(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not Path(name).is_absolute():
            raise ValueError(f"the whole path of a file, such as /mnt/second/heads; not {name!r}")
    return names


class Source(BaseModel):
    """What is known of a supplier beforehand."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    marking: str = "AMBER+STRICT"
    """TLP 2.0 marking of what it sends, where the delivery says nothing."""
    audience: tuple[str, ...] = ()
    """Who is meant: members, observers, partners, public, or a named view."""
    every_s: Annotated[float | None, Field(gt=0)] = None
    """How often it usually sends; learnt from its past where it is not said."""


class Webhook(BaseModel):
    """A subscriber to alerts."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    url: str
    """Where CAP 1.2 XML is posted."""
    view: str = "own"
    """The view whose alerts it gets."""
    rules: tuple[str, ...] = ()
    """Only these rules; empty means all."""


class Mail(BaseModel):
    """The server that takes the node's mail."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    host: Annotated[str, Field(min_length=1)]
    """Its name or address."""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    """Its port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`starttls` asks for TLS before anything is said and gives up without it; `tls` begins with it (port 465, mostly);
    `none` is for a server on this machine only."""
    ca: Annotated[str, AfterValidator(_file)] = ""
    """A PEM file of who vouches for its certificate, where the system knows nobody."""
    user: str = ""
    """By which name the node signs in there; empty where it needn't."""
    password: SecretStr = SecretStr("")
    """With which password."""
    password_file: Annotated[str, AfterValidator(_file)] = ""
    """The same, in the first line of a file of its own."""
    sender: Annotated[str, Field(pattern=r"^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$")]
    """The address from which mails come, such as `node@birlik.example.kz`."""
    timeout_s: Annotated[float, Field(gt=0, le=300)] = 20.0
    """How long each of its answers is waited for."""
    per_day: Annotated[int, Field(gt=0)] = 3
    """Mails that one address gets in 24 hours at most; what comes beyond is gathered into the next."""
    per_hour: Annotated[int, Field(gt=0)] = 200
    """Mails that the node sends in an hour at most; what comes beyond waits."""

    @model_validator(mode="after")
    def _apart_under_tls(self) -> Self:
        if self.security == "none" and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError('security = "none" is for a mail server on this machine only')
        return self

    def secret(self) -> str:
        """Read when it is used, so that a new one needs no restart. Raises UnknownSetting."""
        return _secret_of("mail.password_file", self.password, self.password_file)


def _secret_of(key: str, said: SecretStr, file: str) -> str:
    """The secret itself, or the first line of its file. Raises UnknownSetting."""
    if not file:
        return said.get_secret_value()
    try:
        return Path(file).read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UnknownSetting(f"{key}: it can't be read ({error})") from error


Signature = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"
]  # fmt: skip
"""Signatures by a key that its owner only has (RFC 7518, 8037, 9864); `none` and those by a shared secret are not."""


class Issuer(BaseModel):
    """A sign-in of somebody else's that this node believes (OpenID Connect): a ministry's, a company's."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Annotated[str, Field(pattern="^[a-z0-9-]{1,40}$")]
    """In addresses of this node, such as the one that its operator registers there: `ADDRESS/sign-in/by/NAME/back`."""
    issuer: Annotated[str, Field(pattern=r"^https?://\S+$")]
    """Its own address, letter by letter as its tokens say it; `https`, but for one on this machine."""
    client_id: Annotated[str, Field(min_length=1)]
    """What this node is called there."""
    client_secret: SecretStr = SecretStr("")
    """What it proves itself with; empty for a client that has none, which PKCE still binds to its browser."""
    client_secret_file: Annotated[str, AfterValidator(_file)] = ""
    """The same, in the first line of a file of its own."""
    state: Annotated[str, Field(pattern=_MEMBER)]
    """The state whose people it knows; they read the view that this state has."""
    roles: tuple[Literal["reader", "operator"], ...] = ("reader",)
    """What its people may be given here at most. All others have accounts of this node."""
    title: str = ""
    """What its button says; its address where it is empty."""
    algorithms: Annotated[tuple[Signature, ...], Field(min_length=1)] = ("RS256", "PS256", "ES256")
    """By which its tokens may be signed; no other is believed, whatever a token says of itself."""
    leeway_s: Annotated[float, Field(ge=0, le=300)] = 60.0
    """How far its clock may be off."""

    @field_validator("issuer")
    @classmethod
    def _under_tls(cls, value: str) -> str:
        name = urlsplit(value).hostname or ""
        if not value.startswith("https://") and name not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("an issuer is asked under https; only one on this machine needs none")
        return value

    def secret(self) -> str:
        """Read when it is used, so that a new one needs no restart. Raises UnknownSetting."""
        key = f"issuers.{self.name}.client_secret_file"
        return _secret_of(key, self.client_secret, self.client_secret_file)


def _told_apart(issuers: tuple[Issuer, ...]) -> tuple[Issuer, ...]:
    for told in ("name", "issuer"):
        said = [getattr(issuer, told) for issuer in issuers]
        if twice := sorted({each for each in said if said.count(each) > 1}):
            raise ValueError(f"{told} {twice[0]!r} stands twice")
    return issuers


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="BIRLIK_", extra="forbid", frozen=True, env_nested_delimiter="__")

    member: Annotated[str, Field(pattern=_MEMBER)]
    """ISO 3166-1 alpha-3 of the state. No default: a node must know whose it is."""
    name: str = ""
    """Name of the node, for readers; the member's code where it is empty."""
    exercise: bool = False
    """What the node holds is invented (a demo, a training): its alerts are CAP `Exercise`, and its pages say so."""
    host: str = "127.0.0.1"
    """Address to listen on. Off this machine's own it needs TLS, a trusted proxy, or `plain_http`."""
    open: bool = False
    """Whoever calls from this machine is its operator: for a demo or a tutorial. Refused once a person has an
    account."""
    address: Annotated[str, Field(pattern=r"^(https?://[^/\s]+)?$")] = ""
    """Its public name, such as `https://birlik.example.kz`: for links, QR codes, passkeys and sign-in elsewhere; what
    calls it by another name is refused."""
    tls_certificate: Annotated[str, AfterValidator(_file)] = ""
    """A PEM file with its certificate and those between it and the root; read again when it changes."""
    tls_key: Annotated[str, AfterValidator(_file)] = ""
    """A PEM file with the certificate's private key."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of the proxies before it, which say by `X-Forwarded-For` and `-Proto` who called."""
    plain_http: bool = False
    """Listen off this machine without TLS: every page says so."""
    trackers_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """A second port, plain HTTP, for devices that know no TLS, which takes only what devices send; 0 is none."""
    session_s: Annotated[float, Field(gt=0)] = 43_200.0
    """How long a person stays signed in at most."""
    session_idle_s: Annotated[float, Field(gt=0)] = 7_200.0
    """How long without doing anything."""
    key_file: str = ""
    """The file by which what must be read back of a secret is encrypted; it is made when it is first needed, and is in
    no backup. Empty: next to the data folder, `FOLDER.key`."""
    second_factor: tuple[str, ...] = ()
    """Roles that ask for a passkey or a code beside the password."""
    breached_passwords: Annotated[str, AfterValidator(_file)] = ""
    """A file of SHA-1 hashes of passwords that got out elsewhere, a line each in their order (`HASH:TIMES` or the hash
    alone): no new password may be one of them. Empty: only what is easily guessed is refused."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """Port to listen on."""
    domains: tuple[str, ...] = ()
    """Which domains it has: names of built-in ones, or `module:NAME` of a Domain that another package declares; empty
    is every built-in one."""
    language: str = "en"
    """Language of pages where the reader's browser asks for none that we have."""
    views: Annotated[tuple[str, ...], AfterValidator(_view_names)] = ()
    """Named views beside own, members, observers, partners, public."""
    sources: Mapping[str, Source] = {}
    """By supplier: the labels and the rhythm of what it sends."""
    webhooks: tuple[Webhook, ...] = ()
    """Who gets alerts as CAP."""
    issuers: Annotated[tuple[Issuer, ...], AfterValidator(_told_apart)] = ()
    """Other sign-ins by which people get in (OpenID Connect)."""
    mail: Mail | None = None
    """By which server the node writes to people, who have no account but an address. It needs `address`, for the links
    in them. Without it nobody is written to, and links of forms are shown once."""
    body_limit_bytes: Annotated[int, Field(gt=0)] = 64 * 1024 * 1024
    """A larger body is answered 413; of it only sender, size and hash are kept."""
    by_meaning: bool = False
    """Rows are found by what they mean too, where the extra `meaning` is installed."""
    file_limit_bytes: Annotated[int, Field(gt=0)] = 4 * 1024 * 1024 * 1024
    """The same for files given to `birlik ingest`."""
    decode_limit_s: Annotated[float, Field(gt=0)] = 60.0
    """What takes longer to read than this for each 16 MiB is given up and answered so; of it only sender, size and hash
    are kept."""
    json_depth: Annotated[int, Field(gt=0, le=512)] = 64
    """Deeper JSON is refused."""
    spool_bytes: Annotated[int, Field(ge=1024)] = 8 * 1024 * 1024 * 1024
    """What files that are made for readers may take of the disk, in `spool`; one file takes half of it at most."""
    spool_kept_s: Annotated[float, Field(gt=0)] = 3_600.0
    """How long such a file lies unread before it is dropped."""
    query_s: Annotated[float, Field(gt=0)] = 10.0
    """What a reader's own expression (`filter=`) may take of the store's time before it is ended and answered 400."""
    file_query_s: Annotated[float, Field(gt=0)] = 300.0
    """The same for a whole file."""
    kept_days: Mapping[str, Annotated[int, Field(ge=100, le=100_000)]] = {}
    """By table, after how many days what came in goes, rows and bytes; a table that isn't named keeps them for ever.
    At least 100: months must be over before their figures are sealed. `birlik retain` removes what has ended."""
    answer_step_s: Annotated[float, Field(ge=0, le=10)] = 0.05
    """Answers to readers from whom rows are hidden leave after this time, or 1.25 times that, and so on: how long they
    take then tells little of what they don't see. 0 sends them as soon as they are there."""
    reads_per_s: Annotated[float, Field(ge=0)] = 50.0
    """Requests a second that one principal, or an address of who hasn't signed in, may make before 429; ten seconds'
    worth at once. 0 is no limit; who owns the machine has none."""
    forms_per_hour: Annotated[float, Field(gt=0)] = 20.0
    """Forms an hour that may come from one address (of IPv6: from one network of 64 bits) of those who have no account,
    half of them at once; then 429."""
    jobs_at_once: Annotated[int, Field(gt=0, le=16)] = 1
    """Jobs of plans that run at a time, each on one core behind everything else; others wait for their turn."""
    job_limit_s: Annotated[float, Field(gt=0)] = 900.0
    """How long a job may run before it is ended."""
    job_kept_s: Annotated[float, Field(gt=0)] = 604_800.0
    """How long a job and its result are kept, of each person the last twenty."""
    rate_per_s: Annotated[float, Field(ge=0)] = 0.0
    """Requests a second that one source may send before 429; 0 is no limit."""
    queue_length: Annotated[int, Field(gt=0)] = 20_000
    """Deliveries that wait for the disk before 503."""
    clock_ahead_s: Annotated[float, Field(ge=0)] = 86_400.0
    """A record further in the future is implausible."""
    earliest: Annotated[str, BeforeValidator(_moment)] = "2000-01-01T00:00:00Z"
    """A record before this is implausible."""
    follow_every_s: Annotated[float, Field(gt=0)] = 0.5
    """How often derived tables and figures catch up."""
    memory_limit: Annotated[str, Field(pattern=r"^\d+(\.\d+)? ?([KMGT]i?B)$")] = "4GB"
    """What the store may take of the machine's memory."""
    threads: Annotated[int, Field(ge=0)] = 0
    """Threads of the store; 0 is one a core."""
    segment_bytes: Annotated[int, Field(ge=1024)] = 256 * 1024 * 1024
    """Size at which the journal begins a new file."""
    webhook_attempts: Annotated[int, Field(gt=0)] = 12
    """Tries before a subscriber's message is put aside."""
    webhook_backoff_s: Annotated[float, Field(gt=0)] = 2.0
    """Pause after the first failure; it doubles, to an hour at most."""
    documentation: Annotated[str, Field(pattern=r"^(https?://\S+)?$")] = ""
    """Address of the documentation that readers are sent to; empty leads to the node's own page of methods."""
    contact: str = ""
    """Whom a reader may ask: an address of mail, a telephone. It stands at the foot of each page."""
    licence: str = ""
    """Under which licence its figures may be used, such as `CC BY 4.0`: on pages, and in pictures that leave them."""
    country_borders: Annotated[str, AfterValidator(_file)] = ""
    """A TopoJSON file of borders to draw in the place of the built-in one."""

    audit_heads: Annotated[tuple[str, ...], AfterValidator(_outside)] = ()
    """Files, best on other disks, in which heads of the audit log are kept: against these `birlik audit verify` finds a
    log that was written anew. The folder of each must be there; no two nodes share a file."""
    audit_syslog: Annotated[str, Field(pattern=r"^((udp|tcp|tls)://\S+|unix:/\S+)?$")] = ""
    """Collector that gets a copy of each line of the audit log (RFC 5424): `tls://HOST:PORT`, `udp://HOST:PORT`,
    `tcp://HOST:PORT` or `unix:/PATH`. Under TLS `?ca=/FILE` names who vouches for it, where the system knows nobody."""

    @field_validator("mail")
    @classmethod
    def _has_an_address(cls, value: Mail | None, info: ValidationInfo) -> Mail | None:
        if value is not None and not info.data.get("address"):
            raise ValueError("mails have links, which need the node's public name: set address as well")
        return value

    _domains: Mapping[str, Any] = PrivateAttr(default_factory=dict)
    _notices: tuple[str, ...] = PrivateAttr(default=())

    @property
    def of_domains(self) -> Mapping[str, Any]:
        """By domain, what stands in its own table."""
        return self._domains

    @property
    def notices(self) -> tuple[str, ...]:
        """What is read and should be written otherwise, a sentence each."""
        return self._notices

    @property
    def title(self) -> str:
        return self.name or self.member


Models = Mapping[str, Any]
"""By domain, the class of its settings (`kernel.domain.DomainSettings`), by which its own table is read."""


def read(folder: Path, models: Models | None = None, **overrides: Any) -> Settings:
    """The settings of the node in `folder`. Raises NotANode, UnknownSetting (naming the key and what it takes).

    models: of the node's domains; without it their tables are left unread, as for whoever needs the node's own only.
    """
    file = folder / FILE
    if not file.is_file():
        raise NotANode(f"{folder} holds no node ({FILE} is missing). Make one: birlik init {folder} --member KAZ")
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnknownSetting(f"{file}: {error}") from error
    _must_be_known(models)
    # The environment wins over the file, and what the command line says over both.
    from_environment = {field for field in Settings.model_fields if f"BIRLIK_{field.upper()}" in os.environ}
    given = {k: v for k, v in overrides.items() if v is not None}
    own = {} if models is None else {name: _of_domain(name, model, written, given) for name, model in models.items()}
    if models is None:
        written = {key: value for key, value in written.items() if key in Settings.model_fields}
    values = {key: value for key, value in written.items() if key not in from_environment}
    try:
        made = Settings(**(values | given))
        made._domains = {name: _made(name, model, own[name][0]) for name, model in (models or {}).items()}
        made._notices = tuple(notice for _, notices in own.values() for notice in notices)
        return made
    except ValidationError as error:
        raise UnknownSetting("; ".join(_said(fault) for fault in error.errors())) from error
    except SettingsError as error:
        raise UnknownSetting(f"{error}; in the environment a list is JSON: BIRLIK_VIEWS='[\"desk\"]'") from error


def _must_be_known(models: Models | None) -> None:
    """Raises UnknownSetting for a name of the environment that is no setting."""
    known = {f"BIRLIK_{name.upper()}" for name in (*Settings.model_fields, *(models or {}))} | NOT_SETTINGS
    known |= {f"BIRLIK_{key.upper()}" for model in (models or {}).values() for key in model.was_flat}
    for name in os.environ if models is not None else ():
        if name.startswith("BIRLIK_") and name.split("__")[0] not in known:
            raise UnknownSetting(f"{name} is no setting of birlik; see the list in the documentation")


def _of_domain(
    name: str, model: Any, written: dict[str, Any], given: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """(what is said of a domain, notices): each key from where it stands, taken out of `written` and `given`."""
    table = written.pop(name, {})
    if not isinstance(table, dict):
        raise UnknownSetting(f"{name}: a table, [{name}], with the settings of this domain (given: {table!r})")
    notices = []
    found: dict[str, Any] = {}
    for key in model.was_flat:
        flat = f"BIRLIK_{key.upper()}"
        if key in written:
            found[key] = written.pop(key)
            notices.append(f"{key} has moved: write it into the table [{name}] of {FILE}; it is still read where it is")
        if flat in os.environ:
            found[key] = _of_environment(os.environ[flat])
            notices.append(f"{flat} is now called BIRLIK_{name.upper()}__{key.upper()}; it is still read")
    found |= table
    prefix = f"BIRLIK_{name.upper()}__"
    for variable, text in os.environ.items():
        if variable.startswith(prefix):
            found[variable.removeprefix(prefix).lower()] = _of_environment(text)
    for key in model.was_flat:
        if key in given:
            found[key] = given.pop(key)
    return found | dict(given.pop(name, {})), notices


def _of_environment(text: str) -> Any:
    """JSON, or a plain text."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _made(name: str, model: Any, values: Mapping[str, Any]) -> Any:
    """Raises UnknownSetting that names domain and key."""
    try:
        return model(**values)
    except ValidationError as error:
        raise UnknownSetting("; ".join(f"{name}.{_said(fault)}" for fault in error.errors())) from error


NOT_SETTINGS = frozenset(
    {"BIRLIK_REFERENCE_DATA", "BIRLIK_CHROMIUM", "BIRLIK_DATA", "BIRLIK_URL", "BIRLIK_KEY", "BIRLIK_SCREENSHOTS"}
)
"""Names of the environment that belong to the tests and the command line."""


def _said(fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{key} is no setting of birlik; see the list in the documentation"
    return f"{key}: {fault['msg']} (given: {fault.get('input')!r})"


def write_new(folder: Path, member: str, name: str = "", *, exercise: bool = False) -> None:
    """Write the settings file of a new node. Raises NotANode if there is one already, UnknownSetting for no member."""
    file = folder / FILE
    if file.exists():
        raise NotANode(f"{folder} already holds a node; serve it: birlik serve {folder}")
    if not re.fullmatch(_MEMBER, member):
        raise UnknownSetting(f"member: three capital letters (ISO 3166-1 alpha-3) such as KAZ, not {member!r}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = ["# Settings of this node; every key is described in the documentation.", f'member = "{member}"']
    if name:
        # What JSON escapes, TOML reads alike.
        lines.append(f"name = {json.dumps(name, ensure_ascii=False)}")
    if exercise:
        lines.append("exercise = true")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    file.chmod(0o600)  # webhooks' addresses may carry secrets
