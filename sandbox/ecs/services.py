"""CreateService, UpdateService, DeleteService, DescribeServices, ListServices."""

from collections.abc import Mapping
from typing import Any

from sandbox.ecs.capacity import check_strategy
from sandbox.ecs.errors import (
    ClientError,
    ClusterNotFoundError,
    InvalidParameterError,
    PlatformUnknownError,
    ServiceNotActiveError,
    ServiceNotFoundError,
)
from sandbox.ecs.model import Service
from sandbox.ecs.paging import page
from sandbox.ecs.region import Region
from sandbox.ecs.shapes import service_shape
from sandbox.ecs.validation import check_service

Given = Mapping[str, Any]
Answer = dict[str, Any]

_DESCRIBED_AT_ONCE = 10
_LISTED = 10
_KEPT = (
    "loadBalancers",
    "serviceRegistries",
    "capacityProviderStrategy",
    "placementConstraints",
    "placementStrategy",
    "networkConfiguration",
    "healthCheckGracePeriodSeconds",
    "enableECSManagedTags",
    "propagateTags",
    "enableExecuteCommand",
    "availabilityZoneRebalancing",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
# What "triggers a new service deployment" by the service model, UpdateServiceRequest.
_DEPLOYS = (
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
_LATEST = "1.4.0"
_PLATFORM_VERSIONS = frozenset({"1.4.0", "1.3.0", "1.0.0"})
"""Linux's two and Windows' one: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html"""


def create_service(region: Region, given: Given) -> Answer:
    """Create a service and its first deployment."""
    cluster = cluster_of(region, given)
    name = given["serviceName"]
    known = region.services.get((cluster.name, name))
    if known and known.status == "ACTIVE":
        raise InvalidParameterError("Creation of service was not idempotent.")
    if known and known.status == "DRAINING":
        raise InvalidParameterError("Unable to Start a service that is still Draining.")
    if not given.get("taskDefinition"):
        raise InvalidParameterError("TaskDefinition can not be blank.")
    if given.get("desiredCount") is None:
        raise InvalidParameterError("The desired count must be specified for the REPLICA scheduling strategy.")
    settings = _initial_settings(_with_default_strategy(given, cluster))
    task_definition = task_definition_of(region, given["taskDefinition"])
    check_service(settings, task_definition, region.surroundings)
    service = Service(
        arn=region.arn("service", cluster.name, name),
        name=name,
        cluster_arn=cluster.arn,
        created_at=region.simulation.now,
        created_by=f"arn:aws:iam::{region.account}:root",
        desired=_desired(given["desiredCount"]),
        settings=settings,
        tags=list(given.get("tags") or []),
    )
    region.services[cluster.name, name] = service
    region.deploy(service, task_definition)
    return {"service": service_shape(service, tags=True)}


def _with_default_strategy(given: Given, cluster: Any) -> Given:
    """Check a request's capacity provider strategy; return the request with the cluster's own where it has none."""
    check_strategy(
        given.get("capacityProviderStrategy") or [], given.get("launchType"), cluster.capacity_providers or []
    )
    if given.get("capacityProviderStrategy") or given.get("launchType"):
        return given
    return {**given, "capacityProviderStrategy": cluster.default_capacity_provider_strategy or []}


def _initial_settings(given: Given) -> dict[str, Any]:
    defaults = {
        "loadBalancers": [],
        "serviceRegistries": [],
        "placementConstraints": [],
        "placementStrategy": [],
        "healthCheckGracePeriodSeconds": 0,
        "enableECSManagedTags": False,
        "enableExecuteCommand": False,
        "propagateTags": "NONE",
        "availabilityZoneRebalancing": "ENABLED",
    }
    settings = defaults | {key: given[key] for key in _KEPT if given.get(key) is not None}
    if not settings.get("capacityProviderStrategy"):
        settings["launchType"] = given.get("launchType") or "FARGATE"
    settings["platformVersion"] = platform_version(given.get("platformVersion"))
    settings["schedulingStrategy"] = given.get("schedulingStrategy") or "REPLICA"
    settings["deploymentController"] = given.get("deploymentController") or {"type": "ECS"}
    settings["deploymentConfiguration"] = _deployment_configuration({}, given.get("deploymentConfiguration") or {})
    return settings


def platform_version(given: str | None) -> str:
    """Return the platform version that a request means: LATEST is 1.4.0.

    Raises:
        PlatformUnknownError: there is none such; the sentence is that of ECS's API reference.
    """
    if given in {None, "", "LATEST"}:
        return _LATEST
    if given not in _PLATFORM_VERSIONS:
        raise PlatformUnknownError("The specified platform version does not exist.")
    return str(given)


def _deployment_configuration(before: Given, given: Given) -> dict[str, Any]:
    """Return a deployment configuration with AWS's defaults filled in; what is not given stays as before."""
    configuration: dict[str, Any] = {
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "strategy": "ROLLING",
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "alarms": {"alarmNames": [], "rollback": False, "enable": False},
    }
    configuration |= dict(before)
    configuration |= {key: value for key, value in given.items() if value is not None}
    for strategy, member in (("CANARY", "canaryConfiguration"), ("LINEAR", "linearConfiguration")):
        if configuration["strategy"] != strategy:  # what another strategy was told is not this one's
            configuration.pop(member, None)
    configuration["deploymentCircuitBreaker"] = {"resetOnHealthyTask": True} | dict(
        configuration["deploymentCircuitBreaker"]
    )
    return configuration


def _desired(value: int) -> int:
    if value < 0:
        raise InvalidParameterError("desiredCount cannot be negative.")
    return int(value)


def update_service(region: Region, given: Given) -> Answer:
    """Change a service; a new deployment begins only where AWS begins one."""
    service = service_of(region, given)
    if service.status != "ACTIVE":
        raise ServiceNotActiveError("Service was not ACTIVE.")
    strategy = given.get("capacityProviderStrategy") or []
    check_strategy(strategy, None, cluster_of(region, given).capacity_providers or [])
    settings = dict(service.settings)
    if strategy:
        settings.pop("launchType", None)
    settings.update({key: given[key] for key in _KEPT if given.get(key) is not None})
    if given.get("platformVersion"):
        settings["platformVersion"] = platform_version(given["platformVersion"])
    settings["deploymentConfiguration"] = _deployment_configuration(
        service.configuration, given.get("deploymentConfiguration") or {}
    )
    current = service.primary.revision.task_definition
    wanted = task_definition_of(region, given["taskDefinition"]) if given.get("taskDefinition") else current
    deploys = (
        bool(given.get("forceNewDeployment"))
        or wanted is not current
        or any(settings.get(key) != service.settings.get(key) for key in _DEPLOYS)
    )
    desired = service.desired if given.get("desiredCount") is None else _desired(given["desiredCount"])
    if deploys or settings != service.settings:
        check_service(settings, wanted, region.surroundings) if deploys else None
    service.settings, service.desired = settings, desired
    if deploys:
        region.deploy(service, wanted)
    else:
        service.unsteady = True
        region.failures.compare(service, service.primary)
        region.scheduler.poke(service)
    return {"service": service_shape(service, tags=True)}


def delete_service(region: Region, given: Given) -> Answer:
    """Begin to drain a service."""
    service = service_of(region, given)
    if service.status == "ACTIVE":
        if service.desired > 0 and not given.get("force"):
            raise InvalidParameterError("The service cannot be stopped while it is scaled above 0.")
        service.status, service.desired = "DRAINING", 0
        region.failures.superseded(service)
        if service.primary.completion:
            service.primary.completion.cancel()
        region.scheduler.poke(service, 0)
    return {"service": service_shape(service, tags=True)}


def describe_services(region: Region, given: Given) -> Answer:
    """Return up to 10 services, DRAINING and INACTIVE ones too."""
    cluster, asked = cluster_of(region, given), given.get("services") or []
    if not asked:
        raise InvalidParameterError("Services cannot be empty.")
    if len(asked) > _DESCRIBED_AT_ONCE:
        raise InvalidParameterError("Too many services: at most 10 can be described at once.")
    tags = "TAGS" in (given.get("include") or [])
    services, failures = [], []
    for reference in asked:
        service = region.services.get((cluster.name, reference.rpartition("/")[2]))
        if service:
            services.append(service_shape(service, tags=tags))
        else:
            name = reference.rpartition("/")[2]
            failures.append({"arn": region.arn("service", cluster.name, name), "reason": "MISSING"})
    return {"services": services, "failures": failures}


def list_services(region: Region, given: Given) -> Answer:
    """Return the ARNs of a cluster's ACTIVE services."""
    cluster = cluster_of(region, given)
    arns = [
        service.arn
        for (name, _), service in region.services.items()
        if name == cluster.name
        and service.status == "ACTIVE"
        and given.get("launchType") in {None, service.settings.get("launchType")}
        and given.get("schedulingStrategy") in {None, service.settings["schedulingStrategy"]}
    ]
    return page(arns, given, "serviceArns", _LISTED)


def cluster_of(region: Region, given: Given) -> Any:
    """Return moto's cluster that a request names, `default` where it names none (ClusterNotFoundError)."""
    from moto.ecs.models import ecs_backends

    name = (given.get("cluster") or "default").rpartition("/")[2]
    cluster = ecs_backends[region.account][region.name].clusters.get(name)
    if cluster is None or cluster.status != "ACTIVE":
        raise ClusterNotFoundError("Cluster not found.")
    return cluster


def service_of(region: Region, given: Given) -> Service:
    """Return the service that a request names (ServiceNotFoundError)."""
    reference = given["service"]
    cluster = cluster_of(region, given)
    service = region.services.get((cluster.name, reference.rpartition("/")[2]))
    if service is None:
        raise ServiceNotFoundError("Service not found.")
    return service


def task_definition_of(region: Region, reference: str) -> Any:
    """Return moto's task definition by ARN, `family:revision`, or a family's latest ACTIVE one (ClientError)."""
    from moto.ecs.models import ecs_backends

    family, _, number = reference.rpartition("/")[2].partition(":")
    revisions = ecs_backends[region.account][region.name].task_definitions.get(family) or {}
    if number:
        found = revisions.get(int(number)) if number.isdigit() else None
    else:
        active = [revision for revision, definition in revisions.items() if definition.status == "ACTIVE"]
        found = revisions[max(active)] if active else None
    if found is None:
        raise ClientError("TaskDefinition not found.")
    return found
