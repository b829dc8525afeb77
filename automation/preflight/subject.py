"""One service as it is planned, and as it is now: what every check of the preflight looks at."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from automation.aws.account import account_of, provider_urn, region_of
from automation.engine.update import SERVICE_TYPE, Operation, ServiceTarget
from automation.preflight.plan import SECRET, UNKNOWN, Hidden, Plan, PlannedResource
from automation.preflight.reading import PreflightReads
from diagnostics.reads import Answer, ReadError, Shape

DEFINITION_TYPE = "aws:ecs/taskDefinition:TaskDefinition"
CLUSTER_TYPE = "aws:ecs/cluster:Cluster"


@dataclass(frozen=True)
class Subject:
    """One ECS service. Planned values are in the provider's shape, live ones in AWS's; what is hidden stays so."""

    plan: Plan = field(repr=False)
    planned: PlannedResource
    """The service's own resource; `planned.inputs` are the service's inputs."""
    name: str
    """The service's name in AWS, or the resource's in the program where AWS's is not known yet."""
    cluster: str | Hidden
    """Its name or ARN; `default` where the program names none."""
    region: str | None
    """None: that of the session."""
    definition: Mapping[str, Any] | Hidden = field(repr=False)
    """The inputs of the task definition; of one that the stack does not make, `DescribeTaskDefinition`'s answer."""
    definition_resource: PlannedResource | None
    """The task definition's resource, where the stack makes it."""
    containers: tuple[Mapping[str, Any], ...] | Hidden = field(repr=False)
    """`containerDefinitions`, in ECS's shape."""
    read: Shape | ReadError | None = field(default=None, repr=False)
    """`DescribeServices.services[0]` of a service that is there and ACTIVE, or why it could not be read."""
    read_definition: Shape | ReadError | None = field(default=None, repr=False)
    """`DescribeTaskDefinition.taskDefinition` of what it serves or deploys now, or why it could not be read."""
    gaps: tuple[tuple[str, Answer], ...] = ()
    """What of this could not be read, with AWS's answers."""
    account: str = ""
    """The account of the service, from an ARN that names it, else that of whoever reads; "" where neither is known."""
    partition: str = "aws"
    """`aws`, `aws-cn` or `aws-us-gov`."""

    @property
    def live(self) -> Shape | None:
        """The service as it is now; None where there is none.

        Raises:
            ReadError: it could not be read: a check that needs it is not done, instead of passing.
        """
        return _given(self.read)

    @property
    def live_definition(self) -> Shape | None:
        """The task definition of what the service serves or deploys now.

        Raises:
            ReadError: it, or the service, could not be read.
        """
        return _given(self.read_definition)

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The service's planned inputs."""
        return self.planned.inputs

    @property
    def fargate(self) -> bool:
        """Whether its tasks run on Fargate, as far as that is seen."""
        if self.inputs.get("launchType") == "FARGATE":
            return True
        strategies = self.inputs.get("capacityProviderStrategies") or []
        if isinstance(strategies, list) and strategies:
            names = [each.get("capacityProvider") for each in strategies if isinstance(each, Mapping)]
            return any(isinstance(name, str) and name.startswith("FARGATE") for name in names)
        needs = self.setting("requiresCompatibilities") or []
        return "launchType" not in self.inputs and isinstance(needs, list) and needs == ["FARGATE"]

    def setting(self, key: str) -> Any:
        """Return a setting of the task definition; what hides the whole of it, hides its settings."""
        return self.definition if isinstance(self.definition, Hidden) else self.definition.get(key)

    def source(self, key: str, type_: str) -> PlannedResource | None:
        """Return the resource of this update that a setting of the task definition comes from."""
        resource = self.definition_resource
        return next(iter(self.plan.sources(resource, key, type_)), None) if resource else None


def subjects(plan: Plan) -> tuple[PlannedResource, ...]:
    """Return the services that the update leaves in the stack."""
    return plan.of_type(SERVICE_TYPE)


def planned_target(plan: Plan, service: PlannedResource) -> ServiceTarget:
    """Return a planned service as the driver knows it, with the place that its own provider names.

    Where AWS's name of it is not known yet, it has the name of the resource in the program.
    """
    name, cluster = service.known("name"), service.known("cluster")
    old = {} if service.made else service.old_outputs or {}  # what is replaced may be elsewhere
    arns = [cluster, service.inputs.get("taskDefinition"), *(old.get(key) for key in ("id", "taskDefinition"))]
    provider = plan.providers.get(provider_urn({"provider": service.provider}))
    own = service.known("region")
    named = own if isinstance(own, str) else region_of(arns)
    return ServiceTarget(
        urn=service.urn,
        name=name if isinstance(name, str) else service.name,
        cluster=cluster if isinstance(cluster, str) else "default",
        wanted=None,
        operation=Operation.CREATE if service.made else Operation.SAME,
        region=named or (provider.settings.region if provider else None),
        deploys=False,
        account=account_of(arns),
        provider=provider,
    )


def look_at(plan: Plan, service: PlannedResource, reads: PreflightReads) -> Subject:
    """Return a planned service with what AWS has of it now; what may not be read is a gap of it."""
    gaps: list[tuple[str, Answer]] = []
    cluster = service.known("cluster") or "default"
    name = service.known("name")
    live: Shape | ReadError | None = None
    if isinstance(cluster, str) and isinstance(name, str) and service.operation != "create":
        live = _read(gaps, f"the service {name}", lambda: _live_service(reads, cluster, name))
    live_definition: Shape | ReadError | None = None
    if isinstance(live, ReadError):
        live_definition = live
    elif live:
        named = live["taskDefinition"]
        live_definition = _read(gaps, f"the task definition {named}", lambda: _live_definition(reads, named))
    resource = _definition_resource(plan, service)
    definition: Mapping[str, Any] | Hidden
    if resource is not None:
        definition = resource.inputs
    else:
        wanted = service.inputs.get("taskDefinition")
        definition = wanted if isinstance(wanted, Hidden) else UNKNOWN
        if isinstance(wanted, str) and wanted:
            read = _read(gaps, f"the task definition {wanted}", lambda: _live_definition(reads, wanted))
            definition = UNKNOWN if read is None or isinstance(read, ReadError) else read
    partition, account = _owner(reads, cluster, None if isinstance(live, ReadError) else live, definition)
    return Subject(
        plan=plan,
        planned=service,
        name=name if isinstance(name, str) else service.name,
        cluster=cluster,
        region=planned_target(plan, service).region,
        definition=definition,
        definition_resource=resource,
        containers=_containers(definition),
        read=live,
        read_definition=live_definition,
        gaps=tuple(gaps),
        account=account,
        partition=partition,
    )


def _owner(
    reads: PreflightReads, cluster: str | Hidden, live: Shape | None, definition: Mapping[str, Any] | Hidden
) -> tuple[str, str]:
    """Return partition and account of the first ARN that names the service's; else those of whoever reads."""
    roles = (
        () if isinstance(definition, Hidden) else (definition.get("executionRoleArn"), definition.get("taskRoleArn"))
    )
    for arn in (cluster, (live or {}).get("serviceArn"), *roles):
        if isinstance(arn, str) and arn.startswith("arn:"):
            return arn.split(":")[1], arn.split(":")[4]
    try:
        own = str(reads.ask("sts", "get_caller_identity")["Arn"]).split(":")
    except ReadError:
        return "aws", ""
    return own[1], own[4]


def _definition_resource(plan: Plan, service: PlannedResource) -> PlannedResource | None:
    """Return the stack's own task definition that the service is to run, whether it changes or not."""
    wanted = service.inputs.get("taskDefinition")
    for each in plan.of_type(DEFINITION_TYPE):
        arn = (each.old_outputs or {}).get("arn")
        if isinstance(wanted, str) and wanted and not each.made and wanted == arn:
            return each
    if isinstance(wanted, str) and wanted:
        return None
    return next(iter(plan.sources(service, "taskDefinition", DEFINITION_TYPE)), None)


def _containers(definition: Mapping[str, Any] | Hidden) -> tuple[Mapping[str, Any], ...] | Hidden:
    given = definition if isinstance(definition, Hidden) else definition.get("containerDefinitions")
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            return UNKNOWN
    if isinstance(given, Hidden):
        return given
    if not isinstance(given, list):
        return UNKNOWN
    return tuple(each for each in given if isinstance(each, Mapping))


def _live_service(reads: PreflightReads, cluster: str, name: str) -> Shape | None:
    def read() -> Shape:
        return reads.ask("ecs", "describe_services", cluster=cluster, services=[name])

    answer = reads.found("ClusterNotFoundException", read) or {}
    return next((each for each in answer.get("services", []) if each.get("status") == "ACTIVE"), None)


def _live_definition(reads: PreflightReads, name: str) -> Shape:
    definition: Shape = reads.ask("ecs", "describe_task_definition", taskDefinition=name)["taskDefinition"]
    return definition


def _read(gaps: list[tuple[str, Answer]], what: str, read: Any) -> Shape | ReadError | None:
    try:
        found: Shape | None = read()
    except ReadError as refusal:
        gaps.append((what, refusal.answer))
        return refusal
    return found


def _given(read: Shape | ReadError | None) -> Shape | None:
    if isinstance(read, ReadError):
        raise read
    return read


__all__ = ["SECRET", "UNKNOWN", "Subject", "look_at", "planned_target", "subjects"]
