"""What is known of one service during a run: its looks, its abort, what should serve in the end and whether it does."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from automation.ending.abort import Abort, Step
from automation.ending.abort_states import StepName
from automation.engine.update import Operation, ServiceTarget
from automation.mending.creates import tells_of_death
from automation.outcome import Result, ServiceOutcome, Timing
from automation.telling import words
from diagnostics.evidence import Deployment
from diagnostics.model import Diagnosis, Verdict
from diagnostics.serving import Serving, ServingState
from diagnostics.shapes import tail
from diagnostics.watch import Baseline, Look, WatchState

_GIVEN_UP = {WatchState.ROLLED_BACK, WatchState.FAILED}
_GONE = {"DRAINING", "INACTIVE"}
"""States of a service that was deleted (DeleteService of the API reference)."""
_OF_ITS_OWN = ("operation error ", "event returned an error")
"""How a call of the provider's that AWS did not answer well is worded (`OperationError` of https://github.com/aws/smithy-go),
and a state that the engine could not save (https://github.com/pulumi/pulumi, `pkg/engine`)."""
_NO_WAY_BACK = {"ROLLBACK_FAILED", "STOPPED"}
"""States of a service deployment that ended without going back to an earlier one."""


class AtZero(StrEnum):
    """How far a service that is scaled to zero was verified."""

    TRIED = "tried"
    """It has been given a task."""
    FAILED = "failed"
    """The task does not serve, and waiting cannot help."""


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
        self.unreadable = False
        """Whether ECS could not be read for so long that nobody waits for another proof."""
        self.rollback_doomed = False
        """Whether nobody waits any longer for a rollback that cannot come to serve, and that ECS would not give up."""
        self.stuck = False
        """Whether what is missing for the proof is nothing that time or another deployment would bring."""
        self.rolled_back_unseen = False
        """Whether ECS went back to an earlier revision before the watch saw the deployment that the update made."""
        self.previous_serves_at: datetime | None = None
        self.unread_since: float | None = None
        """Since when ECS cannot be read, as ECS's clock counts, as the next three."""
        self.rollback_doomed_since: float | None = None
        self.failed_since: float | None = None
        self.ended_since: float | None = None
        """When there was first a proof after the operation: the update had ended."""
        self.evidence_path: str | None = None
        self.deployed_again: str | None = None
        """The deployment that this run asked for by itself, as the update had changed nothing."""
        self.tried_again = False
        """Whether it was to be deployed again while the update was still waiting for it."""
        self.at_zero: AtZero | None = None
        """What came of the task that was to prove a service that is scaled to zero."""
        self.at_zero_since: datetime | None = None
        """When it was asked for: what failed before, and ECS still tells, says nothing of it."""
        self.one_task_for_a_while = False
        """Whether the service, scaled to zero, was given a task to prove its revision."""
        self.count_in_state: int | None = None
        """The desired count that the engine keeps in the stack's state."""
        self._afterwards: tuple[Step, ...] = ()

    @property
    def located(self) -> ServiceTarget:
        """The service with the region and the account that ECS named, once it was seen."""
        seen = self.look.evidence.service if self.look else None
        return self.target.located(seen.arn) if seen else self.target

    def see(self, look: Look) -> None:
        """Take a look; it may tell that the task that was to prove the service at zero cannot serve."""
        self.look = look
        if self.at_zero is AtZero.TRIED and self.doomed and self._has_failed_at_zero(look):
            self.at_zero = AtZero.FAILED

    def _has_failed_at_zero(self, look: Look) -> bool:
        failed = (task.created_at for task in look.evidence.failed_tasks)
        said = (quote.at for quote in look.diagnosis.evidence)
        since = self.at_zero_since
        return since is None or any(at is not None and at >= since for at in (*failed, *said))

    def note(self, name: StepName, detail: str, at: datetime) -> None:
        """Take what was done with the service after the update."""
        self._afterwards += (Step(name, at, detail),)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What was done with the service, in its order."""
        return (self.abort.steps if self.abort else ()) + self._afterwards

    def prove(self, proof: Serving, at: datetime, elapsed: float) -> None:
        """Take what a look at the PRIMARY deployment says of `expected`; when, by ECS's clock and as that counts."""
        self.proof = proof
        if self.operation_ended and self.ended_since is None:
            self.ended_since = elapsed
        if not proof.unread:
            self.unread_since = None
        elif self.unread_since is None:
            self.unread_since = elapsed
        if not self.failed:
            return
        if self.failed_since is None:
            self.failed_since = elapsed
        if proof.proven and self.previous_serves_at is None and not self.taken_over_by:
            self.previous_serves_at = at

    @property
    def not_made_yet(self) -> bool:
        """Whether the provider is still making the service, and ECS has none of that name."""
        made = self.look is not None and self.look.evidence.service is not None
        return self.target.operation is Operation.CREATE and not self.operation_ended and not made

    @property
    def failed(self) -> bool:
        """Whether what was asked for will not serve any more: stopped, refused, or given up by ECS itself."""
        given_up = self.look is not None and self.look.state in _GIVEN_UP
        stopped = self.abort is not None and self.abort.stopped
        lost = self.gone or self.taken_over_by or self.at_zero is AtZero.FAILED or self.rolled_back_unseen
        return stopped or self.operation_failed or given_up or bool(lost)

    @property
    def provider_lost_sight(self) -> bool:
        """Whether the operation failed for a reason of its own: killed, kept from AWS, a state that was not saved."""
        said = self.provider_said or ""
        return tells_of_death(said) or any(sign in said for sign in _OF_ITS_OWN)

    def end_operation(self, *, failed: bool) -> None:
        """Take that the engine is done with it. Where it lost sight, a deployment that was seen tells the end."""
        self.operation_ended = True
        seen = self.look is not None and self.look.deployment_id is not None
        self.operation_failed |= failed and not (self.provider_lost_sight and seen)

    @property
    def doomed(self) -> bool:
        """Whether the last look says that waiting cannot help."""
        return self.look is not None and self.look.state is WatchState.DOOMED

    @property
    def revision_before(self) -> str | None:
        """The task definition that was PRIMARY when the run began, or None on a first deployment."""
        if self.baseline is None or not self.baseline.exists or self.baseline.task_definition:
            return self.baseline.task_definition if self.baseline else None
        # The baseline came too late to list it; the deployment itself says what it came from.
        source = self.look.evidence.previous_task_definition if self.look and self.look.deployment_id else None
        return source.arn if source else None

    @property
    def expected(self) -> str | None:
        """The task definition that should serve in the end, as far as is known now."""
        if self.taken_over_by:
            return None
        return self.revision_before if self.failed else self.target.wanted

    @property
    def expected_deployment(self) -> str | None:
        """The deployment that should be PRIMARY in the end, where it is this run's own; None: any of that revision."""
        if self.failed:
            return None
        return self.deployed_again or (self.look.deployment_id if self.look else None)

    @property
    def has_deployment(self) -> bool:
        """Whether a deployment, or a task at zero, is this run's own, or somebody else's came in between."""
        seen = self.look is not None and self.look.deployment_id is not None
        return bool(seen or self.deployed_again or self.at_zero or self.taken_over_by)

    @property
    def gone(self) -> bool:
        """Whether the service was there, or was made, and somebody deletes or has deleted it."""
        service = self.look.evidence.service if self.look else None
        was_there = self.target.operation is not Operation.CREATE or (self.look and self.look.deployment_id)
        return bool(was_there and service and service.status in _GONE)

    @property
    def taken_over_by(self) -> Deployment | None:
        """The deployment of somebody else that took the place of the one that this run watches, or came before it."""
        look, primary, baseline = self.look, self._primary, self.baseline
        if look is None or primary is None or baseline is None or not baseline.read:
            return None
        if not primary.id or primary.id in baseline.deployment_ids or primary.id == look.deployment_id:
            return None
        whole = look.evidence.service_deployment
        if whole and whole.rollback_revision_arn and tail(whole.rollback_revision_arn) == tail(primary.id):
            return None
        if look.deployment_id:
            return primary if look.state is WatchState.FAILED else None
        other = self.target.wanted is not None and tail(primary.task_definition) != tail(self.target.wanted)
        return primary if other and self.operation_ended else None

    @property
    def nothing_to_roll_back_to(self) -> bool:
        """Whether it failed, and ECS has no earlier deployment that completed."""
        if not self.failed or self.taken_over_by:
            return False
        if self.gone or self.at_zero is AtZero.FAILED:
            return True
        if self.baseline is not None and self.baseline.read and not self.baseline.exists:
            return True
        whole = self.look.evidence.service_deployment if self.look else None
        if whole is not None:
            return whole.status in _NO_WAY_BACK
        return self._primary is not None and self._primary.rollout_state == "FAILED"

    @property
    def first_deployment_failed(self) -> bool:
        """Whether it failed, no earlier deployment of the service ever completed, and tasks are wanted of it."""
        if not self.failed or self.one_task_for_a_while or (self.abort is not None and self.abort.left):
            return False
        if self.provider_lost_sight and not (self.look and self.look.state in _GIVEN_UP | {WatchState.DOOMED}):
            return False  # nothing says that it will not serve
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
    def rollback_outlives_look(self) -> bool:
        """Whether the last look is of a rollback whose end the proof has seen since."""
        whole = self.look.evidence.service_deployment if self.look else None
        if whole is None or self.proof is None or not self.proof.proven:
            return False
        return whole.status == "ROLLBACK_IN_PROGRESS" and whole.arn == self.proof.service_deployment_arn

    @property
    def settled(self) -> bool:
        """Whether nothing more can be learned by waiting."""
        if self.out_of_time or self.interrupted or self.nothing_to_roll_back_to or self.unreadable or self.stuck:
            return True
        if self.rollback_doomed:
            return True
        if self.at_zero is AtZero.TRIED and self.proof is not None and self.proof.state is ServingState.AT_ZERO:
            return False
        if self.proof is not None and self.taken_over_by:
            return True
        if self.failed and self._primary and self.proof and self.proof.deployment_id not in {None, self._primary.id}:
            return False  # somebody else's has come since the last look, or ECS has gone back: the next one tells
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
            deployed_again=self.deployed_again is not None,
            at_zero=self.one_task_for_a_while,
        )

    def _result(self) -> Result:
        proven = self.proof is not None and self.proof.proven
        if self.gone or (self._nothing_to_wait_for and not self.out_of_time):
            return Result.NOTHING_SERVES
        if self.out_of_time:
            return Result.OUT_OF_TIME
        if self.failed and proven and not self.taken_over_by:
            return Result.ROLLED_BACK
        if self.interrupted and not proven:
            return Result.INTERRUPTED
        if self.failed:
            return Result.OUT_OF_TIME
        return Result.SERVING if proven else Result.NOT_PROVEN

    @property
    def _nothing_to_wait_for(self) -> bool:
        """Whether no earlier deployment comes to serve: there is none, or it is doomed too and no task of it runs."""
        return self.nothing_to_roll_back_to or bool(self.rollback_doomed and self.proof and not self.proof.running)

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
        if self.taken_over_by:
            return words.taken_over(self.target.name, self.taken_over_by)
        if self.gone:
            return words.deleted(self.target.name)
        if seen and seen.root_cause:
            return seen
        if self.rolled_back_unseen:
            return words.rolled_back_unseen(self.target.name, self.target.cluster, self.target.wanted)
        if self.provider_said:
            return words.provider_said(self.target.name, self.provider_said, seen)
        return seen
