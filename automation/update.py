"""One run of the engine in a thread of its own: its events become messages on a queue, and it can be interrupted."""

import queue
import re
import threading
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pulumi.automation import EngineEvent, Stack
from pulumi.automation.errors import CommandError

from automation.command import InterruptibleCommand

SERVICE_TYPE = "aws:ecs/service:Service"
_HOST_WARNING = "using pulumi-language-python from $PATH"
"""Our own language host, where the CLI on PATH came without one: nothing to warn of."""


class Operation(StrEnum):
    """What the engine does to a service, in the engine's words."""

    CREATE = "create"
    UPDATE = "update"
    SAME = "same"


@dataclass(frozen=True)
class ServiceTarget:
    """An ECS service that the update touches, as the engine's event names it."""

    urn: str
    name: str
    cluster: str
    wanted: str | None
    """The task definition that the program wants: an ARN or `family:revision`; None where the event does not say."""
    operation: Operation
    region: str | None


@dataclass(frozen=True)
class Started:
    """The engine is past its preparations: from now on a signal cancels the update cleanly."""


@dataclass(frozen=True)
class ServiceStarted:
    """The engine is about to call the provider for an ECS service."""

    target: ServiceTarget


@dataclass(frozen=True)
class ResourceEnded:
    """The engine is done with a resource."""

    urn: str
    type: str
    operation: str
    failed: bool


@dataclass(frozen=True)
class Said:
    """The engine, the provider or the program said something that a person should read."""

    severity: str
    message: str
    urn: str


@dataclass(frozen=True)
class Ended:
    """The update is over. `error` is the engine's own text where it failed."""

    error: str | None


Message = Started | ServiceStarted | ResourceEnded | Said | Ended


class Update:
    """`pulumi up` of one stack. `start` it, read `messages` until `Ended`, `interrupt` it where that must be."""

    def __init__(
        self, stack: Stack, command: InterruptibleCommand, config_file: Path, messages: "queue.Queue[Any]"
    ) -> None:
        self._stack = stack
        self._command = command
        self._config_file = config_file
        self._messages = messages
        self._can_be_interrupted = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="update", daemon=True)

    def start(self) -> None:
        """Start the update."""
        self._thread.start()

    def interrupt(self) -> bool:
        """Send SIGINT to the engine. Returns False where the update is over.

        Before the engine has said its prelude a signal would kill it with its lock held, so this waits for that.
        """
        while not self._can_be_interrupted.wait(0.05):
            if self._over.is_set():
                return False
        return self._command.interrupt()

    def _run(self) -> None:
        error: str | None = None
        try:
            self._stack.up(
                on_event=self._take, color="never", config_file=str(self._config_file), suppress_outputs=True
            )
        except CommandError as problem:
            error = str(problem)
        except Exception as problem:  # noqa: BLE001 - the driver's thread must learn of it, whatever it is
            error = f"{type(problem).__name__}: {problem}"
        finally:
            self._over.set()
            self._messages.put(Ended(error))

    def _take(self, event: EngineEvent) -> None:  # runs in a gRPC thread; a slow callback would hold up the engine
        if event.prelude_event:
            self._can_be_interrupted.set()
        for message in translate(event):
            self._messages.put(message)


def translate(event: EngineEvent) -> list[Message]:
    """Return what an engine event means to the driver; nothing for most."""
    if event.prelude_event:
        return [Started()]
    if pre := event.resource_pre_event:
        target = service_target(pre.metadata)
        return [ServiceStarted(target)] if target else []
    if outputs := event.res_outputs_event:
        metadata = outputs.metadata
        return [ResourceEnded(metadata.urn, metadata.type, metadata.op.value, failed=False)]
    if failed := event.res_op_failed_event:
        metadata = failed.metadata
        return [ResourceEnded(metadata.urn, metadata.type, metadata.op.value, failed=True)]
    said = event.diagnostic_event
    if said and said.severity in {"error", "warning"} and _HOST_WARNING not in said.message:
        return [Said(said.severity, said.message.strip(), said.urn or "")]
    return []


_REVISION = re.compile(r":\d+$")
"""How a task definition that names its revision ends; a bare family, or a value that the engine hides, does not."""
_OPERATIONS = {
    "create": Operation.CREATE,
    "create-replacement": Operation.CREATE,
    "update": Operation.UPDATE,
    "same": Operation.SAME,
}


def service_target(metadata: Any) -> ServiceTarget | None:
    """Return the service that a `resource_pre_event` is about, or None: not a service, or not a deployment of one."""
    operation = _OPERATIONS.get(metadata.op.value)
    if metadata.type != SERVICE_TYPE or operation is None or metadata.new is None:
        return None
    inputs = metadata.new.inputs or {}
    old = metadata.old.outputs if metadata.old and metadata.old.outputs else {}
    name = inputs.get("name") or old.get("name")
    if not name:
        return None
    cluster = str(inputs.get("cluster") or old.get("cluster") or "default")
    wanted = str(inputs.get("taskDefinition") or "")
    region = inputs.get("region") or region_of(cluster)
    return ServiceTarget(
        metadata.urn, str(name), cluster, wanted if _REVISION.search(wanted) else None, operation, region
    )


def region_of(arn: str) -> str | None:
    """Return the region that an ARN names; None where it is not an ARN or names none."""
    parts = arn.split(":")
    return (parts[3] or None) if arn.startswith("arn:") and len(parts) > 3 else None  # noqa: PLR2004 - arn:partition:service:region
