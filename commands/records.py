"""Where the records of runs are, for the commands that write or read them."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from automation.engine.project import Project
    from automation.history.keeping import Stores
    from automation.history.place import Place
    from automation.history.recording import History

HistoryOption = Annotated[
    str | None,
    typer.Option(
        "--history",
        metavar="URL",
        help="Where records are shared: `s3://BUCKET/PREFIX`, `dynamodb://TABLE`, or `local`.",
        show_default="FAILWELL_HISTORY, else failwell.history of Pulumi.yaml, else local",
    ),
]


def place_of_records(project: "Project", option: str | None) -> "Place | None":
    """Return where the project's records are shared; wrong usage is refused before anything is begun."""
    from automation.history.place import shared_place

    return shared_place(option, os.environ, project.history)


def stores_of_records(project: "Project", place: "Place | None", *, sandbox: bool) -> "Stores":
    """Return the stores of the project's records. A sandbox's are beside its Pulumi state, and end with that."""
    from automation.history.keeping import stores_of
    from automation.history.local import LocalStore

    directory = project.directory / ".failwell" / "history"
    if sandbox:
        from sandbox.place import place_of

        directory = place_of(project.directory).directory / "state" / "history"
    return stores_of(LocalStore(directory), place.store(os.environ) if place else None)


def history_of(command: str, stores: "Stores", environment: Mapping[str, str]) -> "History":
    """Return the history that this process adds to."""
    from automation.aws.clients import session_of
    from automation.history.recording import History
    from diagnostics.aws import Reader

    reader = Reader(session_of(environment))
    return History(stores, command, caller=lambda: str(reader.ask("sts", "get_caller_identity")["Arn"]))
