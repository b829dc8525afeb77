"""Does a revision serve? A pure answer from one look: proven, at zero, or what is missing for it."""

from dataclasses import dataclass
from enum import StrEnum

from diagnostics.evidence import Deployment, Evidence, Service, Task
from diagnostics.shapes import tail


class ServingState(StrEnum):
    """How far it is shown that a revision serves."""

    PROVEN = "proven"
    """It is the PRIMARY one, completed, with tasks that run and targets that are healthy."""
    AT_ZERO = "at_zero"
    """It is the PRIMARY one and completed, and nothing is wanted of it: there is nothing to prove it with."""
    NOT_PROVEN = "not_proven"
    """Something is missing; `missing` says what."""


@dataclass(frozen=True)
class Serving:
    """The answer, with the figures that it rests on."""

    state: ServingState
    missing: tuple[str, ...] = ()
    """What is not (yet) as it should be, in words; empty when proven."""
    task_definition: str | None = None
    """ARN of the PRIMARY deployment's task definition."""
    deployment_id: str | None = None
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

    @property
    def proven(self) -> bool:
        """Whether the revision serves, shown."""
        return self.state is ServingState.PROVEN

    @property
    def revision(self) -> str | None:
        """`family:revision` of the task definition."""
        return tail(self.task_definition) if self.task_definition else None


def serving(evidence: Evidence, task_definition: str | None) -> Serving:
    """Say whether the PRIMARY deployment is `task_definition` and serves.

    Args:
        evidence: a look at the tasks of the PRIMARY deployment.
        task_definition: the ARN, or `family:revision`, that should serve; None takes whatever is PRIMARY.
    """
    service, primary = evidence.service, evidence.primary
    if service is None:
        return Serving(ServingState.NOT_PROVEN, ("the service could not be read",))
    if service.status not in ("", "ACTIVE"):
        return Serving(ServingState.NOT_PROVEN, (f"the service is {service.status}",))
    if primary is None:
        return Serving(ServingState.NOT_PROVEN, ("the service has no PRIMARY deployment",))
    desired = max(service.desired_count or 0, primary.desired_count or 0)
    counts_known = primary.running_count is not None and primary.desired_count is not None
    missing = _of_deployment(primary, task_definition)
    running = primary.running_count or 0
    if not counts_known:
        missing.append("the deployment's counts are not shown")
    elif running < desired:
        missing.append(f"{running} of {desired} tasks run")
    healthy, total = 0, 0
    if desired > 0:
        healthy, total, lacking = _targets(evidence, service, primary, desired)
        missing += lacking
    state = ServingState.NOT_PROVEN if missing else ServingState.PROVEN if desired > 0 else ServingState.AT_ZERO
    return Serving(
        state=state,
        missing=tuple(missing),
        task_definition=primary.task_definition or None,
        deployment_id=primary.id or None,
        service_deployment_arn=_service_deployment_arn(evidence, primary),
        digest=_digest(evidence, service, primary),
        desired=desired,
        running=running,
        targets_healthy=healthy,
        targets_total=total,
    )


def _of_deployment(primary: Deployment, task_definition: str | None) -> list[str]:
    missing = []
    if task_definition and tail(primary.task_definition) != tail(task_definition):
        missing.append(f"the PRIMARY deployment is {tail(primary.task_definition) or '?'}, not {tail(task_definition)}")
    if primary.rollout_state != "COMPLETED":
        missing.append(f"the deployment's rolloutState is {primary.rollout_state or 'not shown'}, not COMPLETED")
    return missing


def _tasks_of(evidence: Evidence, deployment: Deployment) -> list[Task]:
    return [task for task in evidence.tasks if task.started_by == deployment.id and not task.stopped]


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


def _service_deployment_arn(evidence: Evidence, primary: Deployment) -> str | None:
    """Return the service deployment that brought the PRIMARY deployment: as its target, or by rolling back to it."""
    seen = evidence.service_deployment
    if seen is None or not seen.arn:
        return None
    rolled_back_to = seen.rollback_revision_arn and tail(seen.rollback_revision_arn) == tail(primary.id)
    return seen.arn if seen.deployment_id == primary.id or rolled_back_to else None


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
