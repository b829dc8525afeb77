"""Runs the process of a container: between what the program does and what the task makes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sandbox.ecs.model import Container, Task
from sandbox.ecs.situations import NOT_FOUND, Situations, shell_problem
from sandbox.program import Process
from sandbox.simulation import Simulation

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
Later = Callable[[Task, float, Callable[[Task], None]], None]


@dataclass(frozen=True)
class Hooks:
    """What a task does for its processes: wait, write to the log, and note an exit with its code and reason."""

    later: Later
    say: Callable[[Task, Container, list[str]], None]
    exit: Callable[[Task, Container, int, str | None], None]


class _Run:
    """The watcher of one container's process."""

    def __init__(self, task: Task, container: Container, simulation: Simulation, hooks: Hooks) -> None:
        self._task = task
        self._container = container
        self._simulation = simulation
        self._hooks = hooks

    def later(self, seconds: float, step: Callable[[], None]) -> None:
        self._hooks.later(self._task, seconds, lambda _task: step() if self._container.runs else None)

    def say(self, lines: Sequence[str]) -> None:
        self._hooks.say(self._task, self._container, list(lines))

    def end(self, code: int, *, killed_for_memory: bool) -> None:
        reason = OUT_OF_MEMORY if killed_for_memory else None
        self._hooks.exit(self._task, self._container, code, reason)

    def seconds(self) -> float:
        started = self._container.started_at
        return (self._simulation.now - started).total_seconds() if started else 0.0


def run_program(task: Task, container: Container, simulation: Simulation, situations: Situations, hooks: Hooks) -> None:
    """Start the process of a container whose image is pulled."""
    if container.program is None:
        return
    run = _Run(task, container, simulation, hooks)
    said = shell_problem(container)
    if said is not None:
        run.later(0, partial(_fail_in_shell, run, said))
        return
    container.process = Process(container.program, situations.of(task, container), run)
    container.process.start()


def _fail_in_shell(run: _Run, said: str) -> None:
    run.say([said])
    run.end(NOT_FOUND, killed_for_memory=False)
