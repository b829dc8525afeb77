"""What serves after a rollback is held against what served then."""

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from automation.engine.project import read_project
from automation.engine.update import Operation, ServiceTarget
from automation.errors import UsageError
from automation.history.keeping import Stores
from automation.history.local import LocalStore
from automation.history.origin import GitError
from automation.history.recording import History
from automation.outcome import ExitCode, Outcome, Result, ServiceOutcome
from automation.rollback.choose import Proven
from automation.rollback.program import Program
from automation.rollback.run import Plan, held_to, roll_back
from automation.rollback.stack import the_service
from automation.telling.progress import Progress
from automation.telling.summary import headline
from diagnostics.serving import Serving, ServingState
from tests.automation.cli import Cli
from tests.automation.history.examples import CLUSTER, FAMILY, record, service

SHOP = ServiceTarget("urn:shop", "shop", CLUSTER, None, Operation.SAME, "eu-west-1", deploys=False)
WORKER = replace(SHOP, urn="urn:worker", name="worker")
PLAN = Plan(Proven(record(1), service(1)), SHOP, None)


def outcome(digest: str | None, name: str = "shop") -> Outcome:
    proof = Serving(ServingState.PROVEN, task_definition=f"{FAMILY}:3", digest=digest, desired=2, running=2)
    return Outcome("prod", (ServiceOutcome(CLUSTER, name, Result.SERVING, None, f"{FAMILY}:3", proof),))


def test_the_image_that_served_then_is_proven() -> None:
    same = outcome("sha256:" + "1" * 64)
    assert held_to(same, PLAN) == same
    assert held_to(outcome(None), PLAN).exit_code is ExitCode.PROVEN
    assert held_to(outcome("sha256:" + "9" * 64, "another"), PLAN).exit_code is ExitCode.PROVEN


def test_another_image_is_not_proven_and_the_reason_is_said() -> None:
    held = held_to(outcome("sha256:" + "9" * 64), PLAN)
    assert held.exit_code is ExitCode.NOT_PROVEN
    (found,) = held.services
    assert headline(found) == (
        "shop: shop:3 is applied, and not proven: it runs sha256:999999999999…, and shop:1 ran sha256:111111111111…"
    )


def test_the_plan_says_what_is_going_to_be_done() -> None:
    assert PLAN.sentence == "shop goes back to shop:1, proven 2026-11-20 12:01:30 UTC: ECS deploys that revision again"
    again = Plan(PLAN.target, SHOP, Program("a" * 40, ".", {}, ()))
    assert again.sentence.endswith("the program of commit aaaaaaaaaa runs again with the configuration of that run")
    assert (again.rolled_back.by, PLAN.rolled_back.by) == ("program", "service")
    assert again.rolled_back.record == record(1).id


def test_the_service_is_the_only_one_or_the_one_that_is_named() -> None:
    assert the_service([SHOP], "prod", None) == the_service([SHOP, WORKER], "prod", "shop") == SHOP
    with pytest.raises(UsageError, match="say which with `--service`, one of `shop`, `worker`"):
        the_service([SHOP, WORKER], "prod", None)
    with pytest.raises(UsageError, match="no such service; it has `shop`"):
        the_service([SHOP], "prod", "web")
    with pytest.raises(UsageError, match="no ECS service"):
        the_service([], "prod", None)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a project, whose program has changed since its first commit."""

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
        subprocess.run(["git", "-C", str(tmp_path / "shop"), *who, *arguments], check=True, capture_output=True)

    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\nconfig: {image: {type: string}}\n")
    (folder / ".gitignore").write_text(".failwell\n")
    git("init", "-q", "-b", "main")
    for text in ("one", "two"):
        (folder / "__main__.py").write_text(text)
        git("add", "-A")
        git("commit", "-qm", text)
    return folder


def commit(repository: Path, revision: str) -> str:
    found = subprocess.run(
        ["git", "-C", str(repository), "rev-parse", revision], check=True, capture_output=True, text=True
    )
    return found.stdout.strip()


def test_the_program_of_that_commit_runs_again_with_what_was_configured_and_its_record_says_so(
    repository: Path, tmp_path: Path
) -> None:
    # `pulumi up … --config-file FILE …`
    file = "while [ $1 != --config-file ]; do shift; done"
    cli = Cli(tmp_path, f"cat __main__.py > {tmp_path}/ran; {file}; cp $2 {tmp_path}/configured")
    again = Program(commit(repository, "HEAD~1"), ".", {"shop:image": "shop:1"}, ())
    plan = Plan(PLAN.target, SHOP, again)
    store = LocalStore(tmp_path / "records")
    request = cli.request(project=read_project(repository), preflight=False)
    opened: Any = None  # a run of the program opens the stack from its own checkout
    history = History(Stores((store,)), "rollback", lambda: "arn:me", environment={})
    outcome = roll_back(request, opened, plan, history, Progress(lambda _line: None))
    assert outcome is not None
    assert outcome.exit_code is ExitCode.PROVEN
    assert (tmp_path / "ran").read_text() == "one"
    assert yaml.safe_load((tmp_path / "configured").read_text())["config"] == {"shop:image": "shop:1"}
    assert (repository / "__main__.py").read_text() == "two", "the checkout of whoever runs this stays"
    assert not (repository / ".failwell" / "rollback").exists()
    (document,) = (each for each in store.newest_first("shop", "dev") if isinstance(each, dict))
    assert (document["command"], document["rolled_back"]["by"]) == ("rollback", "program")
    assert document["rolled_back"]["record"] == PLAN.target.record.id
    assert document["configuration"] == {"shop:image": "shop:1"}


def test_a_commit_that_is_not_there_any_more_ends_it_before_anything_is_asked(repository: Path, tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    request = cli.request(project=read_project(repository), preflight=False)
    history = History(Stores(()), "rollback", lambda: "arn:me", environment={})
    opened: Any = None
    with pytest.raises(GitError):
        roll_back(
            request, opened, Plan(PLAN.target, SHOP, Program("f" * 40, ".", {}, ())), history, Progress(lambda _: None)
        )
    assert cli.calls == []
