"""Which parameters of a request name its resources, for each service: the values of the variables in their ARNs.

What is named by an ARN needs no name. What a service looks up before it asks IAM (a secret's suffix,
a role's path, the key behind an alias) is looked up in moto. Sources are beside what is not plain.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.callers.parameters import Given

Values = dict[str, list[str]]
"""Variable of an ARN -> what the request gives for it."""


@dataclass(frozen=True)
class Place:
    """Where a request was sent to, and by whose account."""

    account: str
    region: str
    partition: str = "aws"

    @property
    def scope(self) -> dict[str, str]:
        """The variables that every ARN has."""
        return {"Partition": self.partition, "Region": self.region, "Account": self.account}


_PARAMETERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "cloudwatch": {"AlarmName": ("AlarmName", "AlarmNames"), "DashboardName": ("DashboardName", "DashboardNames")},
    "dynamodb": {"TableName": ("TableName", "RequestItems")},
    "ecr": {"RepositoryName": ("repositoryName", "repositoryNames")},
    "ecs": {
        "ClusterName": ("cluster", "clusterName", "clusters"),
        "ServiceName": ("service", "serviceName", "services"),
        "TaskId": ("task", "tasks"),
        "CapacityProviderName": ("capacityProvider", "capacityProviders"),
        "TaskDefinitionFamilyName": ("family",),
    },
    "elasticloadbalancing": {"LoadBalancerName": ("Name", "LoadBalancerName"), "TargetGroupName": ("Name",)},
    "lambda": {"FunctionName": ("FunctionName",), "UUID": ("UUID",)},
    "logs": {"LogGroupName": ("logGroupName",), "LogStreamName": ("logStreamName",)},
    "servicediscovery": {"NamespaceId": ("NamespaceId",), "ServiceId": ("ServiceId",)},
    "sns": {"TopicName": ("Name",)},
    "sqs": {"QueueName": ("QueueName", "QueueUrl")},
    "ssm": {"ParameterNameWithoutLeadingSlash": ("Name", "Names", "Path", "ResourceId")},
}

DEFAULTS: Mapping[str, Values] = {"ecs": {"ClusterName": ["default"]}}
"""What a service takes where a request does not say."""

_EC2 = {
    "acl": "network-acl",
    "ami": "image",
    "dopt": "dhcp-options",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "key": "key-pair",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "snap": "snapshot",
    "subnet": "subnet",
    "tgw": "transit-gateway",
    "vgw": "vpn-gateway",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
_EC2_ID = re.compile(r"(?P<prefix>[a-z]+)-[0-9a-f]{8,}")


def values(service: str, operation: str, given: Given, place: Place) -> Values:
    """Return what a request names without an ARN; what it leaves out is in `DEFAULTS`."""
    found: Values = {}
    for variable, parameters in _PARAMETERS.get(service, {}).items():
        every = (each for parameter in parameters for each in _many(given.get(parameter)))
        named = [_last(each) for each in every if not each.startswith("arn:")]
        if named:
            found[variable] = named
    special = _SPECIAL.get(service)
    return found | special(operation, given, place) if special else found


def ec2_resources(given: Given) -> list[tuple[str, str]]:
    """Return (type, id) of what a request to EC2 names itself; the groups in its rules, for example, are not asked for.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-policies-ec2-console.html#ex-security-groups
    """
    found = []
    for value in given.values():
        for each in _many(value):
            match = _EC2_ID.fullmatch(each)
            if match and match["prefix"] in _EC2:
                found.append((_EC2[match["prefix"]], each))
    return found


def _many(value: Any) -> list[str]:
    if isinstance(value, Mapping):  # DynamoDB's RequestItems: the keys of the tables by the tables' names
        value = list(value)
    return [str(each) for each in (value if isinstance(value, list) else [value]) if isinstance(each, str) and each]


def _last(value: str) -> str:
    """Return the name in an ARN or in a queue's URL; a name may itself have slashes."""
    if value.startswith(("arn:", "http://", "https://")):
        return value.rpartition("/")[2]
    return value


# --- what is looked up or has a default


def _ecs(operation: str, given: Given, place: Place) -> Values:
    found: Values = {}
    reference = str(given.get("taskDefinition") or "")
    if operation in {"RunTask", "StartTask"} and reference:
        family, _, number = _last(reference).partition(":")
        found["TaskDefinitionFamilyName"] = [family]
        found["TaskDefinitionRevisionNumber"] = [number or latest_revision(family, place)]
    return found


def latest_revision(family: str, place: Place) -> str:
    """Return the revision that a family alone stands for, `*` where it has none.

    ECS asks for this one: what a policy says of the family without a revision covers nothing any more
    (https://github.com/aws/aws-cdk/issues/30390, AWS's notice of 2024).
    """
    from moto.ecs.models import ecs_backends

    revisions = ecs_backends[place.account][place.region].task_definitions.get(family) or {}
    active = [number for number, definition in revisions.items() if definition.status == "ACTIVE"]
    return str(max(active)) if active else "*"


def _balancing(operation: str, _given: Given, _place: Place) -> Values:
    return {} if operation.startswith("Create") else {"TargetGroupName": [], "LoadBalancerName": []}


def _events(_operation: str, given: Given, _place: Place) -> Values:
    entries = [entry.get("EventBusName") for entry in given.get("Entries") or [] if isinstance(entry, dict)]
    buses = [_last(str(each or "default")) for each in entries or [given.get("EventBusName")]]
    rules = _many(given.get("Rule")) or _many(given.get("Name"))
    return {"EventBusName": buses, "RuleName": rules}


def _iam(operation: str, given: Given, place: Place) -> Values:
    from moto.iam.models import iam_backends

    backend = iam_backends[place.account][place.partition]
    found: Values = {}
    holders: dict[str, tuple[str, Callable[[], Any]]] = {
        "RoleNameWithPath": ("RoleName", backend.roles.values),
        "UserNameWithPath": ("UserName", backend.users.values),
        "GroupNameWithPath": ("GroupName", backend.groups.values),
        "InstanceProfileNameWithPath": ("InstanceProfileName", backend.instance_profiles.values),
        "PolicyNameWithPath": ("PolicyName", list),
    }
    for variable, (parameter, known) in holders.items():
        name = given.get(parameter)
        if not name:
            continue
        path = next((each.path for each in list(known()) if each.name == name), None) or given.get("Path") or "/"
        found[variable] = [f"{path.strip('/')}/{name}".lstrip("/")]
    if operation != "CreatePolicy":  # elsewhere it is the name of an inline policy, which is no resource
        found.pop("PolicyNameWithPath", None)
    return found


def _kms(_operation: str, given: Given, place: Place) -> Values:
    """An alias stands for its key: a policy that names the alias does not allow the use of the key (documented).

    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    from moto.kms.models import kms_backends

    found: Values = {}
    alias = str(given.get("AliasName") or "").removeprefix("alias/")
    if alias:
        found["Alias"] = [alias]
    key = str(given.get("KeyId") or given.get("TargetKeyId") or "")
    name = key.rpartition(":")[2]
    if name.startswith("alias/"):
        known = kms_backends[place.account][place.region].get_key_id_from_alias(name)
        found["KeyId"] = [known] if known else []
    elif name:
        found["KeyId"] = [name.removeprefix("key/")]
    return found


def _secrets_manager(operation: str, given: Given, place: Place) -> Values:
    """A secret's ARN ends in six characters that are drawn when it is made."""
    from moto.secretsmanager.models import secretsmanager_backends

    if operation == "CreateSecret":
        return {"SecretId": [f"{given.get('Name')}-??????"]}
    secrets = secretsmanager_backends[place.account][place.region].secrets
    found = []
    for reference in _many(given.get("SecretId")):
        secret = secrets.get(reference)
        found.append(secret.arn.rpartition(":secret:")[2] if secret else reference.rpartition(":secret:")[2])
    return {"SecretId": found} if found else {}


def _discovery(operation: str, given: Given, _place: Place) -> Values:
    identifier = _many(given.get("Id"))
    if not identifier:
        return {}
    return {"NamespaceId" if "Namespace" in operation else "ServiceId": identifier}


def _parameters(_operation: str, given: Given, _place: Place) -> Values:
    named = [
        each.partition(":parameter")[2] if each.startswith("arn:") else each
        for name in ("Name", "Names", "Path", "ResourceId")
        for each in _many(given.get(name))
    ]
    return {"ParameterNameWithoutLeadingSlash": [each.removeprefix("/") for each in named]} if named else {}


_SPECIAL: Mapping[str, Callable[[str, Given, Place], Values]] = {
    "ecs": _ecs,
    "elasticloadbalancing": _balancing,
    "events": _events,
    "iam": _iam,
    "kms": _kms,
    "secretsmanager": _secrets_manager,
    "servicediscovery": _discovery,
    "ssm": _parameters,
}
