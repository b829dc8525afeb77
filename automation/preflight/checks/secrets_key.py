"""The KMS keys of the secrets and parameters are usable, and the execution role may decrypt with them."""

import json
from collections.abc import Iterator

from automation.preflight.checks.asking import hides, unseen
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.plan import Hidden
from automation.preflight.reading import PreflightReads, said
from automation.preflight.roles import EXECUTION, TaskRole, delegated, granted, known_of, parsed, task_role
from automation.preflight.secrets import Reference, look_up, named
from automation.preflight.subject import Subject
from diagnostics.model import Quote
from diagnostics.names import quoted
from diagnostics.policies import ALLOWED, EXPLICIT_DENY
from diagnostics.reads import ReadError, Shape

ID = "secrets-key"
TITLE = "the KMS keys of the secrets and parameters can be used by the execution role"
READS = "`DescribeSecret`, `DescribeParameters`, `DescribeKey`, `GetKeyPolicy`, the execution role's policies"
FIX = "enable the key, and let the execution role decrypt with it"

_ALIAS_OF_AWS = "alias/aws/"
_USABLE = {"Enabled"}
"""States of a key in which it decrypts.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
"""


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Ask KMS about each customer's key; a key of AWS needs no permission."""
    yield from unseen(subject)
    for reference in named(subject):
        read = look_up(reference, reads, [])
        key = _key_of(reference, read)
        if key:
            yield from _judge(subject, reference, key, reads)


def _key_of(reference: Reference, read: Shape) -> str:
    """Return the key's id, ARN or alias; "" where it is AWS's own, nothing is encrypted, or nothing was read."""
    if reference.secret:
        key = (read.get("secret") or {}).get("KmsKeyId")
    else:
        parameter = read.get("parameter") or {}
        key = parameter.get("KeyId") if parameter.get("Type") == "SecureString" else None
    return "" if not key or _ALIAS_OF_AWS in key else str(key)


def _judge(subject: Subject, reference: Reference, key: str, reads: PreflightReads) -> Iterator[Finding]:
    try:
        metadata = reads.ask("kms", "describe_key", region=reference.region, KeyId=key)["KeyMetadata"]
    except ReadError as refusal:
        answer = refusal.answer
        if answer.code == "NotFoundException":
            yield _refused_key(reference, key, "does not exist", Quote(answer.operation, answer.message))
        else:
            quote = Quote(answer.operation, said(answer))
            yield not_done(f"the key {quoted(key)} of {quoted(reference.value_from)} was not read", evidence=[quote])
        return
    if metadata.get("KeyManager") == "AWS":
        return
    if metadata.get("KeyState", "Enabled") not in _USABLE:
        quote = Quote("DescribeKey, KeyState", metadata["KeyState"])
        yield _refused_key(reference, key, f"is in the state {quoted(metadata['KeyState'])}", quote)
        return
    role = task_role(subject, EXECUTION, reads)
    if isinstance(role, Hidden):
        yield hides("the execution role", role)
    elif role is not None and role.exists:
        yield from _may_decrypt(subject, role, reference, metadata["Arn"], reads)


def _may_decrypt(
    subject: Subject, role: TaskRole, reference: Reference, key: str, reads: PreflightReads
) -> Iterator[Finding]:
    known = known_of(subject, role, "secretsmanager" if reference.secret else "ssm")
    own = role.decision("kms:Decrypt", key, known)
    try:
        text = reads.ask("kms", "get_key_policy", region=reference.region, KeyId=key, PolicyName="default")["Policy"]
        policy, quotes = parsed(text), []
    except ReadError as refusal:
        policy, quotes = None, [Quote(refusal.answer.operation, said(refusal.answer))]
    # IAM's word counts only where the key's policy hands on to the account, as the default one does.
    directly = None if policy is None else granted(policy, "kms:Decrypt", key, role, known)
    handed_on = None if policy is None else delegated(policy, "kms:Decrypt", key, role, known)
    if EXPLICIT_DENY in {own, handed_on}:
        yield _refused_role(role, reference, key, "an explicit deny")
    elif directly == ALLOWED or (own == ALLOWED and handed_on == ALLOWED):
        return
    elif None in (own, directly, handed_on):
        yield not_done(
            f"whether the execution role {quoted(role.name)} may decrypt with {quoted(key)} does not follow from "
            "what is seen",
            evidence=quotes,
        )
    else:
        yield _refused_role(role, reference, key, "no policy that allows it")


def _refused_key(reference: Reference, key: str, state: str, quote: Quote) -> Finding:
    return refused(
        f"the key {quoted(key)} of the {reference.kind} {quoted(reference.value_from)} {state}",
        "enable the key again or cancel its deletion, or encrypt the value with another key",
        why="the value cannot be decrypted, so that no task starts",
        evidence=[quote],
    )


def _refused_role(role: TaskRole, reference: Reference, key: str, because: str) -> Finding:
    statement = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}
    return refused(
        f"the execution role {quoted(role.name)} may not decrypt the {reference.kind} "
        f"{quoted(reference.value_from)} (`kms:Decrypt`)",
        f"add to the role's policy: `{json.dumps(statement)}`; the key's policy must let it too",
        why=f"ECS has the value decrypted with the execution role before the containers start, and there is {because}",
    )
