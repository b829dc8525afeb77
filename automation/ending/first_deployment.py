"""A first deployment that failed: it is left as it is, or scaled to zero until the next update restores the count."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from automation.engine.update import ServiceTarget
from automation.mending.journal import Journal, Kind, TemporaryChange
from diagnostics.shapes import tail


class FirstFailure(StrEnum):
    """What becomes of a first deployment that failed."""

    LEAVE = "leave"
    """It stays: ECS starts no more tasks of it, those that run can be looked at, and its count is the program's."""
    SCALE_TO_ZERO = "scale-to-zero"
    """No task of it runs any more."""


class Counts(Protocol):
    """The desired counts of services in AWS; each method raises where AWS refuses."""

    def desired_count(self, target: ServiceTarget) -> int | None:
        """Return how many tasks the service wants now, or None where there is no service."""
        ...

    def set_desired_count(self, target: ServiceTarget, count: int) -> None:
        """Set how many tasks the service wants; that begins no deployment."""
        ...


def scale_to_zero(target: ServiceTarget, counts: Counts, journal: Journal) -> str | None:
    """Have no task of a failed first deployment run; return what was done, or None where there is nothing to do.

    The count is noted before, because the next update would not send it: the provider sends only what changed in the
    program (`resourceServiceUpdate` in
    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ecs/service.go).

    Args:
        target: the service, located (`ServiceTarget.located`).
        counts: reads and changes the counts.
        journal: where the count is noted.

    Raises:
        OSError: the note cannot be written; nothing was changed.
        Exception: AWS refused.
    """
    before = counts.desired_count(target)
    if not before:
        return None  # no such service, or scaled to zero already
    earlier = {change.id for change in _notes(journal) if _place(change.target) == _place(target)}
    note = journal.note(Kind.SCALED_TO_ZERO, target, desired_before=before, desired_set=0)
    try:
        counts.set_desired_count(target, 0)
    except BaseException:
        journal.undone(note)
        raise
    for change in _notes(journal):
        if change.id in earlier:
            journal.undone(change)  # the newest note tells the count that the program wanted last
    return f"its desired count is 0 now; the next `up` puts {before} back first"


def restore_counts(
    counts: Counts, journal: Journal, restored: Callable[[str], object], not_restored: Callable[[str], object]
) -> None:
    """Put back the counts of services that an earlier run scaled to zero, before the update begins.

    Before, because a deployment at a count of 0 completes without a task and proves nothing. A service that has another
    count by now was taken over by somebody, and is left alone. What cannot be restored stays noted.

    Args:
        counts: reads and changes the counts.
        journal: what earlier runs noted.
        restored: told for each service that is as it should be what was done.
        not_restored: told for each one that is not, why.
    """
    for change in _notes(journal):
        target, name, before = change.target, change.target.name, change.desired_before
        if change.made_by_a_live_process:
            not_restored(f"{name}: process {change.pid} scaled it to zero just now, and still runs")
            continue
        try:
            now = counts.desired_count(target)
            if now == change.desired_set:
                counts.set_desired_count(target, before)
                restored(f"{name}: desired count {before} is restored: an earlier run had scaled it to zero")
            elif now is not None:
                restored(f"{name}: desired count {now} is kept: somebody has changed the 0 of an earlier run")
        except Exception as problem:  # noqa: BLE001 - the update may go on, and the report says what is missing
            not_restored(f"{name}: desired count {before} could not be restored: {problem}")
            continue
        journal.undone(change)


def _notes(journal: Journal) -> list[TemporaryChange]:
    return [change for change in journal.outstanding() if change.kind is Kind.SCALED_TO_ZERO]


def _place(target: ServiceTarget) -> tuple[str | None, ...]:
    return target.account, target.region, tail(target.cluster), target.name
