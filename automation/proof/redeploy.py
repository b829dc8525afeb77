"""When an update has changed nothing and the service is broken: whether it must be deployed again, and why."""

from datetime import timedelta

from diagnostics.serving import Serving, ServingState
from diagnostics.shapes import tail

HEALS_WITHIN = timedelta(seconds=180)
"""How long ECS may take to replace a task by itself, on its clock, before a new deployment is the better way.

Own choice: a Fargate task starts in 20 to 60 s and is healthy behind a load balancer some 30 s later
(docs/sandbox.md); twice that. ECS's own attempts come up to 27 minutes apart once several have failed
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html).
"""
ALARMS_WITHIN = timedelta(seconds=300)
"""How long an alarm may ring, on ECS's clock, until nobody waits for it to stop. Own choice: 5 periods of 60 s."""


def why_again(proof: Serving, wanted: str | None, waited: timedelta) -> str | None:
    """Return why the service must be deployed again, in words, or None: it need not, or cannot be told yet.

    Args:
        proof: of the revision that is wanted, after an operation that began no deployment.
        wanted: the task definition (ARN or `family:revision`) that the program wants; None where that is not known.
        waited: since the first such proof, on ECS's clock.
    """
    if proof.state is not ServingState.NOT_PROVEN or proof.unread or proof.task_definition is None:
        return None
    if proof.rollout_state not in {"COMPLETED", "FAILED"}:
        return None  # a deployment is under way, whoever began it; how it ends decides
    if wanted and tail(proof.task_definition) != tail(wanted):
        return f"ECS is at {proof.revision}, which it went back to earlier, and the program wants {tail(wanted)}"
    if proof.rollout_state == "FAILED":
        return f"ECS gave the deployment of {proof.revision} up earlier"
    if proof.unhealthy and waited >= HEALS_WITHIN:
        return f"{proof.missing[0]}, and ECS has not mended that by itself"
    return None


def only_alarms(proof: Serving, waited: timedelta) -> bool:
    """Say whether all is as it should be but for alarms that have rung for long: no deployment silences those."""
    settled = proof.state is ServingState.NOT_PROVEN and proof.rollout_state == "COMPLETED" and not proof.unhealthy
    ringing = settled and all(each.startswith("the alarm ") for each in proof.missing)
    return ringing and waited >= ALARMS_WITHIN
