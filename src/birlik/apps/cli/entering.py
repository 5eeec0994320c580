"""Getting in from the command line: a node's first administrator, and keys for nodes elsewhere."""

from pathlib import Path

from birlik.apps.cli.output import FORM, Form, as_json, say
from birlik.errors import BadRequest, BirlikError

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


def login(url: str, *, form: Form = FORM) -> None:
    """Keep a key for a node elsewhere, so that commands with --url get in.

    The key is read from the terminal, or from standard input where that is no terminal; it is kept in a file that only
    you can read.

    Parameters
    ----------
    url
        Address of the node, such as https://birlik.example.kz.
    """
    import getpass
    import sys

    from birlik.apps.cli.reach import kept_keys, write_keys
    from birlik.kernel.serving import ask

    url = url.rstrip("/")
    asked = f"Key for {url}: "
    key = getpass.getpass(asked) if sys.stdin.isatty() else sys.stdin.readline()
    there = ask(url, key=key.strip())
    write_keys({**kept_keys(), url: key.strip()})
    if form.json:
        as_json({"url": url, "member": there.member, "title": there.title})
    else:
        say(f"kept: {there} lets you in; birlik logout {url} forgets it")


def logout(url: str, *, form: Form = FORM) -> None:
    """Forget the key for a node elsewhere. The key itself holds until it is ended there.

    Parameters
    ----------
    url
        Address of the node.
    """
    from birlik.apps.cli.reach import kept_keys, write_keys

    kept = kept_keys()
    if kept.pop(url.rstrip("/"), None) is None:
        raise BadRequest(f"no key is kept for {url}; there are: {', '.join(kept) or 'none'}")
    write_keys(kept)
    if form.json:
        as_json({"url": url, "kept": sorted(kept)})
    else:
        say(f"forgotten: the key for {url}")
