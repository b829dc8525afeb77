"""The ECS services of a stack, as its state knows them, and the refresh of one of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.automation import EngineEvent
from pulumi.automation.errors import CommandError

from automation.errors import UsageError
from automation.update import SERVICE_TYPE, Operation, Said, ServiceTarget, translate
from automation.workspace import OpenStack


@dataclass(frozen=True)
class StackService:
    """One ECS service in the state."""

    urn: str
    name: str
    cluster: str
    region: str | None

    def target(self, task_definition: str) -> ServiceTarget:
        """Return it as the driver's, with the revision that it is to run."""
        return ServiceTarget(
            self.urn, self.name, self.cluster, task_definition, Operation.UPDATE, self.region, deploys=True
        )


def services_of(opened: OpenStack) -> tuple[StackService, ...]:
    """Return the stack's ECS services."""
    deployment: Mapping[str, Any] = opened.stack.export_stack().deployment or {}
    return tuple(_services(deployment.get("resources") or []))


def the_service(services: Iterable[StackService], stack: str, name: str | None) -> StackService:
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


def refresh_service(opened: OpenStack, service: StackService) -> str | None:
    """Bring what ECS says of one service into the state; return the engine's error, or None where it went well."""
    errors: list[str] = []

    def take(event: EngineEvent) -> None:
        errors.extend(each.message for each in translate(event) if isinstance(each, Said) and each.severity == "error")

    try:
        opened.stack.refresh(target=[service.urn], on_event=take, color="never", suppress_outputs=True)
    except CommandError as problem:
        return "\n".join(errors) or str(problem)
    return None


def _services(resources: Iterable[Mapping[str, Any]]) -> Iterable[StackService]:
    for resource in resources:
        outputs = resource.get("outputs") or {}
        if resource.get("type") == SERVICE_TYPE and outputs.get("name") and not resource.get("delete"):
            parts = str(resource.get("id", "")).split(":")
            region = parts[3] if parts[0] == "arn" and len(parts) > 3 else None  # noqa: PLR2004 - arn:partition:service:region
            yield StackService(resource["urn"], str(outputs["name"]), str(outputs.get("cluster") or "default"), region)
