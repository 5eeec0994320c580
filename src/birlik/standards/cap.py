"""Common Alerting Protocol 1.2: alerts as values; the XML they travel in is `cap_xml`.

Source: OASIS Standard CAP 1.2 (2010-07-01), section 3.2 (what each element may hold) and 3.3 (the XML). Digital
signatures (3.3.4) and resource elements are not made; both are read past.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from birlik.errors import OutOfRange

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"


class Status(StrEnum):
    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class MsgType(StrEnum):
    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"
    ERROR = "Error"


class Scope(StrEnum):
    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


class Category(StrEnum):
    GEO = "Geo"
    MET = "Met"
    SAFETY = "Safety"
    SECURITY = "Security"
    RESCUE = "Rescue"
    FIRE = "Fire"
    HEALTH = "Health"
    ENV = "Env"
    TRANSPORT = "Transport"
    INFRA = "Infra"
    CBRNE = "CBRNE"
    OTHER = "Other"


class ResponseType(StrEnum):
    SHELTER = "Shelter"
    EVACUATE = "Evacuate"
    PREPARE = "Prepare"
    EXECUTE = "Execute"
    AVOID = "Avoid"
    MONITOR = "Monitor"
    ASSESS = "Assess"
    ALL_CLEAR = "AllClear"
    NONE = "None"


class Urgency(StrEnum):
    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class Severity(StrEnum):
    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


Point = tuple[float, float]
"""(latitude, longitude) in degrees of WGS 84: in this order, unlike GeoJSON."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """A name and value of a system's own: CAP's `parameter`, `eventCode` and `geocode`."""

    name: str
    value: str

    def __post_init__(self) -> None:
        _text("valueName", self.name)
        _text("value", self.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Circle:
    latitude: float
    longitude: float
    radius_km: float

    def __post_init__(self) -> None:
        _point("circle", (self.latitude, self.longitude))
        if not 0 <= self.radius_km < float("inf"):
            raise OutOfRange(f"circle: radius {self.radius_km} km is not 0 or more")


@dataclass(frozen=True, kw_only=True, slots=True)
class Area:
    """Where. Raises: OutOfRange for a ring that is not closed or holds fewer than four points, or one off the globe."""

    description: str
    polygons: tuple[tuple[Point, ...], ...] = ()
    """Closed rings: the first point is the last one too."""
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[Parameter, ...] = ()
    altitude_ft: float | None = None
    """Feet above mean sea level, as the standard has it; the bottom of a range where there is a ceiling."""
    ceiling_ft: float | None = None

    def __post_init__(self) -> None:
        _text("areaDesc", self.description)
        for ring in self.polygons:
            if len(ring) < 4 or ring[0] != ring[-1]:
                raise OutOfRange("polygon: needs four points or more, the last the same as the first")
            for point in ring:
                _point("polygon", point)
        for height in (self.altitude_ft, self.ceiling_ft):
            if height is not None and not abs(height) < float("inf"):
                raise OutOfRange(f"altitude, ceiling: {height} is not finite")
        if self.ceiling_ft is not None and self.altitude_ft is None:
            raise OutOfRange("ceiling: only together with altitude")


@dataclass(frozen=True, kw_only=True, slots=True)
class Info:
    """The alert in one language.

    Raises: OutOfRange for no category, a naive time, or a character that XML can't hold.
    """

    language: str = "en-US"
    """RFC 3066: `tr`, `kk`, `az`; the standard's default where nothing is said."""
    categories: tuple[Category, ...]
    event: str
    response_types: tuple[ResponseType, ...] = ()
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    audience: str | None = None
    event_codes: tuple[Parameter, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str | None = None
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    web: str | None = None
    contact: str | None = None
    parameters: tuple[Parameter, ...] = ()
    areas: tuple[Area, ...] = ()

    def __post_init__(self) -> None:
        if not self.categories:
            raise OutOfRange("category: at least one")
        parts = self.language.split("-")
        if not (parts[0].isalpha() and all(len(p) <= 8 and p.isalnum() and p.isascii() for p in parts)):
            raise OutOfRange(f"language: {self.language!r} is not like `tr` or `en-US`")
        _text("event", self.event)
        for name in ("audience", "sender_name", "headline", "description", "instruction", "web", "contact"):
            if (text := getattr(self, name)) is not None:
                _text(name, text)
        if self.web is not None and (not self.web or any(character.isspace() for character in self.web)):
            raise OutOfRange(f"web: {self.web!r} is not a URI")
        for name in ("effective", "onset", "expires"):
            if (time := getattr(self, name)) is not None:
                cap_time(time)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """An earlier message, by what makes a message one."""

    sender: str
    identifier: str
    sent: datetime

    def __post_init__(self) -> None:
        _name("sender", self.sender)
        _name("identifier", self.identifier)
        cap_time(self.sent)

    def __str__(self) -> str:
        return f"{self.sender},{self.identifier},{cap_time(self.sent)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """One message. `identifier`, `sender` and `sent` together name it for ever.

    Raises: OutOfRange for what section 3.2.1 forbids: a space, comma, `<` or `&` in identifier or sender, a restricted
    scope without its rule, a private one without addresses, an update or cancellation of nothing.
    """

    identifier: str
    sender: str
    sent: datetime
    status: Status
    msg_type: MsgType
    scope: Scope
    source: str | None = None
    restriction: str | None = None
    addresses: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    note: str | None = None
    references: tuple[Reference, ...] = ()
    incidents: tuple[str, ...] = ()
    infos: tuple[Info, ...] = ()
    """One a language, all about the same event."""

    def __post_init__(self) -> None:
        _name("identifier", self.identifier)
        _name("sender", self.sender)
        cap_time(self.sent)
        for name in ("source", "restriction", "note"):
            if (text := getattr(self, name)) is not None:
                _text(name, text)
        for name in ("codes", "addresses", "incidents"):
            for text in getattr(self, name):
                _text(name, text)
        for text in (*self.addresses, *self.incidents):
            if '"' in text or not text:
                raise OutOfRange(f"addresses, incidents: {text!r} is empty or holds a quotation mark")
        if self.scope is Scope.RESTRICTED and not self.restriction:
            raise OutOfRange("restriction: a Restricted scope needs its rule")
        if self.scope is Scope.PRIVATE and not self.addresses:
            raise OutOfRange("addresses: a Private scope needs them")
        if self.msg_type is not MsgType.ALERT and not self.references:
            raise OutOfRange(f"references: {self.msg_type} must name the messages it is about")

    @property
    def reference(self) -> Reference:
        """What a later update or cancellation calls this message."""
        return Reference(sender=self.sender, identifier=self.identifier, sent=self.sent)


def cap_time(time: datetime) -> str:
    """CAP's dateTime: whole seconds and an explicit offset, `-00:00` for UTC as the standard asks, never `Z`.

    Fractions of a second are cut off. Raises: OutOfRange for a time without an offset, or one not of whole minutes.
    Source: CAP 1.2, section 3.3.2.
    """
    offset = time.utcoffset()
    if offset is None:
        raise OutOfRange(f"{time.isoformat()}: a time needs its offset from UTC")
    if offset.total_seconds() % 60:
        raise OutOfRange(f"{time.isoformat()}: the offset must be of whole minutes")
    text = time.replace(microsecond=0).isoformat()
    return text if offset else text[:-6] + "-00:00"


def _name(field: str, text: str) -> None:
    _text(field, text)
    if not text or any(character.isspace() or character in ",<&" for character in text):
        raise OutOfRange(f"{field}: {text!r} must not be empty nor hold a space, a comma, < or &")


def _text(field: str, text: str) -> None:
    """XML 1.0 (2.2) has no way to write most control characters, not even escaped."""
    for character in text:
        code = ord(character)
        if (code < 0x20 and character not in "\t\n\r") or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF):
            raise OutOfRange(f"{field}: holds U+{code:04X}, which XML cannot carry")


def _point(field: str, point: Point) -> None:
    latitude, longitude = point
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise OutOfRange(f"{field}: {latitude},{longitude} is not on the globe (latitude first)")
