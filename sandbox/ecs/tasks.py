"""The life of a Fargate task up to RUNNING, and what its containers' programs make of it.

States and their order: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
Texts of stopped tasks: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

import uuid
from collections.abc import Callable
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
from sandbox.ecs.stopping import Change, Stopping
from sandbox.ecs.surroundings import ImageNotFoundError, Pulled, Surroundings
from sandbox.elb import Targets
from sandbox.simulation import Simulation
from sandbox.timings import Timings

_ARCHITECTURES = {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}


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
        self._on_change = on_change
        self._rate = LaunchRate()
        self.takes_tasks: Callable[[str | None], bool] = lambda _zone: True
        """Whether a zone has capacity."""
        self._situations = situations
        self._stopping = Stopping(simulation, timings, surroundings, targets, on_change, self._ended, forget)
        self.stop = self._stopping.stop

    # --- the way to RUNNING

    def start(self, task: Task) -> None:
        """Begin the life of a task that is PROVISIONING."""
        wait = self._rate.take(self._simulation.now)
        self._later(task, wait + self._timings.draw("network_interface", task.group), self._connect)

    def _connect(self, task: Task) -> None:
        random = self._simulation.random
        attachment_id = str(uuid.UUID(int=random.getrandbits(128), version=4))
        configuration = task.revision.network_configuration
        interface = self._surroundings.attach_interface(
            configuration, attachment_id, random, self.takes_tasks, task.fellows_in
        )
        if isinstance(interface, str):
            self._stopping.fail(task, interface)
            return
        task.interface, task.interface_status = interface, "ATTACHED"
        task.availability_zone = self._surroundings.zone(interface.subnet_id)
        task.connectivity_at = self._simulation.now
        task.enter("PENDING")
        self._later(task, self._timings.draw("preparation", task.group), self._prepare)

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
        self._later(task, self._timings.pull(size, task.group), self._activate)

    def _activate(self, task: Task) -> None:
        task.pull_stopped_at = self._simulation.now
        task.enter("ACTIVATING")
        self._on_change(task, Change.IMAGES_PULLED)
        self._later(
            task,
            self._timings.draw("activating", task.group) + self._timings.draw("container_start", task.group),
            self._run,
        )

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
        self._stopping.end(task, "TaskFailedToStart", FAILED_TO_START)

    def _begin_to_run(self, task: Task) -> None:
        task.started_at = self._simulation.now
        task.enter("RUNNING")
        if task.revision.balancers and task.service:
            self._later(task, self._timings.draw("target_registration", task.group), self._register)
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
            self._stopping.fail(task, problem.reason)

        self._later(task, self._timings.draw(problem.takes, task.group) if problem.takes else 0, fail)

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

        self._simulation.schedule(self._timings.draw("log_delivery", task.group), deliver)

    def _exit(self, task: Task, container: Container, code: int, reason: str | None) -> None:
        """A process has ended; the task ends with its essential containers."""
        container.exit_code, container.reason, container.last_status = code, reason, "STOPPED"
        task.version += 1
        if task.live and container.essential:
            self._stopping.end(task, "EssentialContainerExited", "Essential container in task exited")
        elif task.live:
            self._run(task)

    def _ended(self, task: Task, container: Container, code: int, last_lines: list[str]) -> None:
        self._print(task, container, last_lines)
        self._exit(task, container, code, None)

    def _later(self, task: Task, seconds: float, step: Callable[[Task], None]) -> None:
        task.plans = [plan for plan in task.plans if plan.at >= self._simulation.now and not plan.cancelled]
        task.plans.append(self._simulation.schedule(seconds, lambda: step(task)))


def _port(container: Container) -> int | None:
    ports: list[dict[str, Any]] = container.definition.get("portMappings") or []
    return int(ports[0]["containerPort"]) if ports else None
