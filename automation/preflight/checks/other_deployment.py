"""Nobody else's deployment of the service is in progress.

An update replaces a deployment that is in progress. One of this stack's own, left by a run that was interrupted, may be
replaced; one of a revision that the stack does not know is somebody else's, and two that deploy undo each other.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from automation.preflight.counts import deploys
from automation.preflight.model import Finding, refused, warned
from automation.preflight.plan import PlannedResource
from automation.preflight.reading import PreflightReads
from automation.preflight.revisions import deployments
from automation.preflight.subject import DEFINITION_TYPE, Subject
from automation.preflight.values import text
from diagnostics.model import Quote
from diagnostics.names import pasted, quoted
from diagnostics.shapes import tail

ID = "other-deployment"
TITLE = "no other deployment of the service is in progress"
READS = "`DescribeServices`, `ListServiceDeployments`; the stack's state"
FIX = "wait until it ends, or stop it with `aws ecs stop-service-deployment`"

_UNDER_WAY = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Look for a deployment that has not ended."""
    live = subject.live
    if live is None or not deploys(subject):
        return
    primary: Mapping[str, Any] = next((each for each in live["deployments"] if each.get("status") == "PRIMARY"), {})
    whole = next(iter(deployments(subject, reads, *_UNDER_WAY)), None)
    if whole is None and primary.get("rolloutState") != "IN_PROGRESS":
        return
    definition = text(primary.get("taskDefinition"))
    name = primary.get("id", "a deployment")
    since = primary.get("createdAt")
    state = whole["status"] if whole else "IN_PROGRESS"
    quote = Quote(
        "deployment", f"{name} {state} {tail(definition)}" + (f" since {since:%H:%M:%S} UTC" if since else "")
    )
    what = f"the deployment {quoted(str(name))} of {quoted(tail(definition))} is in progress"
    arn = whole["serviceDeploymentArn"] if whole else "ARN"
    stop = f"wait until it ends, or stop it:\naws ecs stop-service-deployment --service-deployment-arn {pasted(arn)}"
    if definition in set(_own(subject)):
        yield warned(
            f"{what}; the update replaces it",
            stop,
            why="it is this stack's own, left by a run that ended before it did",
            evidence=[quote],
        )
    else:
        yield refused(
            f"{what}, which this stack did not begin",
            stop,
            why="two that deploy the same service replace each other's tasks",
            evidence=[quote],
        )


def _own(subject: Subject) -> Iterator[str]:
    """Yield the task definitions that this stack has deployed, as its state has them."""
    for state in (subject.planned.old_inputs, subject.planned.old_outputs):
        yield text((state or {}).get("taskDefinition"))
    definitions: tuple[PlannedResource, ...] = subject.plan.of_type(DEFINITION_TYPE)
    for each in definitions:
        yield text((each.old_outputs or {}).get("arn"))
