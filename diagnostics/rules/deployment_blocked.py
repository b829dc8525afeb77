"""
The change cannot be made now: something else stands in its way.

## What it looks for
A service that is draining or inactive, or does not exist; `Creation of service was not idempotent`; another deployment
in progress; protected tasks; a deployment controller that does not take this call; minimum and maximum percent that leave
no room (`was unable to stop or start tasks during a deployment because of the service deployment configuration`).

## Why waiting cannot help
Mostly it cannot: names, controllers and percentages stay as they are. A service that drains, or another deployment, comes
to an end, so these are only suspect.

## What to do
- Not idempotent: a service of that name exists already; import it, or choose another name.
- Inactive or missing: create it, in the right cluster and region.
- Percentages: allow one more task (`maximumPercent` 200) or one less (`minimumHealthyPercent` below 100).

      aws ecs describe-services --cluster CLUSTER --services SERVICE --query 'services[].[status,deployments[].status]'

## What it is not
- A deployment that goes on and whose tasks fail.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.said import Wording, said_by_aws

ID = "deployment-blocked"
VERDICT = Verdict.DOOMED

_FINAL = (
    (
        Wording.of("was not idempotent"),
        "a service of that name exists already with other settings",
        "import the existing service, delete it, or choose another name",
    ),
    (
        Wording.of("deployment configuration", r"unable to stop or start tasks[^\n]*deployment configuration"),
        "minimum and maximum healthy percent leave no room for a single task",
        "raise `maximumPercent` (200) or lower `minimumHealthyPercent`",
    ),
    (
        Wording.of("inactive service", r"(?:cannot|can't|could not) update inactive service|inactive service"),
        "the service is inactive",
        "create it again: a deleted service cannot be updated",
    ),
    (Wording.of("servicenotactive"), "the service is not active", "create it again, or wait until it has drained"),
    (
        Wording.of("service was not active"),
        "the service is not active",
        "create it again, or wait until it has drained",
    ),
    (
        Wording.of("servicenotfound"),
        "the service does not exist in that cluster",
        "correct the service's name, the cluster or the region, or create it",
    ),
    (
        Wording.of("service not found", r"service not found"),
        "the service does not exist in that cluster",
        "correct the service's name, the cluster or the region, or create it",
    ),
    (
        Wording.of("clusternotfound"),
        "the cluster does not exist",
        "correct the cluster's name or the region, or create it",
    ),
    (
        Wording.of("cluster not found", r"cluster not found"),
        "the cluster does not exist",
        "correct the cluster's name or the region, or create it",
    ),
    (
        Wording.of("cluster", r"cluster[^\n]{0,60}(?:is |was )?(?:inactive|not active)"),
        "the cluster is not active",
        "create the cluster, or use an active one",
    ),
    (
        Wording.of("missing", r"(?:reason|failures?|status)\W{1,5}MISSING\b"),
        "ECS does not know the service in that cluster",
        "correct the service's name, the cluster or the region, or create it",
    ),
    (
        Wording.of(
            "deployment controller",
            r"(?:unable to update|cannot|not support|only supported|invalid)[^\n]*deployment ?controller|deployment ?controller[^\n]*(?:not support|cannot|unable|invalid|must|only)",
        ),
        "the service's deployment controller does not take this call",
        "deploy through the controller that the service has (CodeDeploy, external), or make the service anew with `ECS`",
    ),
    (
        Wording.of("code_deploy", r"(?:unable to update|cannot|not support|invalid)[^\n]*CODE_DEPLOY"),
        "the service is deployed by CodeDeploy",
        "make a CodeDeploy deployment instead of updating the service",
    ),
    (
        Wording.of(
            "cannot be updated",
            r"(?:propert(?:y|ies)|field|parameter|setting)s?[^\n]{0,60}(?:cannot|can't) be (?:updated|changed|modified)",
        ),
        "a property of the service cannot be changed in place",
        "make the service anew, or leave that property as it is",
    ),
)
_PASSING = (
    (
        Wording.of("still draining"),
        "a service of that name is still draining",
        "wait until it has drained, or choose another name",
    ),
    (
        Wording.of("draining", r"service[^\n]{0,60}\bdraining\b(?![^\n]*connection)"),
        "the service is draining",
        "wait until it has drained",
    ),
    (
        Wording.of("task protection"),
        "protected tasks keep the deployment from stopping them",
        "wait until their protection ends, or end it with `aws ecs update-task-protection`",
    ),
    (
        Wording.of("protected", r"tasks?[^\n]{0,60}\bprotected\b|unable to (?:stop|scale)[^\n]*protect"),
        "protected tasks keep the deployment from stopping them",
        "wait until their protection ends, or end it with `aws ecs update-task-protection`",
    ),
    (
        Wording.of(
            "deployment",
            r"(?:another |a )?deployment (?:is )?already in progress|already (?:an? )?(?:active |ongoing )?deployment|active deployment|deployments? (?:are|is) in progress",
        ),
        "another deployment is in progress",
        "wait for it, or stop it with `aws ecs stop-service-deployment`",
    ),
    (
        Wording.of(
            "in progress", r"(?:update|operation|UPDATE)[^\n]{0,40}in progress[^\n]*(?:cannot|can't|try again|conflict)"
        ),
        "another update is in progress",
        "wait for it to end",
    ),
    (Wording.of("update_in_progress"), "the stack is being updated already", "wait for it to end"),
    (Wording.of("conflictexception"), "another change of the service is in progress", "wait for it to end"),
)
_FINAL_WORDINGS, _PASSING_WORDINGS = tuple(each[0] for each in _FINAL), tuple(each[0] for each in _PASSING)


def match(evidence: Evidence) -> Finding | None:
    """Return what keeps the change from being made."""
    for table, verdict in ((_FINAL, None), (_PASSING, Verdict.SUSPECT)):
        said = next(said_by_aws(evidence, (each[0] for each in table)), None)
        if said is None:
            continue
        what, fix = next((what, fix) for wording, what, fix in table if wording.pattern is said.found.re)
        return Finding(
            what=what,
            why="ECS refuses or holds back the change because of the state that the service is in",
            fix=f"{fix}; to look:\naws ecs describe-services --cluster CLUSTER --services SERVICE",
            evidence=(said.passage.quote(),),
            verdict=verdict,
        )
    return None
