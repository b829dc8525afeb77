"""What RegisterTaskDefinition, CreateService and UpdateService refuse on Fargate, in AWS's words."""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.ecs.dependencies import check_dependencies
from sandbox.ecs.errors import ClientError, InvalidParameterError, UnsupportedFeatureError
from sandbox.ecs.strategy import check_strategy
from sandbox.ecs.surroundings import Surroundings
from sandbox.elb import in_use

_GIB = 1024
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
MEMORY_FOR_CPU: Mapping[int, tuple[int, ...]] = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: tuple(range(1 * _GIB, 4 * _GIB + 1, _GIB)),
    1024: tuple(range(2 * _GIB, 8 * _GIB + 1, _GIB)),
    2048: tuple(range(4 * _GIB, 16 * _GIB + 1, _GIB)),
    4096: tuple(range(8 * _GIB, 30 * _GIB + 1, _GIB)),
    8192: tuple(range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB)),
    16384: tuple(range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB)),
}
_HEALTH_CHECK = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
_ROLE = "Fargate requires task definition to have execution role ARN to support"


def check_task_definition(given: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Check what RegisterTaskDefinition was given.

    Returns:
        cpu and memory as AWS stores them: CPU units and MiB.

    Raises:
        ClientError: AWS would refuse it.
    """
    containers = given.get("containerDefinitions") or []
    if not containers:
        raise ClientError("Container list cannot be empty.")
    for container in containers:
        _check_container(container)
    if not any(container.get("essential", True) for container in containers):
        raise ClientError("Invalid 'essential' setting for containers: at least one container must be essential.")
    check_dependencies(containers)
    _check_mounts(containers, given.get("volumes") or [])
    cpu, memory = _units(given.get("cpu"), "vCPU"), _units(given.get("memory"), "GB")
    if "FARGATE" not in (given.get("requiresCompatibilities") or []):
        return cpu, memory
    if (given.get("networkMode") or "awsvpc") != "awsvpc":
        raise ClientError("Fargate only supports network mode ‘awsvpc’.")  # noqa: RUF001 - AWS's own quotes
    _check_host_ports(containers)
    for name, value in (("cpu", cpu), ("memory", memory)):
        if value is None:
            raise ClientError(f"Fargate requires that '{name}' be defined at the task level.")
    if int(memory or 0) not in MEMORY_FOR_CPU.get(int(cpu or 0), ()):
        raise ClientError(
            f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. "
            "See the Amazon ECS documentation for the valid values."
        )
    if not given.get("executionRoleArn"):
        _check_without_execution_role(containers)
    return cpu, memory


def _check_mounts(containers: list[Mapping[str, Any]], volumes: list[Mapping[str, Any]]) -> None:
    """Refuse a mount of a volume that is not there, in the words of https://github.com/ansible/ansible/issues/35751."""
    there = {volume.get("name") for volume in volumes}
    for mount in (each for container in containers for each in container.get("mountPoints") or []):
        if mount.get("sourceVolume") not in there:
            raise ClientError(f"Unknown volume '{mount.get('sourceVolume')}'.")


def _check_host_ports(containers: list[Mapping[str, Any]]) -> None:
    mappings = [each for container in containers for each in container.get("portMappings") or []]
    if any(each.get("hostPort") not in {None, 0, each.get("containerPort")} for each in mappings):
        raise ClientError("When networkMode=awsvpc, the host ports and container ports in port mappings must match.")


def _units(value: str | None, unit: str) -> str | None:
    """Return `1 vCPU` as `1024` and `0.5GB` as `512`; what is already a number stays."""
    if not value:
        return None
    found = re.fullmatch(rf"\s*([\d.]+)\s*{unit}\s*", value, re.IGNORECASE)
    if found:
        return str(int(float(found[1]) * _GIB))
    if not value.strip().isdigit():
        raise ClientError(f"Invalid '{'cpu' if unit == 'vCPU' else 'memory'}' setting for task.")
    return value.strip()


def _check_container(container: Mapping[str, Any]) -> None:
    name = container.get("name")
    for key, (low, high) in _HEALTH_CHECK.items():
        value = (container.get("healthCheck") or {}).get(key)
        if value is not None and not low <= value <= high:
            raise ClientError(
                f"Invalid 'healthCheck.{key}' setting for container '{name}': it must be between {low} and {high}."
            )
    logging = container.get("logConfiguration") or {}
    if logging.get("logDriver") == "awslogs":
        for option in ("awslogs-group", "awslogs-region", "awslogs-stream-prefix"):
            if not (logging.get("options") or {}).get(option):
                raise ClientError(f"Log driver awslogs requires options: {option}")


def _check_without_execution_role(containers: list[Mapping[str, Any]]) -> None:
    for container in containers:
        if ".dkr.ecr." in container["image"]:
            raise ClientError(f"{_ROLE} ECR images.")
        if (container.get("logConfiguration") or {}).get("logDriver") == "awslogs":
            raise ClientError(f"{_ROLE} log driver awslogs.")
        if container.get("secrets"):
            raise ClientError(
                "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
            )


def check_service(settings: Mapping[str, Any], task_definition: Any, surroundings: Surroundings) -> None:
    """Check a service's settings, as they would be after the request, against its task definition and load balancers.

    Raises:
        ClientError, InvalidParameterError: AWS would refuse them.
        UnsupportedFeatureError: AWS would not, the sandbox does.
    """
    if task_definition.status != "ACTIVE":
        raise ClientError("TaskDefinition is inactive")
    check_network(settings.get("networkConfiguration"), task_definition)
    _check_deployment_configuration(settings)
    for balancer in settings.get("loadBalancers") or []:
        _check_load_balancer(balancer, task_definition, surroundings)


def check_network(network_configuration: Mapping[str, Any] | None, task_definition: Any) -> None:
    """Refuse a task of network mode awsvpc without a network."""
    subnets = ((network_configuration or {}).get("awsvpcConfiguration") or {}).get("subnets")
    if task_definition.network_mode == "awsvpc" and not subnets:
        raise InvalidParameterError("Network Configuration must be provided when networkMode 'awsvpc' is specified.")


def _check_deployment_configuration(settings: Mapping[str, Any]) -> None:
    configuration = settings["deploymentConfiguration"]
    strategy = configuration.get("strategy") or "ROLLING"
    controller = (settings.get("deploymentController") or {}).get("type") or "ECS"
    if controller != "ECS":
        raise UnsupportedFeatureError(f"The sandbox has the deployment controller ECS only, not {controller}.")
    check_strategy(strategy, configuration, settings.get("loadBalancers") or [])
    if (settings.get("schedulingStrategy") or "REPLICA") != "REPLICA":
        raise InvalidParameterError("The daemon scheduling strategy is not supported for Fargate launch type tasks.")
    _check_threshold(configuration["deploymentCircuitBreaker"].get("thresholdConfiguration"))
    maximum, minimum = configuration["maximumPercent"], configuration["minimumHealthyPercent"]
    if maximum < 100 or not 0 <= minimum <= maximum:  # noqa: PLR2004 - percent
        raise InvalidParameterError(
            f"Invalid deployment configuration: maximumPercent {maximum}, minimumHealthyPercent {minimum}."
        )
    if maximum == minimum == 100:  # noqa: PLR2004 - percent
        raise InvalidParameterError(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."
        )


def _check_threshold(given: Mapping[str, Any] | None) -> None:
    """Refuse a threshold below 1, and a percentage above 100 (ThresholdConfiguration; the words are ours)."""
    if given is None:
        return
    kind, value = given.get("type"), given.get("value")
    if kind not in {"COUNT", "BOUNDED_PERCENT", "UNBOUNDED_PERCENT"} or not isinstance(value, int):
        raise InvalidParameterError("Invalid thresholdConfiguration: type and value are required.")
    most = None if kind == "COUNT" else 100
    if value < 1 or (most is not None and value > most):
        raise InvalidParameterError(f"Invalid thresholdConfiguration: value {value} is not valid for type {kind}.")


def _check_load_balancer(balancer: Mapping[str, Any], task_definition: Any, surroundings: Surroundings) -> None:
    arn, name, port = balancer.get("targetGroupArn"), balancer.get("containerName"), balancer.get("containerPort")
    container = next((each for each in task_definition.container_definitions if each["name"] == name), None)
    if container is None:
        raise InvalidParameterError(f"The container {name} does not exist in the task definition.")
    if port not in {each.get("containerPort") for each in container.get("portMappings") or []}:
        raise InvalidParameterError(f"The container {name} did not have a container port {port} defined.")
    group = surroundings.target_group(arn or "")
    if group is None:
        raise InvalidParameterError(f"Unable to describe target group {arn}: One or more target groups not found")
    if group.target_type != "ip":
        raise InvalidParameterError(
            f"The provided target group {arn} has target type {group.target_type}, which is incompatible with the "
            "awsvpc network mode specified in the task definition."
        )
    if not in_use(group):
        raise InvalidParameterError(
            f"The target group with targetGroupArn {arn} does not have an associated load balancer."
        )
