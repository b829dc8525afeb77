"""One run of the engine in a thread of its own: its events become messages on a queue, and it can be interrupted."""

import queue
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from pulumi.automation import EngineEvent, Stack
from pulumi.automation.errors import CommandError

from automation.aws.account import PROVIDER_TYPES, Provider, account_of, read_provider, region_of
from automation.engine.command import InterruptibleCommand
from automation.mending.creates import Creates

SERVICE_TYPE = "aws:ecs/service:Service"
_NAMES = {SERVICE_TYPE: "name", "aws-native:ecs:Service": "serviceName"}
"""The types of an ECS service, whoever made it, and the input that names it."""
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
    """Its own, its provider's, or that of an ARN of it; None where they leave it to the environment."""
    deploys: bool
    """Whether the operation makes ECS begin a deployment, by what the engine says that it changes."""
    account: str | None = None
    """The account that its ARNs name; None on a first deployment that names everything without one."""
    provider: Provider | None = None
    """Its provider resource; None where no event showed it."""

    def located(self, arn: str) -> "ServiceTarget":
        """Return it with the region and the account of its own ARN, which ECS has told."""
        return replace(self, region=region_of([arn]) or self.region, account=account_of([arn]) or self.account)


@dataclass(frozen=True)
class Started:
    """The engine is past its preparations: from now on a signal cancels the update cleanly."""


@dataclass(frozen=True)
class ServiceStarted:
    """The engine is about to call the provider for an ECS service."""

    target: ServiceTarget


@dataclass(frozen=True)
class ResourceStarted:
    """The engine is about to call a provider for a resource that is no ECS service, or for a service's deletion."""

    urn: str
    type: str
    operation: str


@dataclass(frozen=True)
class ResourceEnded:
    """The engine is done with a resource."""

    urn: str
    type: str
    operation: str
    failed: bool
    desired_count: int | None = None
    """Of an ECS service: what the engine keeps in the state now."""


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


Message = Started | ServiceStarted | ResourceStarted | ResourceEnded | Said | Ended


class Update:
    """`pulumi up` of one stack. `start` it, read `messages` until `Ended`, `interrupt` it where that must be."""

    def __init__(
        self, stack: Stack, command: InterruptibleCommand, config_file: Path, messages: "queue.Queue[Any]"
    ) -> None:
        self._stack = stack
        self._command = command
        self._config_file = config_file
        self._messages = messages
        self.creates = Creates(Path(stack.workspace.work_dir), stack.name)
        self._can_be_interrupted = threading.Event()
        self._providers: dict[str, Provider] = {}
        self._thread = threading.Thread(target=self._run, name="update", daemon=True)

    def start(self) -> None:
        """Start the update."""
        self._thread.start()

    def interrupt(self) -> bool:
        """Send SIGINT to the engine; returns False where it cannot take one yet, or the update is over.

        Before the engine has said its prelude a signal would kill it with its lock held.
        """
        return self._can_be_interrupted.is_set() and self._command.interrupt()

    def refresh(self, urn: str) -> None:
        """Have the engine read one resource into the state anew, after the update.

        Raises:
            CommandError: the engine could not.
        """
        self._stack.refresh(
            target=[urn],
            color="never",
            config_file=str(self._config_file),
            suppress_outputs=True,
            suppress_progress=True,
        )

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
            self.creates.forget_failed()
            self._messages.put(Ended(error))

    def _take(self, event: EngineEvent) -> None:  # runs in a gRPC thread; a slow callback would hold up the engine
        if event.prelude_event:
            self._can_be_interrupted.set()
        if provider := provider_of(event):
            self._providers[provider.urn] = provider
        self.creates.take(event)
        for message in translate(event, self._providers):
            self._messages.put(message)


def provider_of(event: EngineEvent) -> Provider | None:
    """Return the provider of AWS that an event is about, or None. Default providers have events too."""
    pre = event.resource_pre_event
    if pre is None or pre.metadata.type not in PROVIDER_TYPES or pre.metadata.new is None:
        return None
    return read_provider(pre.metadata.urn, pre.metadata.new.inputs or {})


def translate(event: EngineEvent, providers: Mapping[str, Provider] | None = None) -> list[Message]:
    """Return what an engine event means to the driver; nothing for most.

    Args:
        event: the event.
        providers: the providers that earlier events showed, by URN.
    """
    if event.prelude_event:
        return [Started()]
    if pre := event.resource_pre_event:
        return _begins(pre.metadata, providers or {})
    if outputs := event.res_outputs_event:
        metadata = outputs.metadata
        count = _desired_count(metadata) if metadata.type == SERVICE_TYPE else None
        return [ResourceEnded(metadata.urn, metadata.type, metadata.op.value, failed=False, desired_count=count)]
    if failed := event.res_op_failed_event:
        metadata = failed.metadata
        return [ResourceEnded(metadata.urn, metadata.type, metadata.op.value, failed=True)]
    said = event.diagnostic_event
    if said and said.severity in {"error", "warning"} and _HOST_WARNING not in said.message:
        return [Said(said.severity, said.message.strip(), said.urn or "")]
    return []


def _begins(metadata: Any, providers: Mapping[str, Provider]) -> list[Message]:
    if target := service_target(metadata, providers):
        return [ServiceStarted(target)]
    calls_a_provider = metadata.op.value in _CALLS_A_PROVIDER
    return [ResourceStarted(metadata.urn, metadata.type, metadata.op.value)] if calls_a_provider else []


_CALLS_A_PROVIDER = frozenset({"create", "create-replacement", "update", "delete", "delete-replaced", "read"})
"""Operations that take time, and that a second SIGINT would cut off (`op` of the engine's events)."""
_REVISION = re.compile(r":\d+$")
"""How a task definition that names its revision ends; a bare family, or a value that the engine hides, does not."""
_OPERATIONS = {
    "create": Operation.CREATE,
    "create-replacement": Operation.CREATE,
    "update": Operation.UPDATE,
    "same": Operation.SAME,
}


def service_target(metadata: Any, providers: Mapping[str, Provider]) -> ServiceTarget | None:
    """Return the service that a `resource_pre_event` is about, or None: not a service, or not a deployment of one."""
    operation = _OPERATIONS.get(metadata.op.value)
    if metadata.type not in _NAMES or operation is None or metadata.new is None:
        return None
    inputs = metadata.new.inputs or {}
    old = metadata.old.outputs if metadata.old and metadata.old.outputs else {}
    name = inputs.get(_NAMES[metadata.type]) or old.get(_NAMES[metadata.type])
    if not name:
        return None
    cluster = str(inputs.get("cluster") or old.get("cluster") or "default")
    wanted = str(inputs.get("taskDefinition") or "")
    provider = providers.get(str(metadata.provider).rpartition("::")[0])  # URN::id
    arns = [cluster, wanted]
    if operation is not Operation.CREATE:  # what is replaced may be elsewhere
        arns += [str(old.get(key)) for key in ("id", "serviceArn", "taskDefinition")]
    return ServiceTarget(
        urn=metadata.urn,
        name=str(name),
        cluster=cluster,
        wanted=wanted if _REVISION.search(wanted) else None,
        operation=operation,
        region=inputs.get("region") or (provider and provider.settings.region) or region_of(arns),
        deploys=_deploys(operation, metadata),
        account=account_of(arns),
        provider=provider,
    )


_DEPLOYING = frozenset(
    {
        "taskDefinition",
        "networkConfiguration",
        "platformVersion",
        "loadBalancers",
        "serviceRegistries",
        "serviceConnectConfiguration",
        "volumeConfiguration",
        "vpcLatticeConfigurations",
        "forceNewDeployment",
        "triggers",
    }
)
"""Properties of `aws.ecs.Service` whose change begins a deployment: the fields of UpdateServiceRequest of which ECS's
service model says "This parameter triggers a new service deployment", and the provider's two that force one."""


def _deploys(operation: Operation, metadata: Any) -> bool:
    """Say what the engine's diff says. One without any change mends what failed earlier: the provider sends nothing."""
    if operation is not Operation.UPDATE:
        return operation is Operation.CREATE
    paths = [*(metadata.detailed_diff or ()), *(metadata.diffs or ())]
    roots = {_ROOT.split(path, maxsplit=1)[0] for path in paths}
    return bool(roots & _DEPLOYING)


_ROOT = re.compile(r"[.\[]")


def _desired_count(metadata: Any) -> int | None:
    outputs = metadata.new.outputs if metadata.new and metadata.new.outputs else {}
    count = outputs.get("desiredCount")
    return int(count) if isinstance(count, int | float) else None
