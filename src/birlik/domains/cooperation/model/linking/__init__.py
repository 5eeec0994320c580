"""Who is who: which records are of the same, by names (compared by `search_key`), domains, places and years."""

from birlik.domains.cooperation.model.linking.clusters import (
    Clusters,
    Decision,
    RefusedJoin,
    Verdict,
    clusters_of,
    standing,
)
from birlik.domains.cooperation.model.linking.deciding import THRESHOLDS, Linked, link
from birlik.domains.cooperation.model.linking.fitting import fit
from birlik.domains.cooperation.model.linking.records import Read, Records, records_of
from birlik.domains.cooperation.model.linking.score import PARTS, Scored, scored
from birlik.domains.cooperation.model.linking.thresholds import Thresholds, lower_from, measured, upper_from

__all__ = [
    "PARTS",
    "THRESHOLDS",
    "Clusters",
    "Decision",
    "Linked",
    "Read",
    "Records",
    "RefusedJoin",
    "Scored",
    "Thresholds",
    "Verdict",
    "clusters_of",
    "fit",
    "link",
    "lower_from",
    "measured",
    "records_of",
    "scored",
    "standing",
    "upper_from",
]
