"""RunTask, StopTask, DescribeTasks, ListTasks."""

from collections.abc import Mapping
from typing import Any

from sandbox.ecs.capacity import check_strategy, choose, counts_by_provider
from sandbox.ecs.errors import ClientError, InvalidParameterError
from sandbox.ecs.model import Revision, Task
from sandbox.ecs.paging import page
from sandbox.ecs.region import Region
from sandbox.ecs.services import cluster_of, platform_version, service_of, task_definition_of
from sandbox.ecs.shapes import task_shape
from sandbox.ecs.validation import check_network

Given = Mapping[str, Any]
Answer = dict[str, Any]

_LISTED = _DESCRIBED_AT_ONCE = 100
_RUN_AT_ONCE = 10


def run_task(region: Region, given: Given) -> Answer:
    """Start tasks that belong to no service."""
    cluster = cluster_of(region, given)
    definition = task_definition_of(region, given["taskDefinition"])
    if definition.status != "ACTIVE":
        raise ClientError("TaskDefinition is inactive")
    check_network(given.get("networkConfiguration"), definition)
    check_strategy(
        given.get("capacityProviderStrategy") or [], given.get("launchType"), cluster.capacity_providers or []
    )
    count = int(given.get("count") or 1)
    if not 1 <= count <= _RUN_AT_ONCE:
        raise InvalidParameterError("count should be a value between 1 and 10")
    revision = Revision(
        arn="",
        number=0,
        service_arn="",
        cluster_arn=cluster.arn,
        task_definition=definition,
        network_configuration=given.get("networkConfiguration") or {},
        load_balancers=[],
        platform_version=platform_version(given.get("platformVersion")),
        launch_type=given.get("launchType") or "FARGATE",
        capacity_provider_strategy=[] if given.get("launchType") else _strategy(given, cluster),
        created_at=region.simulation.now,
    )
    overrides = dict(given.get("overrides") or {})
    admitted = region.admission.admit(revision, count, overrides)
    failures = []
    if admitted.refusal:
        if not admitted.refusal.is_failure:
            raise ClientError(admitted.refusal.reason)
        failures = [{"reason": admitted.refusal.reason}] * (count - admitted.count)
    group = given.get("group") or f"family:{definition.family}"
    if group.startswith("service:"):
        raise InvalidParameterError("Invalid namespace for group.")
    tags = _tags(given, definition, cluster.name)
    tasks = [region.make_task(revision, group, given.get("startedBy"), list(tags)) for _ in range(admitted.count)]
    for task in tasks:
        task.overrides = overrides
        task.capacity_provider = choose(revision.capacity_provider_strategy, counts_by_provider(tasks))
        region.lives.start(task)
    return {"tasks": [task_shape(task, tags=True) for task in tasks], "failures": failures}


def _tags(given: Given, definition: Any, cluster: str) -> list[dict[str, str]]:
    """Return a task's tags: its own, before those of its task definition, with those that ECS manages."""
    propagate = given.get("propagateTags") or "NONE"
    if propagate == "SERVICE":
        raise InvalidParameterError("The SERVICE option is not supported for propagateTags when running a task.")
    own = {tag["key"]: tag["value"] for tag in given.get("tags") or []}
    inherited = {tag["key"]: tag["value"] for tag in definition.tags or []} if propagate == "TASK_DEFINITION" else {}
    managed = {"aws:ecs:clusterName": cluster} if given.get("enableECSManagedTags") else {}
    return [{"key": key, "value": value} for key, value in (managed | inherited | own).items()]


def _strategy(given: Given, cluster: Any) -> list[dict[str, Any]]:
    return list(given.get("capacityProviderStrategy") or cluster.default_capacity_provider_strategy or [])


def stop_task(region: Region, given: Given) -> Answer:
    """Stop one task; its service, if it has one, replaces it."""
    task = find_task(region, given, given["task"])
    if task is None:
        raise InvalidParameterError("The referenced task was not found.")
    region.lives.stop(task, "UserInitiated", given.get("reason") or "Task stopped by user")
    if task.service:
        region.scheduler.poke(task.service)
    return {"task": task_shape(task)}


def describe_tasks(region: Region, given: Given) -> Answer:
    """Return up to 100 tasks; a stopped one is there for an hour."""
    asked = given.get("tasks") or []
    if not asked:
        raise InvalidParameterError("Tasks cannot be empty.")
    if len(asked) > _DESCRIBED_AT_ONCE:
        raise InvalidParameterError("Too many tasks: at most 100 can be described at once.")
    tags = "TAGS" in (given.get("include") or [])
    found, failures = [], []
    for reference in asked:
        task = find_task(region, given, reference)
        if task:
            found.append(task_shape(task, tags=tags))
        else:
            failures.append({"arn": arn_of(region, given, reference), "reason": "MISSING"})
    return {"tasks": found, "failures": failures}


def list_tasks(region: Region, given: Given) -> Answer:
    """Return the ARNs of tasks by their *desired* status, RUNNING where none is asked for."""
    cluster = cluster_of(region, given)
    others = [key for key in ("serviceName", "family", "containerInstance") if given.get(key)]
    if given.get("startedBy") and others:
        raise InvalidParameterError("startedBy must be the only filter that is used.")
    service = service_of(region, {**given, "service": given["serviceName"]}) if given.get("serviceName") else None
    wanted = given.get("desiredStatus") or "RUNNING"
    arns = [
        task.arn
        for task in region.tasks.values()
        if task.cluster_arn == cluster.arn
        and task.desired_status == wanted
        and (service is None or task.service is service)
        and given.get("family") in {None, task.revision.task_definition.family}
        and given.get("startedBy") in {None, task.started_by}
        and given.get("launchType") in {None, task.revision.launch_type}
        and not given.get("containerInstance")
    ]
    return page(arns, given, "taskArns", _LISTED)


def arn_of(region: Region, given: Given, reference: str) -> str:
    """Return the ARN of the task that a request names."""
    cluster = cluster_of(region, given)
    return reference if reference.startswith("arn:") else region.arn("task", cluster.name, reference)


def find_task(region: Region, given: Given, reference: str) -> Task | None:
    """Return the task that a request names; None where it is not there."""
    return region.tasks.get(arn_of(region, given, reference))
