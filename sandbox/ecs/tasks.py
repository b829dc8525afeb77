"""The life of a Fargate task, from PROVISIONING to STOPPED, and what its containers' programs make of it.

States and their order: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
Texts of stopped tasks: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

import uuid
from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from typing import Any

from sandbox.ecs.capacity import LaunchRate
from sandbox.ecs.checks import check_container
from sandbox.ecs.dependencies import FAILED_TO_START, overdue, refused, startable
from sandbox.ecs.execution import Problem
from sandbox.ecs.model import Container, Task
from sandbox.ecs.preparation import Preparation, awslogs, stream_name
from sandbox.ecs.runs import Hooks, run_program
from sandbox.ecs.situations import Situations, start_problem
from sandbox.ecs.surroundings import ImageNotFoundError, Pulled, Surroundings
from sandbox.elb import Targets
from sandbox.image_keys import Signal
from sandbox.simulation import Simulation
from sandbox.timings import Timings

STOP_TIMEOUT_SECONDS = 30
_KILLED = 137
_ARCHITECTURES = {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}


class Change(Enum):
    """What happened to a task."""

    IMAGES_PULLED = auto()
    RUNNING = auto()
    REGISTERED = auto()
    HEALTH = auto()
    STOPPING = auto()
    STOPPED = auto()


class Lives:
    """Runs the lives of tasks.

    Args:
        on_change: told of everything that a scheduler cares about.
        forget: told when a stopped task is no longer listed.
        situations: what processes find where they run.
    """

    def __init__(
        self,
        simulation: Simulation,
        timings: Timings,
        surroundings: Surroundings,
        preparation: Preparation,
        targets: Targets,
        on_change: Callable[[Task, Change], None],
        forget: Callable[[Task], None],
        situations: Situations,
    ) -> None:
        self._simulation = simulation
        self._timings = timings
        self._surroundings = surroundings
        self._preparation = preparation
        self._targets = targets
        self._on_change = on_change
        self._forget = forget
        self._rate = LaunchRate()
        self.takes_tasks: Callable[[str | None], bool] = lambda _zone: True
        """Whether a zone has capacity."""
        self._situations = situations

    # --- the way to RUNNING

    def start(self, task: Task) -> None:
        """Begin the life of a task that is PROVISIONING."""
        wait = self._rate.take(self._simulation.now)
        self._later(task, wait + self._timings.draw("network_interface"), self._connect)

    def _connect(self, task: Task) -> None:
        random = self._simulation.random
        attachment_id = str(uuid.UUID(int=random.getrandbits(128), version=4))
        configuration = task.revision.network_configuration
        interface = self._surroundings.attach_interface(
            configuration, attachment_id, random, self.takes_tasks, task.fellows_in
        )
        if isinstance(interface, str):
            self._fail_to_start(task, interface)
            return
        task.interface, task.interface_status = interface, "ATTACHED"
        task.availability_zone = self._surroundings.zone(interface.subnet_id)
        task.connectivity_at = self._simulation.now
        self._enter(task, "PENDING")
        self._later(task, self._timings.draw("preparation"), self._prepare)

    def _prepare(self, task: Task) -> None:
        """Get what the task needs before its containers, then pull."""
        problem = self._preparation.problem(task)
        if problem:
            self._fail_for(task, problem)
            return
        task.pull_started_at = self._simulation.now
        task.version += 1
        pulled: list[Pulled] = []
        for container in task.containers:
            reference = self._reference(task, container)
            problem = self._preparation.pull_problem(task, reference)
            if problem:
                self._fail_for(task, problem, container)
                return
            try:
                image = self._surroundings.image(reference, _port(container))
            except ImageNotFoundError:
                text = f"has been retried 7 time(s): failed to resolve ref {reference}: {reference}: not found"
                self._fail_to_pull(task, container, "pull_retries_not_found", text)
                return
            if self._platform(task) not in image.program.platforms:
                text = (
                    "has been retried 5 time(s): image Manifest does not contain descriptor matching platform "
                    f"'{self._platform(task)}'"
                )
                self._fail_to_pull(task, container, "pull_retries_platform", text)
                return
            container.digest, container.program = image.digest, image.program
            pulled.append(image)
        size = sum(image.program.size_mib for image in pulled)
        self._later(task, self._timings.pull(size), self._activate)

    def _activate(self, task: Task) -> None:
        task.pull_stopped_at = self._simulation.now
        self._enter(task, "ACTIVATING")
        self._on_change(task, Change.IMAGES_PULLED)
        self._later(task, self._timings.draw("activating") + self._timings.draw("container_start"), self._run)

    def _run(self, task: Task) -> None:
        """Start the containers that wait for no other; the task is RUNNING when all have started."""
        while task.live and (ready := startable(task.containers)):
            for container in ready:
                if reason := start_problem(container):
                    self._never_starts(task, container, reason)
                    return
                container.started_at, container.last_status = self._simulation.now, "RUNNING"
                suffix = self._simulation.random.randrange(10**8, 10**10)
                container.runtime_id = f"{task.id}-{suffix}"
                self._run_program(task, container)
                if limit := container.definition.get("startTimeout"):
                    self._later(task, limit, partial(self._give_up, container))
        if task.live and (problem := refused(task.containers)):
            self._never_starts(task, *problem)
        if task.live and task.started_at is None and all(each.started_at for each in task.containers):
            self._begin_to_run(task)

    def _give_up(self, late: Container, task: Task) -> None:
        if problem := overdue(task.containers, late):
            self._never_starts(task, *problem)

    def _never_starts(self, task: Task, container: Container, reason: str) -> None:
        container.reason = reason
        self._begin_to_stop(task, "TaskFailedToStart", FAILED_TO_START)
        self._enter(task, "DEACTIVATING")
        self._on_change(task, Change.STOPPING)
        self._terminate(task)

    def _begin_to_run(self, task: Task) -> None:
        task.started_at = self._simulation.now
        self._enter(task, "RUNNING")
        if task.revision.balancers and task.service:
            self._later(task, self._timings.draw("target_registration"), self._register)
        self._on_change(task, Change.RUNNING)

    def _register(self, task: Task) -> None:
        if not task.live:
            return
        for balancer in task.revision.balancers:
            group = self._surroundings.target_group(balancer["targetGroupArn"])
            if group is not None and task.interface is not None:
                group.register([{"Id": task.interface.address, "Port": balancer["containerPort"]}])
                task.targets.append((group, balancer["containerPort"]))
        self._on_change(task, Change.REGISTERED)

    def _reference(self, task: Task, container: Container) -> str:
        digest = task.revision.digests.get(container.name)
        if digest is None or "@" in container.image:
            return container.image
        repository, _, name = container.image.rpartition("/")
        return f"{repository}/{name.partition(':')[0]}@{digest}" if repository else container.image

    def _platform(self, task: Task) -> str:
        platform = task.revision.task_definition.runtime_platform or {}
        return _ARCHITECTURES[platform.get("cpuArchitecture", "X86_64")]

    def _fail_to_pull(self, task: Task, container: Container, retries: str, text: str) -> None:
        self._fail_for(task, Problem(f"CannotPullContainerError: pull image manifest {text}", retries), container)

    def _fail_for(self, task: Task, problem: Problem, container: Container | None = None) -> None:
        """Have a task fail to start once its problem is known; a container whose image it is has the same reason."""

        def fail(task: Task) -> None:
            if container is not None:
                container.reason = problem.reason
            self._fail_to_start(task, problem.reason)

        self._later(task, self._timings.draw(problem.takes) if problem.takes else 0, fail)

    def _fail_to_start(self, task: Task, reason: str) -> None:
        self._begin_to_stop(task, "TaskFailedToStart", reason)
        self._deprovision(task)
        self._on_change(task, Change.STOPPING)

    # --- what the programs do

    def _run_program(self, task: Task, container: Container) -> None:
        hooks = Hooks(self._later, self._print, self._exit)
        run_program(task, container, self._simulation, self._situations, hooks)
        if container.program and container.definition.get("healthCheck"):
            self._plan_check(task, container)

    def _plan_check(self, task: Task, container: Container) -> None:
        interval = float(container.definition["healthCheck"].get("interval") or 30)

        def check(task: Task) -> None:
            if not container.runs:
                return
            if check_container(container, self._simulation.now):
                task.version += 1
                self._on_change(task, Change.HEALTH)
                self._run(task)
            self._later(task, interval, check)

        self._later(task, interval, check)

    def _print(self, task: Task, container: Container, lines: list[str]) -> None:
        """Put lines of standard output into the log, with the time of now, after the driver's delay."""
        options = awslogs(container)
        if options is None or not lines or not container.runs:
            return
        stream, at = stream_name(task, container), self._simulation.now

        def deliver() -> None:
            if self._preparation.may_write(task, container):
                self._surroundings.write_log(options, stream, lines, at)

        self._simulation.schedule(self._timings.draw("log_delivery"), deliver)

    def _exit(self, task: Task, container: Container, code: int, reason: str | None) -> None:
        """A process has ended; the task ends with its essential containers."""
        container.exit_code, container.reason, container.last_status = code, reason, "STOPPED"
        task.version += 1
        if task.live and container.essential:
            self._begin_to_stop(task, "EssentialContainerExited", "Essential container in task exited")
            self._enter(task, "DEACTIVATING")
            self._leave_targets(task)
            self._on_change(task, Change.STOPPING)
            self._terminate(task)
        elif task.live:
            self._run(task)

    # --- the way to STOPPED

    def stop(self, task: Task, code: str, reason: str, *, drain: bool = True) -> None:
        """Have a task stop; harmless where it already does.

        A running one first leaves its target groups and waits until they have drained it, unless its host cannot wait.
        """
        if not task.live:
            return
        ran = _began(task)
        self._begin_to_stop(task, code, reason)
        if not ran:
            self._deprovision(task)
            return
        self._enter(task, "DEACTIVATING")
        drained_after = self._leave_targets(task)
        self._simulation.schedule(drained_after if drain else 0, lambda: self._terminate(task))

    def _begin_to_stop(self, task: Task, code: str, reason: str) -> None:
        task.desired_status, task.stop_code, task.stopped_reason = "STOPPED", code, reason
        task.stopping_at = self._simulation.now
        task.version += 1
        if not _began(task):
            for plan in task.plans:
                plan.cancel()

    def _leave_targets(self, task: Task) -> float:
        """Deregister from all target groups; return after how many seconds the last has drained."""
        longest = 0.0
        for group, port in task.targets:
            if task.interface is None:
                continue
            key = f"{task.interface.address}:{port}"
            if group.targets.pop(key, None) is not None:
                longest = max(longest, self._targets.deregister(group, task.interface.address, port) or 0.0)
                if task.service:
                    task.service.deregistered[group.arn] = task.service.deregistered.get(group.arn, 0) + 1
        return longest

    def _terminate(self, task: Task) -> None:
        """Send SIGTERM to what still runs, and SIGKILL after the stop timeout."""
        if task.execution_stopped_at is not None or task.last_status == "STOPPING":
            return
        self._enter(task, "STOPPING")
        longest = 0.0
        for container in task.containers:
            if not container.runs:
                continue
            timeout = float(container.definition.get("stopTimeout") or STOP_TIMEOUT_SECONDS)
            signal = container.program.sigterm if container.program else None
            if signal and signal.after > timeout:
                signal = None
            after, code = (signal.after, signal.code) if signal else (timeout, _KILLED)
            longest = max(longest, after)
            self._simulation.schedule(after, partial(self._end, task, container, code, signal))
        self._simulation.schedule(longest, lambda: self._stopped_executing(task))

    def _end(self, task: Task, container: Container, code: int, signal: Signal | None) -> None:
        if container.runs:
            self._print(task, container, list(signal.logs) if signal else [])
            self._exit(task, container, code, None)

    def _stopped_executing(self, task: Task) -> None:
        for plan in task.plans:
            plan.cancel()
        task.execution_stopped_at = self._simulation.now
        self._deprovision(task)

    def _deprovision(self, task: Task) -> None:
        self._enter(task, "DEPROVISIONING")
        for container in task.containers:
            container.last_status = "STOPPED"
        self._simulation.schedule(self._timings.draw("network_interface_release"), lambda: self._finish(task))

    def _finish(self, task: Task) -> None:
        if task.interface:
            self._surroundings.release_interface(task.interface.interface_id)
            task.interface_status = "DELETED"
        task.stopped_at = self._simulation.now
        self._enter(task, "STOPPED")
        self._on_change(task, Change.STOPPED)
        self._simulation.schedule(self._timings.draw("stopped_task_listed"), lambda: self._forget(task))

    def _enter(self, task: Task, status: str) -> None:
        task.last_status = status
        task.version += 1

    def _later(self, task: Task, seconds: float, step: Callable[[Task], None]) -> None:
        task.plans = [plan for plan in task.plans if plan.at >= self._simulation.now and not plan.cancelled]
        task.plans.append(self._simulation.schedule(seconds, lambda: step(task)))


def _began(task: Task) -> bool:
    return any(each.started_at for each in task.containers)


def _port(container: Container) -> int | None:
    ports: list[dict[str, Any]] = container.definition.get("portMappings") or []
    return int(ports[0]["containerPort"]) if ports else None
