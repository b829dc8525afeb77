"""The properties of `aws:ecs/service:Service`, and how they map to the members of ECS's operations."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.provider.resources import service_connect
from sandbox.provider.schema import Property, block, blocks, flag, mapping, number, text, texts, whole
from sandbox.provider.wire import Values

_PROVIDER_ONLY = {"program_only": True}

_ADVANCED: Mapping[str, Property] = {
    "alternateTargetGroupArn": text(required=True),
    "productionListenerRule": text(required=True),
    "roleArn": text(required=True),
    "testListenerRule": text(),
}
_LOAD_BALANCER: Mapping[str, Property] = {
    "containerName": text(required=True),
    "containerPort": whole(required=True),
    "elbName": text(),
    "targetGroupArn": text(),
    "advancedConfiguration": block(_ADVANCED),
}
_STRATEGY: Mapping[str, Property] = {
    "strategy": text(computed=True),
    "bakeTimeInMinutes": text(computed=True),
    "canaryConfiguration": block(
        {"canaryPercent": number(computed=True), "canaryBakeTimeInMinutes": text(computed=True)}
    ),
    "linearConfiguration": block({"stepPercent": number(computed=True), "stepBakeTimeInMinutes": text(computed=True)}),
    "lifecycleHooks": blocks(
        {
            "hookTargetArn": text(),
            "roleArn": text(),
            "lifecycleStages": texts(required=True),
            "hookDetails": text(json=True),
            "targetType": text(computed=True),
            "timeoutConfiguration": block({"action": text(), "timeoutInMinutes": whole()}, computed=True),
        }
    ),
}
_CAPACITY: Mapping[str, Property] = {"capacityProvider": text(required=True), "base": whole(), "weight": whole()}
_NETWORK: Mapping[str, Property] = {
    "subnets": texts(required=True),
    "securityGroups": texts(),
    "assignPublicIp": flag(default=False),
}
_REGISTRY: Mapping[str, Property] = {
    "registryArn": text(required=True),
    "containerName": text(),
    "containerPort": whole(),
    "port": whole(),
}

PROPERTIES: Mapping[str, Property] = {
    "alarms": block(
        {"alarmNames": texts(required=True), "enable": flag(required=True), "rollback": flag(required=True)}
    ),
    "availabilityZoneRebalancing": text(computed=True),
    "capacityProviderStrategies": blocks(_CAPACITY),
    "cluster": text(computed=True, force_new=True),
    "deploymentCircuitBreaker": block({"enable": flag(required=True), "rollback": flag(required=True)}),
    "deploymentConfiguration": block(_STRATEGY, computed=True),
    "deploymentController": block({"type": text(default="ECS")}, computed=True, force_new=True),
    "deploymentMaximumPercent": whole(default=200),
    "deploymentMinimumHealthyPercent": whole(default=100),
    "desiredCount": whole(),
    "enableEcsManagedTags": flag(default=False),
    "enableExecuteCommand": flag(default=False),
    "forceDelete": flag(**_PROVIDER_ONLY),
    "forceNewDeployment": flag(**_PROVIDER_ONLY),
    "healthCheckGracePeriodSeconds": whole(),
    "iamRole": text(computed=True, force_new=True),
    "launchType": text(computed=True, force_new=True),
    "loadBalancers": blocks(_LOAD_BALANCER),
    "name": text(computed=True, force_new=True),
    "networkConfiguration": block(_NETWORK),
    "orderedPlacementStrategies": blocks({"type": text(required=True), "field": text()}, unordered=False),
    "placementConstraints": blocks({"type": text(required=True), "expression": text()}),
    "platformVersion": text(computed=True),
    "propagateTags": text(),
    "schedulingStrategy": text(default="REPLICA", force_new=True),
    "serviceConnectConfiguration": block(service_connect.CONNECT),
    "serviceRegistries": block(_REGISTRY),
    "sigintRollback": flag(**_PROVIDER_ONLY),
    "taskDefinition": text(),
    "triggers": mapping(computed=True, **_PROVIDER_ONLY),
    "volumeConfiguration": block(service_connect.VOLUME),
    "waitForSteadyState": flag(default=False, **_PROVIDER_ONLY),
}

_SAME = (
    "availabilityZoneRebalancing",
    "desiredCount",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "platformVersion",
    "propagateTags",
    "taskDefinition",
)
"""Members that have the same name and shape in Pulumi and in ECS."""

_ONLY_ON_CREATE = ("launchType", "schedulingStrategy", "deploymentController")


def create_request(inputs: Values, tags: Mapping[str, str]) -> dict[str, Any]:
    """Return the members of CreateService for a program's inputs with their defaults."""
    request = _members(inputs, {key for key, value in inputs.items() if value not in (None, [], "", {})})
    request |= {key: inputs[key] for key in _ONLY_ON_CREATE if inputs.get(key)}
    request["serviceName"] = inputs["name"]
    request.setdefault("desiredCount", 0)  # the real provider sends Terraform's zero value
    if role := inputs.get("iamRole"):
        request["role"] = role
    if inputs.get("schedulingStrategy") == "DAEMON":
        # ECS decides how many there are, and always replaces in place.
        request.pop("desiredCount")
        request.get("deploymentConfiguration", {}).pop("maximumPercent", None)
    if tags:
        request["tags"] = [{"key": key, "value": value} for key, value in tags.items()]
    return request


def update_request(inputs: Values, changed: Iterable[str]) -> dict[str, Any]:
    """Return the members of UpdateService: those of the changed properties and nothing else.

    `forceNewDeployment` goes along whenever anything is sent, as with the real provider.
    """
    return {**_members(inputs, set(changed)), "forceNewDeployment": bool(inputs.get("forceNewDeployment"))}


def _members(inputs: Values, keys: set[str]) -> dict[str, Any]:
    request: dict[str, Any] = {}
    for key in _SAME:
        if key in keys:
            value = inputs.get(key)
            # What the program took away is zero to Terraform's SDK; what has no zero is left as it is.
            empty = {
                "desiredCount": 0,
                "healthCheckGracePeriodSeconds": 0,
                "placementConstraints": [],
                "propagateTags": "NONE",
            }
            value = empty.get(key) if value is None else value
            if value is not None:
                request[key] = value
    for key, (member, convert) in _RENAMED.items():
        if key in keys:
            request[member] = convert(inputs.get(key))
    if configuration := _deployment_configuration(inputs, keys):
        request["deploymentConfiguration"] = configuration
    return request


def _deployment_configuration(inputs: Values, keys: set[str]) -> dict[str, Any]:
    configuration: dict[str, Any] = {}
    if "deploymentMaximumPercent" in keys:
        configuration["maximumPercent"] = inputs["deploymentMaximumPercent"]
    if "deploymentMinimumHealthyPercent" in keys:
        configuration["minimumHealthyPercent"] = inputs["deploymentMinimumHealthyPercent"]
    if "deploymentCircuitBreaker" in keys:
        off = {"enable": False, "rollback": False}
        configuration["deploymentCircuitBreaker"] = inputs.get("deploymentCircuitBreaker") or off
    if "alarms" in keys:
        configuration["alarms"] = inputs.get("alarms") or {"alarmNames": [], "enable": False, "rollback": False}
    if "deploymentConfiguration" in keys:
        configuration |= _strategy(inputs.get("deploymentConfiguration") or {})
    return configuration


def _strategy(given: Values) -> dict[str, Any]:
    strategy: dict[str, Any] = {}
    if given.get("strategy"):
        strategy["strategy"] = given["strategy"]
    if given.get("bakeTimeInMinutes"):
        strategy["bakeTimeInMinutes"] = int(given["bakeTimeInMinutes"])
    for key, bake in (
        ("canaryConfiguration", "canaryBakeTimeInMinutes"),
        ("linearConfiguration", "stepBakeTimeInMinutes"),
    ):
        if values := given.get(key):
            strategy[key] = {name: int(value) if name == bake else value for name, value in values.items()}
    if hooks := given.get("lifecycleHooks"):
        strategy["lifecycleHooks"] = [_hook(hook) for hook in hooks]
    return strategy


def _hook(hook: Values) -> dict[str, Any]:
    details = {"hookDetails": json.loads(hook["hookDetails"])} if hook.get("hookDetails") else {}
    return {key: value for key, value in hook.items() if key != "hookDetails" and value is not None} | details


def _network(network: Values | None) -> dict[str, Any]:
    if not network:
        return {}
    return {
        "awsvpcConfiguration": {
            "subnets": network["subnets"],
            "securityGroups": network.get("securityGroups") or [],
            "assignPublicIp": "ENABLED" if network.get("assignPublicIp") else "DISABLED",
        }
    }


def _load_balancers(balancers: list[Values] | None) -> list[dict[str, Any]]:
    return [
        {
            ("loadBalancerName" if key == "elbName" else key): value
            for key, value in balancer.items()
            if value is not None
        }
        for balancer in balancers or []
    ]


_RENAMED: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "capacityProviderStrategies": ("capacityProviderStrategy", lambda value: value or []),
    "enableEcsManagedTags": ("enableECSManagedTags", bool),
    "loadBalancers": ("loadBalancers", _load_balancers),
    "networkConfiguration": ("networkConfiguration", _network),
    "orderedPlacementStrategies": ("placementStrategy", lambda value: value or []),
    "serviceConnectConfiguration": ("serviceConnectConfiguration", service_connect.connect_request),
    "volumeConfiguration": ("volumeConfigurations", service_connect.volumes_request),
    "serviceRegistries": ("serviceRegistries", lambda value: [value] if value else []),
}


def state(service: Mapping[str, Any], written: Values) -> Values:
    """Return the properties of a service that DescribeServices shows.

    `written` are the program's inputs, or the old state: cluster and task definition are told in the form that they
    have there (name or ARN), as the real provider does.
    """
    configuration = service.get("deploymentConfiguration") or {}
    return {
        "arn": service["serviceArn"],
        "name": service["serviceName"],
        "cluster": _in_form_of(written.get("cluster"), service["clusterArn"]),
        "taskDefinition": _in_form_of(written.get("taskDefinition"), _task_definition(service)),
        "desiredCount": service.get("desiredCount"),
        "launchType": service.get("launchType"),
        "platformVersion": service.get("platformVersion"),
        "schedulingStrategy": service.get("schedulingStrategy", "REPLICA"),
        "iamRole": service.get("roleArn"),
        "availabilityZoneRebalancing": service.get("availabilityZoneRebalancing"),
        "healthCheckGracePeriodSeconds": service.get("healthCheckGracePeriodSeconds"),
        "enableEcsManagedTags": service.get("enableECSManagedTags", False),
        "enableExecuteCommand": service.get("enableExecuteCommand", False),
        "propagateTags": _unless_default(service.get("propagateTags"), "NONE", written.get("propagateTags")),
        "deploymentController": service.get("deploymentController") or None,
        "deploymentMaximumPercent": configuration.get("maximumPercent"),
        "deploymentMinimumHealthyPercent": configuration.get("minimumHealthyPercent"),
        **_deployment_state(configuration, written),
        "networkConfiguration": _network_state(service.get("networkConfiguration") or {}),
        "loadBalancers": [
            {("elbName" if key == "loadBalancerName" else key): value for key, value in balancer.items()}
            for balancer in service.get("loadBalancers") or []
        ],
        "capacityProviderStrategies": service.get("capacityProviderStrategy") or [],
        "placementConstraints": service.get("placementConstraints") or [],
        "orderedPlacementStrategies": service.get("placementStrategy") or [],
        "serviceRegistries": (service.get("serviceRegistries") or [None])[0],
        **service_connect.state(service, written),
        "tagsAll": {tag["key"]: tag["value"] for tag in service.get("tags") or []},
    }


def _task_definition(service: Mapping[str, Any]) -> str:
    primary = (item for item in service.get("deployments") or [] if item["status"] == "PRIMARY")
    return str(service.get("taskDefinition") or next((item["taskDefinition"] for item in primary), ""))


def _deployment_state(configuration: Mapping[str, Any], written: Values) -> Values:
    breaker = configuration.get("deploymentCircuitBreaker") or {}
    breaker = {key: bool(breaker.get(key)) for key in ("enable", "rollback")}
    alarms = configuration.get("alarms") or {}
    strategy = {
        key: configuration[key]
        for key in ("strategy", "canaryConfiguration", "linearConfiguration", "lifecycleHooks")
        if configuration.get(key)
    }
    if configuration.get("bakeTimeInMinutes") is not None:
        strategy["bakeTimeInMinutes"] = str(configuration["bakeTimeInMinutes"])
    for key, bake in (
        ("canaryConfiguration", "canaryBakeTimeInMinutes"),
        ("linearConfiguration", "stepBakeTimeInMinutes"),
    ):
        if bake in (strategy.get(key) or {}):
            strategy[key] = {**strategy[key], bake: str(strategy[key][bake])}
    return {
        "deploymentCircuitBreaker": breaker if any(breaker.values()) or "deploymentCircuitBreaker" in written else None,
        "alarms": {key: alarms.get(key) for key in ("alarmNames", "enable", "rollback")}
        if alarms.get("alarmNames") or "alarms" in written
        else None,
        "deploymentConfiguration": strategy or None,
    }


def _network_state(network: Mapping[str, Any]) -> Values | None:
    awsvpc = network.get("awsvpcConfiguration")
    if not awsvpc:
        return None
    return {
        "subnets": awsvpc.get("subnets") or [],
        "securityGroups": awsvpc.get("securityGroups") or [],
        "assignPublicIp": awsvpc.get("assignPublicIp") == "ENABLED",
    }


def _in_form_of(written: Any, arn: str) -> str:
    if isinstance(written, str) and written and not written.startswith("arn:"):
        return arn.rpartition("/")[2]
    return arn


def _unless_default(value: Any, default: str, written: Any) -> Any:
    return None if value == default and not written else value
