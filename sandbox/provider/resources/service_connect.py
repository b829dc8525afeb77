"""Service Connect and the volumes of `aws:ecs/service:Service`, which only its deployments tell."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.provider.schema import Property, block, blocks, flag, mapping, text, whole
from sandbox.provider.wire import Values

CONNECT: Mapping[str, Property] = {
    "enabled": flag(required=True),
    "namespace": text(),
    "logConfiguration": block(
        {
            "logDriver": text(required=True),
            "options": mapping(),
            "secretOptions": blocks({"name": text(required=True), "valueFrom": text(required=True)}),
        }
    ),
    "services": blocks(
        {
            "portName": text(required=True),
            "clientAlias": blocks({"port": whole(required=True), "dnsName": text()}, member="clientAliases"),
            "discoveryName": text(),
            "ingressPortOverride": whole(),
            "timeout": block({"idleTimeoutSeconds": whole(), "perRequestTimeoutSeconds": whole()}),
        }
    ),
}
_EBS: Mapping[str, Property] = {
    "encrypted": flag(default=True),
    "fileSystemType": text(default="xfs", member="filesystemType"),
    "iops": whole(),
    "kmsKeyId": text(),
    "roleArn": text(required=True),
    "sizeInGb": whole(member="sizeInGiB"),
    "snapshotId": text(),
    "throughput": whole(),
    "volumeType": text(),
}

VOLUME: Mapping[str, Property] = {"managedEbsVolume": block(_EBS, required=True), "name": text(required=True)}


def connect_request(value: Values | None) -> dict[str, Any]:
    """Return Service Connect as ECS takes it; taken away, it is turned off."""
    return _under_ecs_names(CONNECT, value) if value else {"enabled": False}


def volumes_request(volume: Values | None) -> list[dict[str, Any]]:
    """Return the volume that is configured at launch as ECS takes it: a list of one."""
    if not volume:
        return []
    return [{"name": volume["name"], "managedEBSVolume": _under_ecs_names(_EBS, volume["managedEbsVolume"])}]


def state(service: Mapping[str, Any], written: Values) -> Values:
    """Return what only deployments tell: Service Connect and volumes."""
    primary: Mapping[str, Any] = next(
        (item for item in service.get("deployments") or [] if item["status"] == "PRIMARY"), {}
    )
    connect, volumes = primary.get("serviceConnectConfiguration"), primary.get("volumeConfigurations") or []
    off = not (connect or {}).get("enabled") and not written.get("serviceConnectConfiguration")
    return {
        "serviceConnectConfiguration": None if off or not connect else _under_our_names(CONNECT, connect),
        "volumeConfiguration": {
            "name": volumes[0]["name"],
            "managedEbsVolume": _under_our_names(_EBS, volumes[0]["managedEBSVolume"]),
        }
        if volumes
        else None,
    }


def _under_ecs_names(fields: Mapping[str, Property], value: Values) -> dict[str, Any]:
    """Return an object under ECS's names, where they are not Pulumi's."""
    given: dict[str, Any] = {}
    for key, inner in value.items():
        known = fields[key]
        if inner is not None:
            given[known.member or key] = _each(known, inner, _under_ecs_names)
    return given


def _under_our_names(fields: Mapping[str, Property], value: Mapping[str, Any]) -> Values:
    """Return an object of ECS's under Pulumi's names."""
    told = {key: value.get(known.member or key) for key, known in fields.items()}
    return {key: _each(fields[key], inner, _under_our_names) for key, inner in told.items() if inner is not None}


def _each(known: Property, value: Any, convert: Callable[[Mapping[str, Property], Any], Any]) -> Any:
    if known.fields is None:
        return value
    return [convert(known.fields, item) for item in value] if isinstance(value, list) else convert(known.fields, value)
