"""Plays a recorded run into a live view, a step for each line that comes through a pipe: play.py STORY PIPE [OPTION]….

Only the engine's messages are written by hand; what ECS shows is recorded, and the watch that thinks about it is the
real one. The clock stands still between two steps, so a screen is the same each time.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from automation.ending.abort_states import StepName
from automation.ending.interrupts import Choice
from automation.engine.update import (
    Ended,
    Operation,
    ResourceEnded,
    ResourceStarted,
    ServiceStarted,
    ServiceTarget,
    Started,
)
from automation.service_run import ServiceRun
from automation.telling.progress import Progress
from automation.telling.terminal import outlive_readers
from automation.watcher import Looked
from commands.live import Shown, showing
from commands.running import Printer
from diagnostics.clock import Clock
from diagnostics.evidence import Evidence
from diagnostics.recorder import read_documents
from diagnostics.render.terminal import print_diagnosis
from diagnostics.serving import serving
from diagnostics.watch import Baseline, Watch, WatchState

RECORDINGS = Path(__file__).parent / "recordings"
STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack$"
URN = f"{STACK}aws:ecs/service:Service::shop-service"
DEFINITION = f"{STACK}aws:ecs/taskDefinition:TaskDefinition::shop-task-definition"


class StandingClock(Clock):
    """A clock that shows what it is set to."""

    def __init__(self, at: datetime) -> None:
        self.time = at

    def now(self) -> datetime:
        return self.time

    def real(self, seconds: float) -> float:
        return seconds


@dataclass
class Replayed:
    """A collector whose looks are those of a recording, each as often as it is asked for."""

    looks: list[Evidence]
    now: int = 0

    def describe(self) -> Evidence:
        return self.looks[self.now]

    def collect(self, deployment_id: str, *, before: object = None) -> Evidence:  # noqa: ARG002
        return self.looks[self.now]

    def slower(self, now: datetime) -> float:  # noqa: ARG002
        return 1.0


class Scripted:
    """A person who leaves the deployment running."""

    can_ask = True

    def __init__(self, wait: Callable[[], object]) -> None:
        self._wait = wait

    def ask(self, question: str, answer: Callable[[Choice | None], object]) -> None:
        print(f"{question} [l] leave it running: ", end="", file=sys.stderr, flush=True)
        self._wait()
        print("l", file=sys.stderr)
        answer(Choice.LEAVE)

    def withdraw(self) -> None:
        """Nothing to withdraw."""


class Story:
    """One run, as the driver would tell it."""

    def __init__(self, name: str) -> None:
        with (RECORDINGS / f"{name}.jsonl").open(encoding="utf-8") as stream:
            self.looks = [each for each in read_documents(stream).documents if isinstance(each, Evidence)]
        self.aborted = name != "crash-on-start"  # that one was recorded with --no-abort
        deployment = self.looks[0].primary
        assert deployment is not None
        self.began = self.looks[0].captured_at or datetime(2026, 1, 1, tzinfo=UTC)
        self.clock = StandingClock(self.began - timedelta(seconds=20))
        self.collector = Replayed(self.looks)
        self.watch = Watch(self.collector, self.clock, deployment.task_definition)  # type: ignore[arg-type]
        older = frozenset(each.id for each in self.looks[0].deployments if each is not deployment)
        self.watch.baseline = Baseline(self.clock.time, exists=True, read=True, deployment_ids=older)
        target = ServiceTarget(
            URN, "shop", "sandbox", deployment.task_definition, Operation.UPDATE, deploys=True, region="eu-west-1"
        )
        self.run = ServiceRun(target)

    def steps(self, shown: Shown, progress: Progress, wait: Callable[[], object]) -> Iterator[None]:
        """Tell the story; each turn of the iterator is a step."""
        progress.message(Started())
        for name in ("shop-key", "shop-log-group", "shop-topic"):
            progress.message(ResourceEnded(f"{STACK}aws:kms/key:Key::{name}", "aws:kms/key:Key", "same", failed=False))
        progress.message(ResourceStarted(DEFINITION, "aws:ecs/taskDefinition:TaskDefinition", "create-replacement"))
        self.clock.time += timedelta(seconds=3)
        yield
        progress.message(
            ResourceEnded(DEFINITION, "aws:ecs/taskDefinition:TaskDefinition", "create-replacement", failed=False)
        )
        progress.message(ServiceStarted(self.run.target))
        stopped = False
        for n, evidence in enumerate(self.looks):
            self.collector.now, self.clock.time = n, evidence.captured_at or self.clock.time
            look = self.run.look = self.watch.look()
            progress.message(Looked(URN, look))
            if self.aborted and look.state is WatchState.DOOMED and not stopped:
                stopped = True
                progress.step(StepName.STOP_ASKED, "", "shop: ")
            yield
        shown.aside(Scripted(wait)).ask("leave it running, or roll it back?", lambda _: None)
        yield
        progress.message(ResourceEnded(URN, "aws:ecs/service:Service", "update", failed=True))
        progress.message(Ended("exit status 255"))
        primary = self.looks[-1].primary
        self.clock.time += timedelta(seconds=5)
        self.run.prove(
            serving(self.looks[-1], primary.task_definition if primary else None), self.clock.time, self.clock.elapsed()
        )
        progress.proof(self.run)
        yield


def main(name: str, pipe: str, *options: str) -> None:
    """Play a story: a file beside the pipe says how many steps were taken, a line from the pipe asks for more."""
    outlive_readers()
    story = Story(name)
    printer = Printer(quiet="--quiet" in options)
    printer.clock = story.clock
    verbose = "--verbose" in options
    taken = Path(pipe).with_suffix(".taken")
    steps = count(1)
    with open(pipe, encoding="utf-8") as lines:  # noqa: PTH123 - a pipe

        def pause() -> None:
            partial = taken.with_suffix(".partial")
            partial.write_text(str(next(steps)), encoding="utf-8")
            partial.replace(taken)
            lines.readline()

        with showing("up: shop (dev)", printer, verbose=verbose) as shown:
            progress = Progress(shown.say, verbose=verbose, follow=shown.follow)
            for _ in story.steps(shown, progress, pause):
                pause()
        assert story.run.look is not None
        print_diagnosis(story.run.look.diagnosis, ("revision shop:1 serves again",))
        pause()
        time.sleep(60 if "--stay" in options else 0)  # a pane goes with its program


if __name__ == "__main__":
    main(*sys.argv[1:])
