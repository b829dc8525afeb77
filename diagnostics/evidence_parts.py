"""Reads each part of an evidence document into its shape, checking the types of what it takes."""

from diagnostics.checked import EvidenceError, Node, moment, shown
from diagnostics.shapes import (
    Container,
    Deployment,
    DeploymentConfiguration,
    Event,
    LoadBalancer,
    Log,
    LogLine,
    Service,
    ServiceDeployment,
    ServiceRevision,
    Target,
    TargetGroup,
    TargetHealth,
    Task,
    VpcConfiguration,
)


def service(node: Node | None) -> Service | None:
    """Read one element of `DescribeServices.services`."""
    if node is None:
        return None
    return Service(
        name=node.text("serviceName"),
        arn=node.text("serviceArn"),
        cluster_arn=node.text("clusterArn"),
        status=node.text("status"),
        task_definition=node.text("taskDefinition"),
        desired_count=node.integer("desiredCount"),
        running_count=node.integer("runningCount"),
        pending_count=node.integer("pendingCount"),
        grace_period_seconds=node.integer("healthCheckGracePeriodSeconds") or 0,
        created_at=node.moment("createdAt"),
        deployments=tuple(deployment(each) for each in node.nodes("deployments")),
        events=tuple(
            # ECS breaks no line: what a terminal or a page broke is one sentence again
            Event(each.text("id"), each.moment("createdAt"), " ".join(each.text("message").split()))
            for each in node.nodes("events")
        ),
        load_balancers=tuple(map(_load_balancer, node.nodes("loadBalancers"))),
        launch_type=node.text("launchType"),
        platform_version=node.text("platformVersion"),
        role_arn=node.text("roleArn"),
        capacity_providers=tuple(each.text("capacityProvider") for each in node.nodes("capacityProviderStrategy")),
        registry_arns=tuple(each.text("registryArn") for each in node.nodes("serviceRegistries")),
        network=_vpc_configuration(node.child("networkConfiguration").child("awsvpcConfiguration")),
        deployment_configuration=_deployment_configuration(node.child("deploymentConfiguration")),
    )


def _load_balancer(node: Node) -> LoadBalancer:
    return LoadBalancer(
        target_group_arn=node.text("targetGroupArn"),
        container_name=node.text("containerName"),
        container_port=node.integer("containerPort"),
        alternate_target_group_arn=node.child("advancedConfiguration").text("alternateTargetGroupArn"),
    )


def _vpc_configuration(node: Node) -> VpcConfiguration:
    return VpcConfiguration(node.texts("subnets"), node.texts("securityGroups"), node.text("assignPublicIp"))


def _deployment_configuration(node: Node) -> DeploymentConfiguration:
    breaker, alarms = node.child("deploymentCircuitBreaker"), node.child("alarms")
    return DeploymentConfiguration(
        strategy=node.text("strategy"),
        minimum_healthy_percent=node.integer("minimumHealthyPercent"),
        maximum_percent=node.integer("maximumPercent"),
        bake_time_minutes=node.integer("bakeTimeInMinutes") or 0,
        circuit_breaker=breaker.flag("enable"),
        circuit_breaker_rollback=breaker.flag("rollback"),
        alarm_names=alarms.texts("alarmNames"),
        alarms_enabled=alarms.flag("enable"),
        alarms_rollback=alarms.flag("rollback"),
    )


def deployment(node: Node) -> Deployment:
    """Read one element of `Service.deployments`."""
    return Deployment(
        id=node.text("id"),
        status=node.text("status"),
        rollout_state=node.text("rolloutState"),
        rollout_state_reason=node.text("rolloutStateReason"),
        task_definition=node.text("taskDefinition"),
        desired_count=node.integer("desiredCount"),
        running_count=node.integer("runningCount"),
        pending_count=node.integer("pendingCount"),
        failed_tasks=node.integer("failedTasks"),
        created_at=node.moment("createdAt"),
        updated_at=node.moment("updatedAt"),
    )


def service_deployment(node: Node | None) -> ServiceDeployment | None:
    """Read one element of `DescribeServiceDeployments.serviceDeployments`."""
    if node is None:
        return None
    return ServiceDeployment(
        arn=node.text("serviceDeploymentArn"),
        status=node.text("status"),
        status_reason=node.text("statusReason"),
        created_at=node.moment("createdAt"),
        target_revision_arn=node.child("targetServiceRevision").text("arn"),
        breaker_status=node.child("deploymentCircuitBreaker").text("status"),
        breaker_failures=node.child("deploymentCircuitBreaker").integer("failureCount"),
        breaker_threshold=node.child("deploymentCircuitBreaker").integer("threshold"),
        alarms_status=node.child("alarms").text("status"),
        triggered_alarms=node.child("alarms").texts("triggeredAlarmNames"),
        lifecycle_stage=node.text("lifecycleStage"),
        rollback_reason=node.child("rollback").text("reason"),
        rollback_revision_arn=node.child("rollback").text("serviceRevisionArn"),
        rollback_started_at=node.child("rollback").moment("startedAt"),
    )


def service_revision(node: Node) -> ServiceRevision:
    """Read one element of `DescribeServiceRevisions.serviceRevisions`."""
    return ServiceRevision(
        arn=node.text("serviceRevisionArn"),
        task_definition=node.text("taskDefinition"),
        image_digests=tuple(
            (each.text("containerName"), each.text("imageDigest")) for each in node.nodes("containerImages")
        ),
        target_group_arns=tuple(
            each.text("targetGroupArn") for each in node.child("resolvedConfiguration").nodes("loadBalancers")
        ),
    )


def task(node: Node) -> Task:
    """Read one element of `DescribeTasks.tasks`."""
    containers = node.nodes("containers")
    return Task(
        arn=node.text("taskArn"),
        task_definition_arn=node.text("taskDefinitionArn"),
        started_by=node.text("startedBy"),
        last_status=node.text("lastStatus"),
        desired_status=node.text("desiredStatus"),
        health_status=node.text("healthStatus"),
        stop_code=node.text("stopCode"),
        stopped_reason=node.text("stoppedReason"),
        created_at=node.moment("createdAt"),
        pull_stopped_at=node.moment("pullStoppedAt"),
        started_at=node.moment("startedAt"),
        stopping_at=node.moment("stoppingAt"),
        execution_stopped_at=node.moment("executionStoppedAt"),
        stopped_at=node.moment("stoppedAt"),
        memory=node.text("memory"),
        cpu=node.text("cpu"),
        launch_type=node.text("launchType"),
        platform_version=node.text("platformVersion"),
        capacity_provider=node.text("capacityProviderName"),
        availability_zone=node.text("availabilityZone"),
        subnet_id=_subnet_id(node),
        attachment_statuses=tuple((each.text("type"), each.text("status")) for each in node.nodes("attachments")),
        containers=tuple(_container(each) for each in containers),
        addresses=frozenset(_addresses(node, containers)),
    )


def _container(node: Node) -> Container:
    return Container(
        name=node.text("name"),
        image=node.text("image"),
        image_digest=node.text("imageDigest"),
        last_status=node.text("lastStatus"),
        exit_code=node.integer("exitCode"),
        reason=node.text("reason"),
        health_status=node.text("healthStatus"),
    )


def _subnet_id(task_node: Node) -> str:
    details = (detail for each in task_node.nodes("attachments") for detail in each.nodes("details"))
    return next((detail.text("value") for detail in details if detail.text("name") == "subnetId"), "")


def _addresses(task_node: Node, containers: list[Node]) -> set[str]:
    found = {
        interface.text("privateIpv4Address") for each in containers for interface in each.nodes("networkInterfaces")
    }
    for attachment in task_node.nodes("attachments"):
        for detail in attachment.nodes("details"):
            if detail.text("name") == "privateIPv4Address":
                found.add(detail.text("value"))
    return found - {""}


LINES_LOOKED_AT = 20_000
"""Log lines of one evidence that rules look at, shared out among its logs: the collector reads 400 of each."""
_FEWEST_LINES = 50


def logs(nodes: list[Node]) -> tuple[Log, ...]:
    """Read the document's `logs`, and say how many lines of each are looked at."""
    return tuple(_log(node, max(_FEWEST_LINES, LINES_LOOKED_AT // len(nodes))) for node in nodes)


def _log(node: Node, most_lines: int) -> Log:
    path = node.at("events")
    lines = []
    for n, event in enumerate(node.array("events")):  # thousands of them: no node is made for each
        if not isinstance(event, dict):
            raise EvidenceError(f"{path}[{n}]", f"expected an object, got {shown(event)}")
        message, at = event.get("message"), event.get("timestamp")
        if not isinstance(message, str | None):
            raise EvidenceError(f"{path}[{n}].message", f"expected a string, got {shown(message)}")
        lines.append(LogLine(None if at is None else moment(at, f"{path}[{n}].timestamp"), message or ""))
    return Log(node.text("task_arn"), node.text("container"), node.text("stream"), tuple(lines), most_lines)


def target_health(node: Node) -> TargetHealth:
    """Read one element of the document's `target_health`."""
    return TargetHealth(
        target_group_arn=node.text("target_group_arn"),
        target_group=node.text("target_group"),
        targets=tuple(_target(each) for each in node.nodes("descriptions")),
    )


def _target(node: Node) -> Target:
    health = node.child("TargetHealth")
    return Target(
        id=node.child("Target").text("Id"),
        port=node.child("Target").integer("Port"),
        health_check_port=node.text("HealthCheckPort"),
        state=health.text("State"),
        reason=health.text("Reason"),
        description=health.text("Description"),
    )


def target_group(node: Node) -> TargetGroup:
    """Read one element of `DescribeTargetGroups.TargetGroups`."""
    return TargetGroup(
        arn=node.text("TargetGroupArn"),
        name=node.text("TargetGroupName"),
        protocol=node.text("Protocol"),
        port=node.integer("Port"),
        health_check_protocol=node.text("HealthCheckProtocol"),
        health_check_port=node.text("HealthCheckPort"),
        health_check_path=node.text("HealthCheckPath"),
        matcher=node.child("Matcher").text("HttpCode") or node.child("Matcher").text("GrpcCode"),
        target_type=node.text("TargetType"),
        vpc_id=node.text("VpcId"),
        health_check_enabled=node.flag("HealthCheckEnabled"),
        health_check_interval=node.integer("HealthCheckIntervalSeconds"),
        health_check_timeout=node.integer("HealthCheckTimeoutSeconds"),
        healthy_threshold=node.integer("HealthyThresholdCount"),
        unhealthy_threshold=node.integer("UnhealthyThresholdCount"),
        load_balancer_arns=node.texts("LoadBalancerArns"),
    )
