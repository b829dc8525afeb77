"""
A KMS key refuses to decrypt or encrypt for the task.

## What it looks for
`Access to KMS is not allowed`, a denied `kms:Decrypt` or `kms:GenerateDataKey`, `The ciphertext refers to a customer
master key that does not exist, … or you are not allowed to access`, a key that is disabled, while ECS fetches secrets,
pulls an image, writes logs or makes a volume.

## Why waiting cannot help
KMS answered and refused. A policy that was made a moment ago may take a minute, so it stays suspect until a task that was
made a minute later is refused as well.

## What to do
Let the execution role use the key, in its own policy and in the key's policy; with `FargateService` name the key in
`secrets_kms_key_arn`:

    {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "KEY_ARN"}

## What it is not
- `secretsmanager:GetSecretValue` that is denied: `secrets-permission-denied`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
- https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import IAM_SETTLES_AFTER, Finding, Verdict
from diagnostics.names import quoted
from diagnostics.refusals import put_policy_command, read, tasks_refused
from diagnostics.said import Wording, said_by_aws

ID = "kms-permission-denied"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of("access to kms is not allowed"),
    Wording.of("kms:", r"\bkms:(?:Decrypt|Encrypt|GenerateDataKey\w*|DescribeKey|CreateGrant|ReEncrypt\w*)"),
    Wording.of("ciphertext refers to a customer master key"),
    Wording.of("the ciphertext refers to"),
    Wording.of(
        "kms",
        r"\bKMS\b[^\n]{0,120}(?:AccessDenied|access denied|not authorized|not allowed|disabled|pending deletion|DisabledException|InvalidState)",
    ),
    Wording.of("kms", r"(?:AccessDenied|not authorized|not allowed)[^\n]{0,120}\bKMS\b"),
    Wording.of("kmsaccessdenied"),
    Wording.of("is pending deletion", r"arn:aws[\w-]*:kms:\S+ is pending deletion"),
)
_KEY = re.compile(r"arn:aws[\w-]*:kms:[\w-]*:\d*:(?:key|alias)/[\w/-]+")


def match(evidence: Evidence) -> Finding | None:
    """Return the key that the task may not use."""
    said = [*said_by_aws(evidence, _WORDINGS)]
    if not said:
        return None
    found = [read(each.passage) for each in said]
    first = found[0]
    key = next((hit[0] for each in said if (hit := _KEY.search(each.passage.text))), "")
    role = f"the role {quoted(first.role_name)}" if first.role_name else "the execution role"
    action = first.action if first.service == "kms" else "kms:Decrypt"
    return Finding(
        what=f"the KMS key {quoted(key)} refuses {role} (`{action}`)"
        if key
        else f"a KMS key refuses {role} (`{action}`)",
        why="what the task needs is encrypted with the key, and KMS answered that the role may not use it",
        fix=f"allow it in the role and in the key's policy:\n{put_policy_command(first, action)}",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_refused(found),
        verdict=Verdict.SUSPECT if started_since(evidence, said[0].passage) else None,
        settles_after=None if first.by_the_deployer else IAM_SETTLES_AFTER,
    )
