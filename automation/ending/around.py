"""What a run puts right around its update: counts before it, failed first deployments and pending operations after."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from automation.ending.abort_states import StepName
from automation.ending.first_deployment import Counts, restore_counts, scale_to_zero
from automation.ending.interrupts import Asker, Nobody
from automation.mending.journal import Journal
from automation.service_run import ServiceRun
from automation.watcher import NewWatcher, Watcher
from diagnostics.clock import Clock

Note = Callable[[StepName, str], object]
"""Takes a step that concerns the whole run, and what it came to."""


@dataclass(frozen=True)
class Recourse:
    """What a run can turn to beside the engine and AWS."""

    journal: Journal
    """Where what is changed for a while is noted before."""
    asker: Asker = field(default_factory=Nobody)
    clear_pending: Callable[[], Sequence[str]] | None = None
    """Repairs the pending operations of an update that was cut off; returns what was done."""
    new_watcher: NewWatcher = Watcher
    """Makes what looks at a service meanwhile."""


def before(journal: Journal, counts: Counts, note: Note) -> None:
    """Restore the counts of services that an earlier run scaled to zero."""
    restore_counts(
        counts,
        journal,
        lambda what: note(StepName.COUNT_RESTORED, what),
        lambda what: note(StepName.COUNT_NOT_RESTORED, what),
    )


def settle_first_deployments(runs: Iterable[ServiceRun], counts: Counts, journal: Journal, clock: Clock) -> None:
    """Scale to zero what was never completed, and record that, or why it could not be done, with the service."""
    for run in runs:
        if not run.first_deployment_failed:
            continue
        try:
            if done := scale_to_zero(run.located, counts, journal):
                run.note(StepName.SCALED_TO_ZERO, done, clock.now())
        except Exception as problem:  # noqa: BLE001 - the outcome must be told, whatever AWS or the disk says
            run.note(StepName.NOT_SCALED, str(problem), clock.now())


def repair(recourse: Recourse, note: Note) -> None:
    """Clear what the second SIGINT left in the state."""
    if recourse.clear_pending is None:
        return
    try:
        done = recourse.clear_pending()
    except Exception as problem:  # noqa: BLE001 - the outcome must be told, and what is left is printed
        note(StepName.NOT_REPAIRED, str(problem))
    else:
        note(StepName.REPAIRED, "; ".join(done))
