"""Does a revision serve? A pure answer from one look: proven, at zero, or what is missing for it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from diagnostics.evidence import Deployment, Evidence, Service, ServiceDeployment, Task
from diagnostics.healthy import not_healthy_yet
from diagnostics.shapes import tail

_ENDED_WELL = {"SUCCESSFUL", "ROLLBACK_SUCCESSFUL"}
"""States of a service deployment that is over, bake time included, and left its revision in place.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
"""
_WHERE_TASKS_ARE = ("tasks", "target ")
"""How the names of gaps begin without which it is not known which targets are a deployment's, and how they are."""


class ServingState(StrEnum):
    """How far it is shown that a revision serves."""

    PROVEN = "proven"
    """It is the PRIMARY one, completed, with tasks that run and count as healthy, and targets that do."""
    AT_ZERO = "at_zero"
    """It is the PRIMARY one and completed, and nothing is wanted of it: there is nothing to prove it with."""
    NOT_PROVEN = "not_proven"
    """Something is missing; `missing` says what."""
    OTHER_IMAGE = "other_image"
    """Nothing is missing, but its tasks run another image than was looked up before: no waiting changes that."""


@dataclass(frozen=True)
class Serving:
    """The answer, with the figures that it rests on."""

    state: ServingState
    missing: tuple[str, ...] = ()
    """What is not (yet) as it should be, in words; empty when proven."""
    task_definition: str | None = None
    """ARN of the PRIMARY deployment's task definition."""
    deployment_id: str | None = None
    rollout_state: str = ""
    """The PRIMARY deployment's."""
    service_deployment_arn: str | None = None
    """ARN of the service deployment that aimed at the PRIMARY deployment, where it was read."""
    digest: str | None = None
    """`sha256:…` of the image behind the load balancer; without one, of the first essential container."""
    desired: int = 0
    running: int = 0
    targets_healthy: int = 0
    """Healthy targets that are tasks of the PRIMARY deployment, in the target group that has fewest of them."""
    targets_total: int = 0
    """All targets of the PRIMARY deployment's tasks in that target group."""
    unhealthy: bool = False
    """Whether tasks or healthy targets are known to be missing, besides anything else that may be."""
    unread: bool = False
    """Whether it is not proven only because something could not be read: nothing is known to be wrong."""
    alarms_checked: tuple[str, ...] = ()
    """Names of the deployment's alarms that were read and do not speak against it."""
    unchecked: tuple[str, ...] = ()
    """What belongs to the proof and could not be read, in words."""

    @property
    def proven(self) -> bool:
        """Whether the revision serves, shown."""
        return self.state is ServingState.PROVEN

    @property
    def revision(self) -> str | None:
        """`family:revision` of the task definition."""
        return tail(self.task_definition) if self.task_definition else None


def serving(
    evidence: Evidence,
    task_definition: str | None,
    *,
    deployment_id: str | None = None,
    digests: Mapping[str, Collection[str]] | None = None,
) -> Serving:
    """Say whether the PRIMARY deployment is `task_definition` and serves.

    Args:
        evidence: a look at the tasks of the PRIMARY deployment.
        task_definition: the ARN, or `family:revision`, that should serve; None takes whatever is PRIMARY.
        deployment_id: `ecs-svc/…` that should be PRIMARY; None takes any of that revision.
        digests: by image as the task definition names it the digests, of its index and of its platforms, that were
            looked up before; an image that is not named may be any.
    """
    service, primary = evidence.service, evidence.primary
    if service is None:
        return Serving(ServingState.NOT_PROVEN, ("the service could not be read",), unread=True)
    if service.status not in ("", "ACTIVE"):
        return Serving(ServingState.NOT_PROVEN, (f"the service is {service.status}",))
    if primary is None:
        return Serving(ServingState.NOT_PROVEN, ("the service has no PRIMARY deployment",))
    desired = max(service.desired_count or 0, primary.desired_count or 0)
    counts_known = primary.running_count is not None and primary.desired_count is not None
    running = primary.running_count or 0
    tasks: list[str] = []
    if not counts_known:
        tasks.append("the deployment's counts are not shown")
    elif running < desired:
        tasks.append(f"{running} of {desired} tasks run")
    soon = [] if tasks or not desired else list(_not_healthy_yet(evidence, service, primary, desired))
    healthy, total, targets = _targets(evidence, service, primary, desired) if desired > 0 else (0, 0, [])
    blind = any(gap.what.startswith(_WHERE_TASKS_ARE) for gap in evidence.gaps)
    brought = _brought_by(evidence, primary)
    ringing, quiet, unread = _alarms(evidence, service, primary, brought)
    wrong = (*_of_deployment(primary, task_definition, deployment_id, brought), *tasks, *soon, *ringing)
    missing = (*wrong, *targets)
    others = () if missing else tuple(_other_images(evidence, primary, digests or {}))
    state = ServingState.PROVEN if desired > 0 else ServingState.AT_ZERO
    if missing or others:
        state = ServingState.NOT_PROVEN if missing else ServingState.OTHER_IMAGE
    return Serving(
        state=state,
        missing=missing or others,
        task_definition=primary.task_definition or None,
        deployment_id=primary.id or None,
        rollout_state=primary.rollout_state,
        service_deployment_arn=brought.arn if brought else None,
        digest=_digest(evidence, service, primary),
        desired=desired,
        running=running,
        targets_healthy=healthy,
        targets_total=total,
        unhealthy=bool(tasks or (targets and not blind)),
        unread=bool(targets and blind and not wrong),
        alarms_checked=quiet,
        unchecked=unread,
    )


def _of_deployment(
    primary: Deployment, task_definition: str | None, deployment_id: str | None, brought: ServiceDeployment | None
) -> Iterator[str]:
    if task_definition and tail(primary.task_definition) != tail(task_definition):
        yield f"the PRIMARY deployment is {tail(primary.task_definition) or '?'}, not {tail(task_definition)}"
    elif deployment_id and primary.id != deployment_id:
        yield f"the PRIMARY deployment is {primary.id or '?'}, not {deployment_id}"
    if primary.rollout_state != "COMPLETED":
        yield f"the deployment's rolloutState is {primary.rollout_state or 'not shown'}, not COMPLETED"
    elif brought and brought.status and brought.status not in _ENDED_WELL:
        stage = f" ({brought.lifecycle_stage})" if brought.lifecycle_stage else ""
        yield f"its service deployment is {brought.status}{stage}, not SUCCESSFUL"


def _alarms(
    evidence: Evidence, service: Service, primary: Deployment, brought: ServiceDeployment | None
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return what rings in words, the names of the alarms that do not, and what could not be read.

    Only an alarm that began after the deployment did speaks against it. One that rang before says nothing of it: of a
    new deployment ECS ignores it (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html),
    and after a rollback it is the one that the failed deployment set off.
    """
    configured = service.deployment_configuration
    names = configured.alarm_names if configured.alarms_enabled else ()
    read = {alarm.name: alarm for alarm in evidence.alarms}
    back = brought is not None and brought.deployment_id != primary.id
    began = (brought.rollback_started_at if brought and back else None) or primary.created_at
    ringing = {
        name
        for name, alarm in read.items()
        if name in names and alarm.state == "ALARM" and _since(alarm.state_updated_at, began)
    }
    quiet = tuple(name for name in names if name in read and name not in ringing)
    unread = tuple(f"the alarm {name} was not read" for name in names if name not in read)
    if brought is None and any(gap.what.startswith("service deployment") for gap in evidence.gaps):
        unread = ("the service deployment was not read", *unread)
    return tuple(f"the alarm {name} is in ALARM" for name in names if name in ringing), quiet, unread


def _since(moment: datetime | None, began: datetime | None) -> bool:
    return moment is None or began is None or moment >= began


def _other_images(evidence: Evidence, primary: Deployment, digests: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Yield the containers that run an image with a digest that was not looked up."""
    seen = dict.fromkeys(
        (container.name, container.image, container.image_digest)
        for task in _tasks_of(evidence, primary)
        for container in task.containers
    )
    for name, image, digest in seen:
        known = digests.get(image)
        if known and digest and digest not in known:
            yield f"container {name} runs {image} as {digest[:19]}…, not as {min(known)[:19]}… that it was before"


def _tasks_of(evidence: Evidence, deployment: Deployment) -> list[Task]:
    return [task for task in evidence.tasks if task.started_by == deployment.id and not task.stopped]


def _not_healthy_yet(evidence: Evidence, service: Service, primary: Deployment, desired: int) -> Iterator[str]:
    """Yield, in words, that too few of the deployment's tasks count as healthy yet.

    ECS has judged the tasks that a deployment was completed with; one that came later, for another count or in the
    place of one that stopped, nobody has.
    """
    short = len(not_healthy_yet(evidence, _tasks_of(evidence, primary), balanced=bool(service.load_balancers)))
    running = primary.running_count or 0
    if short and running - short < desired:
        yield f"{max(running - short, 0)} of {desired} tasks count as healthy yet"


def _targets(evidence: Evidence, service: Service, primary: Deployment, desired: int) -> tuple[int, int, list[str]]:
    """Return healthy and all targets of the deployment's tasks in the worst target group, and what is missing."""
    addresses = {address for task in _tasks_of(evidence, primary) for address in task.addresses}
    missing: list[str] = []
    counts: list[tuple[int, int]] = []
    for arn in _groups_of(evidence, service, primary, addresses):
        read = next((each for each in evidence.target_health if each.target_group_arn == arn), None)
        if read is None:
            missing.append(f"the target health of {arn.split('/')[1] if '/' in arn else arn} was not read")
            counts.append((0, 0))
            continue
        mine = [target for target in read.targets if target.id in addresses]
        healthy = sum(target.healthy for target in mine)
        counts.append((healthy, len(mine)))
        if healthy < desired:
            missing.append(f"{healthy} of {desired} targets of this deployment are healthy in {read.name}")
    worst = min(counts, default=(0, 0))
    return *worst, missing


def _groups_of(evidence: Evidence, service: Service, primary: Deployment, addresses: set[str]) -> list[str]:
    """Return the target groups that the deployment's tasks have to be healthy in.

    With a strategy that shifts traffic each load balancer has two groups, of which a deployment gets the one that the
    previous deployment did not have. Its revision says which (`resolvedConfiguration`); where that was not read, it is
    the one that holds its tasks.
    """
    named = [each for each in service.load_balancers if each.target_group_arn]
    pairs = {arn for each in named for arn in (each.target_group_arn, each.alternate_target_group_arn)}
    for revision in evidence.service_revisions:
        resolved = [arn for arn in revision.target_group_arns if arn in pairs]
        if tail(revision.arn) == tail(primary.id) and resolved:
            return list(dict.fromkeys(resolved))
    mine = {
        read.target_group_arn: sum(target.id in addresses for target in read.targets) for read in evidence.target_health
    }
    chosen = (
        max(filter(None, (each.target_group_arn, each.alternate_target_group_arn)), key=lambda arn: mine.get(arn, 0))
        for each in named
    )
    return list(dict.fromkeys(chosen))


def _brought_by(evidence: Evidence, primary: Deployment) -> ServiceDeployment | None:
    """Return the service deployment that brought the PRIMARY deployment: as its target, or by rolling back to it."""
    seen = evidence.service_deployment
    if seen is None or not seen.arn:
        return None
    rolled_back_to = seen.rollback_revision_arn and tail(seen.rollback_revision_arn) == tail(primary.id)
    return seen if seen.deployment_id == primary.id or rolled_back_to else None


def _digest(evidence: Evidence, service: Service, primary: Deployment) -> str | None:
    behind = [each.container_name for each in service.load_balancers if each.container_name]
    defined = evidence.task_definition
    if not behind and defined and tail(defined.arn) == tail(primary.task_definition):
        behind = [container.name for container in defined.containers if container.essential]
    digests: dict[str, str] = {}
    for task in _tasks_of(evidence, primary):
        digests |= {container.name: container.image_digest for container in task.containers if container.image_digest}
    for revision in evidence.service_revisions:
        if tail(revision.arn) == tail(primary.id):
            digests |= {name: digest for name, digest in revision.image_digests if digest}
    chosen = next((digests[name] for name in behind if name in digests), None)
    return chosen or next(iter(digests.values()), None)
