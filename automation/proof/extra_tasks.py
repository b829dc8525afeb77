"""Desired counts that a run changes for a while: noted on disk before, put back after, whatever happens between."""

from collections.abc import Callable
from datetime import datetime

from automation.mending.counts import Counts
from automation.mending.journal import Journal, Kind, TemporaryChange
from automation.proof import at_zero, surge
from automation.proof.wish import Wish
from automation.service_run import AtZero, ServiceRun
from diagnostics.model import Gap
from diagnostics.watch import ENDED

_ATTEMPTS = 3


class ExtraTasks:
    """The extra tasks of one run of `up`. A service gets them once at most."""

    def __init__(
        self,
        wish: Wish,
        counts: Counts,
        journal: Journal,
        say: Callable[[str], None],
        note: Callable[[Gap], None],
    ) -> None:
        self._wish = wish
        self._counts = counts
        self._journal = journal
        self._say = say
        self._note = note
        self._changes: dict[str, tuple[ServiceRun, TemporaryChange]] = {}
        self._tried: set[str] = set()
        self._given: set[str] = set()
        """The services whose count ECS has said to have set."""
        self._put_back: list[tuple[ServiceRun, int]] = []

    def see(self, run: ServiceRun) -> None:
        """Give or take back tasks as a deployment goes on."""
        look = run.look
        if look is None:
            return
        _, change = self._changes.get(run.target.urn, (run, None))
        if change is None:
            if run.failed or run.operation_ended:
                return
            if (count := surge.surged_count(look, self._wish.surge)) is not None:
                if strategy := surge.strategy_without_surge(look):
                    self._decline(run, f"{strategy} starts all tasks of the new revision at once: no surge")
                else:
                    self._give(run, Kind.SURGE, count - self._wish.surge, count)
            elif self._wish.verify_at_zero and at_zero.during(look):
                self._give(run, Kind.VERIFY_AT_ZERO, 0, at_zero.TASKS)
        elif change.kind is Kind.SURGE and (look.state in ENDED or surge.enough(look, change.desired_before)):
            self.put_back(run)

    def before_abort(self, run: ServiceRun) -> None:
        """Take a surge back before its deployment is stopped: the previous revision needs no more tasks than before."""
        _, change = self._changes.get(run.target.urn, (run, None))
        if change is not None and change.kind is Kind.SURGE:
            self.put_back(run)

    def verify(self, run: ServiceRun, at: datetime) -> bool:
        """Give a service that has settled at zero its task, at that time; return whether it has been given one now."""
        if not self._wish.verify_at_zero or run.failed or run.proof is None or not at_zero.after(run.proof):
            return False
        if run.target.urn in self._tried or not self._give(run, Kind.VERIFY_AT_ZERO, 0, at_zero.TASKS):
            return False
        run.at_zero, run.at_zero_since = AtZero.TRIED, at
        return True

    def put_back_settled(self) -> None:
        """Put back what is left of the services of which nothing more is to be learned."""
        for run, _ in list(self._changes.values()):
            if run.settled:
                self.put_back(run)

    def put_back_all(self) -> None:
        """Put back all that is left; what cannot be is a gap, and stays noted for `repair`."""
        for run, _ in list(self._changes.values()):
            self.put_back(run, attempts=_ATTEMPTS)

    def put_back(self, run: ServiceRun, attempts: int = 1) -> None:
        """Put one service's count back, unless somebody else has set another one meanwhile."""
        _, change = self._changes[run.target.urn]
        name = run.target.name
        for attempt in range(1, attempts + 1):
            try:
                now = self._counts.desired_count(run.target)
                if back := now in self._ours(run, change):
                    self._counts.set_desired_count(run.target, change.desired_before)
            except Exception as problem:  # noqa: BLE001 - it is tried again, and the note on disk stays
                if attempt == attempts == _ATTEMPTS:
                    count = f"it is {change.desired_set} and was {change.desired_before}: run `repair`"
                    self._note(Gap(f"the desired count of {name}", f"could not be put back ({problem}); {count}"))
                continue
            del self._changes[run.target.urn]
            self._journal.undone(change)
            if back:
                self._put_back.append((run, change.desired_before))
                self._say(f"{name}: the desired count is back at {change.desired_before}")
            elif now is not None:
                self._say(f"{name}: somebody else set the desired count to {now} meanwhile: it is left so")
            return

    def _ours(self, run: ServiceRun, change: TemporaryChange) -> set[int]:
        """Return the counts by which nobody else has set one.

        Where ECS has set ours, the one before is an old answer: its reads may lag behind what was written
        (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html). Were it somebody's own after all,
        setting it again changes nothing.
        """
        before = {change.desired_before} if run.target.urn in self._given else set()
        return {change.desired_set, *before}

    def mend_state(self, refresh: Callable[[str], None]) -> None:
        """Have the state say the counts that are, where the engine's last read of a service saw the extra tasks."""
        for run, count in self._put_back:
            if run.count_in_state in {None, count}:
                continue
            try:
                refresh(run.target.urn)
            except Exception as problem:  # noqa: BLE001 - what serves is proven; the next update mends the state
                what = f"the desired count of {run.target.name} in the stack's state"
                self._note(Gap(what, f"it is {run.count_in_state} there, and could not be refreshed: {problem}"))

    def _decline(self, run: ServiceRun, why: str) -> None:
        if run.target.urn not in self._tried:
            self._tried.add(run.target.urn)
            self._say(f"{run.target.name}: {why}")

    def _give(self, run: ServiceRun, kind: Kind, before: int, count: int) -> bool:
        target = run.target
        if target.urn in self._tried:
            return False
        self._tried.add(target.urn)
        try:
            change = self._journal.note(kind, run.located, desired_before=before, desired_set=count)
        except OSError as problem:
            self._note(Gap(f"extra tasks of {target.name}", f"none: they cannot be noted: {problem.strerror}"))
            return False
        self._changes[target.urn] = (run, change)
        try:
            self._counts.set_desired_count(target, count)
        except Exception as refusal:  # noqa: BLE001 - the deployment goes on without them
            self._note(Gap(f"extra tasks of {target.name}", f"none: {refusal}"))
            self.put_back(run)  # the answer may have been lost on its way
            return False
        self._given.add(target.urn)
        run.one_task_for_a_while = kind is Kind.VERIFY_AT_ZERO
        why = "for faster evidence" if kind is Kind.SURGE else "to prove the revision"
        self._say(f"{target.name}: the desired count is {count} for a while ({before} otherwise), {why}")
        return True
