"""`init` and `serve`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from birlik.apps.cli.output import FORM, Form, as_json, messages_taken, say


def init(
    data_dir: Path,
    *,
    member: str,
    name: str = "",
    exercise: Annotated[bool, Parameter(negative=())] = False,
    administrator: str = "administrator",
    form: Form = FORM,
) -> None:
    """Make a node: a data folder with its settings, and its first administrator.

    Parameters
    ----------
    data_dir
        A folder that holds no node yet; it is made where it isn't there.
    member
        The state whose node it is: ISO 3166-1 alpha-3, such as KAZ.
    name
        Name of the node, for readers.
    exercise
        For a training or a simulation: alerts are CAP Exercise, never Actual, and pages say so.
    administrator
        The name at sign-in of who looks after accounts: a-z, 0-9, point, dash, underscore.
    """
    from birlik import settings
    from birlik.apps.cli.entering import first_administrator
    from birlik.kernel.members import must_be_known

    must_be_known(member)
    settings.write_new(data_dir, member, name, exercise=exercise)
    link = first_administrator(data_dir, administrator)
    if form.json:
        as_json({"data_dir": str(data_dir), "member": member, "name": name or member, "link": link})
        return
    say(f"{data_dir} holds the node of {member}. Next: birlik serve {data_dir}")
    say(f"The administrator, {administrator}, gets in once within a day by {link}")
    say(f"To try it alone on this machine, without accounts: birlik serve --open {data_dir}")


def serve(
    data_dir: Path,
    *,
    port: Annotated[int | None, Parameter(help="Port to listen on; 0 takes a free one.")] = None,
    host: Annotated[str | None, Parameter(help="Address to listen on.")] = None,
    open_: Annotated[
        bool | None,
        Parameter(
            name="--open",
            negative=(),
            help="Without accounts: whoever calls from this machine is its operator. Refused once a person has one.",
        ),
    ] = None,
    form: Form = FORM,
) -> None:
    """Serve a node: its pages, its API and its suppliers' protocols, until Ctrl-C.

    Parameters
    ----------
    data_dir
        The node's folder.
    """
    import os

    # Arrow reads it once, when it is first imported: its own pool keeps what a node needed at its peak.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

    from birlik.errors import NotANode
    from birlik.kernel.serving import served_at

    if (url := served_at(data_dir)) is not None:
        raise NotANode(f"the node of {data_dir} is served already, at {url}")
    from birlik.apps.serve import run

    def ready(url: str) -> None:
        if form.json:
            as_json({"url": url, "pid": os.getpid()})
        else:
            say(f"{data_dir} is served at {url}; Ctrl-C ends it")

    run(data_dir, host=host, port=port, ready=ready, opening=messages_taken, open=open_)
