"""Puts a stack's state right after an update that was cut off: what was being made is found or given up, the rest read.

A pending create whose resource is there is taken into the state under its own id, so that no second one is made; of one
that is not there, the operation is forgotten. What was being changed or deleted is read again.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi.automation import Deployment
from pulumi.automation.errors import CommandError

from automation.aws.account import (
    Provider,
    account_of,
    account_of_provider,
    provider_urn,
    providers_of_state,
    region_of,
)
from automation.aws.clients import Clients, session_of
from automation.engine.workspace import OpenStack
from automation.errors import RepairError
from automation.mending.creates import Create, Creates
from automation.mending.finding import Ask, Found, can_be_found, find
from diagnostics.reads import Answer, ReadError

Resource = Mapping[str, Any]
Asking = Callable[[Resource], Ask]
_OF_ITS_ACCOUNT = ("cluster", "taskDefinition", "listenerArn")
"""Inputs whose ARN is of the resource's own account and region."""
_ADOPTED = "taken into the state after its create was cut off; not read yet"
"""The mark of an adopted resource until it was read: the engine keeps it as an error of initialization."""


@dataclass(frozen=True)
class Adoption:
    """What becomes of a create that was cut off."""

    resource: Resource
    found: Found | None
    can_be_found: bool


def clear_pending(
    opened: OpenStack, say: Callable[[str], None], asking: Asking | None = None, begun: Iterable[Create] = ()
) -> tuple[str, ...]:
    """Put the state right and return what was done, one sentence each; () where nothing was pending.

    Args:
        opened: the stack; nobody else may be updating it.
        say: takes progress, a line each.
        asking: gives the reads of AWS for a resource; by default those of its own provider.
        begun: the open creates that this process knows of; the disk may have taken no note of them.

    Raises:
        RepairError: AWS did not say whether something was made, and the state is as it was; or the engine refused, and
            the next call goes on from there.
    """
    creates = Creates(Path(opened.stack.workspace.work_dir), opened.stack.name)
    state = opened.stack.export_stack()
    deployment = state.deployment or {}
    noted = {create.urn: create for create in (*creates.open(), *begun)}
    creating, changing = _open_creates(deployment, noted.values()), _changing(deployment)
    if not creating and not changing:
        _forget_all(creates)
        return ()
    ask = asking or asking_as_the_provider(deployment, opened.environment)
    adoptions = [_look(create, ask, say) for create in creating]
    if changing:
        say(f"reading again: {', '.join(_short(urn) for urn in changing)}")
        _refresh(opened, changing)
        state = opened.stack.export_stack()
    if adoptions or (state.deployment or {}).get("pending_operations"):
        adopted = [_adopted(each) for each in adoptions if each.found and each.found.ours]
        _import(opened, state, adopted)
        if adopted:
            _refresh(opened, [resource["urn"] for resource in adopted])
    _forget_all(creates)
    read = tuple(f"{_short(urn)} was being {kind} and was read again" for urn, kind in changing.items())
    return (*(_told(each) for each in adoptions), *read)


def _open_creates(deployment: Mapping[str, Any], noted: Iterable[Create]) -> list[Resource]:
    """Return what was being made: the state's pending creates, and those whose provider died under the engine."""
    pending: list[Resource] = [
        operation["resource"]
        for operation in deployment.get("pending_operations") or ()
        if operation["type"] == "creating"
    ]
    known = {resource["urn"] for resource in (*(deployment.get("resources") or ()), *pending)}
    return pending + [create.to_resource() for create in noted if create.urn not in known]


def _changing(deployment: Mapping[str, Any]) -> dict[str, str]:
    """Return the URNs that were being changed, each with a word for it, and those that were taken in and not read."""
    pending = {
        operation["resource"]["urn"]: str(operation["type"])
        for operation in deployment.get("pending_operations") or ()
        if operation["type"] != "creating"
    }
    unread = {
        resource["urn"]: "adopted"
        for resource in deployment.get("resources") or ()
        if _ADOPTED in (resource.get("initErrors") or ())
    }
    words = {"updating": "changed", "deleting": "deleted", "reading": "read", "importing": "imported"}
    return {urn: words.get(kind, kind) for urn, kind in (unread | pending).items()}


def _look(resource: Resource, ask: Asking, say: Callable[[str], None]) -> Adoption:
    kind, inputs = str(resource["type"]), resource.get("inputs") or {}
    if not can_be_found(kind, inputs):
        return Adoption(resource, None, can_be_found=False)
    say(f"looking for {_short(resource['urn'])}")
    try:
        return Adoption(resource, find(kind, inputs, ask(resource)), can_be_found=True)
    except ReadError as refusal:
        msg = f"whether {_short(resource['urn'])} was made is not known, and nothing was changed: {refusal.answer}"
        raise RepairError(msg) from refusal


def asking_as_the_provider(deployment: Mapping[str, Any], environment: Mapping[str, str]) -> Asking:
    """Return what gives the reads of a resource's own provider, and of no other account than the provider's.

    Args:
        deployment: the exported state, which holds the providers and what they have made.
        environment: the engine's.
    """
    providers = providers_of_state(deployment)
    clients = Clients(session_of(environment))

    def ask(resource: Resource) -> Ask:
        urn = provider_urn(resource)
        provider = providers.get(urn)
        inputs = resource.get("inputs") or {}
        arns = [inputs.get(key) for key in _OF_ITS_ACCOUNT]
        own = inputs.get("region")
        region = (own if isinstance(own, str) else provider and provider.settings.region) or region_of(arns)
        account = account_of_provider(deployment, urn) or account_of(arns)
        if provider and provider.hidden and not (account or provider.settings.accounts):
            raise _hidden(provider, "the account: set its `allowedAccountIds`")
        if provider and "region" in provider.hidden and not region:
            raise _hidden(provider, "the region: let it be no secret")
        return clients.of_provider(_short(resource["urn"]), region, account, provider).ask

    return ask


def _hidden(provider: Provider, unnamed: str) -> ReadError:
    """Return that nobody looked: elsewhere nothing would be found, and a second one would be made."""
    listed = ", ".join(f"`{key}`" for key in provider.hidden)
    return ReadError(Answer(f"the state hides {listed} of its provider", "", f"and nothing else names {unnamed}"))


def _adopted(adoption: Adoption) -> dict[str, Any]:
    assert adoption.found is not None  # noqa: S101 - asked before
    resource = deepcopy(dict(adoption.resource))
    inputs = resource.get("inputs") or {}
    # What the provider would read it by. With outputs it is a refresh and no import, so the inputs stay the program's.
    outputs = {**deepcopy(inputs), "id": adoption.found.id}
    if adoption.found.id.startswith("arn:"):
        outputs["arn"] = adoption.found.id
    return resource | {"id": adoption.found.id, "outputs": outputs, "initErrors": [_ADOPTED]}


def _import(opened: OpenStack, state: Deployment, adopted: list[dict[str, Any]]) -> None:
    """Write the state back without pending operations, and with what was adopted.

    An import drops all pending operations (pulumi/pkg `cmd/pulumi/stack/io.go`).
    """
    deployment = dict(state.deployment or {})
    there = [dict(resource) for resource in deployment.get("resources") or ()]
    known = {(resource["urn"], resource.get("id")) for resource in there}
    adopted = [resource for resource in adopted if (resource["urn"], resource["id"]) not in known]
    new = {resource["urn"] for resource in adopted}
    for resource in there:
        if resource["urn"] in new:  # a replacement was being made; the engine deletes the old one in the next update
            resource["delete"] = True
    replaced = deployment | {"resources": [*there, *adopted], "pending_operations": []}
    try:
        opened.stack.import_stack(Deployment(version=state.version, deployment=replaced))
    except CommandError as refusal:
        raise RepairError(f"the engine refused the repaired state: {refusal}") from refusal


def _refresh(opened: OpenStack, urns: Mapping[str, str] | list[str]) -> None:
    try:
        opened.stack.refresh(target=list(urns), color="never", suppress_outputs=True)
    except CommandError as refusal:
        raise RepairError(f"the engine could not read the resources again: {refusal}") from refusal


def _forget_all(creates: Creates) -> None:
    for create in creates.open():
        creates.forget(create.urn)


def _told(adoption: Adoption) -> str:
    name, found = _short(adoption.resource["urn"]), adoption.found
    if found and found.ours:
        return f"{name} had been made: it is in the state now, as {found.id}"
    if found:
        return (
            f"{name} was not made; something else of its name is there ({found.id}), which this stack did not make: "
            "rename one of them, or import it with `pulumi import`"
        )
    if adoption.can_be_found:
        return f"{name} had not been made: the next update makes it"
    return f"{name} was being made: the next update makes it again; if it had been made, it is left over and in no use"


def _short(urn: str) -> str:
    """Return the resource's type and name, as the engine shows them."""
    kind, _, name = urn.rpartition("::")
    return f"{kind.rpartition('$')[2].rpartition('::')[2]} {name}"
