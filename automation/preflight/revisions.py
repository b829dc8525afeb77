"""What ECS recorded of a service's deployments: which revisions there were, and the digests of their images."""

from collections.abc import Sequence
from typing import Any

from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from diagnostics.reads import Shape

_AT_ONCE = 20
"""Service revisions that one DescribeServiceRevisions takes (ECS API reference)."""


def deployments(subject: Subject, reads: PreflightReads, *statuses: str) -> list[Shape]:
    """Return the briefs of a live service's deployments, newest first, of these statuses; of all where none is named.

    Raises:
        ReadError: they may not be read.
    """
    if subject.live is None:
        return []
    asked: dict[str, Any] = {"status": list(statuses)} if statuses else {}
    answer = reads.ask(
        "ecs", "list_service_deployments", cluster=subject.cluster, service=subject.live["serviceName"], **asked
    )
    return sorted(answer["serviceDeployments"], key=lambda brief: brief["createdAt"], reverse=True)


def revisions(reads: PreflightReads, arns: Sequence[str]) -> list[Shape]:
    """Return service revisions in the order of their ARNs, at most 20; those that ECS forgot are left out.

    Raises:
        ReadError: they may not be read.
    """
    wanted = list(dict.fromkeys(arns))[:_AT_ONCE]
    if not wanted:
        return []
    found = reads.ask("ecs", "describe_service_revisions", serviceRevisionArns=wanted)["serviceRevisions"]
    return sorted(found, key=lambda each: wanted.index(each["serviceRevisionArn"]))
