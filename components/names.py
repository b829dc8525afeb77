"""ARNs, identifiers and names: which ones AWS allows, and what is in them."""

import re
from functools import partial

from .complaints import Complaint

_PREFIX = r"arn:(?P<partition>aws[a-z-]*):"
_CLUSTER = re.compile(_PREFIX + r"ecs:[a-z0-9-]+:\d{12}:cluster/(?P<name>[A-Za-z0-9_-]{1,255})")
_LISTENER = re.compile(
    _PREFIX
    + r"elasticloadbalancing:[a-z0-9-]+:\d{12}:"
    + r"listener/(?P<load_balancer>app/[A-Za-z0-9-]{1,32}/[0-9a-zA-Z]+)/[0-9a-zA-Z]+"
)
_SECRET = re.compile(
    _PREFIX + r"secretsmanager:[a-z0-9-]+:\d{12}:secret:(?P<name>[A-Za-z0-9/_+=.@-]{1,512})(?::[^:]*:[^:]*:[^:]*)?"
)
_PARAMETER = re.compile(_PREFIX + r"ssm:[a-z0-9-]+:\d{12}:parameter/[A-Za-z0-9_./-]{1,1011}")
_ARNS = {
    "certificate": (r"acm:[a-z0-9-]+:\d{12}:certificate/\S+", "acm:REGION:ACCOUNT:certificate/ID"),
    "web ACL": (r"wafv2:[a-z0-9-]+:\d{12}:regional/webacl/\S+", "wafv2:REGION:ACCOUNT:regional/webacl/NAME/ID"),
    "Lambda function": (r"lambda:[a-z0-9-]+:\d{12}:function:\S+", "lambda:REGION:ACCOUNT:function:NAME"),
    "IAM role": (r"iam::\d{12}:role/\S+", "iam::ACCOUNT:role/NAME"),
    "IAM policy": (r"iam::(?:\d{12}|aws):policy/\S+", "iam::ACCOUNT:policy/NAME"),
    "KMS key": (r"kms:[a-z0-9-]+:\d{12}:key/\S+", "kms:REGION:ACCOUNT:key/ID"),
    "SNS topic": (r"sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}", "sns:REGION:ACCOUNT:NAME"),
    "SQS queue": (r"sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}", "sqs:REGION:ACCOUNT:NAME"),
    "ECR repository": (r"ecr:[a-z0-9-]+:\d{12}:repository/[a-z0-9._/-]+", "ecr:REGION:ACCOUNT:repository/NAME"),
    "Cloud Map namespace": (
        r"servicediscovery:[a-z0-9-]+:\d{12}:namespace/ns-[a-z0-9]+",
        "servicediscovery:REGION:ACCOUNT:namespace/ns-ID",
    ),
    "EFS file system": (
        r"elasticfilesystem:[a-z0-9-]+:\d{12}:file-system/fs-[0-9a-f]+",
        "elasticfilesystem:REGION:ACCOUNT:file-system/fs-ID",
    ),
    "EFS access point": (
        r"elasticfilesystem:[a-z0-9-]+:\d{12}:access-point/fsap-[0-9a-f]+",
        "elasticfilesystem:REGION:ACCOUNT:access-point/fsap-ID",
    ),
}
"""What follows the partition in the ARN of a kind, and how to write it."""
_RANDOM_ENDING = re.compile(r".+-[A-Za-z0-9]{6}")
_SERVICE = re.compile(r"[A-Za-z0-9_-]{1,255}")

LONGEST_PAIR = 220
"""The most characters that cluster and service may have together: an alarm's name holds both and may have 255."""


def check_service_name(name: str) -> Complaint | None:
    """Refuse a name that ECS does not take (CreateService, `serviceName`)."""
    if _SERVICE.fullmatch(name):
        return None
    return Complaint(
        f"`{name}` is not a name for an ECS service", "write 1 to 255 letters, digits, hyphens or underscores"
    )


def check_cluster_name(name: str) -> Complaint | None:
    """Refuse a name that ECS does not take (CreateCluster, `clusterName`)."""
    if _SERVICE.fullmatch(name):
        return None
    return Complaint(
        f"`{name}` is not a name for an ECS cluster", "write 1 to 255 letters, digits, hyphens or underscores"
    )


def check_cluster_arn(arn: str) -> Complaint | None:
    """Refuse what is not the full ARN of an ECS cluster."""
    if _CLUSTER.fullmatch(arn):
        return None
    return Complaint(f"`{arn}` is not the ARN of an ECS cluster", "write arn:PARTITION:ecs:REGION:ACCOUNT:cluster/NAME")


def check_region(region: str) -> Complaint | None:
    """Refuse what is not written as a region's name is."""
    if re.fullmatch(r"[a-z]{2,}(?:-[a-z]+)+-\d+", region):
        return None
    return Complaint(f"`{region}` is not the name of a region", "write one such as eu-west-1")


def region_of(arn: str) -> str:
    """Return the region in an ARN that was checked."""
    return arn.split(":")[3]


def cluster_name(arn: str) -> str | None:
    """Return the name in a cluster's ARN."""
    found = _CLUSTER.fullmatch(arn)
    return found["name"] if found else None


def check_repository_name(name: str) -> Complaint | None:
    """Refuse a name that ECR does not take (CreateRepository, `repositoryName`)."""
    longest = 256
    if len(name) <= longest and re.fullmatch(r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*", name):
        return None
    return Complaint(
        f"`{name}` is not a name for a repository", "write lower-case letters, digits and . _ - /, such as team/shop"
    )


def check_listener_arn(arn: str) -> Complaint | None:
    """Refuse what is not the ARN of a listener of an application load balancer."""
    if _LISTENER.fullmatch(arn):
        return None
    instead = "write arn:PARTITION:elasticloadbalancing:REGION:ACCOUNT:listener/app/NAME/ID/ID"
    return Complaint(f"`{arn}` is not the ARN of a listener of an application load balancer", instead)


def load_balancer_suffix(listener_arn: str) -> str:
    """Return `app/NAME/ID`, which CloudWatch's dimension `LoadBalancer` wants, from the ARN of a checked listener."""
    found = _LISTENER.fullmatch(listener_arn)
    if found is None:
        raise ValueError(f"not the ARN of a listener of an application load balancer: {listener_arn}")
    return found["load_balancer"]


def check_secret_arn(arn: str) -> Complaint | None:
    """Refuse what is not the full ARN of a secret or a parameter. Whether it exists is for ECS to find."""
    if _SECRET.fullmatch(arn) or _PARAMETER.fullmatch(arn):
        return None
    instead = (
        "write arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME, with :JSON-KEY:: for one key of it, "
        "or arn:PARTITION:ssm:REGION:ACCOUNT:parameter/NAME"
    )
    # The value is not shown: whoever confuses `secrets` with `environment` has written the secret itself here.
    return Complaint("is not the full ARN of a Secrets Manager secret or an SSM parameter", instead, "TSK-07")


def secret_resource(arn: str) -> str:
    """Return the resource that a policy must allow for a secret or parameter that a task definition names.

    A task definition may append a JSON key, stage and version; a policy may not. Secrets Manager puts six random
    characters behind a secret's name; an ARN without them is taken too, and `-??????` is the documented pattern for it:
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
    """
    if not (found := _SECRET.fullmatch(arn)):
        return arn
    resource = arn[: found.end("name")]
    return resource if _RANDOM_ENDING.fullmatch(found["name"]) else f"{resource}-??????"


def is_parameter(arn: str) -> bool:
    """Tell whether a checked ARN names an SSM parameter, not a secret."""
    return _PARAMETER.fullmatch(arn) is not None


def check_arn(kind: str, arn: str) -> Complaint | None:
    """Refuse what is not the ARN of this kind; the kinds are those of the table above."""
    pattern, example = _ARNS[kind]
    if re.fullmatch(_PREFIX + pattern, arn):
        return None
    return Complaint(f"`{arn}` is not the ARN of that kind: {kind}", f"write arn:PARTITION:{example}")


def arn(kind: str) -> "partial[Complaint | None]":
    """Return a check that refuses everything but ARNs of this kind."""
    return partial(check_arn, kind)


def last_part(arn: str) -> str:
    """Return the id at the end of an ARN: `fs-0a1b` of a file system's."""
    return arn.rpartition("/")[2]


def check_policy_resource(arn: str) -> Complaint | None:
    """Refuse what is not an ARN, and the wildcard that means everything."""
    if arn == "*":
        return Complaint("is *, which means everything", "name the ARNs; part of one may be *", "IAM-02")
    if arn.startswith("arn:"):
        return None
    return Complaint(f"`{arn}` is not an ARN", "write arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE")


def check_load_balancer_suffix(suffix: str) -> Complaint | None:
    """Refuse what CloudWatch does not have as its dimension `LoadBalancer`."""
    if re.fullmatch(r"app/[A-Za-z0-9-]{1,32}/[0-9a-zA-Z]+", suffix):
        return None
    return Complaint(f"`{suffix}` is not the end of a load balancer's ARN", "write app/NAME/ID")


def check_id(kind: str, value: str) -> Complaint | None:
    """Refuse what is not an id of EC2 of this kind: `vpc`, `subnet`, `sg`."""
    if re.fullmatch(rf"{kind}-[0-9a-zA-Z]+", value):
        return None
    return Complaint(f"`{value}` is not an id of that kind", f"write {kind}-…")
