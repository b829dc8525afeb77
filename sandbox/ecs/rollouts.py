"""ListServiceDeployments, DescribeServiceDeployments, DescribeServiceRevisions, StopServiceDeployment."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.ecs.errors import (
    ClientError,
    ConflictError,
    InvalidParameterError,
    ServiceDeploymentNotFoundError,
)
from sandbox.ecs.failure import TERMINAL
from sandbox.ecs.model import Service, ServiceDeployment
from sandbox.ecs.paging import page
from sandbox.ecs.region import Region
from sandbox.ecs.services import service_of
from sandbox.ecs.shapes import brief_shape, revision_shape, service_deployment_shape

Given = Mapping[str, Any]
Answer = dict[str, Any]

_LISTED = 20
_DESCRIBED_AT_ONCE = 20


def list_service_deployments(region: Region, given: Given) -> Answer:
    """Return a service's deployments, newest first, by status and time of creation."""
    service = service_of(region, given)
    created, status = given.get("createdAt") or {}, given.get("status") or []
    after, before = _time(created.get("after")), _time(created.get("before"))
    briefs = [
        brief_shape(service, rollout)
        for rollout in service.service_deployments
        if (not status or rollout.status in status)
        and (after is None or rollout.created_at > after)
        and (before is None or rollout.created_at < before)
    ]
    return page(briefs, given, "serviceDeployments", _LISTED)


def _time(value: datetime | float | None) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        return datetime.fromtimestamp(value, UTC)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def describe_service_deployments(region: Region, given: Given) -> Answer:
    """Return up to 20 service deployments."""
    found, failures = [], []
    for arn in _asked(given, "serviceDeploymentArns"):
        rollout = region.service_deployments.get(arn)
        if rollout:
            found.append(service_deployment_shape(_service(region, rollout), rollout))
        else:
            failures.append({"arn": arn, "reason": "MISSING"})
    return {"serviceDeployments": found, "failures": failures}


def describe_service_revisions(region: Region, given: Given) -> Answer:
    """Return up to 20 service revisions."""
    found, failures = [], []
    for arn in _asked(given, "serviceRevisionArns"):
        revision = region.revisions.get(arn)
        if revision:
            found.append(revision_shape(revision))
        else:
            failures.append({"arn": arn, "reason": "MISSING"})
    return {"serviceRevisions": found, "failures": failures}


def stop_service_deployment(region: Region, given: Given) -> Answer:
    """Roll a service deployment back, whether or not its configuration asks for rollbacks."""
    arn = given["serviceDeploymentArn"]
    rollout = region.service_deployments.get(arn)
    if rollout is None:
        raise ServiceDeploymentNotFoundError(
            "The service deploy ARN that you specified in the StopServiceDeployment doesn't exist. "
            "You can use ListServiceDeployments to retrieve the service deployment ARNs."
        )
    if (given.get("stopType") or "ROLLBACK") != "ROLLBACK":
        raise InvalidParameterError("Invalid stopType. The valid values are ROLLBACK.")
    if rollout.status in TERMINAL:
        raise ConflictError(
            f"The service deployment {arn} is {rollout.status} and cannot be stopped: there is a conflict in the "
            "current state of the resource."
        )
    region.failures.request_stop(_service(region, rollout), rollout)
    return {"serviceDeploymentArn": arn}


def continue_service_deployment(region: Region, given: Given) -> Answer:
    """Continue a service deployment that is paused at a hook, or roll it back."""
    arn = given["serviceDeploymentArn"]
    rollout = region.service_deployments.get(arn)
    if rollout is None:
        raise ServiceDeploymentNotFoundError(f"The service deployment {arn} doesn't exist.")
    hook = next((each for each in rollout.hooks if each.id == given.get("hookId")), None)
    if hook is None:
        raise InvalidParameterError(f"The service deployment has no lifecycle hook {given.get('hookId')}.")
    if hook.status != "AWAITING_ACTION" or rollout.status != "IN_PROGRESS":
        raise ClientError(f"The lifecycle hook {hook.id} is {hook.status} and does not await an action.")
    action = given.get("action") or "CONTINUE"
    if action not in {"CONTINUE", "ROLLBACK"}:
        raise InvalidParameterError("Invalid action. The valid values are CONTINUE and ROLLBACK.")
    region.lifecycle.resolve(_service(region, rollout), rollout, hook, action)
    return {"serviceDeploymentArn": arn}


def _asked(given: Given, key: str) -> list[str]:
    arns = list(given.get(key) or [])
    if not arns:
        raise InvalidParameterError(f"{key} cannot be empty.")
    if len(arns) > _DESCRIBED_AT_ONCE:
        raise InvalidParameterError(f"{key} cannot have more than {_DESCRIBED_AT_ONCE} elements.")
    return arns


def _service(region: Region, rollout: ServiceDeployment) -> Service:
    *_, cluster, name = rollout.deployment.revision.service_arn.split("/")
    return region.services[cluster, name]
