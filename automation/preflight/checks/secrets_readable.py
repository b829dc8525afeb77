"""The execution role may read the secrets and parameters that the containers take values from."""

import json
from collections.abc import Iterator

from automation.preflight.checks.asking import hides, unseen
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.plan import Hidden
from automation.preflight.reading import PreflightReads, said
from automation.preflight.roles import EXECUTION, Document, TaskRole, granted, known_of, parsed, task_role
from automation.preflight.secrets import Reference, look_up, named
from automation.preflight.subject import Subject
from diagnostics.model import Quote
from diagnostics.names import quoted
from diagnostics.policies import ALLOWED, EXPLICIT_DENY
from diagnostics.reads import Answer, ReadError

ID = "secrets-readable"
TITLE = "the execution role may read the secrets and parameters"
READS = "the execution role's policies, `GetResourcePolicy`; the planned policies"
FIX = "let the execution role read the secret or parameter"


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Evaluate the role's policies, as they are and as the update changes them, and the secrets' own."""
    yield from unseen(subject)
    given = list(named(subject))
    role = task_role(subject, EXECUTION, reads) if given else None
    if isinstance(role, Hidden):
        yield hides("the execution role", role)
    elif role is not None and role.exists:
        for reference in given:
            yield from _judge(subject, role, reference, reads)


def _judge(subject: Subject, role: TaskRole, reference: Reference, reads: PreflightReads) -> Iterator[Finding]:
    known = known_of(subject, role)
    arn = _whole_arn(reference, reads)
    own = role.decision(reference.action, arn, known) if arn else None
    of_secret, unread = _policy(reference, reads) if reference.secret else (None, None)
    theirs = granted(of_secret, reference.action, arn, role, known)
    if EXPLICIT_DENY in {own, theirs}:
        yield _refused(role, reference, "an explicit deny")
    elif ALLOWED in {own, theirs} and not unread:
        return
    elif own is None or theirs is None or unread:
        yield not_done(
            f"whether the execution role {quoted(role.name)} may read the {reference.kind} "
            f"{quoted(reference.value_from)} does not follow from what is seen",
            evidence=[Quote(unread.operation, said(unread))] if unread else [],
        )
    else:
        yield _refused(role, reference, "no policy that allows it")


def _whole_arn(reference: Reference, reads: PreflightReads) -> str:
    """Return the ARN that policies are held against: a reference may leave out the characters at a secret's end."""
    secret = look_up(reference, reads, []).get("secret") if reference.secret else None
    return str((secret or {}).get("ARN") or reference.arn)


def _policy(reference: Reference, reads: PreflightReads) -> tuple[Document | None, Answer | None]:
    """Return a secret's own policy, or why it could not be read: it may deny what the role's own allow."""
    try:
        answer = reads.ask("secretsmanager", "get_resource_policy", region=reference.region, SecretId=reference.arn)
    except ReadError as refusal:
        return None, None if refusal.answer.code == "ResourceNotFoundException" else refusal.answer
    return parsed(answer.get("ResourcePolicy")), None


def _refused(role: TaskRole, reference: Reference, because: str) -> Finding:
    statement = {"Effect": "Allow", "Action": reference.action, "Resource": reference.arn}
    return refused(
        f"the execution role {quoted(role.name)} may not read the {reference.kind} {quoted(reference.value_from)} "
        f"(`{reference.action}`)",
        f"add to the role's policy: `{json.dumps(statement)}`"
        + (", and remove the statement that denies it" if "deny" in because else ""),
        why=f"ECS fetches the value with the execution role before the containers start, and there is {because}",
    )
