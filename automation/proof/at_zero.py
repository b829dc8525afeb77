"""`--verify-at-zero`: when a service that is scaled to zero gets one task, to prove the revision that is deployed."""

from diagnostics.serving import Serving, ServingState
from diagnostics.watch import Look, WatchState

TASKS = 1


def during(look: Look) -> bool:
    """Say whether the deployment that is watched is under way and no task is wanted of it.

    Given a task now, it ends by that task: ECS rolls back to the revision that completed before if it fails. Once it
    has completed with no task it is itself what ECS would go back to.
    """
    service, primary = look.evidence.service, look.evidence.primary
    return (
        service is not None
        and primary is not None
        and look.state is WatchState.IN_PROGRESS
        and primary.id == look.deployment_id
        and primary.rollout_state == "IN_PROGRESS"
        and service.desired_count == 0
    )


def after(proof: Serving) -> bool:
    """Say whether the deployment has ended with no task wanted of it, so that nothing shows whether it would serve."""
    return proof.state is ServingState.AT_ZERO
