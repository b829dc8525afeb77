"""A stack's end: what was deleted is told, and an error is the engine's own words."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from pulumi.automation import EngineEvent
from pulumi.automation._cmd import CommandResult
from pulumi.automation.errors import CommandError

from automation.engine.destroy import destroy_stack
from automation.engine.workspace import OpenStack
from tests.automation.engine.test_update import metadata

GROUP = "urn:pulumi:dev::shop::aws:cloudwatch/logGroup:LogGroup::logs"


@dataclass
class Stack:
    """Tells these events when it is destroyed, and then ends well or not."""

    events: list[dict[str, Any]]
    problem: CommandError | None = None
    asked: dict[str, Any] = field(default_factory=dict)

    def destroy(self, on_event: Callable[[EngineEvent], None], **asked: Any) -> None:
        self.asked = asked
        for event in self.events:
            on_event(EngineEvent.from_json(event))
        if self.problem:
            raise self.problem


def event(name: str, operation: str) -> dict[str, Any]:
    made = metadata(operation, {}, {}, kind="aws:cloudwatch/logGroup:LogGroup", urn=GROUP)
    return {name: {"metadata": made, "planning": False}}


def destroyed(stack: Stack) -> tuple[str | None, list[str]]:
    said: list[str] = []
    opened = cast("OpenStack", SimpleNamespace(stack=stack))
    return destroy_stack(opened, said.append), said


def test_what_was_deleted_is_told() -> None:
    stack = Stack([event("resOutputsEvent", "delete"), event("resOutputsEvent", "same")])
    assert destroyed(stack) == (None, ["deleted aws:cloudwatch/logGroup:LogGroup logs"])
    assert stack.asked == {"color": "never"}


def test_what_failed_is_told_with_the_engines_errors() -> None:
    failed = CommandError(CommandResult(stdout="", stderr="update failed", code=255))
    error = {
        "diagnosticEvent": {"message": "the group is in use\n", "severity": "error", "color": "never", "urn": GROUP}
    }
    problem, said = destroyed(Stack([event("resOpFailedEvent", "delete"), error], failed))
    assert said == ["failed to delete aws:cloudwatch/logGroup:LogGroup logs"]
    assert problem is not None
    assert problem.strip() == "the group is in use"
    problem, _ = destroyed(Stack([], failed))
    assert problem is not None
    assert "update failed" in problem
