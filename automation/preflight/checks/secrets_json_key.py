"""The secrets have the JSON keys that the containers take; values are read for it where somebody asked for that."""

import difflib
from collections.abc import Iterator

from automation.preflight.checks.asking import unseen
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.reading import PreflightReads, said
from automation.preflight.secret_keys import SecretKeys
from automation.preflight.secrets import Reference, made_by, named
from automation.preflight.subject import Subject
from diagnostics.model import Quote
from diagnostics.names import quoted
from diagnostics.reads import Answer, ReadError

ID = "secrets-json-key"
TITLE = "the secrets have the JSON keys that the containers take"
READS = "`GetSecretValue`, with `--read-secret-keys` alone"
FIX = "add the key to the secret's JSON object, or name one that it has"

_WHY = "ECS takes the value of the key before the containers start, so that no task starts without it"


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Look at the key names of each secret of which a container takes one key."""
    yield from unseen(subject)
    for reference in named(subject):
        if reference.secret and reference.key:
            yield from _judge(subject, reference, reads)


def _judge(subject: Subject, reference: Reference, reads: PreflightReads) -> Iterator[Finding]:
    unknown = f"whether the secret {quoted(reference.arn)} has the JSON key {quoted(reference.key)} is not known"
    if made_by(subject.plan, reference) and not reference.version:
        yield not_done(f"{unknown}: the update gives it another value")
        return
    try:
        keys = reads.secret_keys(
            reference.arn, region=reference.region, stage=reference.stage, version=reference.version
        )
    except ReadError as refusal:
        answer = refusal.answer
        quote = Quote(answer.operation, said(answer))
        yield not_done(f"{unknown}: {_obstacle(answer)}", evidence=[quote])
        return
    if keys is None:
        yield not_done(f"{unknown}: `up` and `preview` read its value for that with `--read-secret-keys` alone")
    elif reference.key not in keys.names:
        yield _missing(reference, keys)


def _obstacle(answer: Answer) -> str:
    """Say what kept the value from being read.

    Source of the words about KMS: https://github.com/external-secrets/external-secrets/issues/390
    """
    if answer.code != "AccessDeniedException":
        return "its value could not be read"
    action = "kms:Decrypt" if "Access to KMS is not allowed" in answer.message else "secretsmanager:GetSecretValue"
    return f"its value may not be read (`{action}`)"


def _missing(reference: Reference, keys: SecretKeys) -> Finding:
    """Say that the key is not there. A name is repeated only where it is like the one that is asked for."""
    name, key = quoted(reference.arn), quoted(reference.key)
    if keys.instead:
        return refused(
            f"the value of the secret {name} is {keys.instead}, and has no key {key}",
            f"store a text that is a JSON object with the key {key}, or take the whole value: leave the key out of "
            "`valueFrom`",
            why=_WHY,
        )
    alike = {each.casefold(): each for each in sorted(keys.names)}
    near = difflib.get_close_matches(reference.key.casefold(), alike, n=1)
    instead = f"name {quoted(alike[near[0]])} in `valueFrom`" if near else "name one that it has in `valueFrom`"
    return refused(
        f"the secret {name} has no JSON key {key}", f"{instead}, or add {key} to the secret's JSON object", why=_WHY
    )
