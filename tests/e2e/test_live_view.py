"""The live view of real runs in a real terminal: `up` and `watch`, from the engine's start to the report."""

import re
import shlex
import sys

import pytest

from tests.e2e.conftest import ROOT, Checkout
from tests.terminal.conftest import Terminal, directory, needs_tmux, terminal

__all__ = ["directory", "terminal"]
pytestmark = [pytest.mark.e2e, needs_tmux]
OF_THE_SHELL = "exit code "


def run(terminal: Terminal, *arguments: str) -> None:
    command = shlex.join([sys.executable, str(ROOT / "deploy.py"), *arguments])
    terminal.run(f"sh -c '{command}; echo {OF_THE_SHELL}$?; sleep 60'", 80, 24)


def whole(screen: str) -> str:
    """Return the screen's words without its line breaks, which stand where the terminal's width is over."""
    return re.sub(r"\s+", " ", screen)


def test_a_deployment_that_fails_is_drawn_survives_a_resize_and_ends_with_its_report(
    checkout: Checkout, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.terminal.conftest.PATIENCE", 150.0)
    assert checkout.up("shop:good-1").exit_code == 0
    place = ("--project", str(checkout.directory), "--sandbox")
    run(terminal, "up", *place, "--no-preflight", "--config", "image=shop:port-5201")
    terminal.wait(lambda screen: "engine: " in screen and "under way" in screen)
    terminal.resize(130, 40)
    screen = terminal.wait(
        lambda screen: "breaker " in screen and "> shop:2" in screen and "listening on 5201" in screen
    )
    assert "tasks of shop:2" in screen
    assert "IN_PROGRESS" in screen
    terminal.resize(80, 24)
    terminal.wait(lambda screen: OF_THE_SHELL in screen)
    left = whole(terminal.screen(history=True))
    assert f"{OF_THE_SHELL}4" in left
    summary, report = left.split("error[elb-health-port-mismatch]")
    assert "shop:1 serves again, proven: 2 of 2 tasks run" in summary
    assert "ECS is asked to stop the deployment and roll back" in summary
    assert "the deployment was stopped after" in report
