"""The function, what it remembers, what it may do, and how the queue feeds it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

from alerts import package, policies
from alerts.arguments import Settings
from alerts.delivery import Delivery
from alerts.permissions import On, actions_on
from alerts.policies import Place

RUNTIME = "python3.13"
_BATCH = 10
_WINDOW = 2
"""Seconds that a poll waits for more: of a storm one call handles several events, and a single one loses no time."""
_FEW = 5
"""How many batches are handled at once where nothing is reserved."""
_LONGEST_PREFIX = 38  # IAM's 64 characters, without the 26 that the provider appends


@dataclass(frozen=True)
class Function:
    """What was made."""

    function: aws.lambda_.Function
    mapping: aws.lambda_.EventSourceMapping
    table: aws.dynamodb.Table
    log_group: aws.cloudwatch.LogGroup


@dataclass(frozen=True)
class Means:
    """What the function is made with: its zip, where it is, the key of its log, and what feeds it."""

    zip: Path
    place: Output[Place]
    key_arn: Input[str] | None
    delivery: Delivery


def make(name: str, settings: Settings, means: Means, opts: pulumi.ResourceOptions) -> Function:
    """Make the function after all that it needs, and begin to feed it."""
    table = _table(name, settings, opts)
    log_group = aws.cloudwatch.LogGroup(
        f"{name}-log-group",
        name=settings.log_group_name,
        retention_in_days=settings.log_retention_in_days,
        kms_key_id=means.key_arn,
        tags=settings.tags,
        opts=opts,
    )
    role, policy = _role(name, settings, means, table, opts)
    # Without its policy the first calls would be refused; without its group Lambda makes one that keeps lines for ever.
    ordered = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[policy, log_group]))
    function = aws.lambda_.Function(
        f"{name}-function",
        name=settings.alerts_name,
        description="Explains failed ECS deployments",
        runtime=RUNTIME,
        architectures=[settings.architecture],
        handler=package.HANDLER,
        code=pulumi.FileArchive(str(means.zip)),
        role=role.arn,
        memory_size=settings.memory_size,
        timeout=settings.timeout_seconds,
        # At once no more than this, so that a storm leaves ECS's API to the deployments; -1 is the provider's for none.
        reserved_concurrent_executions=settings.reserved_concurrency or -1,
        environment={"variables": _environment(settings, table)},
        tags=settings.tags,
        opts=ordered,
    )
    mapping = aws.lambda_.EventSourceMapping(
        f"{name}-mapping",
        event_source_arn=means.delivery.queue.arn,
        function_name=function.arn,
        batch_size=_BATCH,
        maximum_batching_window_in_seconds=_WINDOW,
        # One message that cannot be handled does not bring the others of its batch back.
        function_response_types=["ReportBatchItemFailures"],
        # A poll that finds the function busy counts as a receive, and five of them make a dead letter.
        scaling_config={"maximum_concurrency": settings.reserved_concurrency or _FEW},
        tags=settings.tags,
        opts=ordered,
    )
    return Function(function, mapping, table, log_group)


def _table(name: str, settings: Settings, opts: pulumi.ResourceOptions) -> aws.dynamodb.Table:
    """Make the table of the stories: masked, short-lived, encrypted with DynamoDB's own key.

    Nothing is kept from deletion: without it a story that goes on is told once more, and that is all.
    """
    return aws.dynamodb.Table(
        f"{name}-table",
        name=settings.alerts_name,
        billing_mode="PAY_PER_REQUEST",
        hash_key="id",
        attributes=[{"name": "id", "type": "S"}],
        ttl={"attribute_name": "expiration", "enabled": True},
        tags=settings.tags,
        opts=opts,
    )


def _environment(settings: Settings, table: aws.dynamodb.Table) -> dict[str, Input[str]]:
    """Return the function's environment; no secret is in it, only where one is kept."""
    variables: dict[str, Input[str] | None] = {
        "FAILWELL_TABLE": table.name,
        "FAILWELL_WEBHOOK_SECRET": settings.webhook_secret_arn,
        "FAILWELL_TOPIC": settings.topic_arn,
        "FAILWELL_ENVIRONMENT_TAG": settings.environment_tag,
        "FAILWELL_FOLLOW_UPS": settings.follow_ups,
        "FAILWELL_HOLD_SECONDS": str(settings.hold_seconds),
        "POWERTOOLS_SERVICE_NAME": "failwell-alerts",
        "POWERTOOLS_LOG_LEVEL": settings.log_level,
    }
    return {key: value for key, value in variables.items() if value is not None}


def _role(
    name: str, settings: Settings, means: Means, table: aws.dynamodb.Table, opts: pulumi.ResourceOptions
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    role = aws.iam.Role(
        f"{name}-role",
        name_prefix=f"{settings.alerts_name[: _LONGEST_PREFIX - 1]}-",
        description=f"Is taken by the function {settings.alerts_name}",
        assume_role_policy=json.dumps(policies.trust(), sort_keys=True),
        permissions_boundary=settings.permissions_boundary_arn,
        tags=settings.tags,
        opts=opts,
    )
    known = Output.all(
        place=means.place,
        table=table.arn,
        queue=means.delivery.queue.arn,
        secret=settings.webhook_secret_arn,
        secret_key=settings.secret_kms_key_arn,
        topic=settings.topic_arn,
        topic_key=settings.topic_kms_key_arn,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-role-policy",
        name="explain-deployments",
        role=role.id,
        policy=known.apply(lambda found: json.dumps(_document(settings, found), sort_keys=True)),
        opts=opts,
    )
    return role, policy


def _document(settings: Settings, known: Mapping[str, Any]) -> policies.Document:
    """Return what the function may do, each on its own resource; Describe and List know no resources, or no fewer."""
    place: Place = known["place"]
    resources = {
        On.QUEUE: known["queue"],
        On.TABLE: known["table"],
        On.SECRET: known["secret"] and policies.secret_resource(known["secret"]),
        On.TOPIC: known["topic"],
        On.EVERYTHING: "*",
    }
    statements = [policies.allow(actions_on(on), [resources[on]]) for on in On if resources[on]]
    log_streams = place.arn("logs", f"log-group:{settings.log_group_name}:*")
    statements.append(policies.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [log_streams]))
    for key, service, actions in (
        (known["secret_key"], "secretsmanager", ["kms:Decrypt"]),
        (known["topic_key"], "sns", ["kms:Decrypt", "kms:GenerateDataKey*"]),
    ):
        if key is not None:  # through that service only
            through = {"StringEquals": {"kms:ViaService": f"{service}.{place.region}.amazonaws.com"}}
            statements.append(policies.allow(actions, [key], through))
    return policies.document(*statements)
