"""Whether an event tells a story, and how far a story is: from the event, the look and what the table knows. Pure."""

from dataclasses import dataclass
from enum import Enum

from alerts.handler.events import ActionEvent, DeploymentEvent, Event, TaskEvent
from alerts.handler.look import Look
from alerts.handler.stories import State, Story
from diagnostics.engine import DEATHS_THAT_DOOM
from diagnostics.evidence import Evidence
from diagnostics.healthy import healthy_tasks
from diagnostics.model import Verdict
from diagnostics.serving import serving

DEATHS_OF_UNKNOWN_CAUSE = 3
"""Deaths that no rule knows, with none healthy, after which a service without a failed deployment is told of.

As many as ECS's circuit breaker takes at least: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""
SAYS_FAILED = frozenset(
    {
        *("SERVICE_TASK_START_IMPAIRED", "SERVICE_TASK_PLACEMENT_FAILURE", "SERVICE_TASK_CONFIGURATION_FAILURE"),
        *("SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED", "SERVICE_DEPLOYMENT_FAILED"),
    }
)
"""Service actions that by themselves are told: ECS says that it does not get the service to what it should be.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
"""
WELL_AGAIN = frozenset({"SERVICE_STEADY_STATE", "SERVICE_DEPLOYMENT_COMPLETED"})
"""Service actions after which a story may be over."""
_ROLLED_BACK = {"ROLLBACK_SUCCESSFUL", "STOPPED"}


class Step(Enum):
    """What follows from an event."""

    NONE = "none"
    WAIT = "wait"
    """Note it: the next one alike may tell."""
    TELL = "tell"


@dataclass(frozen=True)
class Judgement:
    """What follows from an event, and of which deployment that is said."""

    step: Step
    deployment_id: str = ""
    inside: bool = True
    """Whether it is a deployment's failure, or deaths outside of one."""


NOTHING = Judgement(Step.NONE)


def is_worth_a_look(event: Event) -> bool:
    """Say whether an event may be somebody's failure, or else may only end a story."""
    if isinstance(event, TaskEvent):
        return not event.task.benign_stop
    if isinstance(event, DeploymentEvent):
        return event.name == "SERVICE_DEPLOYMENT_FAILED" or event.rolls_back
    return isinstance(event, ActionEvent) and event.level != "INFO"


def may_end_a_story(event: Event) -> bool:
    """Say whether a service may be well again after an event."""
    if isinstance(event, DeploymentEvent):
        return event.name == "SERVICE_DEPLOYMENT_COMPLETED"
    return isinstance(event, ActionEvent) and event.name in WELL_AGAIN


def judge(event: Event, look: Look, waiting: Story | None) -> Judgement:
    """Return what follows from an event that is worth a look.

    Args:
        event: what ECS said.
        look: at the deployment that the event names.
        waiting: the story so far, where tasks died of what may pass.
    """
    if isinstance(event, DeploymentEvent):
        if event.rolls_back:
            return Judgement(Step.TELL, look.failed_deployment) if look.failed_deployment else NOTHING
        return Judgement(Step.TELL, event.deployment_id)
    deployment = event.deployment_id if isinstance(event, TaskEvent) else look.evidence.deployment_id or ""
    inside = _inside_deployment(look.evidence, deployment)
    if look.diagnosis.verdict is Verdict.HEALTHY or not deployment:
        return NOTHING
    if look.diagnosis.verdict is Verdict.DOOMED:
        return Judgement(Step.TELL, deployment, inside)
    if isinstance(event, ActionEvent):
        return Judgement(Step.TELL, deployment, inside) if event.name in SAYS_FAILED else NOTHING
    assert isinstance(event, TaskEvent)  # noqa: S101 - there are no others
    told = _died_often_enough(event, look, waiting)
    return Judgement(Step.TELL if told else Step.WAIT, deployment, inside)


def _inside_deployment(evidence: Evidence, deployment_id: str) -> bool:
    """Say whether a deployment has not been completed; what cannot be read is taken for one that has not."""
    listed = evidence.service.deployment(deployment_id) if evidence.service else None
    if listed is not None:
        return listed.rollout_state != "COMPLETED"
    return True


def _died_often_enough(event: TaskEvent, look: Look, waiting: Story | None) -> bool:
    """Say whether deaths that the table knows and this one are too many; ECS may have forgotten the earlier ones."""
    if healthy_tasks(look.evidence):
        return False
    cause = look.diagnosis.root_cause or ""
    before = waiting.deaths if waiting and (waiting.cause == cause) else frozenset()
    seen = {task.arn for task in look.evidence.failed_tasks} if look.diagnosis.verdict is Verdict.UNKNOWN else set()
    deaths = len({event.task.arn, *before, *seen})
    return deaths >= (DEATHS_THAT_DOOM if look.diagnosis.verdict is Verdict.SUSPECT else DEATHS_OF_UNKNOWN_CAUSE)


def state_of(story_deployment: str, look: Look, *, inside: bool) -> State:
    """Return how far a story that is told has come, as the look shows it."""
    evidence = look.evidence
    primary = evidence.primary
    if primary is None:
        return State.FAILED
    if primary.id == story_deployment:
        return State.RECOVERED if serving(evidence, None).proven else State.FAILED
    if primary.rollout_state != "COMPLETED":
        return State.FAILED
    rollout = evidence.service_deployment
    if inside and rollout and rollout.deployment_id == story_deployment:
        back = rollout.rollback_revision_arn.rpartition("/")[2]
        if back and primary.id == f"ecs-svc/{back}":
            return State.ROLLED_BACK
        if rollout.status in _ROLLED_BACK and not _is_later(evidence):
            return State.ROLLED_BACK
    return State.RECOVERED if _is_later(evidence) or not inside else State.ROLLED_BACK


def _is_later(evidence: Evidence) -> bool:
    """Say whether the PRIMARY deployment began after the one that is looked at."""
    primary, began = evidence.primary, evidence.deployment_created_at
    return bool(primary and primary.created_at and began and primary.created_at > began)
