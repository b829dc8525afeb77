"""Makes `docs/iam.md` of the list and the policies: `python -m automation.permissions` after any change of them."""

import json
from collections.abc import Iterator
from pathlib import Path

from automation.permissions.asked import PERMISSIONS
from automation.permissions.policies import POLICIES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "iam.md"

_INTRODUCTION = """\
# What failwell asks of AWS, and what it needs for that

Every action that it calls, for which use, and what is lost without it. What may not be read is a `gap` in the evidence
and a `note:` in the report, which names the action, never an error: the watch goes on with what it has. A check of the
preflight that may not read is not done, and refuses nothing; `--verbose` says so with AWS's words. Two are exceptions:
a read that is refused fails an `audit`, and `repair` changes nothing where it may not find out what was made.

| action | for | when | without it |
|---|---|---|---|
"""
_BEHIND_THE_TABLE = """
Values of parameters are never read, and those of secrets with `--read-secret-keys` alone: `ssm:GetParameter` is not
called, and `secretsmanager:GetSecretValue` only [for the names of keys](#the-keys-of-secrets), which no other policy
of this page allows. The function of the [alerts](alerts.md#what-it-may-do) reads one secret, its webhook's address.
`sts:GetCallerIdentity`, by which the caller's account is held against the service's, and which `doctor` and the
records ask too, needs no permission. Where a provider of the stack assumes roles, the same ones are assumed: whoever
runs the tool needs `sts:AssumeRole` on them, as for the provider, and the policies below belong to the last of them;
those for records belong to the environment's own credentials.

What the stack's own resources need comes on top, and is the provider's: for a new revision of a service at least
`ecs:RegisterTaskDefinition`, `ecs:UpdateService`, and `iam:PassRole` on the roles of the task.

This page is made from `automation/permissions/`.
"""
_BEHIND_THE_POLICIES = """
## Narrower

`Resource` can be narrowed to the cluster, the log groups, the repositories, the roles, the bucket or the table; the
`ec2:Describe…`, `elasticloadbalancing:Describe…`, `ssm:DescribeParameters` and `ecs:ListClusters` actions take no
resource. `iam:PassRole` is for the roles of the task alone (`iam:PassedToService`: `ecs-tasks.amazonaws.com`).
"""


def page() -> str:
    """Return the page."""
    return "".join((_INTRODUCTION, *_rows(), _BEHIND_THE_TABLE, *_policies(), _BEHIND_THE_POLICIES))


def _rows() -> Iterator[str]:
    for each in PERMISSIONS:
        actions = ", ".join(f"`{action}`" for action in each.actions)
        uses = ", ".join(each.uses)
        yield f"| {actions} | {uses} | {each.when} | {each.without} |\n"


def _policies() -> Iterator[str]:
    for each in POLICIES:
        yield f"\n## {each.heading}\n\n{each.text}\n\n```json\n{json.dumps(each.to_document(), indent=2)}\n```\n"
