"""What boto3's shapes of a service and its deployments tell, before they are evidence."""

from collections.abc import Iterable

from diagnostics.reads import Shape
from diagnostics.shapes import deployment_of_revision

_ENDED_BADLY = {"ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"} | {
    "STOP_REQUESTED",
    "STOPPED",
}


def primary_of(service: Shape) -> Shape:
    """Return a service's PRIMARY deployment; an empty one where it has none."""
    return next((each for each in service.get("deployments", []) if each.get("status") == "PRIMARY"), {})


def primary_id(service: Shape) -> str | None:
    """Return the id of a service's PRIMARY deployment, `ecs-svc/…`."""
    return primary_of(service).get("id")


def worth_explaining(briefs: Iterable[Shape]) -> str | None:
    """Return the id of the newest deployment if ECS gave it up; then the PRIMARY one is only what it went back to."""
    newest = next(iter(briefs), None)
    return deployment_of_revision(revision_of(newest)) if newest and gave_up(newest) else None


def gave_up(brief: Shape) -> bool:
    """Say whether ECS gave a service deployment up."""
    return brief.get("status") in _ENDED_BADLY


def completed_before(service: Shape, target: str | None) -> str | None:
    """Return the task definition of a deployment that completed, other than the target."""
    others = [each for each in service.get("deployments", []) if each.get("id") != target]
    return next((each.get("taskDefinition") for each in others if each.get("rolloutState") == "COMPLETED"), None)


def revision_of(brief: Shape) -> str:
    """Return the ARN of the service revision that a `ServiceDeploymentBrief` goes to; "" where it tells none."""
    return str(brief.get("targetServiceRevisionArn", ""))


def arn_of(revision: Shape) -> str:
    """Return the ARN of a `ServiceRevisionSummary`; "" where it tells none."""
    return str(revision.get("arn", ""))


def target_groups_of(service: Shape) -> list[str]:
    """Return the target groups of a service, also those that a strategy which shifts traffic alternates with."""
    found: list[str | None] = []
    for balancer in service.get("loadBalancers", []):
        found += [
            balancer.get("targetGroupArn"),
            balancer.get("advancedConfiguration", {}).get("alternateTargetGroupArn"),
        ]
    return list(dict.fromkeys(arn for arn in found if arn))


def has_alarms(service: Shape) -> bool:
    """Say whether alarms belong to a service's deployments: only the service deployment tells that one rings."""
    alarms = service.get("deploymentConfiguration", {}).get("alarms", {})
    return bool(alarms.get("enable") and alarms.get("alarmNames"))
