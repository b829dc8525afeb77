"""What a run says on its way, one line a change: the engine's resources, the counts, the abort, the proof."""

from collections.abc import Callable
from typing import Any

from automation.abort import StepName
from automation.preflight import words
from automation.preflight.model import Report
from automation.service_run import ServiceRun
from automation.update import Ended, ResourceEnded, Said, ServiceStarted
from automation.watcher import Looked
from diagnostics.evidence import Evidence
from diagnostics.model import Verdict
from diagnostics.watch import Look

_DONE = {
    "create": "created",
    "create-replacement": "created",
    "update": "updated",
    "delete": "deleted",
    "delete-replaced": "deleted",
    "read": "read",
}
_STEP_SAYS = {
    StepName.STOP_ASKED: "waiting cannot help: ECS is asked to stop the deployment and roll back",
    StepName.STOP_REFUSED: "ECS refused to stop the deployment",
    StepName.WAIT_ENDED: "the provider's wait has ended",
    StepName.INTERRUPTED: "SIGINT to the engine, so that nothing further starts",
    StepName.CUT: "second SIGINT to the engine: the update is cut off",
    StepName.UPDATE_ENDED: "the update has ended",
}


class Progress:
    """Turns what happens into lines, and says each only once."""

    def __init__(self, say: Callable[[str], None], *, verbose: bool = False) -> None:
        self.say = say
        self._verbose = verbose
        self._last: dict[str, str] = {}
        self._events_seen: set[str] = set()
        self._steps_said: dict[str, int] = {}
        self._names: dict[str, str] = {}

    def message(self, message: Any) -> None:
        """Say what a message of the update or of a watcher brings."""
        match message:
            case ServiceStarted(target):
                self._names[target.urn] = target.name
                self.say(f"{target.name}: the engine begins to {_verb(target.operation.value)} the service")
            case ResourceEnded(urn, kind, operation, failed):
                self._resource(urn, kind, operation, failed=failed)
            case Looked(urn, look):
                self._look(urn, look)
            case Said("warning", text, _) if self._verbose:
                self.say(f"warning: {text}")
            case Ended(error):
                self.say("the update has ended" + (" with an error" if error else ""))

    def preflight(self, report: Report) -> None:
        """Say what was checked before the update."""
        for line in words.lines(report, verbose=self._verbose):
            self.say(line)

    def abort(self, run: ServiceRun) -> None:
        """Say the rungs of the abort ladder that were taken since the last call."""
        steps = run.abort.steps if run.abort else ()
        for step in steps[self._steps_said.get(run.target.urn, 0) :]:
            detail = f": {step.detail}" if step.detail and (self._verbose or step.name is StepName.STOP_REFUSED) else ""
            self.say(f"{run.target.name}: {_STEP_SAYS[step.name]}{detail}")
        self._steps_said[run.target.urn] = len(steps)

    def proof(self, run: ServiceRun) -> None:
        """Say what is still missing until a revision is proven to serve."""
        if run.proof is None:
            return
        if run.proof.proven:
            self._once(run.target.urn, f"{run.target.name}: {run.proof.revision} serves, proven")
        elif run.proof.missing:
            self._once(run.target.urn, f"{run.target.name}: proving what serves: {run.proof.missing[0]}")

    def out_of_time(self, minutes: float) -> None:
        """Say that the time is over."""
        self.say(f"not done after {minutes:g} minutes of ECS's clock: the update is ended")

    def interrupted(self, times: int, *, update_runs: bool) -> None:
        """Say what a Ctrl-C does."""
        if not update_runs:
            self.say("interrupted: the update had already ended")
        elif times == 1:
            self.say("interrupted: nothing further is started; once more cuts off what is under way")
        else:
            self.say("interrupted again: the update is cut off")

    def _resource(self, urn: str, kind: str, operation: str, *, failed: bool) -> None:
        name = urn.rsplit("::", 1)[-1]
        if failed:
            self.say(f"failed {kind} {name}")
        elif operation in _DONE and (self._verbose or kind != "pulumi:pulumi:Stack"):
            self.say(f"{_DONE[operation]} {kind} {name}")

    def _look(self, urn: str, look: Look) -> None:
        evidence = look.evidence
        name = self._names.get(urn, urn)
        if self._verbose and evidence.service:
            for event in reversed(evidence.service.events):
                new = look.created_at is not None and event.at is not None and event.at >= look.created_at
                if new and event.id not in self._events_seen:
                    self._events_seen.add(event.id)
                    self.say(f"ECS: {event.message}")
        if counts := _counts(evidence, look.deployment_id):
            self._once(f"{urn} counts", f"{name}: {counts}")
        diagnosis = look.diagnosis
        if diagnosis.verdict in {Verdict.SUSPECT, Verdict.STALLED, Verdict.DOOMED}:
            self._once(f"{urn} verdict", f"{name}: {diagnosis.verdict.value}: {diagnosis.what}")

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


def _verb(operation: str) -> str:
    return "leave as it is" if operation == "same" else operation
