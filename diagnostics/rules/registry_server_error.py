"""The registry answers with an error of its own.

## What it looks for
A pull that the registry answered with a 5xx code: `500 Internal Server Error`, `502`, `503 Service Unavailable`,
`received unexpected HTTP status`, `unexpected status code … 5xx`. `API error (500)` is the code of Docker's own API,
and says nothing of the registry.

## Why waiting cannot help
It can: the registry may be well again in a while. It is never doomed by itself.

## What to do
Look at the registry's status page; keep the image in ECR in the service's region, so that a deployment depends on
nobody else.

## What it is not
- A refusal (401, 403), a limit (429) or no answer at all.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
- https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.registry_words import host_of, is_pull, named_image, status_of
from diagnostics.said import Wording, said_by_aws

ID = "registry-server-error"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("status", r"status[^\n]{0,400}?\b5\d\d\b"),
    Wording.of("http 5", r"\bHTTP 5\d\d\b"),
    Wording.of("internal server error", r"\b500 internal server error"),
    Wording.of("bad gateway"),
    Wording.of("503 service", r"\b503 service"),
    Wording.of("unavailable", r"service (?:temporarily )?unavailable"),
    Wording.of("gateway time", r"gateway time-?out"),
)
_ITS_OWN = range(500, 600)
_OTHER = re.compile(r"toomanyrequests|no space left|unknown log opt", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the registry that failed by itself."""
    for said in said_by_aws(evidence, _WORDINGS):
        text = said.passage.text
        code = status_of(text)
        if not is_pull(said.passage) or _OTHER.search(text) or (code is not None and code not in _ITS_OWN):
            continue
        host = host_of(said.passage)
        registry = f"the registry {quoted(host)}" if host else "the registry"
        return Finding(
            what=f"{registry} failed{f' with code {code}' if code else ''} when "
            f"{named_image(evidence, said.passage)} was pulled",
            why="the error is the registry's own; it may be over at the next pull",
            fix="look at the registry's status and deploy again; keep the image in ECR in the service's region",
            evidence=(said.passage.quote(),),
        )
    return None
