"""Who is who: which records are of the same, by names (compared by `search_key`), domains, places and years."""

from birlik.domains.cooperation.model.linking.records import Read, Records, records_of

__all__ = ["Read", "Records", "records_of"]
