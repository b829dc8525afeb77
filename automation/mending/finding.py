"""Whether a resource whose create was cut off is there in AWS, and is the one that the stack asked for.

Only types that AWS makes no second one of, so that the next update would be refused or would make another service.
A create that may be repeated (a task definition, an alarm, an inline policy) needs no finding.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from diagnostics.reads import ReadError, Shape

Ask = Callable[..., Shape]
"""`ask("ecs", "describe_services", **arguments)`: boto3's answer, or `ReadError`."""
Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Found:
    """A resource of that name."""

    id: str
    """As the provider's state has it."""
    ours: bool
    """Whether it is as this create would have made it. Another's is left alone."""


Finder = Callable[[Inputs, Ask], Found | None]

_REVISIONS_AT_ONCE = 20
_ABSENT = frozenset(
    {
        "ClusterNotFoundException",
        "ResourceNotFoundException",
        "TargetGroupNotFound",
        "ListenerNotFound",
        "NoSuchEntity",
        "RepositoryNotFoundException",
        "InvalidGroup.NotFound",
    }
)


def find(kind: str, inputs: Inputs, ask: Ask) -> Found | None:
    """Return the resource if it is there.

    Raises:
        ReadError: AWS did not say.
    """
    try:
        return FINDERS[kind](inputs, ask)
    except ReadError as refusal:
        if refusal.answer.code in _ABSENT:
            return None
        raise


def _service(inputs: Inputs, ask: Ask) -> Found | None:
    cluster = inputs.get("cluster") or "default"
    answer = ask("ecs", "describe_services", cluster=cluster, services=[inputs["name"]], include=["TAGS"])
    service = next((each for each in answer["services"] if each["status"] != "INACTIVE"), None)
    if service is None:
        return None
    # The tags alone do not tell two stacks of one program apart; a revision belongs to the update that registered it.
    wanted = inputs.get("taskDefinition")
    runs = {service.get("taskDefinition"), *(each.get("taskDefinition") for each in service.get("deployments", ()))}
    mine = not isinstance(wanted, str) or _among(wanted, runs) or _among(wanted, _deployed_once(cluster, service, ask))
    return Found(service["serviceArn"], mine and _tagged(inputs, service.get("tags", ())))


def _deployed_once(cluster: str, service: Shape, ask: Ask) -> set[str]:
    """Return the task definitions that were deployed to a service lately: somebody may have deployed another since.

    ECS keeps the last 90 days of service deployments (its API reference, ListServiceDeployments), and tells of at most
    20 revisions at once (DescribeServiceRevisions).
    """
    listed = ask("ecs", "list_service_deployments", cluster=cluster, service=service["serviceArn"])
    revisions = {each["targetServiceRevisionArn"] for each in listed["serviceDeployments"][:_REVISIONS_AT_ONCE]}
    if not revisions:
        return set()
    told = ask("ecs", "describe_service_revisions", serviceRevisionArns=sorted(revisions))
    return {each["taskDefinition"] for each in told["serviceRevisions"]}


def _log_group(inputs: Inputs, ask: Ask) -> Found | None:
    groups = ask("logs", "describe_log_groups", logGroupNamePrefix=inputs["name"])["logGroups"]
    group = next((each for each in groups if each["logGroupName"] == inputs["name"]), None)
    if group is None:
        return None
    arn = str(group["arn"]).removesuffix(":*")
    tags = ask("logs", "list_tags_for_resource", resourceArn=arn).get("tags", {})
    return Found(inputs["name"], _has_tags(inputs, tags))


def _key_alias(inputs: Inputs, ask: Ask) -> Found | None:
    key = str(inputs.get("targetKeyId", "")).rpartition("/")[2]
    aliases = ask("kms", "list_aliases", KeyId=key)["Aliases"]
    return Found(inputs["name"], ours=True) if any(each["AliasName"] == inputs["name"] for each in aliases) else None


def _role(inputs: Inputs, ask: Ask) -> Found | None:
    role = ask("iam", "get_role", RoleName=inputs["name"])["Role"]
    return Found(inputs["name"], _tagged(inputs, role.get("Tags", ())))


def _target_group(inputs: Inputs, ask: Ask) -> Found | None:
    group = next(iter(ask("elbv2", "describe_target_groups", Names=[inputs["name"]])["TargetGroups"]), None)
    return Found(group["TargetGroupArn"], _elb_tagged(inputs, group["TargetGroupArn"], ask)) if group else None


def _listener_rule(inputs: Inputs, ask: Ask) -> Found | None:
    rules = ask("elbv2", "describe_rules", ListenerArn=inputs["listenerArn"])["Rules"]
    rule = next((each for each in rules if each["Priority"] == str(inputs["priority"])), None)
    if rule is None:
        return None
    wanted = {str(action.get("targetGroupArn")) for action in inputs.get("actions", ()) if action.get("targetGroupArn")}
    there = {str(action.get("TargetGroupArn")) for action in rule["Actions"]}
    return Found(rule["RuleArn"], wanted <= there and _elb_tagged(inputs, rule["RuleArn"], ask))


def _repository(inputs: Inputs, ask: Ask) -> Found | None:
    found = next(iter(ask("ecr", "describe_repositories", repositoryNames=[inputs["name"]])["repositories"]), None)
    if found is None:
        return None
    tags = ask("ecr", "list_tags_for_resource", resourceArn=found["repositoryArn"]).get("tags", ())
    return Found(inputs["name"], _tagged(inputs, tags))


def _parameter(inputs: Inputs, ask: Ask) -> Found | None:
    """Look for a parameter of Parameter Store, whose value is not asked for: it may be a secret.

    A page of the answer may be empty and not be the last one (DescribeParameters of the API reference).
    """
    named = [{"Key": "Name", "Option": "Equals", "Values": [inputs["name"]]}]
    answer = ask("ssm", "describe_parameters", ParameterFilters=named)
    while not answer["Parameters"] and answer.get("NextToken"):
        answer = ask("ssm", "describe_parameters", ParameterFilters=named, NextToken=answer["NextToken"])
    found = next(iter(answer["Parameters"]), None)
    if found is None:
        return None
    tags = ask("ssm", "list_tags_for_resource", ResourceType="Parameter", ResourceId=inputs["name"]).get("TagList", ())
    return Found(inputs["name"], found["Type"] == inputs.get("type") and _tagged(inputs, tags))


def _security_group(inputs: Inputs, ask: Ask) -> Found | None:
    by = {"group-name": inputs["name"], "vpc-id": inputs["vpcId"]}
    filters = [{"Name": name, "Values": [value]} for name, value in by.items()]
    group = next(iter(ask("ec2", "describe_security_groups", Filters=filters)["SecurityGroups"]), None)
    return Found(group["GroupId"], _tagged(inputs, group.get("Tags", ()))) if group else None


def _security_group_rule(*, egress: bool) -> Finder:
    def finder(inputs: Inputs, ask: Ask) -> Found | None:
        filters = [{"Name": "group-id", "Values": [inputs["securityGroupId"]]}]
        wanted = [str(inputs["ipProtocol"]), _port(inputs.get("fromPort")), _port(inputs.get("toPort"))]
        wanted += [inputs.get(key) for key in ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")]
        for rule in ask("ec2", "describe_security_group_rules", Filters=filters)["SecurityGroupRules"]:
            there = [rule["IpProtocol"], _port(rule.get("FromPort")), _port(rule.get("ToPort"))]
            there += [rule.get(key) for key in ("CidrIpv4", "CidrIpv6", "PrefixListId")]
            there.append((rule.get("ReferencedGroupInfo") or {}).get("GroupId"))
            # A group has no two rules alike, and the group is the stack's or was given to it.
            if rule["IsEgress"] is egress and there == wanted:
                return Found(rule["SecurityGroupRuleId"], ours=True)
        return None

    return finder


FINDERS: Mapping[str, Finder] = {
    "aws:ecs/service:Service": _service,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:kms/alias:Alias": _key_alias,
    "aws:iam/role:Role": _role,
    "aws:lb/targetGroup:TargetGroup": _target_group,
    "aws:alb/targetGroup:TargetGroup": _target_group,
    "aws:lb/listenerRule:ListenerRule": _listener_rule,
    "aws:alb/listenerRule:ListenerRule": _listener_rule,
    "aws:ecr/repository:Repository": _repository,
    "aws:ssm/parameter:Parameter": _parameter,
    "aws:ec2/securityGroup:SecurityGroup": _security_group,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _security_group_rule(egress=False),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _security_group_rule(egress=True),
}
"""How a resource is found by what the program says of it."""
NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "aws:kms/alias:Alias": ("name", "targetKeyId"),
    "aws:lb/listenerRule:ListenerRule": ("listenerArn", "priority"),
    "aws:alb/listenerRule:ListenerRule": ("listenerArn", "priority"),
    "aws:ec2/securityGroup:SecurityGroup": ("name", "vpcId"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ("securityGroupId", "ipProtocol"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ("securityGroupId", "ipProtocol"),
}
"""The inputs that a finder cannot do without; `name` for the other types."""


def can_be_found(kind: str, inputs: Inputs) -> bool:
    """Tell whether the inputs name the resource: a name that the provider made up is in none of them."""
    keys = NAMED_BY.get(kind, ("name",))
    return kind in FINDERS and all(isinstance(inputs.get(key), (str, int, float)) for key in keys)


def _among(wanted: str, revisions: Iterable[str | None]) -> bool:
    return any(each and each.rpartition("/")[2] == wanted.rpartition("/")[2] for each in revisions)


def _port(value: Any) -> int:
    return -1 if value is None else int(value)


def _tagged(inputs: Inputs, tags: Iterable[Mapping[str, str]]) -> bool:
    """Compare with AWS's lists of tags, whichever way their keys are written."""
    return _has_tags(inputs, {_either(each, "key"): _either(each, "value") for each in tags})


def _has_tags(inputs: Inputs, tags: Mapping[str, str]) -> bool:
    wanted = inputs.get("tags")
    return not isinstance(wanted, Mapping) or all(tags.get(key) == value for key, value in wanted.items())


def _either(tag: Mapping[str, str], key: str) -> str:
    return tag.get(key, tag.get(key.capitalize(), ""))


def _elb_tagged(inputs: Inputs, arn: str, ask: Ask) -> bool:
    described = ask("elbv2", "describe_tags", ResourceArns=[arn])["TagDescriptions"]
    return _tagged(inputs, described[0]["Tags"] if described else ())
