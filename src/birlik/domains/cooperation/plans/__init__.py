"""What can be tried here beside what is: which projects first, and who is brought to whom."""

from birlik.domains.cooperation.plans.priority import PRIORITY
from birlik.domains.cooperation.plans.spreading import SPREAD

PLANS = (PRIORITY, SPREAD)
