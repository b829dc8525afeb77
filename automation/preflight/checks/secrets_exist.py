"""The secrets and parameters that the containers take values from are there, and have a value."""

from collections.abc import Iterator

from automation.preflight.checks.asking import unseen
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.reading import PreflightReads, said
from automation.preflight.secrets import Reference, has_value, look_up, made_by, named
from automation.preflight.subject import Subject
from diagnostics.collect_secrets import parameter_name
from diagnostics.model import Quote
from diagnostics.names import pasted, quoted
from diagnostics.reads import Gaps, Shape

ID = "secrets-exist"
TITLE = "the secrets and parameters that the containers refer to are there"
READS = "`DescribeSecret`, `DescribeParameters`; the planned secrets"
FIX = "make the secret or parameter, or name one that is there"

_WHY = "ECS fetches the value before the containers start, so that no task starts without it"


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Ask Secrets Manager and the Parameter Store about each reference; no value is read."""
    yield from unseen(subject)
    for reference in named(subject):
        if made_by(subject.plan, reference):
            continue
        gaps: Gaps = []
        found = look_up(reference, reads, gaps)
        if found["exists"] is None:
            quotes = [Quote(answer.operation, said(answer)) for _, answer in gaps]
            yield not_done(
                f"the {reference.kind} {quoted(reference.value_from)} was not looked up: AWS did not let it be read",
                evidence=quotes,
            )
        elif not found["exists"]:
            yield _missing(reference, found)
        elif reference.secret:
            yield from _judge(reference, found["secret"])


def _missing(reference: Reference, found: Shape) -> Finding:
    error = found.get("error")
    quotes = [Quote(error["operation"], f"{error['code']}: {error['message']}")] if error else []
    if reference.secret:
        instead = "set the reference to the ARN of a secret that exists: `aws secretsmanager list-secrets`"
    else:
        name = pasted(parameter_name(reference.value_from))
        instead = f"make it with `aws ssm put-parameter --name {name} --type SecureString`, or name one that exists"
    what = f"the {reference.kind} {quoted(reference.value_from)} does not exist"
    return refused(what, instead, why=_WHY, evidence=quotes)


def _judge(reference: Reference, secret: Shape) -> Iterator[Finding]:
    name = quoted(reference.arn)
    if deleted := secret.get("DeletedDate"):
        yield refused(
            f"the secret {name} is marked for deletion",
            f"restore it: `aws secretsmanager restore-secret --secret-id {pasted(reference.arn)}`",
            why=_WHY,
            evidence=[Quote("DescribeSecret, DeletedDate", str(deleted))],
        )
        return
    valued = has_value(reference, secret)
    if valued is False:
        wanted = " and ".join(filter(None, (reference.version, reference.stage))) or "AWSCURRENT"
        yield refused(
            f"the secret {name} has no version {quoted(wanted)}",
            f"give it a value: `aws secretsmanager put-secret-value --secret-id {pasted(reference.arn)}`",
            why=_WHY,
            evidence=[Quote("DescribeSecret, VersionIdsToStages", str(secret.get("VersionIdsToStages") or "none"))],
        )
    elif valued is None:
        yield not_done(f"the secret {name} does not list its version {quoted(reference.version)}")
