"""No instance meets a constraint, an attribute or a zone that the task asks for.

## What it looks for
`missing an attribute required by your task`, `MemberOf placement constraint unsatisfied`, `ATTRIBUTE`, `LOCATION`, a
distinct-instance constraint without another instance.

## Why waiting cannot help
It can only if another instance comes. ECS goes on trying, so it is never doomed by itself.

## What to do
Look which attribute is asked for and which the instances have:

    aws ecs describe-task-definition --task-definition FAMILY --query taskDefinition.requiresAttributes
    aws ecs describe-container-instances --cluster CLUSTER --container-instances ID

## What it is not
- Too little CPU, memory or interfaces: `ec2-insufficient-resources`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import pasted
from diagnostics.said import Wording, said_by_aws

ID = "placement-constraint-unmet"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("missing an attribute required"),
    Wording.of("is missing", r"closest matching[^\n]{0,160} is missing\b"),
    Wording.of(
        "attribute",
        r"error \\?\"(?-i:ATTRIBUTE)|reasons?\W{1,8}(?-i:ATTRIBUTE)\b|^(?:TaskFailedToStart: *)?(?-i:ATTRIBUTE)$",
    ),
    # The instance is in another zone than the subnets of the call
    Wording.of(
        "location",
        r"error \\?\"(?-i:LOCATION)|reasons?\W{1,8}(?-i:LOCATION)\b|^(?:TaskFailedToStart: *)?(?-i:LOCATION)$",
    ),
    *(
        Wording.of(end, rf"(?:placement constraints?|memberOf|distinctInstance)[^\n]{{0,60}}?{end}")
        for end in ("unsatisfied", "not satisfied", "not met", "unmet", "unable", "violated")
    ),
    Wording.of("satisf", r"\bno (?:container )?instances? satisf\w+[^\n]{0,40}?placement constraint"),
    Wording.of("satisfy", r"(?:unable to|not|cannot) satisfy[^\n]{0,40}?placement constraint"),
    Wording.of("unable to place", r"unable to place[^\n]{0,300}?(?:constraint|attribute)"),
    Wording.of("could not be placed", r"could not be placed[^\n]{0,300}?(?:constraint|attribute)"),
)


def match(evidence: Evidence) -> Finding | None:
    """Return the constraint that no instance meets."""
    said = next(said_by_aws(evidence, _WORDINGS), None)
    if said is None:
        return None
    attribute = "attribute" in said.found[0].lower()
    family = pasted(evidence.task_definition.name) if evidence.task_definition else "FAMILY"
    return Finding(
        what="no instance of the cluster has an attribute that the task needs"
        if attribute
        else "no instance of the cluster meets the task's placement constraint",
        why="ECS places a task only on an instance that meets every constraint; it goes on trying",
        fix="add instances that meet it, or take the constraint or the feature out of the task definition:\n"
        f"aws ecs describe-task-definition --task-definition {family} --query taskDefinition.requiresAttributes",
        evidence=(said.passage.quote(),),
    )
