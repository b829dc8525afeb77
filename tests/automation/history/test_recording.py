"""The record of a run: what is asked beside it, and that it never makes the run fail."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from automation.history.keeping import RECORD, Stores
from automation.history.origin import GitError
from automation.history.record import Record, RolledBack, parse
from automation.history.recording import History
from automation.history.store import Document, StoreError, TakenError
from automation.outcome import Outcome
from diagnostics.model import Gap
from tests.automation.history.examples import AT, FAMILY, record


class Kept:
    """A store in memory, which may refuse."""

    name = "memory"

    def __init__(self, refusal: Exception | None = None) -> None:
        self.documents: list[Document] = []
        self.refusal = refusal

    def add(self, document: Document) -> None:
        if self.refusal:
            raise self.refusal
        self.documents.append(document)

    def newest_first(self, project: str, stack: str | None) -> Iterator[Document]:  # noqa: ARG002
        return iter(self.documents)


def no_git(_directory: Path) -> Callable[..., str]:
    def refuse(*_arguments: str) -> str:
        raise GitError("not a git repository")

    return refuse


def history(*stores: Kept, caller: Callable[[], str] = lambda: "arn:me", **more: Any) -> History:
    times = iter(AT + timedelta(seconds=seconds) for seconds in range(100))
    return History(Stores(stores), "up", caller, environment={}, git=no_git, now=lambda: next(times), **more)


def finish(history: History, outcome: Outcome, configuration: dict[str, Any] | None = None) -> Outcome:
    return history.begin("shop", Path(), "acme/shop/prod", configuration or {}).finish(outcome)


def test_a_run_leaves_one_record_with_what_was_asked_beside_it() -> None:
    kept = Kept()
    outcome = finish(history(kept), Outcome("prod", ()), {"shop:image": "x", "shop:token": {"secure": "y"}})
    found = only(kept)
    assert outcome.gaps == ()
    assert (found.stack, found.command, found.exit_code, found.commit) == ("prod", "up", 0, None)
    assert (found.actor.caller, found.configuration) == ("arn:me", {"shop:image": "x"})
    assert found.absent_configuration == (("shop:token",),)
    assert found.ended_at - found.began_at == timedelta(seconds=1)


@pytest.mark.parametrize("refusal", [StoreError("no such bucket"), RuntimeError("a surprise")])
def test_a_store_that_refuses_is_a_gap_and_the_other_one_is_written(refusal: Exception) -> None:
    kept = Kept()
    outcome = finish(history(kept, Kept(refusal)), Outcome("prod", ()))
    assert outcome.exit_code == 0
    assert [gap.what for gap in outcome.gaps] == [RECORD]
    assert only(kept).exit_code == 0


def test_a_caller_that_aws_does_not_name_is_a_gap_of_the_record() -> None:
    def refuse() -> str:
        raise PermissionError("denied")

    kept = Kept()
    outcome = finish(history(kept, caller=refuse), Outcome("prod", (), gaps=(Gap("logs", "denied"),)))
    assert only(kept).actor.caller is None
    assert only(kept).gaps == ("logs: denied", "the caller's identity: PermissionError: denied")
    assert len(outcome.gaps) == 2


def test_ids_that_are_all_taken_are_a_gap() -> None:
    taken = Kept(TakenError("20261120"))
    (gap,) = finish(history(taken), Outcome("prod", ())).gaps
    assert gap.what == RECORD


def test_beginning_waits_for_nobody() -> None:
    asked = threading.Event()

    def slow() -> str:
        assert asked.wait(30)
        return "arn:slow"

    kept = Kept()
    recording = history(kept, caller=slow).begin("shop", Path(), "prod", {})
    asked.set()
    recording.finish(Outcome("prod", ()))
    assert only(kept).actor.caller == "arn:slow"


def test_a_rollback_keeps_the_commit_and_the_configuration_that_it_deploys() -> None:
    kept = Kept()
    repeated = replace(record(1), absent_configuration=(("shop:token",),))
    back = RolledBack(repeated.id, f"{FAMILY}:1", "service")
    finish(history(kept, rolled_back=back, repeats=repeated), Outcome("prod", ()), {"shop:image": "today's"})
    found = only(kept)
    assert found.rolled_back == back
    assert found.commit == repeated.commit
    assert found.configuration == repeated.configuration
    assert found.absent_configuration == repeated.absent_configuration


def only(kept: Kept) -> Record:
    (document,) = kept.documents
    return parse(document)
