"""The secrets of a container: Secrets Manager and Parameter Store, each with its key, role and network.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
The words: transcripts 14343144451, 53565502254 (survey 2026-11-20); issue 10 of GiamPy5/terraform-aws-directus (KMS);
those without a network: events of 2026-08-10 published for a service of eu-west-2, and an ECS task's stoppedReason.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.ecs.execution import Execution, Problem
from sandbox.ecs.iam import parse

_FAILED = "ResourceInitializationError: unable to pull secrets or registry auth:"
_RETRIEVAL = f"{_FAILED} execution resource retrieval failed:"
_ASM = "unable to retrieve secret from asm:"
_SSM = "unable to retrieve secrets from ssm:"
_RETRIED = "service call has been retried 1 time(s):"
_ARN_PARTS = 7
_CURRENT = "AWSCURRENT"


@dataclass(frozen=True)
class _Reference:
    """`arn:aws:secretsmanager:region:account:secret:name[:json-key[:version-stage[:version-id]]]`."""

    arn: str
    key: str
    stage: str
    version: str

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]


@dataclass(frozen=True)
class _Key:
    """A key of KMS by its id, ARN or alias."""

    identifier: str
    account: str
    region: str


def secret_problem(task: Execution, value_from: str) -> Problem | None:
    """Return why the value of a secret cannot be had; None where it can."""
    if ":secretsmanager:" in value_from:
        parts = [*value_from.split(":"), "", "", ""]
        end = _ARN_PARTS + 3
        key, stage, version = parts[_ARN_PARTS:end]
        return _secrets_manager(task, _Reference(":".join(parts[:_ARN_PARTS]), key, stage, version))
    return _parameter_store(task, value_from)


def _secrets_manager(task: Execution, reference: _Reference) -> Problem | None:
    call = f"failed to fetch secret {reference.arn} from secrets manager: operation error Secrets Manager: "
    if not task.way("secretsmanager", reference.region, f"secretsmanager.{reference.region}.amazonaws.com").open:
        advice = "There is a connection issue between the task and AWS Secrets Manager. Check your task network"
        answer = "GetSecretValue, https response error StatusCode: 0, RequestID: , canceled, context deadline exceeded"
        return Problem(f"{_FAILED} {_ASM} {advice} configuration. {call}{answer}", "secrets_timeout")
    secret = _secret(reference)
    refused = _secret_denied(task, reference, secret) or _secret_missing(reference, secret)
    if refused:
        answer = f"GetSecretValue, https response error StatusCode: 400, RequestID: {task.request_id()}, {refused}"
        return Problem(f"{_RETRIEVAL} {_ASM} {_RETRIED} {call}{answer}")
    version = _version(reference, secret) or {}
    problem = _json_key_problem(str(version.get("secret_string", "")), reference.key) if reference.key else None
    return Problem(f"{_RETRIEVAL} {_ASM} {_RETRIED} {problem}") if problem else None


def _secret(reference: _Reference) -> Any | None:
    from moto.secretsmanager.models import secretsmanager_backends

    return secretsmanager_backends[reference.account][reference.region].secrets.get(reference.arn)


def _secret_denied(task: Execution, reference: _Reference, secret: Any | None) -> str | None:
    context = {"secretsmanager:SecretId": reference.arn, "secretsmanager:VersionStage": reference.stage or _CURRENT}
    policy = parse(secret.policy) if secret is not None and secret.policy else None
    denied = task.denied(
        "secretsmanager:GetSecretValue", reference.arn, policy=policy, owner=reference.account, context=context
    )
    if denied:
        return f"api error AccessDeniedException: {denied}"
    if secret is None or not secret.kms_key_id:
        return None
    service = f"secretsmanager.{reference.region}.amazonaws.com"
    keys = {"kms:ViaService": service, "kms:EncryptionContext:SecretARN": reference.arn}
    if _locked(task, _Key(secret.kms_key_id, reference.account, reference.region), keys):
        return "api error AccessDeniedException: Access to KMS is not allowed"
    return None


def _secret_missing(reference: _Reference, secret: Any | None) -> str | None:
    not_found = "ResourceNotFoundException: Secrets Manager can't find the specified secret"
    if secret is None:
        return f"{not_found}."
    if secret.is_deleted():
        return (
            "InvalidRequestException: You can't perform this operation on the secret because it was marked for "
            "deletion."
        )
    version = _version(reference, secret)
    if version is not None and {"secret_string", "secret_binary"} & version.keys():
        return None
    if reference.version:
        return f"{not_found} value for VersionId: {reference.version}"
    return f"{not_found} value for staging label: {reference.stage or _CURRENT}"


def _version(reference: _Reference, secret: Any) -> dict[str, Any] | None:
    """Return the version that an id, a stage or both name."""
    for identifier, version in secret.versions.items():
        if reference.version and identifier != reference.version:
            continue
        wanted = reference.stage or (None if reference.version else _CURRENT)
        if wanted is None or wanted in version["version_stages"]:
            found: dict[str, Any] = version
            return found
    return None


def _json_key_problem(text: str, key: str) -> str | None:
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        return f"invalid character '{text[:1]}' looking for beginning of value"
    if isinstance(document, dict) and key in document:
        return None
    return f"retrieved secret from Secrets Manager did not contain json key {key}"


def _parameter_store(task: Execution, value_from: str) -> Problem | None:
    is_arn = value_from.startswith("arn:")
    region = value_from.split(":")[3] if is_arn else task.region
    owner = value_from.split(":")[4] if is_arn else task.account
    name = value_from.partition(":parameter")[2] if is_arn else value_from
    if not task.way("ssm", region, f"ssm.{region}.amazonaws.com").open:
        return Problem(f"{_FAILED} {_SSM} {_UNREACHABLE}", "secrets_timeout")
    refused = _parameter_denied(task, name, owner, region)
    if refused:
        answer = f"https response error StatusCode: 400, RequestID: {task.request_id()}, api error {refused}"
        return Problem(f"{_RETRIEVAL} {_SSM} {_RETRIED} operation error SSM: GetParameters, {answer}")
    if _parameter(value_from, name, owner, region) is not None:
        return None
    return Problem(f"{_RETRIEVAL} {_SSM} {_RETRIED} invalid ssm parameters: {name}")


_UNREACHABLE = (
    "The task cannot pull secrets from AWS Systems Manager. There is a connection issue between the task and AWS "
    "Systems Manager Parameter Store. Check your task network configuration. operation error SSM: GetParameters, https "
    "response error StatusCode: 0, RequestID: , canceled, context deadline exceeded"
)
_CIPHERTEXT = (
    "AccessDeniedException: The ciphertext refers to a customer master key that does not exist, does not exist in this "
    "region, or you are not allowed to access."
)


def _parameter_denied(task: Execution, name: str, owner: str, region: str) -> str | None:
    resource = f"arn:aws:ssm:{region}:{owner}:parameter/{name.removeprefix('/')}"
    denied = task.denied("ssm:GetParameters", resource)
    if denied:
        return f"AccessDeniedException: {denied}"
    parameter = _parameter(resource, name, owner, region)
    if parameter is None or parameter.parameter_type != "SecureString":
        return None
    keys = {"kms:ViaService": f"ssm.{region}.amazonaws.com", "kms:EncryptionContext:PARAMETER_ARN": resource}
    return _CIPHERTEXT if _locked(task, _Key(parameter.keyid, owner, region), keys) else None


def _parameter(value_from: str, name: str, owner: str, region: str) -> Any | None:
    from moto.ssm.models import ssm_backends

    backend = ssm_backends[owner][region]
    # An ARN has one slash in front of the name, whether the name begins with one or not.
    return backend.get_parameter(value_from) or backend.get_parameter(name) or backend.get_parameter(name.lstrip("/"))


def _locked(task: Execution, key: _Key, context: Mapping[str, str]) -> bool:
    """Tell whether a key cannot be used: it is gone or disabled, or the role may not. AWS's own key is free to all."""
    from moto.kms.models import kms_backends

    backend = kms_backends[key.account][key.region]
    name = key.identifier.rpartition(":")[2]
    if name.startswith("alias/aws/"):
        return False
    found = backend.get_key_id_from_alias(name) if name.startswith("alias/") else name.removeprefix("key/")
    known = backend.keys.get(found)
    return known is None or known.key_state != "Enabled" or task.key_denied("kms:Decrypt", known, context) is not None
