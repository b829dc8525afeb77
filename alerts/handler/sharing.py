"""Which causes services share, and what it is that they share: the subject of a storm. Pure."""

import re
from collections.abc import Callable

from alerts.handler.look import Look
from diagnostics.engine import INSUFFICIENT
from diagnostics.model import Verdict

_SUBNET = re.compile(r"\bsubnet-[0-9a-f]{8,17}\b")
_ROLE = re.compile(r"\b(?:role|assumed-role)/(?P<name>[\w+=,.@-]+)")
_ECR = re.compile(r"\b\d{12}\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\b")
_HOST = re.compile(r"\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b", re.IGNORECASE)
_ARN = re.compile(r"\barn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d*:[^\s`'\",;]+")
_QUOTED = re.compile(r"`([^`]+)`")
_ONES_OWN = re.compile(
    r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\beni-[0-9a-f]+\b|\becs-svc/\d+"
    r"|\d{4}-\d\d-\d\dT[\d:.]+Z?|(?:request ?id|requestid)[:= ]+\S+",
    re.IGNORECASE,
)
"""What differs between two services that fail alike: tasks, requests, interfaces, deployments, times."""


def _subnet(words: str, look: Look) -> str:
    named = sorted(set(_SUBNET.findall(words)))
    if named:
        return str(named[0])
    used = {task.subnet_id for task in look.evidence.failed_tasks if task.subnet_id}
    if not used and look.evidence.service:
        used = set(look.evidence.service.network.subnets)
    return " ".join(sorted(used))


def _role(words: str, look: Look) -> str:
    found = _ROLE.search(words)
    if found:
        return str(found["name"])
    definition = look.evidence.task_definition
    return definition.execution_role_arn if definition else ""


def _registry(words: str, look: Look) -> str:
    found = _ECR.search(words) or _HOST.search(words)
    if found:
        return found.group().lower()
    definition = look.evidence.task_definition
    images = [each.image for each in definition.containers] if definition else []
    return images[0].partition("/")[0] if images else ""


def _named(words: str, look: Look) -> str:
    """Return the resource that the words name: an ARN, else what stands in backticks."""
    del look
    found = _ARN.search(words)
    if found:
        return found.group()
    quoted = _QUOTED.search(words)
    return quoted.group(1) if quoted else ""


def _host(words: str, look: Look) -> str:
    del look
    quoted = _QUOTED.search(words)
    return quoted.group(1).lower() if quoted else ""


def _account(words: str, look: Look) -> str:
    """Return what holds for the whole account and region, kept apart by its own words."""
    del look
    return _ONES_OWN.sub("", words.partition("\n")[0])[:300]


_SHARED: dict[str, Callable[[str, Look], str]] = {
    "subnet-ip-exhausted": _subnet,
    "eni-provisioning-failed": _subnet,
    "fargate-capacity-unavailable": _account,
    "account-quota-reached": _account,
    "api-throttled": _account,
    "aws-internal-error": _account,
    "service-linked-role-missing": _account,
    "no-container-instances": _account,
    "ec2-insufficient-resources": _account,
    "aws-endpoint-unreachable": _subnet,
    "registry-unreachable": _registry,
    "registry-server-error": _registry,
    "registry-rate-limited": _registry,
    "private-registry-auth-failed": _registry,
    "ecr-permission-denied": _role,
    "role-missing-or-not-assumable": _role,
    "secrets-permission-denied": _role,
    "log-permission-denied": _role,
    "kms-permission-denied": _named,
    "secret-not-found": _named,
    "secret-reference-invalid": _named,
    "log-group-missing": _named,
    "image-not-found": _named,
    "image-digest-stale": _named,
    "efs-mount-network": _named,
    "efs-access-denied": _named,
    "dns-resolution-failed": _host,
    "app-dependency-unreachable": _host,
    "app-dependency-auth-failed": _host,
}
"""By root cause what services that fail of it share. Causes that are a service's own are not here."""


def subject_of(look: Look) -> str:
    """Return what other services would share that fail for this cause; "" where the failure is the service's own.

    A failure that no rule knows is shared by those of which ECS says the same, their ids left out.
    """
    diagnosis = look.diagnosis
    cause = diagnosis.root_cause
    if cause is None or cause == INSUFFICIENT:
        if diagnosis.verdict is not Verdict.UNKNOWN or not diagnosis.evidence or cause == INSUFFICIENT:
            return ""
        said = diagnosis.evidence[0]
        return "" if " log of " in said.source else _ONES_OWN.sub("", said.quote)[:300]
    find = _SHARED.get(cause)
    if find is None:
        return ""
    words = "\n".join([diagnosis.what, *(each.quote for each in diagnosis.evidence)])
    return find(words, look)
