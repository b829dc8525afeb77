"""Reads a task definition into its shape, checking the types of what it takes."""

from diagnostics.checked import Node
from diagnostics.definition import ContainerCheck, ContainerDefinition, PortMapping, TaskDefinition, Volume


def task_definition(node: Node | None) -> TaskDefinition | None:
    """Read `DescribeTaskDefinition.taskDefinition`."""
    if node is None:
        return None
    platform = node.child("runtimePlatform")
    return TaskDefinition(
        arn=node.text("taskDefinitionArn"),
        family=node.text("family"),
        revision=node.integer("revision"),
        status=node.text("status"),
        cpu=node.text("cpu"),
        memory=node.text("memory"),
        cpu_architecture=platform.text("cpuArchitecture"),
        operating_system=platform.text("operatingSystemFamily"),
        network_mode=node.text("networkMode"),
        execution_role_arn=node.text("executionRoleArn"),
        task_role_arn=node.text("taskRoleArn"),
        ephemeral_storage_gib=node.child("ephemeralStorage").integer("sizeInGiB"),
        requires_compatibilities=node.texts("requiresCompatibilities"),
        volumes=tuple(_volume(each) for each in node.nodes("volumes")),
        containers=tuple(_container(each) for each in node.nodes("containerDefinitions")),
    )


def _volume(node: Node) -> Volume:
    efs = node.child("efsVolumeConfiguration")
    return Volume(
        name=node.text("name"),
        efs_file_system=efs.text("fileSystemId"),
        efs_access_point=efs.child("authorizationConfig").text("accessPointId"),
        configured_at_launch=bool(node.flag("configuredAtLaunch")),
    )


def _container(node: Node) -> ContainerDefinition:
    logging = node.child("logConfiguration")
    options = logging.child("options")
    return ContainerDefinition(
        name=node.text("name"),
        image=node.text("image"),
        essential=node.flag("essential") is not False,
        cpu=node.integer("cpu"),
        memory=node.integer("memory"),
        memory_reservation=node.integer("memoryReservation"),
        command=node.texts("command"),
        entry_point=node.texts("entryPoint"),
        working_directory=node.text("workingDirectory"),
        user=node.text("user"),
        readonly_root_filesystem=bool(node.flag("readonlyRootFilesystem")),
        privileged=bool(node.flag("privileged")),
        port_mappings=tuple(_port_mapping(each) for each in node.nodes("portMappings")),
        secrets=_pairs(node, "secrets", "name", "valueFrom"),
        environment=_pairs(node, "environment", "name", "value"),
        environment_files=tuple(each.text("value") for each in node.nodes("environmentFiles")),
        health_check=_check(node.node("healthCheck")),
        log_driver=logging.text("logDriver"),
        log_options=tuple((name, options.text(name)) for name in options.value),
        log_secrets=_pairs(logging, "secretOptions", "name", "valueFrom"),
        repository_credentials=node.child("repositoryCredentials").text("credentialsParameter"),
        depends_on=_pairs(node, "dependsOn", "containerName", "condition"),
        mount_points=_pairs(node, "mountPoints", "sourceVolume", "containerPath"),
        ulimits=tuple(
            (each.text("name"), each.integer("softLimit"), each.integer("hardLimit")) for each in node.nodes("ulimits")
        ),
        start_timeout=node.integer("startTimeout"),
        stop_timeout=node.integer("stopTimeout"),
    )


def _port_mapping(node: Node) -> PortMapping:
    return PortMapping(
        node.integer("containerPort"), node.integer("hostPort"), node.text("protocol"), node.text("name")
    )


def _check(node: Node | None) -> ContainerCheck | None:
    if node is None:
        return None
    default = ContainerCheck()

    def seconds(key: str, otherwise: int) -> int:
        given = node.integer(key)
        return otherwise if given is None else given

    return ContainerCheck(
        command=node.texts("command"),
        interval=seconds("interval", default.interval),
        timeout=seconds("timeout", default.timeout),
        retries=seconds("retries", default.retries),
        start_period=seconds("startPeriod", default.start_period),
    )


def _pairs(node: Node, key: str, first: str, second: str) -> tuple[tuple[str, str], ...]:
    return tuple((each.text(first), each.text(second)) for each in node.nodes(key))
