"""The state machine that finds crossing episodes in a timeline: arrays in, arrays out, whole seconds throughout.

Definitions: transport.md, "Crossing episodes". One object at one crossing is a walk along the axis (`axis`). For the
episode that is open, from the side where the object was to the other, each row is

    0       out on its own side
    1 to 4  inside: queue, post, between, the other post
    5, 6    beyond: behind the other post
    7       at a place of no register: on neither side that we know of

Absence for less than the debounce time ends nothing, unless it leads more than 10 km out. A change of side is a passage
whether or not a row fell inside, if the way over both posts is about as long as the way that was made.
"""

import numba
import numpy as np

from birlik.domains.transport.model.axis import (
    FIX,
    NEAR_KM,
    TOLD,
    Z_A_OUT,
    Z_A_POST,
    Z_A_QUEUE,
    Z_B_OUT,
    Z_B_POST,
    Z_B_QUEUE,
    Z_UNKNOWN,
)
from birlik.domains.transport.model.doubt import apart_km
from birlik.domains.transport.model.scratch import (
    A_QUEUE,
    EIGHT_HOURS_S,
    HALF_HOUR_S,
    K_ALONG,
    K_OUT,
    NONE,
    R_LONE,
    R_MOVES,
    R_ROW,
    R_SIDE,
    R_ZONE,
    SAME_PLACE_KM,
    TWO_HOURS_S,
)
from birlik.domains.transport.vocabulary import ACTIVITIES

OPEN, FINISHED, TURNED_BACK, ENTRY_UNKNOWN, UNDETERMINED, LOST, LOCAL, APPROACHING = range(8)
STATUSES = (
    "open", "finished", "turned_back", "entry_unknown", "undetermined", "lost", "local", "approaching",
)  # fmt: skip

EXACT_IN = np.array([a in ("arrive", "queue", "pass") for a in ACTIVITIES])
EXACT_OUT = np.array([a in ("depart", "pass") for a in ACTIVITIES])

FAR_OUT_KM = 10.0
SIX_HOURS_S = 21_600
HALF_DAY_S = 12 * 3600
"""Who is told to arrive where it was told to be so long ago has been away."""
SPLIT_S = 36 * 3600
"""Silent for so long inside: then it is another visit, as far as we know."""
DETOUR_SHARE, DETOUR_KM, FASTEST_KM_H = 0.35, 15.0, 130.0
LOCAL_VISITS, LOCAL_RATIO, LOCAL_KM = 3, 3, 80.0
DWELLS_S = 72 * 3600
"""Who is known for so long, is inside and was never elsewhere, waits for nothing."""
RETREAT_KM, RETREAT_ROWS, RETREATS = 1.5, 4, 2
"""A queue goes forward: who goes back by so much, for so many fixes, and so often, in one visit drives about there."""
HEADING = 0.7
APPROACH_KM_H = 60.0

# What an episode is, as found: indexes are of scratch rows.
(F_STATUS, F_A_TO_B, F_BEFORE, F_FIRST, F_LAST, F_AFTER, F_IN_TOLD, F_OUT_TOLD, F_ROWS, F_CONFLICT) = range(10)
FOUND = 10

# The state of the walk.
(S_SIDE, S_LINGERS, S_OPEN, S_BEFORE, S_FIRST, S_IN_TOLD, S_LAST, S_FAR, S_AWAY, S_LEFT, S_WENT, S_BROKEN, S_ROWS,
 S_CONFLICT, S_PREVIOUS, S_ENDED) = range(16)  # fmt: skip
OWN, BEYOND, ELSEWHERE = 1, 2, 3
SOMETIME = 2
"""In F_OUT_TOLD: it left at any time before the row that says so."""


@numba.njit(cache=True, inline="always")
def relative(zone, a_to_b):  # type: ignore[no-untyped-def]
    return zone if a_to_b or zone == Z_UNKNOWN else Z_B_OUT - zone


@numba.njit(cache=True)
def _begin(v, a_to_b, before, k, told):  # type: ignore[no-untyped-def]
    v[S_OPEN], v[S_BEFORE], v[S_FIRST], v[S_IN_TOLD], v[S_LAST] = a_to_b, before, k, told, NONE
    v[S_FAR] = v[S_AWAY] = v[S_WENT] = v[S_BROKEN] = v[S_ROWS] = v[S_CONFLICT] = v[S_LINGERS] = 0
    v[S_LEFT] = NONE


@numba.njit(cache=True)
def _close(v, status, after, told, found, n):  # type: ignore[no-untyped-def]
    row = found[n]
    row[F_STATUS], row[F_A_TO_B], row[F_BEFORE], row[F_FIRST] = status, v[S_OPEN], v[S_BEFORE], v[S_FIRST]
    row[F_LAST], row[F_AFTER], row[F_IN_TOLD], row[F_OUT_TOLD] = v[S_LAST], after, v[S_IN_TOLD], told
    row[F_ROWS], row[F_CONFLICT] = v[S_ROWS], v[S_CONFLICT]
    if status == FINISHED:
        v[S_SIDE], v[S_LINGERS] = v[S_OPEN], 1
    elif status == TURNED_BACK:
        v[S_SIDE] = 1 - v[S_OPEN]
    v[S_OPEN], v[S_ENDED] = NONE, after
    return n + 1


@numba.njit(cache=True)
def _turned(v, rows, t):  # type: ignore[no-untyped-def]
    """What it is when an object is out on its own side again: TURNED_BACK, UNDETERMINED, or NONE for passing by."""
    if v[S_FIRST] == NONE:
        return NONE
    lasted = t[rows[v[S_LEFT], R_ROW]] - t[rows[v[S_FIRST], R_ROW]]
    if lasted < HALF_HOUR_S:
        return NONE
    seen = v[S_BEFORE] != NONE or v[S_IN_TOLD]
    return TURNED_BACK if seen and not v[S_BROKEN] else UNDETERMINED


@numba.njit(cache=True)
def _inside(v, k, r, rows, t, lat, lon, activity, where, limits):  # type: ignore[no-untyped-def]
    """Take a row inside into the open episode. Returns True if it says that another visit has begun."""
    i = rows[k, R_ROW]
    if v[S_LAST] != NONE:
        j = rows[v[S_LAST], R_ROW]
        gap, moved = t[i] - t[j], apart_km(lat[i], lon[i], lat[j], lon[j]) > SAME_PLACE_KM
        arrives = where[i] == TOLD and where[j] == TOLD and EXACT_IN[activity[i]] and not moved
        came_again = arrives and (gap > HALF_DAY_S or (EXACT_OUT[activity[j]] and gap >= limits[0]))
        if gap > SPLIT_S or came_again:
            return True
        if gap > (limits[1] if moved else max(limits[1], EIGHT_HOURS_S)):
            v[S_BROKEN] = 1
    v[S_ROWS] += 1
    if v[S_FIRST] == NONE:
        v[S_FIRST] = k
    v[S_FAR] = 1 if r == Z_B_POST else v[S_FAR]
    v[S_LAST], v[S_AWAY], v[S_LEFT], v[S_WENT] = k, 0, NONE, 0
    return False


@numba.njit(cache=True)
def _go_away(v, k, what, out_km, rows, t, lat, lon, limits):  # type: ignore[no-untyped-def]
    if v[S_AWAY] != what:
        if v[S_AWAY] == 0 and v[S_LAST] != NONE:
            i, j = rows[k, R_ROW], rows[v[S_LAST], R_ROW]
            if what == OWN and t[i] - t[j] > limits[1] and apart_km(lat[i], lon[i], lat[j], lon[j]) > SAME_PLACE_KM:
                v[S_BROKEN] = 1
        v[S_AWAY], v[S_LEFT], v[S_WENT] = what, k, 0
    if out_km > FAR_OUT_KM:
        v[S_WENT] = 1


@numba.njit(cache=True, inline="always")
def _gone(v, k, rows, t, debounce):  # type: ignore[no-untyped-def]
    """Whether an absence has been long enough, or led far enough, to be one."""
    since = v[S_LAST] if v[S_LAST] != NONE else v[S_BEFORE]
    if v[S_WENT] or since == NONE:
        return True
    return t[rows[k, R_ROW]] - t[rows[since, R_ROW]] >= debounce


@numba.njit(cache=True)
def _leads_over(p, k, rows, km, t, lat, lon, frame):  # type: ignore[no-untyped-def]
    """Whether the way from row p to row k can lead over both posts: not much longer, and not too fast."""
    a, b = rows[p, R_ROW], rows[k, R_ROW]
    direct = apart_km(lat[a], lon[a], lat[b], lon[b])
    over = km[p, K_OUT] + km[k, K_OUT] + frame[5]
    if over - direct > DETOUR_SHARE * direct + DETOUR_KM:
        return False
    return direct * 3600.0 <= FASTEST_KM_H * max(t[b] - t[a], 1) or direct < 3.0


@numba.njit(cache=True)
def _step(v, k, rows, km, t, lat, lon, activity, where, limits, frame, found, n):  # type: ignore[no-untyped-def]
    """One row against the open episode. Returns (episodes so far, whether the row is to be looked at again)."""
    i, debounce = rows[k, R_ROW], limits[0]
    r = relative(rows[k, R_ZONE], v[S_OPEN])
    told = where[i] == TOLD
    if told and activity[i] == A_QUEUE and r == Z_B_QUEUE:
        r = Z_B_POST  # who comes from A and reports to B's queue stands before B
    if v[S_PREVIOUS] != NONE and t[rows[v[S_PREVIOUS], R_ROW]] == t[i] and r != Z_UNKNOWN:
        j = rows[v[S_PREVIOUS], R_ROW]
        v[S_CONFLICT] += apart_km(lat[i], lon[i], lat[j], lon[j]) > FAR_OUT_KM
    if Z_A_QUEUE <= r <= Z_B_POST:
        if (v[S_AWAY] == OWN or v[S_AWAY] == BEYOND) and _gone(v, k, rows, t, debounce):
            status = FINISHED if v[S_AWAY] == BEYOND else _turned(v, rows, t)
            side = v[S_OPEN] if status == FINISHED else 1 - v[S_OPEN]
            if status != NONE:
                n = _close(v, status, v[S_LEFT], 0, found, n)
            v[S_OPEN], v[S_SIDE] = NONE, side
            return n, True
        if _inside(v, k, r, rows, t, lat, lon, activity, where, limits):
            # Who had reached the other post has left it, sometime.
            over, before, j = v[S_FAR] and r == Z_B_POST, v[S_LAST], rows[v[S_LAST], R_ROW]
            back = 1 - v[S_OPEN] == rows[k, R_SIDE] and not told and where[j] == FIX
            back = back and apart_km(lat[i], lon[i], lat[j], lon[j]) > SAME_PLACE_KM
            n = _close(v, FINISHED if over else UNDETERMINED, k if over else NONE, SOMETIME if over else 0, found, n)
            v[S_SIDE] = NONE
            if back:
                # It went in, was silent for days, and is not where it was, but at its own side again: it comes back.
                v[S_SIDE] = 1 - rows[k, R_SIDE]
                _begin(v, rows[k, R_SIDE], NONE, k, 0)
            elif over:
                _begin(v, 1 - rows[k, R_SIDE], before, k, told and EXACT_IN[activity[i]])
                v[S_SIDE] = rows[k, R_SIDE]
            return n, True
        if r == Z_B_POST and told and EXACT_OUT[activity[i]]:
            n = _close(v, FINISHED, k, 1, found, n)
        return n, False
    if r == Z_UNKNOWN:
        _go_away(v, k, v[S_AWAY] if v[S_AWAY] else ELSEWHERE, 0.0, rows, t, lat, lon, limits)
        if v[S_AWAY] == ELSEWHERE and v[S_FAR] and _gone(v, k, rows, t, debounce):
            n = _close(v, FINISHED, v[S_LEFT], 0, found, n)
            v[S_LINGERS] = 0
        return n, False
    if r == Z_A_OUT:
        if v[S_AWAY] == BEYOND and _gone(v, k, rows, t, debounce):
            n = _close(v, FINISHED, v[S_LEFT], 0, found, n)
            return n, True
        if v[S_AWAY] == ELSEWHERE:
            v[S_BROKEN] = 1
        _go_away(v, k, OWN, km[k, K_OUT], rows, t, lat, lon, limits)
        if _gone(v, k, rows, t, debounce):
            status, side = _turned(v, rows, t), 1 - v[S_OPEN]
            if status != NONE:
                n = _close(v, status, v[S_LEFT], 0, found, n)
            v[S_OPEN], v[S_SIDE] = NONE, side
        return n, False
    if v[S_AWAY] == OWN and v[S_WENT] and v[S_FIRST] != NONE and _turned(v, rows, t) == TURNED_BACK:
        n = _close(v, TURNED_BACK, v[S_LEFT], 0, found, n)
        return n, True
    _go_away(v, k, BEYOND, km[k, K_OUT], rows, t, lat, lon, limits)
    if _gone(v, k, rows, t, debounce):
        n = _close(v, FINISHED, v[S_LEFT], 0, found, n)
        return n, True
    return n, False


@numba.njit(cache=True)
def _look(v, k, rows, km, t, lat, lon, activity, where, limits, frame):  # type: ignore[no-untyped-def]
    """One row while no episode is open: does one begin? Returns whether the row is to be looked at again."""
    i, zone, side, p = rows[k, R_ROW], rows[k, R_ZONE], rows[k, R_SIDE], v[S_PREVIOUS]
    if zone == Z_UNKNOWN:
        return False
    told = where[i] == TOLD
    in_zone = Z_A_QUEUE <= zone <= Z_B_QUEUE
    enters = not (told and EXACT_OUT[activity[i]]) or (told and EXACT_IN[activity[i]])
    exact = told and EXACT_IN[activity[i]]
    if v[S_SIDE] == NONE or p == NONE:
        v[S_SIDE] = side
        if in_zone and enters:
            _begin(v, 1 - side, NONE, k, exact)
            return True
        return False
    if side != v[S_SIDE]:
        was = relative(rows[p, R_ZONE], 1 - v[S_SIDE])
        if rows[p, R_SIDE] != NONE and _leads_over(p, k, rows, km, t, lat, lon, frame):
            outside = was == Z_A_OUT or v[S_LINGERS] == 1
            _begin(v, 1 - v[S_SIDE], p if outside else NONE, NONE if outside else p, 0)
            if not outside:
                v[S_LAST], v[S_ROWS] = p, 1  # told to leave its own side, and never to have come
            return True
        v[S_SIDE], v[S_LINGERS] = side, 0
        if in_zone and enters:
            _begin(v, 1 - side, p, k, exact)
            return True
        return False
    r = relative(zone, 1 - side)
    if r == Z_A_OUT:
        v[S_LINGERS] = 0
        return False
    if not enters:
        return False
    if v[S_LINGERS]:
        j = rows[p, R_ROW]
        if t[i] - t[j] > max(limits[0], SIX_HOURS_S) and apart_km(lat[i], lon[i], lat[j], lon[j]) > SAME_PLACE_KM:
            # Silent for so long, and elsewhere: it has been away, and comes to cross again.
            _begin(v, 1 - side, p, k, exact)
            return True
        rested = v[S_ENDED] == NONE or t[i] - t[rows[v[S_ENDED], R_ROW]] >= limits[0]
        back = r >= Z_A_POST and relative(rows[p, R_ZONE], 1 - side) == Z_A_QUEUE
        if not (rested and (exact or back)):
            return False
    _begin(v, 1 - side, p, k, exact)
    return True


@numba.njit(cache=True)
def walk(n, rows, km, t, lat, lon, activity, where, limits, frame, found):  # type: ignore[no-untyped-def]
    """Find the episodes of one object at one crossing.

    limits: debounce, and the longest gap between two places that breaks nothing, seconds. found: at least 2 n + 2 rows.
    Returns how many were found.
    """
    v = np.zeros(S_ENDED + 1, np.int64)
    v[S_SIDE] = v[S_OPEN] = v[S_PREVIOUS] = v[S_ENDED] = NONE
    m = 0
    for k in range(n):
        if rows[k, R_LONE]:
            continue
        own_out = Z_A_OUT if v[S_SIDE] == 0 else Z_B_OUT
        stays = v[S_OPEN] == NONE and v[S_PREVIOUS] != NONE and rows[k, R_SIDE] == v[S_SIDE] != NONE
        if stays and rows[k, R_ZONE] == own_out:
            # What `_look` would say of most rows: out on the side where the object was, and no more than that.
            v[S_LINGERS], v[S_PREVIOUS] = 0, k
            continue
        for _ in range(4):
            if v[S_OPEN] != NONE:
                m, again = _step(v, k, rows, km, t, lat, lon, activity, where, limits, frame, found, m)
            else:
                again = _look(v, k, rows, km, t, lat, lon, activity, where, limits, frame)
            if not again:
                break
        if rows[k, R_SIDE] != NONE:
            v[S_PREVIOUS] = k
    if v[S_OPEN] != NONE:
        if v[S_AWAY] == BEYOND:
            return _close(v, FINISHED, v[S_LEFT], 0, found, m)
        if v[S_FIRST] != NONE:
            return _close(v, LOST if v[S_AWAY] == ELSEWHERE else OPEN, NONE, 0, found, m)
    elif n and not rows[n - 1, R_LONE] and v[S_PREVIOUS] == n - 1 and n > 1:
        side = v[S_SIDE]
        a, b = n - 2, n - 1
        near = Z_A_OUT if side == 0 else Z_B_OUT
        closer, dt = km[a, K_OUT] - km[b, K_OUT], t[rows[b, R_ROW]] - t[rows[a, R_ROW]]
        direct = apart_km(lat[rows[a, R_ROW]], lon[rows[a, R_ROW]], lat[rows[b, R_ROW]], lon[rows[b, R_ROW]])
        if (
            rows[b, R_ZONE] == near
            and rows[b, R_MOVES]
            and km[b, K_OUT] <= NEAR_KM
            and 0 < dt <= TWO_HOURS_S
            and closer > HEADING * direct
            and closer * 3600.0 > 20.0 * dt
        ):
            _begin(v, 1 - side, b, NONE, 0)
            return _close(v, APPROACHING, NONE, 0, found, m)
    return m


@numba.njit(cache=True)
def _retreats(first, last, a_to_b, rows, km):  # type: ignore[no-untyped-def]
    """How often it goes back along the axis between two rows; a lone fix tells nothing."""
    way = 1.0 if a_to_b else -1.0
    front, n, behind = -np.inf, 0, 0
    for k in range(first, last + 1):
        at = way * km[k, K_ALONG]
        if rows[k, R_LONE] or not np.isfinite(at):
            continue
        behind = behind + 1 if front - at > RETREAT_KM else 0
        if behind == RETREAT_ROWS:
            n, front, behind = n + 1, at, 0
        front = max(front, at)
    return n


@numba.njit(cache=True)
def tell_locals(m, found, farthest, rows, km, t, known_s):  # type: ignore[no-untyped-def]
    """Mark the visits of who lives there: see transport.md, `local`. Returns whether turn-backs are provisional.

    farthest: kilometres; infinite for who is known by told events only, which happen nowhere but at the border.
    known_s: from its first row to its last. An id that has just begun at the post may be a truck's that changes there.
    """
    back, visits, passed = 0, 0, 0
    for e in range(m):
        status = found[e, F_STATUS]
        back += status == TURNED_BACK
        visits += status in (TURNED_BACK, UNDETERMINED)
        passed += status == FINISHED and (found[e, F_BEFORE] != NONE or found[e, F_IN_TOLD] != 0)
    by_habit = visits >= LOCAL_VISITS and visits > LOCAL_RATIO * passed
    # Who falls silent inside may have passed: a visit without an end is local only if others were seen to end.
    seen_out = back >= LOCAL_VISITS and back > LOCAL_RATIO * passed
    by_place = passed == 0 and farthest <= LOCAL_KM
    for e in range(m):
        status = found[e, F_STATUS]
        if status == OPEN:
            drives = (
                found[e, F_LAST] != NONE
                and not found[e, F_IN_TOLD]
                and (_retreats(found[e, F_FIRST], found[e, F_LAST], found[e, F_A_TO_B], rows, km) >= RETREATS)
            )
            is_local = seen_out or drives or (by_place and known_s > DWELLS_S)
        else:
            is_local = (status == TURNED_BACK and (by_habit or by_place)) or (
                status == UNDETERMINED and (seen_out or by_place)
            )
        if is_local:
            found[e, F_STATUS] = LOCAL
    return passed == 0 and visits < LOCAL_VISITS
