"""Getting in from the command line: the first administrator of a node."""

from pathlib import Path

from birlik.errors import BirlikError

ACTS = "/api/v1/acts"


def first_administrator(folder: Path, name: str) -> str:
    """Make one in a node that was just made; returns the address by which they get in once."""
    from birlik import settings
    from birlik.apps.cli.in_process import opened
    from birlik.apps.cli.reach import checked

    try:
        with opened(folder) as client:
            who = {"principal_id": name}
            checked(client.post(f"{ACTS}/birlik_principal_add", json={**who, "kind": "person", "name": name}))
            checked(client.post(f"{ACTS}/birlik_grant_add", json={**who, "role": "administrator"}))
            made = checked(client.post(f"{ACTS}/birlik_link_make", json=who)).json()
    except BirlikError:
        (folder / settings.FILE).unlink(missing_ok=True)  # half a node is none: the same command can be given again
        raise
    told = settings.read(folder)
    address = told.address or f"http://127.0.0.1:{told.port}"
    return f"{address}{made['once']['link']}"
