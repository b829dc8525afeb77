"""Which service of a stack is meant, and the refresh of that one alone."""

from collections.abc import Iterable

from pulumi.automation import EngineEvent
from pulumi.automation.errors import CommandError

from automation.engine.update import Said, ServiceTarget, translate
from automation.engine.workspace import OpenStack
from automation.errors import UsageError


def the_service(services: Iterable[ServiceTarget], stack: str, name: str | None) -> ServiceTarget:
    """Return the service that is named, or the only one.

    Raises:
        UsageError: there is none, none of this name, or several and none is named.
    """
    found = list(services)
    names = ", ".join(f"`{each.name}`" for each in found)
    if not found:
        raise UsageError(f"--stack {stack}: the stack has no ECS service")
    if name is None and len(found) > 1:
        raise UsageError(f"the stack {stack} has several services: say which with `--service`, one of {names}")
    chosen = next((each for each in found if name in {None, each.name}), None)
    if chosen is None:
        raise UsageError(f"--service {name}: the stack {stack} has no such service; it has {names}")
    return chosen


def refresh_service(opened: OpenStack, service: ServiceTarget) -> str | None:
    """Bring what ECS says of one service into the state; return the engine's error, or None where it went well."""
    errors: list[str] = []

    def take(event: EngineEvent) -> None:
        errors.extend(each.message for each in translate(event) if isinstance(each, Said) and each.severity == "error")

    try:
        opened.stack.refresh(target=[service.urn], on_event=take, color="never", suppress_outputs=True)
    except CommandError as problem:
        return "\n".join(errors) or str(problem)
    return None
