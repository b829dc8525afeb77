"""Controls over the network of the tasks, and over their cluster."""

from collections.abc import Iterator

from .model import Control, Fault, Level, Node, NotKnownError, Resource, Stack
from .types import CLUSTER, EGRESS_RULE, INGRESS_RULE, SECURITY_GROUP, SERVICE, TASK_DEFINITION

ANYWHERE = {"0.0.0.0/0", "::/0"}
_HTTPS = 443
_TCP = {"tcp", "6"}
_ALL_PORTS = 65535


def _no_public_address(service: Resource, _stack: Stack) -> Iterator[Fault]:
    node = service["networkConfiguration"]["assignPublicIp"]
    if node.known is not False and node.text.upper() != "DISABLED":
        yield Fault(node.path, "is not false")


def _of_tasks(resource: Resource, stack: Stack) -> bool:
    """Tell whether a group, or a rule of one, is one of the tasks' groups."""
    names = resource.names if resource.type == SECURITY_GROUP else {resource["securityGroupId"].text}
    if not names:
        raise NotKnownError("id")
    groups = (service["networkConfiguration"]["securityGroups"] for service in stack.need(SERVICE))
    return any(text in names for group in groups for text in group.texts)


def _cidrs(rule: Node) -> list[str]:
    keys = ("cidrIpv4", "cidrIpv6")
    return [*(rule[key].text for key in keys if rule[key]), *rule["cidrBlocks"].texts, *rule["ipv6CidrBlocks"].texts]


def _rules(resource: Resource, key: str) -> list[Node]:
    """Return the rules inside a group, or the rule that the resource is."""
    return resource[key].items if resource.type == SECURITY_GROUP else [Node(resource.inputs)]


def _protocol(rule: Node) -> str:
    return rule["ipProtocol"].text or rule["protocol"].text


def _place(rule: Node, key: str) -> str:
    return f"{rule.path}.{key}" if rule.path else key


def _closed(resource: Resource, stack: Stack) -> Iterator[Fault]:
    for rule in _rules(resource, "ingress"):
        for cidr in _cidrs(rule):
            yield Fault(_place(rule, "cidrIpv4"), f"lets in {cidr}, not only a security group")
        if _protocol(rule) == "-1":
            yield Fault(_place(rule, "ipProtocol"), "lets in every protocol and port")
            continue
        ports = {port.number for service in stack.of(SERVICE) for port in _container_ports(service)}
        first, last = rule["fromPort"].number, rule["toPort"].number
        if ports and not (first == last and first in ports):
            yield Fault(_place(rule, "fromPort"), f"lets in ports {first} to {last}, and the containers have others")


def _container_ports(service: Resource) -> Iterator[Node]:
    return (balancer["containerPort"] for balancer in service["loadBalancers"].items)


def _narrow(resource: Resource, _stack: Stack) -> Iterator[Fault]:
    for rule in _rules(resource, "egress"):
        every = _protocol(rule) in {"-1", "all"} or (rule["toPort"].number or 0) >= _ALL_PORTS
        # HTTPS alone may go anywhere: the registry, AWS and other services have no fixed addresses.
        https = _protocol(rule) in _TCP and rule["fromPort"].number == rule["toPort"].number == _HTTPS
        for cidr in _cidrs(rule):
            if cidr in ANYWHERE and not https:
                ports = "every port" if every else f"ports {rule['fromPort'].number:g} to {rule['toPort'].number:g}"
                yield Fault(_place(rule, "cidrIpv4"), f"lets out {ports} to {cidr}")


def _described(resource: Resource, _stack: Stack) -> Iterator[Fault]:
    if not resource["description"].text:
        yield Fault("description", "is not set")
    if resource.type == SECURITY_GROUP:
        for rule in (*resource["ingress"].items, *resource["egress"].items):
            if not rule["description"].text:
                yield Fault(f"{rule.path}.description", "is not set")


def _insights(cluster: Resource, _stack: Stack) -> Iterator[Fault]:
    settings = {each["name"].text: each["value"].text for each in cluster["settings"].items}
    if (value := settings.get("containerInsights", "")) not in {"enabled", "enhanced"}:
        yield Fault("settings", f"have containerInsights {value or 'not set'}")


def _tagged(resource: Resource, _stack: Stack) -> Iterator[Fault]:
    if not resource["tags"].known:
        yield Fault("tags", "are empty")
    if resource.type == SERVICE:
        if resource["propagateTags"].text != "SERVICE":
            yield Fault("propagateTags", "is not SERVICE")
        if not resource["enableEcsManagedTags"].true:
            yield Fault("enableEcsManagedTags", "is not true")


def _own_key(cluster: Resource, _stack: Stack) -> Iterator[Fault]:
    key = cluster["configuration"]["managedStorageConfiguration"]["fargateEphemeralStorageKmsKeyId"]
    if not key:
        yield Fault(key.path, "is not set")


_GROUPS = (SECURITY_GROUP, INGRESS_RULE)

CONTROLS = (
    Control(
        id="NET-01",
        level=Level.MUST,
        requires="tasks have no public address",
        reason="nothing on the internet can address a task",
        instead="networkConfiguration: {assignPublicIp: false}",
        catalogues=("FSBP ECS.2", "FSBP ECS.16", "CKV_AWS_333", "prowler ecs_service_no_assign_public_ip"),
        types=(SERVICE,),
        judge=_no_public_address,
    ),
    Control(
        id="NET-03",
        level=Level.MUST,
        requires="only security groups reach the tasks, and only on the container's port",
        reason="whatever else is in the network, or outside, cannot reach a task past the load balancer",
        instead="referencedSecurityGroupId of the load balancer, fromPort and toPort of the container",
        catalogues=("CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260", "CKV_AWS_277"),
        types=_GROUPS,
        judge=_closed,
        applies=_of_tasks,
    ),
    Control(
        id="NET-04",
        level=Level.DEFAULT,
        requires="tasks reach HTTPS anywhere, and everything else only where it is named",
        reason="a task that is taken over can reach neither a database that it was not given nor a mail server",
        instead="rules for port 443, and one for each address range, group or prefix list beside it",
        catalogues=("CKV_AWS_382",),
        types=(SECURITY_GROUP, EGRESS_RULE),
        judge=_narrow,
        applies=_of_tasks,
    ),
    Control(
        id="NET-05",
        level=Level.DEFAULT,
        requires="every group and rule says what it is for",
        reason="a rule that nobody can explain is never removed",
        instead="description: WHAT FOR",
        catalogues=("CKV_AWS_23",),
        types=(SECURITY_GROUP, INGRESS_RULE, EGRESS_RULE),
        judge=_described,
    ),
    Control(
        id="CLU-01",
        level=Level.DEFAULT,
        requires="the cluster has Container Insights",
        reason="without it there is no memory, CPU or task count to explain a failure with",
        instead="settings: [{name: containerInsights, value: enhanced}]",
        catalogues=(
            "FSBP ECS.12",
            "CKV_AWS_65",
            "prowler ecs_cluster_container_insights_enabled",
            "trivy AWS-0034",
            "cdk-nag ECS4",
        ),
        types=(CLUSTER,),
        judge=_insights,
    ),
    Control(
        id="CLU-02",
        level=Level.DEFAULT,
        requires="cluster, service, task definition and tasks carry tags",
        reason="bills, searches and policies find what belongs together",
        instead="tags, propagateTags: SERVICE, enableEcsManagedTags: true",
        catalogues=("FSBP ECS.13", "FSBP ECS.14", "FSBP ECS.15"),
        types=(CLUSTER, SERVICE, TASK_DEFINITION),
        judge=_tagged,
    ),
    Control(
        id="CLU-03",
        level=Level.WARN,
        requires="the tasks' disks are encrypted with a key of one's own",
        reason="a key of one's own can be taken away and its use is recorded",
        instead="configuration: {managedStorageConfiguration: {fargateEphemeralStorageKmsKeyId: KEY}}",
        types=(CLUSTER,),
        judge=_own_key,
    ),
)
