"""The cluster has no active, connected EC2 instance.

## What it looks for
`No Container Instances were found in your cluster` (or `capacity provider`), `encountered error "AGENT"`, a failure
with the reason `AGENT` or `EMPTY CAPACITY PROVIDER`, `doesn't have the agent connected`, `Timed out waiting for Amazon
ECS Agent to start`.

## Why waiting cannot help
It can: instances may be on their way. ECS goes on trying, so it is never doomed by itself.

## What to do
Look whether instances run, register with *this* cluster (`ECS_CLUSTER` in `/etc/ecs/ecs.config`), and have a way to the
ECS endpoints; or run the service on Fargate:

    aws ecs list-container-instances --cluster CLUSTER
    aws ecs update-service --cluster CLUSTER --service SERVICE --launch-type FARGATE

## What it is not
- Instances that are full: `ec2-insufficient-resources`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-versions.html
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.said import Wording, said_by_aws

ID = "no-container-instances"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("no container instances were found"),
    Wording.of("reason: no container inst"),
    Wording.of(
        " instance",
        r"no (?:active |registered |container |EC2 ){1,3}instances? (?:were |was |are |is )?"
        r"(?:found|available|registered|in)",
    ),
    Wording.of("agent", r"error \\?[\"'](?-i:AGENT)|reasons?\W{1,8}(?-i:AGENT)\b|^(?-i:AGENT)$"),
    Wording.of("encountered error", r"encountered error \\?[\"']AGENT\b"),
    Wording.of("agent connected", r"(?:doesn't|does not|don't) have (?:the |an? )?agent connected"),
    Wording.of("waiting for amazon ecs agent to start"),
    # Reasons of tasks that no instance takes, and of instances that StartTask is given
    Wording.of("empty capacity provider", r"\b(?-i:EMPTY CAPACITY PROVIDER)\b"),
    Wording.of("no active instances"),
    Wording.of(
        "in the active state", r"container[- ]instance[^\n]{0,80}(?:isn't|is not|not) in the (?-i:ACTIVE) state"
    ),
    Wording.of("inactive", r"reasons?\W{1,8}(?-i:INACTIVE)\b"),
    Wording.of("connected", r"agent (?:is |was )?(?:not connected|disconnected)"),
)


def match(evidence: Evidence) -> Finding | None:
    """Return that the cluster has no instance that could take a task."""
    said = next(said_by_aws(evidence, _WORDINGS), None)
    if said is None:
        return None
    agent = "agent" in said.found[0].lower()
    return Finding(
        what="the ECS agent of the cluster's instances is not connected"
        if agent
        else "the cluster has no EC2 instance",
        why="a task of launch type EC2 needs a registered instance whose agent is connected; ECS goes on trying",
        fix="start the agent on the instances (`sudo systemctl restart ecs`) and let it reach ECS's endpoints:\n"
        "aws ecs describe-container-instances --cluster CLUSTER --container-instances ID"
        " --query 'containerInstances[].[ec2InstanceId,agentConnected,agentUpdateStatus]'"
        if agent
        else "let instances register with this cluster (`ECS_CLUSTER`), or run the service on Fargate:\n"
        "aws ecs list-container-instances --cluster CLUSTER",
        evidence=(said.passage.quote(),),
    )
