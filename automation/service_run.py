"""What is known of one service during a run: its looks, its abort, what should serve in the end and whether it does."""

from dataclasses import replace
from datetime import datetime

from automation.abort import Abort, Step
from automation.abort_states import StepName
from automation.outcome import Result, ServiceOutcome, Timing
from automation.update import ServiceTarget
from diagnostics.evidence import Deployment
from diagnostics.model import Diagnosis, Quote, Verdict
from diagnostics.serving import Serving, ServingState
from diagnostics.shapes import tail
from diagnostics.watch import Baseline, Look, WatchState

_GIVEN_UP = {WatchState.ROLLED_BACK, WatchState.FAILED}
_UNREAD_PROOFS = 5
"""Proofs in a row that could not read the service, after which nobody waits for another."""
_NO_WAY_BACK = {"ROLLBACK_FAILED", "STOPPED"}
"""States of a service deployment that ended without going back to an earlier one."""


class ServiceRun:
    """The story of one service in one run. Fed by the driver; asked for the outcome at the end."""

    def __init__(self, target: ServiceTarget) -> None:
        self.target = target
        self.baseline: Baseline | None = None
        self.look: Look | None = None
        self.abort: Abort | None = None
        self.at_request = False
        """Whether a person asked for the abort."""
        self.operation_ended = False
        self.operation_failed = False
        self.provider_said: str | None = None
        """The provider's own error, where the operation failed with one."""
        self.proof: Serving | None = None
        self.out_of_time = False
        self.interrupted = False
        self.previous_serves_at: datetime | None = None
        self.evidence_path: str | None = None
        self._unread = 0
        self._afterwards: tuple[Step, ...] = ()

    def note(self, name: StepName, detail: str, at: datetime) -> None:
        """Take what was done with the service after the update."""
        self._afterwards += (Step(name, at, detail),)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What was done with the service, in its order."""
        return (self.abort.steps if self.abort else ()) + self._afterwards

    def prove(self, proof: Serving, at: datetime) -> None:
        """Take what a look at the PRIMARY deployment says of `expected`."""
        self.proof = proof
        self._unread = self._unread + 1 if proof.task_definition is None else 0
        if self.failed and proof.proven and self.previous_serves_at is None:
            self.previous_serves_at = at

    @property
    def failed(self) -> bool:
        """Whether what was asked for will not serve any more: stopped, refused, or given up by ECS itself."""
        given_up = self.look is not None and self.look.state in _GIVEN_UP
        stopped = self.abort is not None and self.abort.stopped
        return stopped or self.operation_failed or given_up or self.not_tried_again

    @property
    def doomed(self) -> bool:
        """Whether the last look says that waiting cannot help."""
        return self.look is not None and self.look.state is WatchState.DOOMED

    @property
    def revision_before(self) -> str | None:
        """The task definition that was PRIMARY when the run began, or None on a first deployment."""
        return self.baseline.task_definition if self.baseline else None

    @property
    def expected(self) -> str | None:
        """The task definition that should serve in the end, as far as is known now."""
        if self.not_tried_again and self._primary:
            return self._primary.task_definition
        return self.revision_before if self.failed else self.target.wanted

    @property
    def not_tried_again(self) -> bool:
        """Whether the engine changed nothing, and what ECS settled on earlier is not what the program wants."""
        primary = self._primary
        if (
            not self.operation_ended
            or self.operation_failed
            or primary is None
            or (self.look and self.look.deployment_id)
        ):
            return False
        other = self.target.wanted is not None and tail(primary.task_definition) != tail(self.target.wanted)
        return primary.rollout_state == "FAILED" or (primary.rollout_state == "COMPLETED" and other)

    @property
    def nothing_to_roll_back_to(self) -> bool:
        """Whether it failed, and ECS has no earlier deployment that completed."""
        if not self.failed:
            return False
        if self.baseline is not None and self.baseline.read and not self.baseline.exists:
            return True
        whole = self.look.evidence.service_deployment if self.look else None
        if whole is not None:
            return whole.status in _NO_WAY_BACK
        return self._primary is not None and self._primary.rollout_state == "FAILED"

    @property
    def first_deployment_failed(self) -> bool:
        """Whether it failed, and no earlier deployment of the service ever completed."""
        if not self.failed or (self.abort is not None and self.abort.left):
            return False
        if self.baseline is not None and self.baseline.read and not self.baseline.exists:
            return True
        whole = self.look.evidence.service_deployment if self.look else None
        return whole is not None and whole.status == "ROLLBACK_FAILED" and not whole.rollback_revision_arn

    @property
    def rollback_failed(self) -> str | None:
        """Why ECS could not go back to an earlier deployment that had completed; None where it did not fail to."""
        whole = self.look.evidence.service_deployment if self.look else None
        if whole is None or whole.status != "ROLLBACK_FAILED" or not whole.rollback_revision_arn:
            return None
        return whole.status_reason or "ECS does not say why"

    @property
    def settled(self) -> bool:
        """Whether nothing more can be learned by waiting."""
        if self.out_of_time or self.interrupted or self.nothing_to_roll_back_to or self._unread >= _UNREAD_PROOFS:
            return True
        return self.proof is not None and self.proof.state is not ServingState.NOT_PROVEN

    @property
    def _primary(self) -> Deployment | None:
        return self.look.evidence.primary if self.look else None

    def outcome(self) -> ServiceOutcome:
        """Return the service's part of the outcome."""
        look = self.look
        result = self._result()
        whole = look.evidence.service_deployment if look else None
        return ServiceOutcome(
            cluster=self.target.cluster,
            name=self.target.name,
            result=result,
            revision_before=self.revision_before,
            revision_wanted=self.target.wanted,
            proof=self.proof,
            deployment_id=look.deployment_id if look else None,
            service_deployment_arn=whole.arn if whole else None,
            diagnosis=self._diagnosis(result),
            deployment_created_at=look.created_at if look else None,
            abort=self.steps,
            rollback_failed=self.rollback_failed,
            timing=self._timing(),
            evidence_path=self.evidence_path,
            urn=self.target.urn,
            region=self.target.region,
            account=self.target.account,
        )

    def _result(self) -> Result:
        proven = self.proof is not None and self.proof.proven
        if self.out_of_time:
            return Result.OUT_OF_TIME
        if self.nothing_to_roll_back_to:
            return Result.NOTHING_SERVES
        if self.failed and proven:
            return Result.ROLLED_BACK
        if self.interrupted and not proven:
            return Result.INTERRUPTED
        if self.failed:
            return Result.OUT_OF_TIME
        return Result.SERVING if proven else Result.NOT_PROVEN

    def _timing(self) -> Timing:
        look = self.look
        if look is None or look.created_at is None:
            return Timing()
        created = look.created_at

        def since(moment: datetime | None) -> float | None:
            return (moment - created).total_seconds() if moment else None

        steps = self.abort.steps if self.abort else ()
        asked = next((step.at for step in steps if step.name is StepName.STOP_ASKED), None)
        return Timing(
            first_evidence=since(look.first_evidence_at),
            explained=since(look.explained_at),
            abort_asked=since(asked),
            previous_serves=since(self.previous_serves_at),
        )

    def _diagnosis(self, result: Result) -> Diagnosis | None:
        if result in {Result.SERVING, Result.NOT_PROVEN}:
            return None
        told = self._told()
        ended_by_a_person = self.interrupted and told and not told.root_cause
        if ended_by_a_person or (self.at_request and told and told.verdict is not Verdict.DOOMED):
            return None  # that is no failure to explain; tasks that a rollback stops are suspect to the rules
        return told and replace(
            told, service=told.service or self.target.name, cluster=told.cluster or self.target.cluster
        )

    def _told(self) -> Diagnosis | None:
        seen = self.look.diagnosis if self.look else None
        if seen and seen.root_cause:
            return seen
        if self.not_tried_again:
            return self._was_not_tried_again()
        if self.provider_said:
            return self._as_the_provider_says(seen)
        return seen

    def _as_the_provider_says(self, seen: Diagnosis | None) -> Diagnosis:
        known = seen or Diagnosis(Verdict.UNKNOWN, "", "", "")
        quote = Quote("the provider's error", self.provider_said or "")
        return replace(
            known,
            what=f"the service `{self.target.name}` could not be deployed",
            why="no rule knows this failure; the provider ended the operation with an error",
            fix="read the provider's words above",
            evidence=(quote, *known.evidence),
        )

    def _was_not_tried_again(self) -> Diagnosis:
        primary = self._primary
        serves = tail(primary.task_definition) if primary else "?"
        return Diagnosis(
            Verdict.UNKNOWN,
            what=f"the service `{self.target.name}` is left at `{serves}`, which is not what the program wants",
            why="the update changed nothing, so ECS was not asked again for what it gave up earlier",
            fix="change the image or the configuration, so that a new revision is deployed",
        )
