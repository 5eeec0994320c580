"""What follows from the claims, in order."""

from birlik.domains.cooperation.model.coded import CODED
from birlik.domains.cooperation.model.commitments import COMMITMENT
from birlik.domains.cooperation.model.entities import ENTITY
from birlik.domains.cooperation.model.identity import IDENTITY
from birlik.domains.cooperation.model.works import PROJECT, WORK

DERIVED = (IDENTITY, ENTITY, WORK, PROJECT, COMMITMENT, CODED)
