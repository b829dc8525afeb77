"""An AWS API was asked too often and refuses for a while.

## What it looks for
`operations are being throttled`, `ThrottlingException: Rate exceeded`, `Too many concurrent attempts`,
`RequestLimitExceeded` in an event, a stopped reason or an error of the deploying call.

## Why waiting cannot help
It can: limits are counted by the second. It is never doomed by itself.

## What to do
Deploy fewer services at once, and let clients back off; a limit can be raised in Service Quotas:

    aws service-quotas list-service-quotas --service-code ecs

## What it is not
- A registry's pull limit: `registry-rate-limited`. A quota on what may run: `account-quota-reached`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Wording, said_by_aws

ID = "api-throttled"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("being throttled", r"being throttled(?: on (?P<on>\w+))?"),
    Wording.of("throttl", r"\b(?:EC2)?Throttl(?:ing|ed)(?:Exception)?\b"),
    Wording.of("(throttl", r"\(Throttl\w{0,16}[.\u2026\s]*\Z"),
    Wording.of("rate exceeded"),
    Wording.of("requestlimitexceeded"),
    Wording.of("too many requests"),
    Wording.of("toomanyrequestsexception"),
    Wording.of("too many concurrent attempts"),
    Wording.of("request rate", r"request rate[^\n]{0,40}(?:exceed|too high)"),
    Wording.of("slowdown", r"\bSlowDown\b"),
)
_OTHER = re.compile(
    r"pull rate|toomanyrequests:|\b429\b|docker|has been retried[^\n]{0,300}(?:denied|not found)", re.IGNORECASE
)
_CALL = re.compile(
    r"calling the (?P<call>\w+) operation|operation error [\w ]+: (?P<v2>\w+)|(?P<v1>[A-Z][a-z]+[A-Z]\w+): Throttling"
)
"""As botocore and the SDK for Go, version 2 and 1, write it."""


def match(evidence: Evidence) -> Finding | None:
    """Return the API that refuses for a while."""
    said = next((each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)), None)
    if said is None:
        return None
    found = _CALL.search(said.passage.text)
    call = (found["call"] or found["v2"] or found["v1"]) if found else ""
    on = f" ({quoted(said.group('on'))})" if said.group("on") else ""
    return Finding(
        what=f"the call {quoted(call)} is throttled"
        if call
        else f"an AWS API that the deployment needs is throttled{on}",
        why="the account's calls of this API come faster than its limit; it answers again in a while",
        fix="deploy fewer services at once, let clients back off, or have the limit raised:\n"
        "aws service-quotas list-service-quotas --service-code ecs",
        evidence=(said.passage.quote(),),
    )
