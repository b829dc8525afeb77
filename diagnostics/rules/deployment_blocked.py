"""The change cannot be made now: something else stands in its way.

## What it looks for
A service or cluster that is draining or inactive, or does not exist; `Creation of service was not idempotent`; another
deployment in progress; a stack that is locked or failed; protected tasks; a deployment controller that does not take
this call; minimum and maximum percent that leave no room (`was unable to stop or start tasks during a deployment
because of the service deployment configuration`); an application or blue/green hook that takes no deployment; a setting
that does not go with the service's scheduling strategy; a CodeDeploy application or group that is not there or not for
ECS; an AppSpec file, or a file of images in a pipeline's artifact, that is not found; a lifecycle hook that failed; an
account that is blocked, or that still has the short ARNs, which take no tags.

## Why waiting cannot help
Mostly it cannot: names, controllers and percentages stay as they are. A service that drains, or another deployment,
comes to an end, so these are only suspect.

## What to do
- Not idempotent: a service of that name exists already; import it, or choose another name.
- Inactive or missing: create it, in the right cluster and region.
- Percentages: allow one more task (`maximumPercent` 200) or one less (`minimumHealthyPercent` below 100).

      aws ecs describe-services --cluster CLUSTER --services SERVICE --query 'services[].[status,deployments[].status]'

## What it is not
- A deployment that goes on and whose tasks fail.
- A limit of the account: `account-quota-reached`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import pasted
from diagnostics.obstacles import OBSTACLES
from diagnostics.said import Said, said_by_aws

ID = "deployment-blocked"
VERDICT = Verdict.DOOMED

_NOT_THIS = re.compile(
    r"throttl|rate exceeded|(?<!Deployment)limit ?exceeded|not authorized|AccessDenied|container-?instance"
    r"|log ?(?:group|stream)|target ?group|service ?(?:discovery|connect)|exceeds limit|ecs deployment \S+ in progress",
    re.IGNORECASE,
)


_WORDINGS = {
    passes: tuple(wording for each in OBSTACLES if each.passes is passes for wording in each.wordings)
    for passes in (False, True)
}


def match(evidence: Evidence) -> Finding | None:
    """Return what keeps the change from being made: first what does not pass by itself."""
    for wordings in _WORDINGS.values():
        said = next((each for each in said_by_aws(evidence, wordings) if not _NOT_THIS.search(each.passage.text)), None)
        if said is not None:
            return _finding(evidence, said)
    return None


def _finding(evidence: Evidence, said: Said) -> Finding:
    obstacle = next(each for each in OBSTACLES if any(word.pattern is said.found.re for word in each.wordings))
    service = evidence.service
    cluster = pasted(service.cluster_arn.rpartition("/")[2] or "CLUSTER") if service else "CLUSTER"
    look = f"aws ecs describe-services --cluster {cluster} --services {pasted(service.name) if service else 'SERVICE'}"
    return Finding(
        what=obstacle.what,
        why=obstacle.why,
        fix=obstacle.fix if "\n" in obstacle.fix else f"{obstacle.fix}; to look:\n{look}",
        evidence=(said.passage.quote(),),
        verdict=Verdict.SUSPECT if obstacle.passes else None,
    )
