"""The state machine that finds crossing episodes in a timeline: arrays in, arrays out, whole seconds throughout.

For an open episode each row of the object is one of five things:

    HERE     at side A, the side it started at: in its queue zone or at its post
    THERE    at the post of the other side, B
    BEYOND   in the queue zone of side B: behind B's post for one who comes from A
    OTHER    at a known place that is not of this crossing
    OUT      at no known place

Presence is HERE or THERE. What ends it, by the side where the object was last present (`must_close`):

    last at B   away for the debounce time and seen BEYOND, at an OTHER place, or at B again; or away for `pending_s`.
                Seen at A before any of these, it never left: it was sent back.
    last at A   at A again after the debounce time, at an OTHER place, or away for `pending_s`: turned back. Seen
                BEYOND and then outside for the debounce time, or at a place of B's state: B's post was passed
                between two fixes, and the bracket is as wide as the gap.

A departure or a pass told for B's post ends it at once and exactly. After an end the object may stay in B's queue
zone: it is not let into a new episode there until it has been away (`suppressed`).
"""

import numba
import numpy as np

from birlik.domains.transport.model.zones import POST, QUEUE, UNLOCATED
from birlik.domains.transport.vocabulary import ACTIVITIES, BASES, CAUSE_STARTED_BY, CAUSES

OPEN, FINISHED, TURNED_BACK, ENTRY_UNKNOWN = 0, 1, 2, 3
STATUSES = ("open", "finished", "turned_back", "entry_unknown")

HERE, THERE, BEYOND, OTHER, OUT = 0, 1, 2, 3, 4

# What an episode comes to, one column each. NEVER stands for null.
(
    O_ROW, O_CROSSING, O_A_TO_B, O_START, O_FAR, O_STATUS, O_ENTRY, O_EXIT, O_LAST, O_ENTRY_HALF, O_EXIT_HALF, O_ROWS,
    O_CONFLICT, O_BASES, O_RECEIVED, O_QUEUE, O_POST_A, O_BETWEEN, O_POST_B, O_CAUSE,
) = range(20)  # fmt: skip
WIDTH = O_CAUSE + len(CAUSES)
NEVER = np.iinfo(np.int64).min

# What the machine remembers beside it, in the same array.
(
    IS_OPEN, FIRM, LAST_IN, LAST_SIDE, SEGMENT, AWAY, FIRST_OUT, OUT_EXACT, LAST_OUT, BEYOND_LOW, BEYOND_HIGH,
    LAST_BEYOND, OTHER_AT, OTHER_ABROAD, CAUSE, RECEIVED_OUT, RECEIVED_BEYOND, RECEIVED_OTHER,
    SUP_PLACE, SUP_POST, SUP_LAST, SUP_AWAY,
) = range(WIDTH, WIDTH + 22)  # fmt: skip
STATE = WIDTH + 22

NONE = -1
C_QUEUE, C_UNEXPLAINED = CAUSES.index("queue"), CAUSES.index("unexplained")
CAUSE_OF = np.array([CAUSES.index(CAUSE_STARTED_BY[a]) if a in CAUSE_STARTED_BY else NONE for a in ACTIVITIES])
A_POSITION = ACTIVITIES.index("position")
EXACT_IN = np.array([a in ("arrive", "queue", "pass") for a in ACTIVITIES])
EXACT_OUT = np.array([a in ("depart", "pass") for a in ACTIVITIES])
BASIS_BIT = np.array([1 << i for i in range(len(BASES))])


@numba.njit(cache=True, inline="always")
def _add(s, segment, start, end):  # type: ignore[no-untyped-def]
    """Give the seconds from start to end to a segment and to the cause that runs there."""
    cause = s[CAUSE]
    if cause == NONE:
        cause = C_QUEUE if segment == O_QUEUE else C_UNEXPLAINED
    s[segment] += end - start
    s[O_CAUSE + cause] += end - start


@numba.njit(cache=True, inline="always")
def _left(s):  # type: ignore[no-untyped-def]
    """When it left where it was last present: told, or halfway between the last fix in and the first out."""
    return s[FIRST_OUT] if s[OUT_EXACT] else (s[LAST_IN] + s[FIRST_OUT]) // 2


@numba.njit(cache=True)
def _attribute(s, side, segment, t, exact, told, debounce):  # type: ignore[no-untyped-def]
    """Account for the time since the object was last present, now that it is present again at t."""
    noise = side == s[LAST_SIDE] and t - s[LAST_IN] < debounce
    if not s[AWAY] or noise:
        if segment == s[SEGMENT]:
            _add(s, segment, s[LAST_IN], t)
            return
        # A cause that an event started runs to the next event, and so does the segment it was in.
        exact = exact or (told and side == s[LAST_SIDE] and s[CAUSE] != NONE)
        changed = t if exact else (s[LAST_IN] + t) // 2
        _add(s, s[SEGMENT], s[LAST_IN], changed)
        if side != s[LAST_SIDE]:
            s[CAUSE] = NONE
        _add(s, segment, changed, t)
        return
    left = _left(s)
    came = max(t if exact else (s[LAST_OUT] + t) // 2, left)
    _add(s, s[SEGMENT], s[LAST_IN], left)
    s[CAUSE] = NONE  # no cause goes on where the object is not: that would be a guess
    _add(s, O_BETWEEN, left, came)
    _add(s, segment, came, t)


@numba.njit(cache=True)
def _be_present(s, side, segment, t, activity, basis, received):  # type: ignore[no-untyped-def]
    s[AWAY], s[LAST_BEYOND], s[OTHER_AT], s[OTHER_ABROAD] = 0, NEVER, NEVER, 0
    s[LAST_IN], s[LAST_SIDE], s[SEGMENT] = t, side, segment
    s[O_LAST] = t
    s[O_ROWS] += 1
    s[O_BASES] |= BASIS_BIT[basis]
    s[O_RECEIVED] = max(s[O_RECEIVED], received)
    if activity != A_POSITION:
        s[CAUSE] = CAUSE_OF[activity]
    if EXACT_OUT[activity]:
        s[AWAY], s[FIRST_OUT], s[OUT_EXACT], s[LAST_OUT], s[RECEIVED_OUT] = 1, t, 1, t, received


@numba.njit(cache=True)
def _be_away(s, what, abroad, t, received):  # type: ignore[no-untyped-def]
    before = s[LAST_OUT] if s[AWAY] else s[LAST_IN]
    if not s[AWAY]:
        s[AWAY], s[FIRST_OUT], s[OUT_EXACT], s[RECEIVED_OUT] = 1, t, 0, received
    if what == BEYOND:
        if s[LAST_BEYOND] == NEVER:
            s[BEYOND_LOW], s[BEYOND_HIGH], s[RECEIVED_BEYOND] = before, t, received
        s[LAST_BEYOND] = t
    if what == OTHER and s[OTHER_AT] == NEVER:
        s[OTHER_AT], s[OTHER_ABROAD], s[RECEIVED_OTHER] = t, abroad, received
    s[LAST_OUT] = t


@numba.njit(cache=True)
def _must_close(s, what, was_away, t, debounce, pending):  # type: ignore[no-untyped-def]
    """Whether the row ends the open episode before it is itself looked at: OPEN, FINISHED or TURNED_BACK."""
    gap, beyond, other = t - s[LAST_IN], s[LAST_BEYOND] != NEVER, s[OTHER_AT] != NEVER
    if s[LAST_SIDE] == THERE:
        known = beyond or other or what == THERE
        expired = gap > pending and (was_away != 0 or what >= OTHER)
        return FINISHED if expired or (known and gap >= debounce) else OPEN
    passed = FINISHED if beyond or (other and s[OTHER_ABROAD] != 0) else TURNED_BACK
    if t - max(s[LAST_IN], s[LAST_BEYOND]) > pending and (was_away != 0 or what >= OTHER):
        return passed
    if what == HERE:
        return OPEN if gap < debounce or (beyond and not other) else passed
    if what >= OTHER and ((other and gap >= debounce) or (beyond and t - s[LAST_BEYOND] >= debounce)):
        return passed
    return OPEN


@numba.njit(cache=True)
def _close(s, status):  # type: ignore[no-untyped-def]
    """Fix the exit, its half-width and the time up to it. The object is away."""
    left = _left(s)
    low, high, seen = s[LAST_IN], s[FIRST_OUT], s[RECEIVED_OUT]
    through = status == FINISHED and s[LAST_SIDE] == HERE  # B's post lies between two fixes
    if through and s[LAST_BEYOND] != NEVER:
        low, high, seen = s[BEYOND_LOW], s[BEYOND_HIGH], s[RECEIVED_BEYOND]
    elif through:
        high, seen = s[OTHER_AT], s[RECEIVED_OTHER]
    exact = s[OUT_EXACT] != 0 and not through
    s[O_STATUS] = status
    s[O_EXIT] = high if exact else (low + high) // 2
    s[O_EXIT_HALF] = 0 if exact else (high - low + 1) // 2
    s[O_RECEIVED] = max(s[O_RECEIVED], seen)
    _add(s, s[SEGMENT], s[LAST_IN], left)
    if through:
        s[CAUSE] = NONE
        _add(s, O_BETWEEN, left, s[O_EXIT])
    s[IS_OPEN] = 0
    if status == FINISHED:
        s[SUP_PLACE], s[SUP_POST] = s[O_FAR], exact
        s[SUP_LAST] = max(s[LAST_IN], s[LAST_BEYOND])
        s[SUP_AWAY] = s[LAST_OUT] > s[SUP_LAST]


@numba.njit(cache=True)
def _leave_open(s, t, debounce):  # type: ignore[no-untyped-def]
    """The object's rows end at t while an episode is open."""
    if s[AWAY] and s[LAST_SIDE] == THERE and t - s[LAST_IN] >= debounce:
        _close(s, FINISHED)
        return
    s[O_STATUS], s[O_LAST] = OPEN, t
    if s[AWAY]:
        left = _left(s)
        _add(s, s[SEGMENT], s[LAST_IN], left)
        s[CAUSE] = NONE
        _add(s, O_BETWEEN, left, t)
        s[O_RECEIVED] = max(s[O_RECEIVED], s[RECEIVED_OUT])


@numba.njit(cache=True, inline="always")
def _candidate(facing, place, other, mask):  # type: ignore[no-untyped-def]
    """Which crossing of `place` an object of these modes can be at; with `other`, the one that leads there."""
    for k in range(facing.shape[1]):
        if facing[place, k, 0] < 0:
            return -1
        if facing[place, k, 2] & mask and (other < 0 or facing[place, k, 0] == other):
            return k
    return -1


@numba.njit(cache=True, inline="always")
def _what(s, place, zone, mask, facing):  # type: ignore[no-untyped-def]
    """Which of the five things a row is, for the open episode."""
    if place < 0:
        return OUT
    if place == s[O_START]:
        return HERE
    if place != s[O_FAR] and (s[FIRM] != 0 or _candidate(facing, s[O_START], place, mask) < 0):
        return OTHER
    return THERE if zone == POST else BEYOND


@numba.njit(cache=True)
def _resolve(s, place, zone, mask, facing):  # type: ignore[no-untyped-def]
    """A container's crossing is known once its other side is seen; a post is firm, a queue zone is not yet."""
    k = _candidate(facing, s[O_START], place, mask)
    if k >= 0 and not s[FIRM]:
        found = facing[s[O_START], k]
        s[O_FAR], s[O_CROSSING], s[O_A_TO_B], s[FIRM] = found[0], found[1], found[3], zone == POST


@numba.njit(cache=True)
def _suppressed(s, place, zone, activity, t, debounce):  # type: ignore[no-untyped-def]
    """Whether an object that just finished is still lingering where it came out."""
    if s[SUP_PLACE] == NONE:
        return False
    if place != s[SUP_PLACE]:
        s[SUP_AWAY] = 1
        return False
    back = t - s[SUP_LAST] >= debounce and (s[SUP_AWAY] != 0 or EXACT_IN[activity])
    if back or (zone == POST and not s[SUP_POST]):
        s[SUP_PLACE] = NONE
        return False
    s[SUP_LAST], s[SUP_AWAY] = t, 0
    return True


@numba.njit(cache=True)
def _begin(s, row, k, place, segment, t, previous, previous_received, exact, facing):  # type: ignore[no-untyped-def]
    s[:WIDTH] = 0
    s[WIDTH:SUP_PLACE] = 0
    s[O_ROW], s[O_START], s[O_FAR] = row, place, facing[place, k, 0]
    s[O_CROSSING], s[O_A_TO_B] = facing[place, k, 1], facing[place, k, 3]
    s[O_EXIT], s[O_EXIT_HALF], s[O_RECEIVED] = NEVER, NEVER, NEVER
    s[IS_OPEN], s[CAUSE], s[SUP_PLACE] = 1, NONE, NONE
    if exact:
        s[O_ENTRY], s[O_ENTRY_HALF] = t, 0
    elif previous == NEVER:
        s[O_ENTRY], s[O_ENTRY_HALF] = t, NEVER
    else:
        s[O_ENTRY], s[O_ENTRY_HALF] = (previous + t) // 2, (t - previous + 1) // 2
        s[O_RECEIVED] = previous_received
    _add(s, segment, s[O_ENTRY], t)


@numba.njit(cache=True, nogil=True)
def find_episodes(  # type: ignore[no-untyped-def]
    starts, seconds, place, zone, activity, basis, mask, received, facing, country, debounce, pending
):
    """Episodes of each object in the order of their entry, one row of WIDTH columns (`O_…`) each.

    starts … received: as in `timeline.Timeline`; facing, country: as in `zones.ZoneIndex`; debounce, pending: seconds.
    """
    out, n = np.empty((1024, WIDTH), np.int64), 0
    s = np.zeros(STATE, np.int64)
    for o in range(starts.size - 1):
        s[IS_OPEN], s[SUP_PLACE] = 0, NONE
        previous, previous_place, previous_received = NEVER, OUT, NEVER
        for i in range(starts[o], starts[o + 1]):
            if place[i] == UNLOCATED:
                continue
            t, p = seconds[i], place[i]
            if n + 2 >= out.shape[0]:
                grown = np.empty((2 * out.shape[0], WIDTH), np.int64)
                grown[:n] = out[:n]
                out = grown
            if s[IS_OPEN]:
                what = _what(s, p, zone[i], mask[i], facing)
                was_away = s[AWAY]
                late = what == BEYOND and s[LAST_SIDE] == HERE
                if what >= BEYOND and not late:
                    abroad = p >= 0 and country[p] == country[s[O_FAR]] != country[s[O_START]]
                    _be_away(s, what, abroad, t, received[i])
                status = _must_close(s, what, was_away, t, debounce, pending) if s[AWAY] else OPEN
                if status != OPEN:
                    _close(s, status)
                    out[n] = s[:WIDTH]
                    n += 1
                else:
                    if what == THERE or late:
                        _resolve(s, p, zone[i], mask[i], facing)
                    if late:
                        _be_away(s, what, 0, t, received[i])
                    elif what <= THERE:
                        segment = O_POST_B if what == THERE else O_QUEUE if zone[i] == QUEUE else O_POST_A
                        told = activity[i] != A_POSITION
                        _attribute(s, what, segment, t, EXACT_IN[activity[i]], told, debounce)
                        _be_present(s, what, segment, t, activity[i], basis[i], received[i])
                    if (
                        t == previous
                        and p >= 0
                        and previous_place >= 0
                        and p != previous_place
                        and (
                            (p != s[O_START] and p != s[O_FAR])
                            or (previous_place != s[O_START] and previous_place != s[O_FAR])
                        )
                    ):
                        s[O_CONFLICT] += 1
                    if what == THERE and EXACT_OUT[activity[i]]:
                        _close(s, FINISHED)
                        out[n] = s[:WIDTH]
                        n += 1
            if not s[IS_OPEN]:
                held = _suppressed(s, p, zone[i], activity[i], t, debounce)
                k = _candidate(facing, p, -1, mask[i]) if p >= 0 and not held else -1
                if k >= 0:
                    segment = O_QUEUE if zone[i] == QUEUE else O_POST_A
                    _begin(s, i, k, p, segment, t, previous, previous_received, EXACT_IN[activity[i]], facing)
                    _be_present(s, HERE, segment, t, activity[i], basis[i], received[i])
            previous, previous_place, previous_received = t, p, received[i]
        if s[IS_OPEN]:
            _leave_open(s, previous, debounce)
            out[n] = s[:WIDTH]
            n += 1
    return out[:n]
