"""When an answer leaves, to whom some rows are hidden: at one of a few moments, so that its time tells little of them.

How long a question takes tells how many rows the node has looked at, also of those that who asks may not see. Rounded
up to the next of few steps, answers of two nodes that differ in hidden rows mostly leave after the same time.
"""

import math

RATIO = 1.25
"""Each step is so much longer than the one before: a long answer waits for a quarter of its time at most."""


def waits_s(took_s: float, first_s: float) -> float:
    """How long an answer that took so long has to wait.

    >>> [round(waits_s(took, 0.05), 4) for took in (0.0, 0.01, 0.05, 0.06, 1.0)]
    [0.05, 0.04, 0.0, 0.0025, 0.1369]
    """
    if took_s <= first_s:
        return first_s - took_s
    number = math.ceil(math.log(took_s / first_s) / math.log(RATIO) - 1e-9)
    return max(0.0, float(first_s * RATIO**number) - took_s)
