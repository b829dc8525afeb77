"""
The registry answers with an error of its own.

## What it looks for
A pull that the registry answered with a 5xx code: `500 Internal Server Error`, `502`, `503 Service Unavailable`, `received
unexpected HTTP status`, `unexpected status code … 5xx`.

## Why waiting cannot help
It can: the registry may be well again in a while. It is never doomed by itself.

## What to do
Look at the registry's status page; keep the image in ECR in the service's region, so that a deployment depends on nobody
else.

## What it is not
- A refusal (401, 403), a limit (429) or no answer at all.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
- https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.registry_words import host_of, is_pull, named_image
from diagnostics.said import Wording, said_by_aws

ID = "registry-server-error"
VERDICT = Verdict.SUSPECT

_CODE = r"(?P<code>5\d\d)\b"
_WORDINGS = (
    Wording.of("unexpected http status", rf"unexpected HTTP status:? ?{_CODE}"),
    Wording.of("unexpected status", rf"unexpected status(?: code)?[^\n]*?[: ]{_CODE}"),
    Wording.of("error parsing http", r"error parsing HTTP 5\d\d"),
    Wording.of("internal server error", r"(?:(?P<code>500) )?internal server error"),
    Wording.of("bad gateway", r"(?:(?P<code>502) )?bad gateway"),
    Wording.of("service unavailable", r"(?:(?P<code>503) )?service unavailable"),
    Wording.of("gateway time", r"(?:(?P<code>504) )?gateway time-?out"),
)


def match(evidence: Evidence) -> Finding | None:
    """Return the registry that failed by itself."""
    said = next(
        (each for each in said_by_aws(evidence, _WORDINGS) if is_pull(each.passage) and "pull" in each.passage.lower),
        None,
    )
    if said is None:
        return None
    code, host = said.group("code"), host_of(said.passage)
    return Finding(
        what=f"the registry {host or 'of the image'} failed{f' with code {code}' if code else ''} when {named_image(evidence, said.passage)} was pulled",
        why="the error is the registry's own; it may be over at the next pull",
        fix="look at the registry's status and deploy again; keep the image in ECR in the service's region",
        evidence=(said.passage.quote(),),
    )
