"""This domain's words: code lists and what they mean. Facts on places lie in data/*.csv."""

OBJECT_KINDS = ("vehicle", "wagon", "container", "vessel", "consignment", "unknown")

MODES = ("road", "rail", "ferry", "sea")

MODES_OF_KIND = {
    "vehicle": ("road",),
    "wagon": ("rail",),
    "container": ("road", "rail"),
    "vessel": ("ferry", "sea"),
    "consignment": ("road", "rail"),
    "unknown": ("road", "rail"),
}
"""At which crossings an object of a kind can be: modes are never pooled."""

ACTIVITIES = (
    "position",
    "arrive",
    "queue",
    "documents",
    "inspect",
    "permit",
    "gauge_change",
    "transload",
    "ferry_wait",
    "ferry_sail",
    "clear",
    "depart",
    "pass",
    "load",
    "unload",
    "hold",
    "resume",
    "other",
)
"""What a movement row says the object did. `position` is a bare fix."""

CAUSES = (
    "queue",
    "documents",
    "inspection",
    "permit",
    "gauge_change",
    "transload",
    "ferry_waiting",
    "ferry_sailing",
    "other",
    "unexplained",
)
"""Why an object waited. What no event explains stays `unexplained`; it is never spread over the others."""

CAUSE_STARTED_BY = {
    "queue": "queue",
    "arrive": "queue",
    "documents": "documents",
    "inspect": "inspection",
    "permit": "permit",
    "gauge_change": "gauge_change",
    "transload": "transload",
    "ferry_wait": "ferry_waiting",
    "ferry_sail": "ferry_sailing",
    "load": "other",
    "unload": "other",
    "hold": "other",
}
"""The cause that runs from an activity until the next one; an activity not listed here ends the running cause."""

BASES = ("measured", "reported", "estimated", "forecast")
