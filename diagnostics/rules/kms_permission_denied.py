"""A KMS key refuses to decrypt or encrypt for the task.

## What it looks for
`Access to KMS is not allowed`, a denied `kms:Decrypt` or `kms:GenerateDataKey`, `The ciphertext refers to a customer
master key that does not exist, … or you are not allowed to access`, a key that is disabled, while ECS fetches
secrets, pulls an image, writes logs or makes a volume.

## Why waiting cannot help
KMS answered and refused. A policy that was made a moment ago may take a minute, so it stays suspect until a task that
was made a minute later is refused as well.

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
from dataclasses import replace

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import IAM_SETTLES_AFTER, Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.refusals import execution_role, read, remedy, tasks_refused
from diagnostics.said import Wording, first_and_last, said_by_aws

ID = "kms-permission-denied"
VERDICT = Verdict.DOOMED

_REFUSED = (
    r"(?:AccessDenied|access denied|not authorized|not allowed"
    r"|is disabled|pending deletion|DisabledException|InvalidState)"
)
_WORDINGS = (
    Wording.of("access to kms is not allowed"),
    Wording.of("kms:", r"\bkms:(?:Decrypt|Encrypt|GenerateDataKey\w*|DescribeKey|CreateGrant|ReEncrypt\w*)"),
    Wording.of("the ciphertext refers to"),
    Wording.of("kms", rf"\bKMS\b[^\n]{{0,160}}{_REFUSED}"),
    Wording.of("kms", r"(?:AccessDenied\w*|not authorized|not allowed)\b[^\n]{0,160}\bKMS\b"),
    Wording.of("kmsaccessdenied"),
    Wording.of("kmsinvalidstate"),
    Wording.of("kms key", r"KMS key[^\n]{0,100}(?:is invalid|not found|does not exist|is not accessible)"),
    Wording.of("decryptionfailure"),
    Wording.of("decrypt", r"(?:failed|unable|cannot|not able) to decrypt[^\n]{0,120}\bKMS\b"),
    Wording.of("protected secret", r"can[\u2019']?t decrypt the protected secret"),
)
_KEY = re.compile(r"arn:aws[\w-]*:kms:[\w-]*:\d*:(?:key|alias)/[\w/-]+")
_STATE = re.compile(r"is disabled|pending deletion|InvalidState|DisabledException", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the key that the task may not use."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if not read(each.passage).by_the_deployer]
    if not said:
        return None
    found = [read(each.passage) for each in said]
    first = found[0]
    key = next((hit[0] for each in said if (hit := _KEY.search(each.passage.text))), "") or _key_of_secrets(evidence)
    shown = f"the KMS key {quoted(key)}" if key else "a KMS key"
    role = f"the role {quoted(first.role_name)}" if first.role_name else "the execution role"
    action = first.action if first.service == "kms" else "kms:Decrypt"
    refused = replace(first, action=action, resource=first.resource or key)
    off = _STATE.search(first.passage.text) is not None
    return Finding(
        what=f"{shown} cannot be used: it is disabled or marked for deletion"
        if off
        else f"{shown} refuses {role} (`{action}`)",
        why="what the task needs is encrypted with the key, and KMS does not use a key in that state"
        if off
        else "what the task needs is encrypted with the key, and KMS answered that the role may not use it",
        fix=f"enable the key, or encrypt with another one:\naws kms enable-key --key-id {pasted(key or 'KEY')}"
        if off
        else f"let the key's policy allow it, and {remedy(refused, action, execution_role(evidence))}",
        evidence=first_and_last([each.passage for each in said]),
        tasks=tasks_refused(found),
        verdict=Verdict.SUSPECT if started_since(evidence, said[0].passage) else None,
        settles_after=None if off else IAM_SETTLES_AFTER,
    )


def _key_of_secrets(evidence: Evidence) -> str:
    """Return the only customer managed key that the task's secrets are encrypted with; "" where that is not known."""
    keys = {each.kms_key for each in evidence.secrets if each.kms_key and "alias/aws/" not in each.kms_key}
    return keys.pop() if len(keys) == 1 else ""
