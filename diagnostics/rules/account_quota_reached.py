"""A quota of the account is reached.

## What it looks for
`You've reached the limit on the number of vCPUs you can run concurrently` (or tasks), `The requested MEMORY
configuration is above your limit`, `LimitExceededException`, `TooManyTargets`, `ServiceQuotaExceeded` and the like of
other services that a deployment uses.

## Why waiting cannot help
A quota stays until it is raised. What is in use may end by itself, so a full quota is only suspect at first; a single
request that is above the quota can never be met.

## What to do
Raise it, or stop what is not needed:

    aws service-quotas list-service-quotas --service-code fargate --query 'Quotas[].[QuotaName,QuotaCode,Value]'
    aws service-quotas request-service-quota-increase --service-code fargate --quota-code CODE --desired-value N

## What it is not
- `Capacity is unavailable at this time`: AWS's capacity, not your quota.
- `Rate exceeded`, `ThrottlingException`: too many calls in a short time.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "account-quota-reached"
VERDICT = Verdict.SUSPECT

_ABOVE = (
    Wording.of("above your limit", r"requested (?P<what>\w+) configuration is above your limit"),
    Wording.of("above your limit"),
)
_REACHED = (
    Wording.of("reached the limit on the number of", r"reached the limit on the number of (?P<what>[\w ]+?) (?:you|that)"),
    Wording.of("reached the limit", r"(?:reached|hit|exceeded) (?:the|your|its) (?:account )?(?:limit|quota) (?:on|of|for) (?:the (?:number|maximum number) of )?(?P<what>[\w -]{2,40})"),
    Wording.of("limitexceeded", r"\b(?P<what>[A-Z]\w*?)?LimitExceeded(?:Exception|Fault)?\b"),
    Wording.of("servicequotaexceeded"),
    Wording.of("quotaexceeded"),
    Wording.of("toomany", r"\bTooMany(?!Requests)(?P<what>[A-Z]\w+?)(?:Exception)?\b"),
    Wording.of("maximum number of", r"(?:reached|exceed\w*|more than) the maximum number of (?P<what>[\w -]{2,40})"),
    Wording.of("maximum number of", r"maximum number of (?P<what>[\w -]{2,40}?) (?:has been|was|is|have been|been) (?:reached|exceeded)"),
    Wording.of("quota", r"(?:exceed\w*|over|reached)[^\n]{0,30}\b(?:service )?quota\b|\bquota\b[^\n]{0,40}(?:exceeded|reached)"),
    Wording.of("limit of", r"(?:exceeds?|exceeded|reached) the (?:\w+ )?limit of \d+ (?P<what>[\w -]{2,40})"),
)  # fmt: skip
_RATE = re.compile(
    r"rate exceeded|throttl|request(?: |)limit ?exceeded|too ?many ?requests|pull rate|concurrent (?:attempts|updates)"
    r"|memory limit exceeded|time ?limit|disk quota",
    re.IGNORECASE,
)
"""Too many calls in a short time, or another kind of limit."""


def match(evidence: Evidence) -> Finding | None:
    """Return the quota that stands in the way."""
    above = [said for said in said_by_aws(evidence, _ABOVE) if not _RATE.search(said.passage.text)]
    said = above or [said for said in said_by_aws(evidence, _REACHED) if not _RATE.search(said.passage.text)]
    if not said:
        return None
    kind = " ".join(said[0].group("what").split())
    return Finding(
        what=_what(kind, above=bool(above)),
        why="a quota stays as it is until AWS raises it on request"
        if above
        else "the quota is used up; it stays as it is until something that counts against it ends, or AWS raises it",
        fix="request a higher quota, or use less:\n"
        "aws service-quotas list-service-quotas --service-code fargate --query 'Quotas[].[QuotaName,QuotaCode,Value]'",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        verdict=Verdict.DOOMED if above else None,
    )


def _what(kind: str, *, above: bool) -> str:
    if above:
        return f"the task asks for more {kind or 'resources'} than the account's quota allows"
    return f"the account's quota of {kind} is reached" if kind else "a quota of the account is reached"
