"""Says what an update would change, before a person is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pulumi.automation import EngineEvent

from automation.errors import UsageError
from automation.update import ServiceTarget, service_target
from automation.workspace import OpenStack

_SCALABLE_TARGET = "aws:appautoscaling/target:Target"

_SHOWN = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "replace": "replace",
    "create-replacement": "replace",
}


@dataclass(frozen=True)
class PlannedServices:
    """The ECS services of a planned update, and what is scaled after it."""

    services: tuple[ServiceTarget, ...]
    """Those whose name is known before they are made."""
    scaled: frozenset[str]
    """Application Auto Scaling's ids of what the stack has it scale: `service/CLUSTER/NAME`."""


def preview_lines(opened: OpenStack, config_file: Path) -> list[str]:
    """Return one line for each resource that an update would create, update, replace or delete.

    Raises:
        UsageError: the program cannot be previewed; the message is the engine's.
    """
    lines: list[str] = []

    def take(event: EngineEvent) -> None:
        if pre := event.resource_pre_event:
            verb = _SHOWN.get(pre.metadata.op.value)
            if verb:
                lines.append(f"would {verb} {pre.metadata.type} {pre.metadata.urn.rsplit('::', 1)[-1]}")

    _preview(opened, config_file, take)
    return list(dict.fromkeys(lines)) or ["nothing would change"]


def planned_services(opened: OpenStack, config_file: Path) -> PlannedServices:
    """Return the ECS services that an update would make, change or leave as they are.

    Raises:
        UsageError: the program cannot be previewed; the message is the engine's.
    """
    services: dict[str, ServiceTarget] = {}
    scaled: set[str] = set()

    def take(event: EngineEvent) -> None:
        if pre := event.resource_pre_event:
            if target := service_target(pre.metadata, {}):
                services.setdefault(target.urn, target)
            if pre.metadata.type == _SCALABLE_TARGET and pre.metadata.new:
                scaled.add(str((pre.metadata.new.inputs or {}).get("resourceId")))

    _preview(opened, config_file, take)
    return PlannedServices(tuple(services.values()), frozenset(scaled))


def _preview(opened: OpenStack, config_file: Path, take: Callable[[EngineEvent], None]) -> None:
    errors: list[str] = []

    def hear(event: EngineEvent) -> None:
        take(event)
        said = event.diagnostic_event
        if said and said.severity == "error":
            errors.append(said.message.strip())

    try:
        opened.stack.preview(on_event=hear, color="never", config_file=str(config_file))
    except Exception as problem:
        raise UsageError("\n".join(errors) or str(problem)) from problem
