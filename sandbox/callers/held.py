"""What the sandbox's services hold about a resource that IAM looks at: its tags, and the policy on it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.ecs.iam import Document, parse

_ARN_PARTS = 6


def resource_tags(arn: str) -> dict[str, str]:
    """Return the tags of a resource; none where it is not there, or its service's tags are not read here."""
    return _read(_TAGS, arn) or {}


def resource_policy(arn: str) -> Document | None:
    """Return the policy on a resource, a role's trust policy among them; None where it has none."""
    text = _read(_POLICIES, arn)
    return parse(text) if text else None


def _read(readers: Mapping[str, Callable[[str, str, str], Any]], arn: str) -> Any | None:
    parts = arn.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS or "*" in arn or parts[2] not in readers:
        return None
    return readers[parts[2]](arn, parts[4], parts[3])


def _pairs(tags: Any) -> dict[str, str]:
    pairs = {}
    for each in tags or ():
        lowered = {str(key).lower(): value for key, value in each.items()}
        pairs[str(lowered.get("key"))] = str(lowered.get("value") or "")
    return pairs


# --- tags


def _role(arn: str, account: str) -> Any | None:
    from moto.iam.models import iam_backends

    backend = iam_backends[account][arn.split(":")[1]]
    return next((each for each in list(backend.roles.values()) if each.arn == arn), None)


def _role_tags(arn: str, account: str, _region: str) -> dict[str, str]:
    role = _role(arn, account)
    tags = role.tags if role else None
    return _pairs(tags.values() if isinstance(tags, dict) else tags)


def _balancing_tags(arn: str, account: str, region: str) -> dict[str, str]:
    from moto.elbv2.models import elbv2_backends

    return dict(elbv2_backends[account][region].tagging_service.get_tag_dict_for_resource(arn))


def _log_tags(arn: str, account: str, region: str) -> dict[str, str]:
    from moto.logs.models import logs_backends

    return dict(logs_backends[account][region].tagger.get_tag_dict_for_resource(arn.partition(":log-stream:")[0]))


def _secret(arn: str, account: str, region: str) -> Any | None:
    from moto.secretsmanager.models import secretsmanager_backends

    return secretsmanager_backends[account][region].secrets.get(arn)


def _secret_tags(arn: str, account: str, region: str) -> dict[str, str]:
    return _pairs(getattr(_secret(arn, account, region), "tags", None))


def _ec2_tags(arn: str, account: str, region: str) -> dict[str, str]:
    from moto.ec2.models import ec2_backends

    return dict(ec2_backends[account][region].tags.get(arn.rpartition("/")[2]) or {})


def _ecs_tags(arn: str, account: str, region: str) -> dict[str, str]:
    from moto.ecs.models import ecs_backends

    from sandbox.ecs.api import SimEcs

    ours = SimEcs.ecs.region(account, region)
    scheduled = [*list(ours.services.values()), *list(ours.tasks.values())]
    backend = ecs_backends[account][region]
    revisions = [each for family in list(backend.task_definitions.values()) for each in list(family.values())]
    every: list[Any] = [*scheduled, *list(backend.clusters.values()), *revisions]
    return _pairs(next((each.tags for each in every if each.arn == arn), None))


_TAGS: Mapping[str, Callable[[str, str, str], dict[str, str]]] = {
    "ec2": _ec2_tags,
    "ecs": _ecs_tags,
    "elasticloadbalancing": _balancing_tags,
    "iam": _role_tags,
    "logs": _log_tags,
    "secretsmanager": _secret_tags,
}


# --- policies


def _trust(arn: str, account: str, _region: str) -> str | None:
    role = _role(arn, account)
    return str(role.assume_role_policy_document) if role else None


def _repository_policy(arn: str, account: str, region: str) -> str | None:
    from moto.ecr.models import ecr_backends

    repository = ecr_backends[account][region].repositories.get(arn.partition(":repository/")[2])
    return repository.policy if repository else None


def _secret_policy(arn: str, account: str, region: str) -> str | None:
    return getattr(_secret(arn, account, region), "policy", None)


def _key_policy(arn: str, account: str, region: str) -> str | None:
    from moto.kms.models import kms_backends

    key = kms_backends[account][region].keys.get(arn.partition(":key/")[2])
    return key.policy if key else None


def _queue_policy(arn: str, account: str, region: str) -> str | None:
    from moto.sqs.models import sqs_backends

    queue = sqs_backends[account][region].queues.get(arn.rpartition(":")[2])
    return queue.attributes.get("Policy") if queue else None


def _topic_policy(arn: str, account: str, region: str) -> str | None:
    from moto.sns.models import sns_backends

    topic = sns_backends[account][region].topics.get(arn)
    return topic.policy if topic else None


def _function_policy(arn: str, account: str, region: str) -> str | None:
    from moto.awslambda.models import lambda_backends

    function = lambda_backends[account][region].get_function_by_arn(arn)
    statements = function.policy.statements if function else []
    return json.dumps({"Statement": statements}) if statements else None


_POLICIES: Mapping[str, Callable[[str, str, str], str | None]] = {
    "ecr": _repository_policy,
    "iam": _trust,
    "kms": _key_policy,
    "lambda": _function_policy,
    "secretsmanager": _secret_policy,
    "sns": _topic_policy,
    "sqs": _queue_policy,
}
