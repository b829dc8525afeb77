"""The end of a Fargate task: out of its target groups, SIGTERM, SIGKILL, and its address given back.

States and their order: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
"""

from collections.abc import Callable
from enum import Enum, auto
from functools import partial

from sandbox.ecs.model import Container, Task
from sandbox.ecs.surroundings import Surroundings
from sandbox.elb import Targets
from sandbox.image_keys import Signal
from sandbox.simulation import Simulation
from sandbox.timings import Timings

STOP_TIMEOUT_SECONDS = 30
_KILLED = 137


class Change(Enum):
    """What happened to a task."""

    IMAGES_PULLED = auto()
    RUNNING = auto()
    REGISTERED = auto()
    HEALTH = auto()
    STOPPING = auto()
    STOPPED = auto()


class Stopping:
    """Stops tasks.

    Args:
        on_change: told of everything that a scheduler cares about.
        on_exit: told of a process that a signal has ended: its code and its last lines.
        forget: told when a stopped task is no longer listed.
    """

    def __init__(
        self,
        simulation: Simulation,
        timings: Timings,
        surroundings: Surroundings,
        targets: Targets,
        on_change: Callable[[Task, Change], None],
        on_exit: Callable[[Task, Container, int, list[str]], None],
        forget: Callable[[Task], None],
    ) -> None:
        self._simulation = simulation
        self._timings = timings
        self._surroundings = surroundings
        self._targets = targets
        self._on_change = on_change
        self._on_exit = on_exit
        self._forget = forget

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
        task.enter("DEACTIVATING")
        drained_after = self._leave_targets(task)
        self._simulation.schedule(drained_after if drain else 0, lambda: self._terminate(task))

    def fail(self, task: Task, reason: str) -> None:
        """Have a task stop of which no container has started."""
        self._begin_to_stop(task, "TaskFailedToStart", reason)
        self._deprovision(task)
        self._on_change(task, Change.STOPPING)

    def end(self, task: Task, code: str, reason: str) -> None:
        """Have a task stop for what its own containers did; nothing waits until target groups have drained it."""
        self._begin_to_stop(task, code, reason)
        task.enter("DEACTIVATING")
        self._leave_targets(task)
        self._on_change(task, Change.STOPPING)
        self._terminate(task)

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
        task.enter("STOPPING")
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
            self._on_exit(task, container, code, list(signal.logs) if signal else [])

    def _stopped_executing(self, task: Task) -> None:
        for plan in task.plans:
            plan.cancel()
        task.execution_stopped_at = self._simulation.now
        self._deprovision(task)

    def _deprovision(self, task: Task) -> None:
        task.enter("DEPROVISIONING")
        for container in task.containers:
            container.last_status = "STOPPED"
        self._simulation.schedule(
            self._timings.draw("network_interface_release", task.group), lambda: self._finish(task)
        )

    def _finish(self, task: Task) -> None:
        if task.interface:
            self._surroundings.release_interface(task.interface.interface_id)
            task.interface_status = "DELETED"
        task.stopped_at = self._simulation.now
        task.enter("STOPPED")
        self._on_change(task, Change.STOPPED)
        self._simulation.schedule(self._timings.draw("stopped_task_listed", task.group), lambda: self._forget(task))


def _began(task: Task) -> bool:
    return any(each.started_at for each in task.containers)
