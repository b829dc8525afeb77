"""Removes what a stack made."""

from collections.abc import Callable

from pulumi.automation import EngineEvent
from pulumi.automation.errors import CommandError

from automation.engine.update import ResourceEnded, Said, translate
from automation.engine.workspace import OpenStack


def destroy_stack(opened: OpenStack, say: Callable[[str], None]) -> str | None:
    """Remove all resources of the stack; return the engine's errors, or None where it went well."""
    errors: list[str] = []

    def take(event: EngineEvent) -> None:
        for message in translate(event):
            match message:
                case ResourceEnded(urn, kind, "delete", failed):
                    say(f"{'failed to delete' if failed else 'deleted'} {kind} {urn.rsplit('::', 1)[-1]}")
                case Said("error", text, _):
                    errors.append(text)

    try:
        opened.stack.destroy(on_event=take, color="never")
    except CommandError as problem:
        return "\n".join(errors) or str(problem)
    return None
