"""Services, tasks, deployments, revisions as the API's structures: camelCase keys, datetimes, absent rather than null.

Members: the service model of botocore, `ecs/2014-11-13`.
"""

from typing import Any

from sandbox.ecs.failure import TERMINAL, breaker_figures, counts
from sandbox.ecs.model import Container, Deployment, Hook, Revision, Service, ServiceDeployment, Task

Shape = dict[str, Any]

PLATFORM_FAMILY = "Linux"
_SERVICE_SETTINGS = (
    "loadBalancers",
    "serviceRegistries",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "deploymentConfiguration",
    "placementConstraints",
    "placementStrategy",
    "networkConfiguration",
    "healthCheckGracePeriodSeconds",
    "schedulingStrategy",
    "deploymentController",
    "enableECSManagedTags",
    "propagateTags",
    "enableExecuteCommand",
    "availabilityZoneRebalancing",
)


def _present(shape: Shape) -> Shape:
    return {key: value for key, value in shape.items() if value is not None}


def service_shape(service: Service, *, tags: bool = False) -> Shape:
    """Return a Service; its tags only where they were asked for."""
    live = [task for task in service.tasks if task.live]
    running = sum(task.running for task in live)
    active = service.status != "INACTIVE"
    shape = {key: service.settings.get(key) for key in _SERVICE_SETTINGS}
    shape.update(
        serviceArn=service.arn,
        serviceName=service.name,
        clusterArn=service.cluster_arn,
        status=service.status,
        desiredCount=service.desired,
        runningCount=running,
        pendingCount=len(live) - running,
        platformFamily=PLATFORM_FAMILY,
        taskDefinition=service.primary.revision.task_definition.arn,
        deployments=[deployment_shape(service, each) for each in service.deployments] if active else [],
        events=list(service.events),
        createdAt=service.created_at,
        createdBy=service.created_by,
        roleArn=_service_linked_role(service),
        tags=service.tags if tags else None,
    )
    if active:
        shape["currentServiceDeployment"] = None if service.current.status in TERMINAL else service.current.arn
        shape["currentServiceRevisions"] = [_summary(service, each.revision) for each in service.deployments]
    return _present(shape)


def _service_linked_role(service: Service) -> str:
    account = service.arn.split(":")[4]
    return f"arn:aws:iam::{account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"


def deployment_shape(service: Service, deployment: Deployment) -> Shape:
    """Return a Deployment. An ACTIVE one wants as many tasks as it still has."""
    revision = deployment.revision
    requested, running, pending = counts(service, revision.number)
    return _present(
        {
            "id": deployment.id,
            "status": deployment.status,
            "taskDefinition": revision.task_definition.arn,
            "desiredCount": requested,
            "pendingCount": pending,
            "runningCount": running,
            "failedTasks": deployment.failed_tasks,
            "createdAt": deployment.created_at,
            "updatedAt": deployment.updated_at,
            "capacityProviderStrategy": revision.capacity_provider_strategy or None,
            "launchType": None if revision.capacity_provider_strategy else revision.launch_type,
            "platformVersion": revision.platform_version,
            "platformFamily": PLATFORM_FAMILY,
            "networkConfiguration": revision.network_configuration,
            "serviceConnectConfiguration": revision.service_connect or None,
            "volumeConfigurations": revision.volumes or None,
            "rolloutState": deployment.rollout_state,
            "rolloutStateReason": deployment.rollout_reason,
        }
    )


def task_shape(task: Task, *, tags: bool = False) -> Shape:
    """Return a Task; its tags only where they were asked for."""
    definition = task.revision.task_definition
    settings = task.service.settings if task.service else {}
    return _present(
        {
            "attachments": _attachments(task),
            "attributes": [{"name": "ecs.cpu-architecture", "value": _architecture(definition)}],
            "availabilityZone": task.availability_zone,
            "clusterArn": task.cluster_arn,
            "connectivity": "CONNECTED" if task.connectivity_at else None,
            "connectivityAt": task.connectivity_at,
            "containers": [_container_shape(task, each) for each in task.containers],
            "cpu": definition.cpu,
            "memory": definition.memory,
            "createdAt": task.created_at,
            "desiredStatus": task.desired_status,
            "enableExecuteCommand": bool(settings.get("enableExecuteCommand")),
            "executionStoppedAt": task.execution_stopped_at,
            "group": task.group,
            "healthStatus": task.health,
            "lastStatus": task.last_status,
            "launchType": task.revision.launch_type,
            "capacityProviderName": task.capacity_provider,
            "overrides": {
                "containerOverrides": task.overrides.get("containerOverrides")
                or [{"name": each.name} for each in task.containers],
                "inferenceAcceleratorOverrides": [],
            },
            "platformVersion": task.revision.platform_version,
            "platformFamily": PLATFORM_FAMILY,
            "pullStartedAt": task.pull_started_at,
            "pullStoppedAt": task.pull_stopped_at,
            "startedAt": task.started_at,
            "startedBy": task.started_by,
            "stopCode": task.stop_code,
            "stoppedAt": task.stopped_at,
            "stoppedReason": task.stopped_reason,
            "stoppingAt": task.stopping_at,
            "tags": task.tags if tags else [],
            "taskArn": task.arn,
            "taskDefinitionArn": definition.arn,
            "version": task.version,
            "ephemeralStorage": {"sizeInGiB": (definition.ephemeral_storage or {}).get("sizeInGiB", 20)},
        }
    )


def _architecture(definition: Any) -> str:
    platform = definition.runtime_platform or {}
    return "arm64" if platform.get("cpuArchitecture") == "ARM64" else "x86_64"


def _attachments(task: Task) -> list[Shape]:
    interface = task.interface
    if interface is None:
        return []
    details = {
        "subnetId": interface.subnet_id,
        "networkInterfaceId": interface.interface_id,
        "macAddress": interface.mac_address,
        "privateDnsName": interface.private_dns_name,
        "privateIPv4Address": interface.address,
    }
    return [
        {
            "id": interface.attachment_id,
            "type": "ElasticNetworkInterface",
            "status": task.interface_status,
            "details": [{"name": name, "value": value} for name, value in details.items() if value],
        }
    ]


def _container_shape(task: Task, container: Container) -> Shape:
    definition, interface = container.definition, task.interface
    interfaces = (
        [{"attachmentId": interface.attachment_id, "privateIpv4Address": interface.address}] if interface else []
    )
    return _present(
        {
            "containerArn": container.arn,
            "taskArn": task.arn,
            "name": container.name,
            "image": container.image,
            "imageDigest": container.digest,
            "runtimeId": container.runtime_id,
            "lastStatus": container.last_status if task.last_status != "DEPROVISIONING" else "STOPPED",
            "exitCode": container.exit_code,
            "reason": container.reason,
            "networkBindings": [],
            "networkInterfaces": interfaces,
            "healthStatus": container.health,
            "managedAgents": None,
            "cpu": str(definition.get("cpu") or 0),
            "memory": str(definition["memory"]) if definition.get("memory") else None,
            "memoryReservation": str(definition["memoryReservation"]) if definition.get("memoryReservation") else None,
        }
    )


def brief_shape(service: Service, rollout: ServiceDeployment) -> Shape:
    """Return a ServiceDeploymentBrief."""
    return _present(
        {
            "serviceDeploymentArn": rollout.arn,
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "startedAt": rollout.started_at,
            "createdAt": rollout.created_at,
            "finishedAt": rollout.finished_at,
            "targetServiceRevisionArn": rollout.deployment.revision.arn,
            "status": rollout.status,
            "statusReason": rollout.reason,
        }
    )


def service_deployment_shape(service: Service, rollout: ServiceDeployment) -> Shape:
    """Return a ServiceDeployment."""
    configuration = rollout.configuration
    alarms = configuration.get("alarms") or {}
    shape = brief_shape(service, rollout)
    failures, limit = rollout.final_breaker or breaker_figures(service, rollout)
    del shape["targetServiceRevisionArn"]
    shape.update(
        stoppedAt=rollout.stopped_at,
        updatedAt=rollout.updated_at,
        sourceServiceRevisions=[_summary(service, each, rollout) for each in rollout.sources],
        targetServiceRevision=_summary(service, rollout.deployment.revision, rollout),
        deploymentConfiguration=configuration,
        rollback=rollout.rollback,
        lifecycleStage=rollout.stage,
        lifecycleHookDetails=[_hook_shape(hook) for hook in rollout.hooks] or None,
        deploymentCircuitBreaker={
            "status": rollout.breaker,
            "failureCount": failures,
            "threshold": limit,
        },
        alarms={
            "status": rollout.alarms,
            "alarmNames": list(alarms.get("alarmNames") or []) or None,
            "triggeredAlarmNames": rollout.triggered_alarms or None,
        },
    )
    shape["alarms"] = _present(shape["alarms"])
    return _present(shape)


def _hook_shape(hook: Hook) -> Shape:
    return {
        "hookId": hook.id,
        "targetType": "PAUSE",
        "status": hook.status,
        "expiresAt": hook.expires_at,
        "timeoutAction": hook.timeout_action,
    }


def _summary(service: Service, revision: Revision, rollout: ServiceDeployment | None = None) -> Shape:
    known = rollout.final_counts.get(revision.arn) if rollout else None
    requested, running, pending = known or counts(service, revision.number)
    return {
        "arn": revision.arn,
        "requestedTaskCount": requested,
        "runningTaskCount": running,
        "pendingTaskCount": pending,
    } | _weights(revision, rollout)


def _weights(revision: Revision, rollout: ServiceDeployment | None) -> Shape:
    """Return the share of traffic that a revision is given; nothing where none is shifted."""
    if rollout is None or rollout.stage is None or not revision.load_balancers:
        return {}
    mine = revision is rollout.deployment.revision
    return {
        "requestedProductionTrafficWeight": rollout.production if mine else 100.0 - rollout.production,
        "requestedTestTrafficWeight": rollout.test if mine else 100.0 - rollout.test,
    }


def revision_shape(revision: Revision) -> Shape:
    """Return a ServiceRevision; digests are there once a task has pulled the images."""
    images = [
        _present(
            {"containerName": each["name"], "image": each["image"], "imageDigest": revision.digests.get(each["name"])}
        )
        for each in revision.containers
    ]
    return _present(
        {
            "serviceRevisionArn": revision.arn,
            "serviceArn": revision.service_arn,
            "clusterArn": revision.cluster_arn,
            "taskDefinition": revision.task_definition.arn,
            "capacityProviderStrategy": revision.capacity_provider_strategy or None,
            "launchType": None if revision.capacity_provider_strategy else revision.launch_type,
            "platformVersion": revision.platform_version,
            "platformFamily": PLATFORM_FAMILY,
            "loadBalancers": revision.load_balancers,
            "networkConfiguration": revision.network_configuration,
            "containerImages": images,
            "guardDutyEnabled": False,
            "serviceConnectConfiguration": revision.service_connect or {"enabled": False},
            "volumeConfigurations": revision.volumes or None,
            "createdAt": revision.created_at,
            "resolvedConfiguration": _resolved(revision),
        }
    )


def _resolved(revision: Revision) -> Shape | None:
    """Return a ResolvedConfiguration: the target groups that its tasks are in, and what sends them requests."""
    balancers = [
        _present(
            {
                "targetGroupArn": each.get("targetGroupArn"),
                "productionListenerRule": (each.get("advancedConfiguration") or {}).get("productionListenerRule"),
            }
        )
        for each in revision.balancers
    ]
    return {"loadBalancers": balancers} if balancers else None
