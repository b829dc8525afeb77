"""How long a deployment may reasonably take, from the service's own settings; and when silence has lasted too long."""

from dataclasses import replace
from datetime import datetime, timedelta

from diagnostics.evidence import Evidence, Task
from diagnostics.model import Diagnosis, Quote, Verdict

USUAL_START = timedelta(seconds=90)
"""From a task's creation until it runs, where none was observed: network interface, pull, start. Our own choice."""
DRAINING = timedelta(seconds=300)
"""`deregistration_delay.timeout_seconds` unless set: a replaced task is drained so long, and nothing else happens.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
"""
STOPPING = timedelta(seconds=30)
"""`stopTimeout` unless set: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"""
_SHORTEST_SILENCE = timedelta(minutes=5)
_ELB_INTERVAL, _ELB_THRESHOLD = 30, 5
"""An Application Load Balancer's own defaults; the larger of its two thresholds.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""


def start_time(evidence: Evidence) -> timedelta:
    """Return how long the slowest observed task took from its creation until it ran."""
    took = [task.started_at - task.created_at for task in evidence.tasks if task.started_at and task.created_at]
    return max(took, default=USUAL_START)


def until_checks_speak(evidence: Evidence) -> timedelta:
    """Return how long after its start a task may run until its health checks must have called it well or not.

    The grace period (of the service, or the container check's start period), and then as many checks as the threshold
    asks for.
    """
    grace, checks = [timedelta(0)], [timedelta(0)]
    service, defined = evidence.service, evidence.task_definition
    if service:
        grace.append(timedelta(seconds=service.grace_period_seconds))
    for group in evidence.target_groups:
        threshold = max(group.healthy_threshold or _ELB_THRESHOLD, group.unhealthy_threshold or 0)
        checks.append(timedelta(seconds=(group.health_check_interval or _ELB_INTERVAL) * threshold))
    for container in defined.containers if defined else ():
        if check := container.health_check:
            grace.append(timedelta(seconds=check.start_period))
            checks.append(timedelta(seconds=(check.interval + check.timeout) * check.retries))
    return max(grace) + max(checks)


def had_its_time(evidence: Evidence, task: Task) -> bool:
    """Say whether a task has run so long that its health checks must have spoken; False where that is not shown."""
    if task.started_at is None or evidence.captured_at is None:
        return False
    return evidence.captured_at - task.started_at > until_checks_speak(evidence)


def longest_silence(evidence: Evidence) -> timedelta:
    """Return how long nothing new may happen in a deployment that is in order.

    The longest quiet stretch of one: a task starts, its checks speak, the task that it replaces is drained and stopped,
    and the bake time passes.
    """
    configuration = evidence.service.deployment_configuration if evidence.service else None
    bake = timedelta(minutes=configuration.bake_time_minutes if configuration else 0)
    expected = start_time(evidence) + until_checks_speak(evidence) + DRAINING + STOPPING + bake
    return max(_SHORTEST_SILENCE, expected)


def what_is_new(evidence: Evidence) -> object:
    """Return what changes when something happens: states, counts and events; two looks alike saw nothing new."""
    whole = evidence.service_deployment
    return (
        frozenset((task.id, task.last_status, task.desired_status, task.health_status) for task in evidence.tasks),
        frozenset((target.id, target.state) for health in evidence.target_health for target in health.targets),
        tuple(
            (each.id, each.status, each.rollout_state, each.running_count, each.pending_count, each.failed_tasks)
            for each in evidence.deployments
        ),
        (whole.status, whole.lifecycle_stage) if whole else None,
        frozenset(each.id for each in evidence.events if "has reached a steady state" not in each.message),
    )


def stalled(evidence: Evidence, diagnosis: Diagnosis, news_at: datetime | None) -> Diagnosis | None:
    """Return the diagnosis that a deployment is stalled; None where it is not, or something better is known of it.

    Args:
        evidence: the newest look.
        diagnosis: what it says.
        news_at: since when nothing new was seen.
    """
    deployment, now = evidence.deployment, evidence.captured_at
    if diagnosis.verdict is not Verdict.UNKNOWN or diagnosis.root_cause or not (deployment and now and news_at):
        return None
    if deployment.rollout_state != "IN_PROGRESS" or now - news_at <= longest_silence(evidence):
        return None
    minutes = int((now - news_at).total_seconds() // 60)
    counts = f"{deployment.running_count or 0} of {deployment.desired_count or 0} tasks run"
    expected = int(longest_silence(evidence).total_seconds() // 60)
    return replace(
        diagnosis,
        verdict=Verdict.STALLED,
        what=f"nothing new has happened for {minutes} minutes; {counts}",
        why=f"by the service's own settings something should have happened within {expected} minutes",
        fix="look at the service's last events and at what the deployment waits for; stop it if nobody knows",
        evidence=diagnosis.evidence
        or (Quote("deployment rolloutStateReason", deployment.rollout_state_reason, deployment.updated_at),),
    )
