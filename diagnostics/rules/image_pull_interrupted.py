"""The transfer of the image broke off or took too long.

## What it looks for
`unexpected EOF`, `failed to copy: httpReadSeeker`, `context canceled` in the middle of layers, a digest that does not
match what was received, pulls that stall: the registry was reached, and the transfer did not end.

## Why waiting cannot help
It can: the next pull may go through. With a second task that fails alike it is taken for certain, since a pull that
is too slow for the image's size stays too slow.

## What to do
Deploy again. If it repeats: make the image smaller, keep it in ECR in the same region with an S3 gateway endpoint,
look at the bytes and errors of the NAT gateway.

## What it is not
- No connection at all: `registry-unreachable`.
- A transfer that the registry refuses by a code (403, 429, 5xx): those have rules of their own.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
- https://github.com/containerd/containerd/blob/main/core/remotes/docker/httpreadseeker.go
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.registry_words import is_pull, named_image, status_of
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "image-pull-interrupted"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("unexpected eof"),
    Wording.of("eof", r"(?:\bget\b|\bhead\b|read|download|copy|layer|pull)[^\n]{0,300}: EOF\b"),
    Wording.of("failed to copy"),
    Wording.of("httpreadseeker"),
    Wording.of("httpreaderseeker"),
    Wording.of("context canceled", r"(?:layer|copy|extract|download|blob|ref pull)[^\n]{0,300}context canceled"),
    Wording.of("download failed"),
    Wording.of("pulls stalled"),
    Wording.of("pull", r"(?:stalled|progress deadline|no progress)[^\n]{0,100}pull|pull[^\n]{0,100}stalled"),
    Wording.of("filesystem layer verification failed"),
    Wording.of("failed size validation"),
    Wording.of("unexpected commit "),
    Wording.of("failed commit on ref"),
    Wording.of("failed precondition", r"(?:digest|size)[^\n]{0,200}failed precondition"),
    Wording.of("image verification failed for digest"),
    Wording.of("connection reset by peer"),
    Wording.of("broken pipe"),
    Wording.of("use of closed network connection"),
    Wording.of("connection timed out", r"read tcp[^\n]{0,200}connection timed out"),
    Wording.of("i/o timeout", r"read tcp[^\n]{0,200}i/o timeout"),
    Wording.of("stream error", r"stream error: stream ID \d+; \w+"),
    Wording.of("error pulling image configuration"),
    # The agent's own limits; in 2021 it still spelled it "tranisition"
    Wording.of("to pulled", r"trani?sition to pulled; timed out after waiting"),
    Wording.of("inactivity time exceeded"),
    Wording.of("pulling image", r"pulling image:[^\n]{0,200}(?:context deadline exceeded|context canceled|EOF)"),
)
_OTHER = re.compile(
    r"toomanyrequests|forbidden|denied|no space left|dial tcp|no such host|platform|request canceled|handshake timeout"
    r"|content at \S+ not found|connection issue|not found$",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return the pull that broke off."""
    said = [
        each
        for each in said_by_aws(evidence, _WORDINGS)
        if is_pull(each.passage) and not _OTHER.search(each.passage.text) and status_of(each.passage.text) is None
    ]
    if not said:
        return None
    return Finding(
        what=f"the pull of {named_image(evidence, said[0].passage)} broke off before it was complete",
        why="the registry was reached and the transfer did not end; the next one may, unless the image is too "
        "large for it",
        fix="deploy again; if it repeats, make the image smaller, keep it in ECR in the service's region, and "
        "give the VPC "
        "an S3 gateway endpoint",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
