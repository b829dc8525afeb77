"""The one list of what failwell asks of AWS: each action, who needs it, when, and what is lost without it.

`docs/iam.md` is made of it: `python -m automation.permissions` after any change here. Whoever calls an action that is
not listed adds it to an entry, or a new one, with its use; a new use is a member of `Use` with a policy in `POLICIES`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "iam.md"


class Use(StrEnum):
    """What somebody does with the tool."""

    WATCH = "watch"
    FLEET = "watch --fleet"
    ABORT = "abort"
    AUDIT = "audit"


@dataclass(frozen=True)
class Permission:
    """Actions that are needed together."""

    uses: tuple[Use, ...]
    actions: tuple[str, ...]
    when: str
    without: str
    """What is lost."""


@dataclass(frozen=True)
class Policy:
    """A minimal policy of the page."""

    sid: str
    heading: str
    uses: tuple[Use, ...]
    text: str
    """For which commands, and what is to be known about it."""

    @property
    def actions(self) -> list[str]:
        """Its actions, each once, sorted."""
        return actions_of(*self.uses)

    def to_document(self) -> dict[str, Any]:
        """Return it as IAM takes it."""
        statement = {"Sid": self.sid, "Effect": "Allow", "Action": self.actions, "Resource": "*"}
        return {"Version": "2012-10-17", "Statement": [statement]}


def actions_of(*uses: Use) -> list[str]:
    """Return the actions that some uses need, each once, sorted."""
    return sorted({action for each in PERMISSIONS if set(each.uses) & set(uses) for action in each.actions})


_LOOK = (Use.WATCH,)
_AUDIT = (Use.AUDIT,)
_FAILS = "exit 3: an audit must not pass for lack of permissions"
PERMISSIONS = (
    Permission(
        _LOOK,
        ("ecs:DescribeServices",),
        "each look",
        "nothing is seen: the deployment is applied and not proven (exit 8)",
    ),
    Permission(
        _LOOK,
        ("ecs:ListTasks", "ecs:DescribeTasks"),
        "each look",
        "no stopped reasons, exit codes or addresses: only events and target health explain",
    ),
    Permission(
        _LOOK,
        ("ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments"),
        "first look; each look",
        "a deployment that ECS has given up is not found afterwards, and cannot be stopped by its ARN",
    ),
    Permission(
        _LOOK,
        ("ecs:DescribeServiceRevisions", "ecs:DescribeTaskDefinition"),
        "once per revision",
        "no ports, limits, secrets or log streams: no logs, no comparison of revisions",
    ),
    Permission(
        _LOOK,
        ("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"),
        "once; each look",
        "health checks are explained by events alone; it is not proven that targets are healthy",
    ),
    Permission(
        _LOOK,
        ("logs:GetLogEvents",),
        "tasks that stop or are not healthy",
        'the program\'s own words: crashes are "insufficient evidence"',
    ),
    Permission(
        _LOOK,
        ("ecr:BatchGetImage",),
        "a pull failed",
        "whether the tag exists, and its platforms, come from ECS's words alone",
    ),
    Permission(
        _LOOK,
        ("secretsmanager:DescribeSecret", "ssm:DescribeParameters"),
        "the words speak of secrets",
        '"denied" cannot be told from "not there" where AWS does not say it',
    ),
    Permission(
        _LOOK,
        (
            *("iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetRolePolicy"),
            *("iam:GetPolicy", "iam:GetPolicyVersion"),
        ),
        "the words speak of a refusal",
        "which action which role lacks comes from AWS's words alone",
    ),
    Permission(
        _LOOK,
        ("cloudwatch:DescribeAlarms",),
        "an alarm went off",
        "the alarm's name without its metric and reason",
    ),
    Permission(
        _LOOK,
        (
            *("ec2:DescribeSubnets", "ec2:DescribeRouteTables", "ec2:DescribeNatGateways", "ec2:DescribeVpcEndpoints"),
            *("ec2:DescribeSecurityGroups", "ec2:DescribeVpcAttribute", "elasticloadbalancing:DescribeLoadBalancers"),
        ),
        "the words speak of a time-out or of the network",
        "a time-out is not traced to a route, an endpoint or a security group",
    ),
    Permission((Use.FLEET,), ("ecs:ListServices",), "each pass", "the services must be named"),
    Permission(
        (Use.ABORT,),
        ("ecs:StopServiceDeployment",),
        "a deployment is doomed",
        "the engine is interrupted and ECS's own circuit breaker ends the deployment, minutes later",
    ),
    Permission(
        _AUDIT,
        ("ecs:DescribeClusters", "ecs:DescribeServices", "ecs:DescribeTaskDefinition"),
        "always",
        f"{_FAILS}; without the service nothing can be audited (exit 2)",
    ),
    Permission(
        _AUDIT,
        (
            *("application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies"),
            *("application-autoscaling:DescribeScheduledActions", "logs:DescribeLogGroups"),
            *("events:ListRules", "events:ListTargetsByRule", "ec2:DescribeSecurityGroupRules"),
            *("ec2:DescribeSecurityGroups", "cloudwatch:DescribeAlarms", "sns:GetTopicAttributes"),
            *("sqs:GetQueueAttributes", "sqs:GetQueueUrl"),
        ),
        "the service has it",
        _FAILS,
    ),
    Permission(
        _AUDIT,
        ("ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy"),
        "an image is of ECR",
        _FAILS,
    ),
    Permission(
        _AUDIT,
        ("iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"),
        "each role of the task definition",
        _FAILS,
    ),
    Permission(
        _AUDIT,
        ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus"),
        "each key that something is encrypted with",
        _FAILS,
    ),
    Permission(
        _AUDIT,
        (
            *("elasticloadbalancing:DescribeListenerAttributes", "elasticloadbalancing:DescribeListeners"),
            *("elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancers"),
            *("elasticloadbalancing:DescribeTargetGroupAttributes", "elasticloadbalancing:DescribeTargetGroups"),
            "wafv2:GetWebACLForResource",
        ),
        "the service has a load balancer",
        _FAILS,
    ),
)

POLICIES = (
    Policy(
        "FailwellWatch",
        "Watch and explain",
        (Use.WATCH, Use.FLEET),
        "For `explain`, `watch` and `up --no-abort`. All are reads. `ecs:ListServices` is for `watch --fleet` alone.",
    ),
    Policy(
        "FailwellAbort",
        "Stop what is doomed",
        (Use.WATCH, Use.FLEET, Use.ABORT),
        "For `up` and `watch --abort`: the reads, and the one write.",
    ),
    Policy(
        "FailwellAudit",
        "Audit",
        _AUDIT,
        "For `audit`. The controls need to see more than a diagnosis does; nothing of this is needed by `up`, `watch` "
        "and `explain`.",
    ),
    Policy("Failwell", "Everything", tuple(Use), "For every command."),
)

_INTRODUCTION = """\
# What failwell asks of AWS, and what it needs for that

Every action that it calls, for which use, and what is lost without it. What may not be read is a `gap` in the evidence
and a `note:` in the report, which names the action, never an error: the watch goes on with what it has. An `audit` is
the exception: a read that is refused fails it.

| action | for | when | without it |
|---|---|---|---|
"""
_BEHIND_THE_TABLE = """
Values of secrets and parameters are never read: neither `secretsmanager:GetSecretValue` nor `ssm:GetParameter` is
called. `sts:GetCallerIdentity`, by which the caller's account is held against the service's, needs no permission. Where
a provider of the stack assumes roles, the watcher assumes the same ones: whoever runs it needs `sts:AssumeRole` on
them, as for the provider, and the policies below belong to the last of them.

What the stack's own resources need comes on top, and is the provider's: for a new revision of a service at least
`ecs:RegisterTaskDefinition`, `ecs:UpdateService`, and `iam:PassRole` on the roles of the task.

This page is made from `automation/permissions.py`.
"""
_BEHIND_THE_POLICIES = """
## Narrower

`Resource` can be narrowed to the cluster, the log groups, the repositories and the roles of the service; the
`ec2:Describe…`, `elasticloadbalancing:Describe…` and `ssm:DescribeParameters` actions take no resource.
"""


def page() -> str:
    """Return the page."""
    return "".join((_INTRODUCTION, *_rows(), _BEHIND_THE_TABLE, *_policies(), _BEHIND_THE_POLICIES))


def _rows() -> Iterator[str]:
    for each in PERMISSIONS:
        actions = ", ".join(f"`{action}`" for action in each.actions)
        uses = ", ".join(f"`{use}`" if use is Use.FLEET else use.value for use in each.uses)
        yield f"| {actions} | {uses} | {each.when} | {each.without} |\n"


def _policies() -> Iterator[str]:
    for each in POLICIES:
        yield f"\n## {each.heading}\n\n{each.text}\n\n```json\n{json.dumps(each.to_document(), indent=2)}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
