"""Puts back desired counts that a killed run had changed for a while, never against somebody else or a scaling."""

from typing import Protocol

from automation.engine.update import ServiceTarget
from automation.mending.journal import Journal, Kind, TemporaryChange


class Counts(Protocol):
    """The desired counts of services in AWS; each method raises where AWS refuses."""

    def desired_count(self, target: ServiceTarget) -> int | None:
        """Return how many tasks the service wants now, or None where there is no service."""
        ...

    def set_desired_count(self, target: ServiceTarget, count: int) -> None:
        """Set how many tasks the service wants; that begins no deployment."""
        ...

    def scaled_by(self, target: ServiceTarget) -> tuple[int, int] | None:
        """Return the least and the most tasks of a service that is scaled, or None."""
        ...


def put_back_extra_tasks(journal: Journal, counts: Counts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Put back the surges and the like that runs could not put back; return what was done, and what was not.

    A first deployment that was scaled to zero is not among them: its tasks would fail again, and the next update
    restores its count.
    """
    done: list[str] = []
    left: list[str] = []
    for change in journal.outstanding():
        if change.kind is Kind.SCALED_TO_ZERO:
            continue
        if change.made_by_a_live_process:
            left.append(f"{_named(change)} is put back by process {change.pid}, which still runs")
            continue
        try:
            done.append(_put_back(change, counts))
        except Exception as refusal:  # noqa: BLE001 - whatever AWS answers, the others are put back and this is told
            left.append(f"{_named(change)} could not be put back to {change.desired_before}: {refusal}")
        else:
            journal.undone(change)
    return tuple(done), tuple(left)


def _put_back(change: TemporaryChange, counts: Counts) -> str:
    """Set the count as it was before, also where it is read so: that may be an answer from before the killed run's own.

    ECS's reads may lag behind what was written (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html).
    """
    count = counts.desired_count(change.target)
    if count is None:
        return f"{_named(change)} is over: there is no such service any more"
    if count not in {change.desired_before, change.desired_set}:
        return f"{_named(change)} is left at {count}: somebody else has set it since"
    # A run begins no surge of a service that is scaled; one that is by now has its count from there.
    if bounds := counts.scaled_by(change.target):
        low, high = bounds
        return f"{_named(change)} is left at {count}: Application Auto Scaling sets it by now, between {low} and {high}"
    counts.set_desired_count(change.target, change.desired_before)
    if count == change.desired_before:
        return f"{_named(change)} had been put back to {count}, or not been made: it is set to {count} all the same"
    return f"{_named(change)} is put back from {count} to {change.desired_before}"


def _named(change: TemporaryChange) -> str:
    return f"{change.target.name}: the desired count of a {change.kind.value.replace('-', ' ')}"
