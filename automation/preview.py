"""Says what an update would change, before a person is asked."""

from pathlib import Path

from pulumi.automation import EngineEvent

from automation.errors import UsageError
from automation.workspace import OpenStack

_SHOWN = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "replace": "replace",
    "create-replacement": "replace",
}


def preview_lines(opened: OpenStack, config_file: Path) -> list[str]:
    """Return one line for each resource that an update would create, update, replace or delete.

    Raises:
        UsageError: the program cannot be previewed; the message is the engine's.
    """
    lines: list[str] = []
    errors: list[str] = []

    def take(event: EngineEvent) -> None:
        if pre := event.resource_pre_event:
            verb = _SHOWN.get(pre.metadata.op.value)
            if verb:
                lines.append(f"would {verb} {pre.metadata.type} {pre.metadata.urn.rsplit('::', 1)[-1]}")
        said = event.diagnostic_event
        if said and said.severity == "error":
            errors.append(said.message.strip())

    try:
        opened.stack.preview(on_event=take, color="never", config_file=str(config_file))
    except Exception as problem:
        raise UsageError("\n".join(errors) or str(problem)) from problem
    return list(dict.fromkeys(lines)) or ["nothing would change"]
