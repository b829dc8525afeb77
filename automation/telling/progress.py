"""What a run says on its way, one line a change: the engine's resources, the counts, the abort, the proof."""

from collections.abc import Callable
from typing import Any

from automation.aws.account import in_full
from automation.ending.abort_states import StepName
from automation.engine.update import Ended, ResourceEnded, Said, ServiceStarted, ServiceTarget
from automation.preflight import words
from automation.preflight.model import Report
from automation.service_run import ServiceRun
from automation.telling.live_state import Proved
from automation.watcher import Looked, Named
from diagnostics.evidence import Evidence
from diagnostics.model import Diagnosis, Verdict
from diagnostics.watch import Look

_DONE = {
    "create": "created",
    "create-replacement": "created",
    "update": "updated",
    "delete": "deleted",
    "delete-replaced": "deleted",
    "read": "read",
}
STEP_SAYS = {
    StepName.STOP_ASKED: "ECS is asked to stop the deployment and roll back",
    StepName.STOP_REFUSED: "ECS does not stop the deployment, which is watched on",
    StepName.LEFT: "the deployment is left running",
    StepName.WAIT_ENDED: "the provider's wait has ended",
    StepName.INTERRUPTED: "SIGINT to the engine, so that nothing further starts",
    StepName.CUT: "second SIGINT to the engine: the update is cut off",
    StepName.UPDATE_ENDED: "the update has ended",
    StepName.SCALED_TO_ZERO: "the first deployment is scaled to zero",
    StepName.NOT_SCALED: "the first deployment could not be scaled to zero",
    StepName.COUNT_RESTORED: "a count that an earlier run had changed",
    StepName.COUNT_NOT_RESTORED: "a count that an earlier run had changed, and that is still so",
    StepName.PERSON: "interrupted",
    StepName.REPAIRED: "the state is put right",
    StepName.NOT_REPAIRED: "the state could not be put right",
}
"""What each step is called, here and in the report."""
_DETAIL_MATTERS = frozenset(StepName) - {StepName.STOP_ASKED}


class Progress:
    """Turns what happens into lines, and says each only once."""

    def __init__(
        self, say: Callable[[str], None], *, verbose: bool = False, follow: Callable[[Any], object] | None = None
    ) -> None:
        """Make one.

        Args:
            say: takes a line.
            verbose: whether ECS's events and the engine's warnings are lines too.
            follow: takes every message, and `Proved`, for a view that draws resources, counts and events; they are no
                lines then.
        """
        self.say = say
        self._follow = follow
        self._verbose = verbose
        self._last: dict[str, str] = {}
        self._events_seen: set[str] = set()
        self._steps_said: dict[str, int] = {}
        self._targets: dict[str, ServiceTarget] = {}

    def message(self, message: Any) -> None:
        """Say what a message of the update or of a watcher brings."""
        match message:
            case ServiceStarted(target):
                self._targets[target.urn] = target
                self.say(f"{self._name(target.urn)}: the engine begins to {_what(target.operation.value)}")
            case ResourceEnded(urn, kind, operation, failed) if self._follow is None:
                self._resource(urn, kind, operation, failed=failed)
            case Looked(urn, look):
                self._look(urn, look)
            case Named(urn, diagnosis):
                self._verdict(urn, diagnosis)
            case Said("warning", text, _) if self._verbose:
                self.say(f"warning: {text}")
            case Ended(error):
                self.say("the update has ended" + (" with an error" if error else ""))
        if self._follow:
            self._follow(message)

    def preflight(self, report: Report) -> None:
        """Say what was checked before the update."""
        for line in words.lines(report, verbose=self._verbose):
            self.say(line)

    def abort(self, run: ServiceRun) -> None:
        """Say the rungs of the abort ladder that were taken since the last call."""
        for step in run.steps[self._steps_said.get(run.target.urn, 0) :]:
            self.step(step.name, step.detail, f"{self._name(run.target.urn)}: ")
        self._steps_said[run.target.urn] = len(run.steps)

    def step(self, name: StepName, detail: str, of: str = "") -> None:
        """Say one step."""
        shown = f": {detail}" if detail and (self._verbose or name in _DETAIL_MATTERS) else ""
        self.say(f"{of}{STEP_SAYS[name]}{shown}")

    def proof(self, run: ServiceRun) -> None:
        """Say what is still missing until a revision is proven to serve."""
        if run.proof is None:
            return
        if self._follow:
            self._follow(Proved(run.target.urn, run.proof))
        name = self._name(run.target.urn)
        if run.proof.proven:
            self._once(run.target.urn, f"{name}: {run.proof.revision} serves, proven")
        elif run.proof.missing:
            self._once(run.target.urn, f"{name}: proving what serves: {run.proof.missing[0]}")

    def out_of_time(self, minutes: float) -> None:
        """Say that the time is over."""
        self.say(f"not done after {minutes:g} minutes of ECS's clock: the update is ended")

    def _resource(self, urn: str, kind: str, operation: str, *, failed: bool) -> None:
        name = urn.rsplit("::", 1)[-1]
        if failed:
            self.say(f"failed {kind} {name}")
        elif operation in _DONE and (self._verbose or kind != "pulumi:pulumi:Stack"):
            self.say(f"{_DONE[operation]} {kind} {name}")

    def _look(self, urn: str, look: Look) -> None:
        evidence = look.evidence
        name = self._name(urn)
        if self._verbose and self._follow is None:
            for event in look.events:
                if event.id not in self._events_seen:
                    self._events_seen.add(event.id)
                    self.say(f"ECS: {event.message}")
        counts = _counts(evidence, look.deployment_id)
        if counts and self._follow is None:
            self._once(f"{urn} counts", f"{name}: {counts}")
        self._verdict(urn, look.diagnosis)

    def _verdict(self, urn: str, diagnosis: Diagnosis) -> None:
        if diagnosis.verdict in {Verdict.SUSPECT, Verdict.STALLED, Verdict.DOOMED}:
            self._once(f"{urn} verdict", f"{self._name(urn)}: {diagnosis.verdict.value}: {diagnosis.what}")

    def _name(self, urn: str) -> str:
        """Return the service's name; with its place too where another one has the same."""
        target = self._targets.get(urn)
        if target is None:
            return urn.rsplit("::", 1)[-1]
        alike = [each for each in self._targets.values() if each.name == target.name]
        return target.name if len(alike) == 1 else in_full(target.name, target.region, target.account)

    def _once(self, key: str, line: str) -> None:
        if self._last.get(key) != line:
            self._last[key] = line
            self.say(line)


def _counts(evidence: Evidence, deployment_id: str | None) -> str | None:
    deployment = next((d for d in evidence.deployments if d.id == deployment_id), None) if deployment_id else None
    if deployment is None:
        return None
    revision = deployment.task_definition.rsplit("/", 1)[-1]
    failed = f", {deployment.failed_tasks} failed" if deployment.failed_tasks else ""
    state = deployment.rollout_state or "not shown"
    counts = f"{deployment.running_count or 0} of {deployment.desired_count or 0} tasks run"
    return f"{revision} {state}: {counts}, {deployment.pending_count or 0} pending{failed}"


def _what(operation: str) -> str:
    return "leave the service as it is" if operation == "same" else f"{operation} the service"
