"""What AWS's states mean to a reader of the report: a tone for each, and one sentence for how a task ended."""

from enum import StrEnum

from diagnostics.evidence import Target, Task


class Tone(StrEnum):
    """How a state looks. Each is drawn with a shape or a height of its own too, and is named in words."""

    WAITING = "waiting"
    RUNNING = "running"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    OVER = "over"


_DEPLOYMENT = {
    "SUCCESSFUL": Tone.GOOD,
    "COMPLETED": Tone.GOOD,
    "FAILED": Tone.BAD,
    "STOPPED": Tone.BAD,
    "ROLLBACK_FAILED": Tone.BAD,
    "STOP_REQUESTED": Tone.WARN,
    "ROLLBACK_REQUESTED": Tone.WARN,
    "ROLLBACK_IN_PROGRESS": Tone.WARN,
    "ROLLBACK_SUCCESSFUL": Tone.OVER,
    "DRAINING": Tone.OVER,
}
"""Of `ServiceDeployment.status`, `Deployment.rolloutState` and `Deployment.status`; the rest is on its way.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html and API_Deployment.html
"""
_TARGET = {
    "healthy": Tone.GOOD,
    "unhealthy": Tone.BAD,
    "unhealthy.draining": Tone.OVER,
    "draining": Tone.OVER,
    "unavailable": Tone.WARN,
    "unused": Tone.OVER,
}
"""Of `TargetHealth.State`; `initial` is on its way.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
"""
_ALARM = {"OK": Tone.GOOD, "ALARM": Tone.BAD}
_CONTAINER_HEALTH = {"HEALTHY": Tone.GOOD, "UNHEALTHY": Tone.BAD}


def deployment_tone(state: str) -> Tone:
    """Return the tone of a deployment's state."""
    return _DEPLOYMENT.get(state, Tone.WAITING)


def target_tone(state: str) -> Tone:
    """Return the tone of a target's state."""
    return _TARGET.get(state, Tone.WAITING)


def alarm_tone(state: str) -> Tone:
    """Return the tone of an alarm's state."""
    return _ALARM.get(state, Tone.WAITING)


def container_health_tone(state: str) -> Tone:
    """Return the tone of what a container's own health check says."""
    return _CONTAINER_HEALTH.get(state, Tone.WAITING)


def target_said(target: Target) -> str:
    """Return a target's state with the load balancer's reason."""
    reason = target.description or target.reason
    return f"{target.state}: {reason}" if reason else target.state


def task_said(task: Task) -> str:
    """Return what became of a task: AWS's reason and the exit codes of its containers, or its status."""
    if not task.stopped:
        return task.last_status
    codes = [f"{each.name} exit code {each.exit_code}" for each in task.containers if each.exit_code is not None]
    reason = task.stopped_reason or task.stop_code or "stopped"
    return ", ".join([reason, *codes])
