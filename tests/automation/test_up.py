"""A run of `up` leaves its record however it ends: served, failed, interrupted, or broken by a surprise."""

import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from automation.ending.interrupts import Interrupted
from automation.engine.install import Engine
from automation.engine.project import Project
from automation.engine.update import Ended, Started
from automation.history.keeping import Stores
from automation.history.origin import GitError
from automation.history.recording import History
from automation.history.store import Document
from automation.outcome import ExitCode
from automation.request import Request
from automation.telling.progress import Progress
from automation.up import Running, drive
from diagnostics.clock import ServerClock, machine_clock
from diagnostics.model import Gap


@dataclass
class Engineless:
    """An update that says what it is told to, of a stack without a service; it is the stack, too."""

    says: list[Any]
    messages: "queue.Queue[Any]" = field(default_factory=queue.Queue)
    surprise: Exception | None = None
    api_calls: dict[str, int] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    name: str = "acme/shop/prod"
    deployment: dict[str, Any] = field(
        default_factory=lambda: {"pending_operations": [{"type": "creating", "resource": {"urn": "urn:x"}}]}
    )
    documents: list[Document] = field(default_factory=list)

    def start(self) -> None:
        if self.surprise:
            raise self.surprise
        for message in self.says:
            self.messages.put(message)

    def interrupt(self) -> bool:
        return False

    def refresh(self, urn: str) -> None:
        """There is no service whose state a run would mend."""

    @property
    def stack(self) -> "Engineless":
        return self

    def export_stack(self) -> "Engineless":
        return self

    # the store
    def add(self, document: Document) -> None:
        self.documents.append(document)

    def newest_first(self, project: str, stack: str | None) -> Iterator[Document]:  # noqa: ARG002
        return iter(self.documents)

    def run(self) -> ExitCode:
        def no_git(_directory: Path) -> Callable[..., str]:
            def refuse(*_arguments: str) -> str:
                raise GitError("not a git repository")

            return refuse

        history = History(Stores((self,)), "up", lambda: "arn:me", environment={}, git=no_git)
        project = Project(Path(), "shop", "python", None, {})
        request = Request(
            project, "prod", Engine(Path("pulumi"), "3.0.0", "test"), {}, ServerClock(machine_clock()), history=history
        )
        site: Any = self
        opened: Any = self
        running = Running(self, site, self.messages)
        return drive(request, opened, {"shop:image": "x"}, running, Progress(lambda _line: None)).exit_code


@pytest.mark.parametrize(
    ("says", "code", "error", "pending"),
    [
        ([Started(), Ended(None)], 0, None, []),
        ([Started(), Ended("the bucket exists already")], 1, "the bucket exists already", []),
        ([Started(), Interrupted(), Ended("cancelled")], 6, "cancelled", ["creating urn:x"]),
    ],
)
def test_however_a_run_ends_it_leaves_one_record(
    says: list[Any], code: int, error: str | None, pending: list[str]
) -> None:
    update = Engineless(says)
    assert update.run() == code
    (document,) = update.documents
    assert (document["exit_code"], document["update_error"], document["stack"]) == (code, error, "prod")
    assert document["pending_operations"] == pending
    assert document["configuration"] == {"shop:image": "x"}


def test_a_surprise_is_raised_and_recorded() -> None:
    update = Engineless([], surprise=RuntimeError("no thread could be started"))
    with pytest.raises(RuntimeError, match="no thread"):
        update.run()
    (document,) = update.documents
    assert (document["exit_code"], document["update_error"]) == (1, "RuntimeError: no thread could be started")
