"""Moments as sources write them: a wall clock with the zone that it hangs in."""

from datetime import datetime
from zoneinfo import ZoneInfo

from birlik.errors import Malformed
from birlik.said import Said


def moment(text: str) -> datetime:
    """`2026-05-17T10:00[Asia/Almaty]` (RFC 9557 without an offset). Raises Malformed.

    >>> moment("2026-05-17T10:00[Asia/Almaty]").utcoffset()
    datetime.timedelta(seconds=18000)
    """
    local, _, zone = text.removesuffix("]").partition("[")
    try:
        made = datetime.fromisoformat(local)
        if made.tzinfo is None and zone and "T" in local:
            return made.replace(tzinfo=ZoneInfo(zone))
    except (ValueError, OSError, KeyError):
        pass
    raise Malformed(Said("{text} is no moment: write 2026-05-17T10:00[Asia/Almaty]", text=text))


def written(at: datetime, zone: str) -> str:
    """The same backwards, of any moment.

    >>> from datetime import UTC
    >>> written(datetime(2026, 5, 17, 5, tzinfo=UTC), "Asia/Almaty")
    '2026-05-17T10:00[Asia/Almaty]'
    """
    local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return f"{local.isoformat(timespec='seconds' if local.second else 'minutes')}[{zone}]"


def clock_of(zone: str) -> ZoneInfo:
    """An IANA zone by its name. Raises Malformed.

    >>> clock_of("Asia/Almaty").key
    'Asia/Almaty'
    """
    try:
        return ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise Malformed(Said("{text} is no zone: write one as Asia/Almaty", text=repr(zone))) from None
