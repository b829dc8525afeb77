"""A quota of the account is reached.

## What it looks for
`You've reached the limit on the number of vCPUs you can run concurrently` (or tasks), `The requested MEMORY
configuration is above your limit`, `LimitExceededException`, `TooManyTargets`, `ServiceQuotaExceeded` and the like of
other services that a deployment uses, also where an API's error says it.

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
from diagnostics.said import Said, Wording, said_by_aws, tasks_of

ID = "account-quota-reached"
VERDICT = Verdict.SUSPECT

_ABOVE = (
    Wording.of("above your limit", r"requested (?P<what>\w+) configuration is above your limit"),
    Wording.of("above your limit"),
)
_WHAT = r"(?P<what>[\w -]{2,40}?)"
_REACHED = (
    Wording.of("reached the limit", r"reached the limit on the number of (?P<what>[\w /]+?) (?:you|that)"),
    Wording.of(
        " limit ",
        r"(?:reached|hit|exceeds?|exceeded) (?:the )?(?:account )?limit (?:on|of|for) (?:the (?:maximum )?number of )?"
        rf"{_WHAT}(?:[.,;:(]|$)",
    ),
    Wording.of(
        "quota ", r"(?:exceeded|exceed|reached|hit) (?:the |your |its )?quota (?:on|of|for) (?P<what>[\w -]{2,40})"
    ),
    Wording.of("limitexceeded", r"\b(?P<what>[A-Z]\w*?)?LimitExceeded(?:Exception|Fault)?\b"),
    Wording.of("servicequotaexceeded"),
    # A code of CodeDeploy's errorInformation
    Wording.of("resource_limit_exceeded"),
    Wording.of("quotaexceeded"),
    Wording.of("toomany", r"\bTooMany(?!Requests)(?P<what>[A-Z]\w+?)(?:Exception)?\b"),
    Wording.of("maximum number of", rf"(?:reached|exceed\w*|more than) the maximum number of {_WHAT}(?:[.,;:(]|$)"),
    Wording.of(
        "maximum number of", rf"maximum number of {_WHAT} (?:has been|was|is|have been|been) (?:reached|exceeded)"
    ),
    Wording.of(
        "quota", r"\b(?:exceed\w*|over|reached)\b[^\n]{0,30}\bquota\b|\bquota\b[^\n]{0,40}\b(?:exceeded|reached)"
    ),
    Wording.of("limit of", r"(?:exceeds?|exceeded|reached) the (?:\w+ )?limit of \d+ (?P<what>[\w -]{2,40})"),
    Wording.of("maximum", r"(?:exceeds?|exceeded|reached) (?:the |your |its )?maximum (?P<what>[\w -]{2,40}?) limit\b"),
    Wording.of(
        "the limit is",
        r"\btoo many (?P<what>[\w /-]{2,40}?)(?: specified| at once| for |[.,])[^\n]{0,60}\bthe limit is \d+",
    ),
    Wording.of("too many containers", r"too many (?P<what>containers)\b"),
    Wording.of("current vcpu limit", r"more (?P<what>vCPU) capacity than your current vCPU limit"),
    Wording.of("maxspotinstancecountexceeded"),
    Wording.of("can have at most", r"(?P<what>load balancers|service registries) can have at most \d+ items"),
    Wording.of("limit of", r"\blimit of \d+ (?:is |was |has been )?(?:exceeded|reached)"),
    Wording.of("length must be at most", r"overrides length must be at most \d+"),
    Wording.of("exceeds the maximum limit"),
    Wording.of("service limit increase"),
    Wording.of("exceeds limit", r"(?P<what>desired count) exceeds limit"),
    Wording.of("max allowed length", r"actual length: '?\d+'?\. max allowed length is '?\d+"),
    Wording.of("capacity limit was exceeded", r"(?P<what>tasks? provisioning) capacity limit was exceeded"),
)
_OTHER_LIMIT = re.compile(
    r"rate exceeded|throttl(?!ingException: You've reached the limit)|request ?limit ?exceeded|too ?many ?requests"
    r"|pull rate|concurrent (?:attempts|updates)|memory limit|time ?limit|disk quota|deadline|GitHub|docker\.io"
    r"|active deployment",
    re.IGNORECASE,
)
"""Too many calls in a short time, or another kind of limit."""
_SERVICES = (
    (("vcpu", "task", "memory", "cpu"), "fargate"),
    (("target", "listener", "rule", "loadbalancer", "load balancer", "certificate"), "elasticloadbalancing"),
    (("interface", "address", "subnet", "group", "vpc"), "vpc"),
    (("role", "polic", "instanceprofile"), "iam"),
    (("loggroup", "log group"), "logs"),
)
"""A word of what is counted, and the service code of Service Quotas that counts it."""


def match(evidence: Evidence) -> Finding | None:
    """Return the quota that stands in the way."""
    above = [said for said in said_by_aws(evidence, _ABOVE) if not _OTHER_LIMIT.search(said.passage.text)]
    said = above or [said for said in said_by_aws(evidence, _REACHED) if not _OTHER_LIMIT.search(said.passage.text)]
    if not said:
        return None
    kind = " ".join(said[0].group("what").split())
    return Finding(
        what=_what(kind, above=bool(above)),
        why="a quota stays as it is until AWS raises it on request"
        if above
        else "the quota is used up; it stays as it is until something that counts against it ends, or AWS raises it",
        fix=_fix(said[0], kind),
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        verdict=Verdict.DOOMED if above else None,
    )


def _fix(said: Said, kind: str) -> str:
    if "length must be at most" in said.passage.lower:
        return "make the overrides of the task shorter: together they may have 8192 characters; move values into a file"
    if "max allowed length" in said.passage.lower:
        return "make the task definition smaller: it may have 64 KiB; move settings into secrets, parameters or a file"
    named = kind.lower()
    code = next((code for words, code in _SERVICES if any(word in named for word in words)), "ecs")
    return (
        "request a higher quota, or use less:\n"
        f"aws service-quotas list-service-quotas --service-code {code}"
        " --query 'Quotas[].[QuotaName,QuotaCode,Value]'"
    )


def _what(kind: str, *, above: bool) -> str:
    if above:
        return f"the task asks for more {kind or 'resources'} than the account's quota allows"
    return f"the account's quota of {kind} is reached" if kind else "a quota of the account is reached"
