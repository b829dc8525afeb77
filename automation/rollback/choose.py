"""Which revision a rollback goes back to: a pure answer from the records and what is PRIMARY now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from automation.history.record import Record, ServiceRecord
from diagnostics.names import COMMAND
from diagnostics.shapes import tail


class RollbackRefusedError(Exception):
    """Nothing was changed; the sentence says why and what else could be done. Exit code 3."""


@dataclass(frozen=True)
class Proven:
    """A revision of a service, and the record that proves that it served."""

    record: Record
    service: ServiceRecord

    @property
    def task_definition(self) -> str:
        """The revision's ARN."""
        return self.service.revision_after or ""

    @property
    def revision(self) -> str:
        """`family:revision`."""
        return tail(self.task_definition)


def choose(newest_first: Iterable[Record], cluster: str, name: str, current: str | None, to: str | None) -> Proven:
    """Return the revision that is asked for, or the last one that served before the current one did.

    A rollback stands where the record stands that it went back to: a second one goes further back, not forth again.

    Args:
        newest_first: the stack's records.
        cluster: the service's cluster, name or ARN.
        name: the service.
        current: ARN of the task definition of the PRIMARY deployment.
        to: `family:revision`, an ARN, a revision's number or a record's id; None for the one before.

    Raises:
        RollbackRefusedError: no record proves such a revision, or it is the current one.
    """
    proven = [
        Proven(record, service)
        for record in newest_first
        for service in record.services
        if service.is_at(cluster, name) and service.served
    ]
    if to is not None:
        return _asked_for(proven, name, current, to)
    before = proven
    if current and (origin := _origin(proven, current)):
        before = proven[proven.index(origin) + 1 :]
    for each in before:
        if not current or each.revision != tail(current):
            return each
    now = f"`{tail(current)}`" if current else "now"
    raise RollbackRefusedError(
        f"no revision of {name} is recorded as proven to serve before {now}; "
        f"`{COMMAND} history --service {name}` lists the runs, and `--to REVISION` names a proven one"
    )


def _asked_for(proven: Sequence[Proven], name: str, current: str | None, to: str) -> Proven:
    for each in proven:
        if to in {each.revision, each.task_definition, each.record.id, each.revision.rpartition(":")[2]}:
            if current and each.revision == tail(current):
                raise RollbackRefusedError(f"{name} is at `{each.revision}` already; `{COMMAND} up` proves or mends it")
            return each
    known = ", ".join(f"`{revision}`" for revision in dict.fromkeys(each.revision for each in proven))
    raise RollbackRefusedError(
        f"--to {to}: no record proves that this revision of {name} ever served; "
        + (f"proven are {known}" if known else "no revision of it is recorded as proven")
    )


def _origin(proven: Sequence[Proven], current: str) -> Proven | None:
    """Return the record that first stands for what is current: of its own deployment, or of what that restored."""
    found = next((each for each in proven if each.revision == tail(current)), None)
    seen: set[str] = set()
    while found and found.record.rolled_back and found.record.id not in seen:
        seen.add(found.record.id)
        wanted = found.record.rolled_back.record
        found = next((each for each in proven if each.record.id == wanted), None) or found
    return found
