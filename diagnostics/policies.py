"""What IAM policy documents say to one action, as far as that follows from the documents alone."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY = "allowed", "explicitDeny", "implicitDeny"


def decide(
    documents: Iterable[Mapping[str, Any]], action: str, resource: str | None, service: str | None = None
) -> str | None:
    """Return `allowed`, `explicitDeny` or `implicitDeny`; None where a condition decides.

    Args:
        documents: policy documents with their `Statement`.
        action: `ecr:BatchGetImage`.
        resource: an ARN; None for a trust policy, which has no resource.
        service: the service that asks, for a trust policy: `ecs-tasks.amazonaws.com`.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    allowed = conditional = False
    for statement in _statements(documents):
        if not _about(statement, action, resource, service):
            continue
        if statement.get("Condition"):
            conditional = True
        elif statement.get("Effect") == "Deny":
            return EXPLICIT_DENY
        elif statement.get("Effect") == "Allow":
            allowed = True
    if conditional:
        return None
    return ALLOWED if allowed else IMPLICIT_DENY


def _statements(documents: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [
        statement
        for document in documents
        for statement in _listed(document.get("Statement"))
        if isinstance(statement, Mapping)
    ]


def _about(statement: Mapping[str, Any], action: str, resource: str | None, service: str | None) -> bool:
    if "NotAction" in statement:
        if _any(statement["NotAction"], action):
            return False
    elif not _any(statement.get("Action"), action):
        return False
    if service is not None and not _principal(statement, service):
        return False
    if resource is None:
        return True
    if "NotResource" in statement:
        return not _any(statement["NotResource"], resource)
    return _any(statement.get("Resource"), resource)


def _principal(statement: Mapping[str, Any], service: str) -> bool:
    principal = statement.get("Principal")
    if principal == "*":
        return True
    return isinstance(principal, Mapping) and service in _listed(principal.get("Service"))


def _any(patterns: object, word: str) -> bool:
    return any(isinstance(each, str) and _pattern(each).fullmatch(word) for each in _listed(patterns))


@cache
def _pattern(wildcards: str) -> re.Pattern[str]:
    """Return a pattern of `*` and `?`. Actions are compared without case; ARNs are asked for as they are written."""
    return re.compile(re.escape(wildcards).replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE | re.DOTALL)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
