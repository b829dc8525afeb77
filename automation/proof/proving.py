"""Proves what serves in the end, and does what a proof calls for: another deployment, or a task at zero."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from automation.engine.update import ServiceTarget
from automation.proof.extra_tasks import ExtraTasks
from automation.proof.redeploy import only_alarms, why_again
from automation.service_run import ServiceRun
from automation.watcher import Watchable
from diagnostics.clock import Clock
from diagnostics.engine import rollback_is_doomed
from diagnostics.model import Gap
from diagnostics.serving import Serving, ServingState
from diagnostics.watch import Look

PROOF_PATIENCE = timedelta(seconds=900)
"""How long a rolled-back service may take to be proven, on ECS's clock: draining alone may take 300 s."""
DOOMED_PATIENCE = timedelta(seconds=120)
"""How long a rollback that is doomed too, and that no circuit breaker ends, is waited for, on ECS's clock.

Own choice: twice as long as a permission takes to be known everywhere, which is what may mend a rollback by itself.
"""
UNREAD_PATIENCE = timedelta(seconds=180)
"""How long ECS may be unreadable in a row, on its clock. Own choice: an account may be throttled for a minute."""
UNSEEN_AFTER = timedelta(seconds=60)
"""How long after an operation that changed the service its own deployment may not be seen, on ECS's clock.

Own choice: looks are 1 to 2 s apart, and up to 16 times as far while ECS throttles.
"""


class Provable(Protocol):
    """What proving asks of a service's place in AWS."""

    def prove(self, target: ServiceTarget, task_definition: str | None, deployment_id: str | None) -> Serving:
        """Look at what serves now, and whether it is that revision and deployment; None: any."""
        ...

    def deploy_again(self, target: ServiceTarget, task_definition: str) -> str:
        """Ask ECS for a new deployment of a revision; return its id, raise what AWS answers."""
        ...

    def follow(self, target: ServiceTarget, deployment_id: str) -> Watchable:
        """Return a watch of a deployment that is there already."""
        ...


class Proving:
    """Takes the proofs of a run's services."""

    def __init__(
        self,
        site: Provable,
        clock: Clock,
        extra: ExtraTasks,
        say: Callable[[str], None],
        note: Callable[[Gap], None],
    ) -> None:
        self._site = site
        self._clock = clock
        self._extra = extra
        self._say = say
        self._note = note

    def prove(self, run: ServiceRun, *, interrupted: bool) -> Watchable | None:
        """Look once at what serves; return another watch of the service where it is to be followed from now on.

        Args:
            run: whose update has ended.
            interrupted: whether one look is enough: nobody waits for more, and nothing is begun.
        """
        try:
            proof = self._site.prove(run.target, run.expected, run.expected_deployment)
        except Exception as surprise:  # noqa: BLE001 - the outcome must be told even where AWS cannot be read
            self._note(Gap(f"what serves of {run.target.name}", f"{type(surprise).__name__}: {surprise}"))
            proof = Serving(ServingState.NOT_PROVEN, ("the service could not be read",), unread=True)
        elapsed = self._clock.elapsed()
        at = self._clock.at(elapsed)
        run.prove(proof, at, elapsed)
        if not (run.failed and not proof.proven and _without_end(run.look)):
            run.rollback_doomed_since = None
        elif run.rollback_doomed_since is None:
            run.rollback_doomed_since = elapsed
        run.interrupted = interrupted
        if run.interrupted or run.out_of_time or run.failed:
            return None
        return self._go_on_from(run, proof, at)

    def mend(self, run: ServiceRun) -> None:
        """Deploy again, once, what ECS gave up before and this update does not deploy: its provider waits in vain.

        Its wait is for as many tasks as the count says (`statusServiceWaitForStable` in
        https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ecs/service.go), and ECS starts
        none of a deployment that has failed.
        """
        if run.operation_ended or run.has_deployment or run.target.deploys or run.tried_again or run.look is None:
            return
        seen = run.look.serving
        why = (
            why_again(seen, run.target.wanted, timedelta(0))
            if seen.desired and seen.rollout_state == "FAILED"
            else None
        )
        if why:
            run.tried_again = True
            self._deploy_again(run, seen, why)

    def lose_patience(self, run: ServiceRun) -> None:
        """End what has not been proven, or could not be read, for too long."""
        run.out_of_time |= self._over(run.failed_since, PROOF_PATIENCE)
        run.rollback_doomed |= self._over(run.rollback_doomed_since, DOOMED_PATIENCE)
        run.unreadable |= self._over(run.unread_since, UNREAD_PATIENCE)

    def _over(self, since: float | None, patience: timedelta) -> bool:
        return since is not None and self._elapsed_since(since) >= patience

    def _elapsed_since(self, since: float) -> timedelta:
        return timedelta(seconds=self._clock.elapsed() - since)

    def _go_on_from(self, run: ServiceRun, proof: Serving, at: datetime) -> Watchable | None:
        if self._extra.verify(run, at):
            return self._site.follow(run.target, proof.deployment_id) if proof.deployment_id else None
        if run.ended_since is None:
            return None
        waited = self._elapsed_since(run.ended_since)
        why = None if run.has_deployment else why_again(proof, run.target.wanted, waited)
        if why is None:
            run.stuck |= only_alarms(proof, waited)
        elif not run.target.deploys:
            run.stuck |= not self._deploy_again(run, proof, why)
        elif waited >= UNSEEN_AFTER:
            run.rolled_back_unseen = True
        return None

    def _deploy_again(self, run: ServiceRun, proof: Serving, why: str) -> bool:
        revision = run.target.wanted or proof.task_definition or ""
        self._say(f"{run.target.name}: {why}: it is deployed again")
        try:
            run.deployed_again = self._site.deploy_again(run.target, revision)
        except Exception as refusal:  # noqa: BLE001 - whatever AWS answers, the outcome must be told
            self._note(Gap(f"another deployment of {run.target.name}", f"{refusal}"))
            return False
        return True


def _without_end(look: Look | None) -> bool:
    """Say whether ECS tries in vain to go back, and has no circuit breaker that would give that up."""
    service = look.evidence.service if look else None
    if look is None or service is None or service.deployment_configuration.circuit_breaker:
        return False
    return rollback_is_doomed(look.evidence)
