"""ARNs, identifiers and names: which ones AWS allows, and what is in them."""

import re

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


def cluster_name(arn: str) -> str | None:
    """Return the name in a cluster's ARN."""
    found = _CLUSTER.fullmatch(arn)
    return found["name"] if found else None


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


def check_id(kind: str, value: str) -> Complaint | None:
    """Refuse what is not an id of EC2 of this kind: `vpc`, `subnet`, `sg`."""
    if re.fullmatch(rf"{kind}-[0-9a-zA-Z]+", value):
        return None
    return Complaint(f"`{value}` is not an id of that kind", f"write {kind}-…")
