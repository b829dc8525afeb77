"""`aws:ecs/taskDefinition:TaskDefinition`: every change but that of tags is a new revision."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.errors import code, message
from sandbox.provider.resource import Call, Resource
from sandbox.provider.schema import Problem, Properties, Property, block, blocks, flag, mapping, text, texts, whole
from sandbox.provider.wire import UNKNOWN, Values


def _normal_containers(containers: Any) -> Any:
    """Return container definitions without what ECS adds by itself, so that the program's and ECS's compare equal.

    As `containerDefinitionsAreEquivalent` of hashicorp/terraform-provider-aws does: empty values and defaults go, and
    lists whose order means nothing are sorted.
    """
    return [_normal_container(container) for container in containers] if isinstance(containers, list) else containers


def _normal_container(container: Any) -> Any:
    if not isinstance(container, dict):
        return container
    normal = {key: value for key, value in _without_blanks(container).items() if key != "essential"}
    normal["essential"] = container.get("essential", True)
    for key in ("environment", "secrets"):
        if isinstance(normal.get(key), list):
            normal[key] = sorted(normal[key], key=lambda item: str(item.get("name")))
    normal["portMappings"] = [_normal_port(port) for port in normal.get("portMappings", [])]
    return normal


def _normal_port(port: dict[str, Any]) -> dict[str, Any]:
    normal = {"protocol": "tcp", **port}
    if normal.get("hostPort") == normal.get("containerPort"):
        normal.pop("hostPort", None)
    return normal


def _without_blanks(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: kept for key, item in value.items() if (kept := _without_blanks(item)) not in (None, 0, "", [], {})
        }
    if isinstance(value, list):
        return [_without_blanks(item) for item in value]
    return value


_EFS: Mapping[str, Property] = {
    "fileSystemId": text(required=True),
    "rootDirectory": text(default="/"),
    "transitEncryption": text(),
    "transitEncryptionPort": whole(),
    "authorizationConfig": block({"accessPointId": text(), "iam": text()}),
}
_VOLUME: Mapping[str, Property] = {
    "name": text(required=True),
    "hostPath": text(),
    "configureAtLaunch": flag(computed=True),
    "efsVolumeConfiguration": block(_EFS),
}
_NEW = {"force_new": True}


class TaskDefinition(Resource):
    """A revision of a task definition; its id is the family, as the real provider has it, its `arn` the revision."""

    type_name = "aws:ecs/taskDefinition:TaskDefinition"
    label = "ECS Task Definition"
    service_id = "ECS"
    properties: ClassVar[Properties] = {
        "containerDefinitions": text(required=True, json=True, normalise=_normal_containers, **_NEW),
        "cpu": text(**_NEW),
        "enableFaultInjection": flag(computed=True, **_NEW),
        "ephemeralStorage": block({"sizeInGib": whole(required=True)}, **_NEW),
        "executionRoleArn": text(**_NEW),
        "family": text(required=True, **_NEW),
        "ipcMode": text(**_NEW),
        "memory": text(**_NEW),
        "networkMode": text(computed=True, **_NEW),
        "pidMode": text(**_NEW),
        "placementConstraints": blocks({"type": text(required=True), "expression": text()}, **_NEW),
        "proxyConfiguration": block(
            {"containerName": text(required=True), "properties": mapping(), "type": text(default="APPMESH")}, **_NEW
        ),
        "requiresCompatibilities": texts(**_NEW),
        "runtimePlatform": block({"cpuArchitecture": text(), "operatingSystemFamily": text()}, **_NEW),
        "skipDestroy": flag(default=False, program_only=True),
        "taskRoleArn": text(**_NEW),
        "trackLatest": flag(default=False, program_only=True),
        "volumes": blocks(_VOLUME, **_NEW),
    }
    outputs = ("arn", "arnWithoutRevision", "revision")

    def verify(self, inputs: Values) -> list[Problem]:
        """Container definitions have to be a JSON list of objects."""
        written = inputs["containerDefinitions"]
        if written is UNKNOWN:
            return []
        try:
            containers = json.loads(written)
        except ValueError as error:
            return [Problem("containerDefinitions", f"ECS Task Definition container_definitions is invalid: {error}")]
        if not isinstance(containers, list) or not all(isinstance(container, dict) for container in containers):
            return [
                Problem(
                    "containerDefinitions",
                    "ECS Task Definition container_definitions is invalid: not a JSON list of container definitions",
                )
            ]
        return []

    def title(self, call: Call) -> str:
        """Errors name the family."""
        return str(call.inputs.get("family"))

    def create(self, call: Call) -> str:
        """Register the revision."""
        registered = call.client("ecs").register_task_definition(**_request(call))["taskDefinition"]
        call.notes["arn"] = registered["taskDefinitionArn"]  # the id does not say which revision
        return str(registered["family"])

    def read(self, call: Call) -> Values | None:
        """Return the revision of the state; the newest one of the family with `trackLatest`, or on an import."""
        latest = call.state.get("trackLatest") and not call.inputs
        wanted = call.id if latest else call.notes.get("arn") or call.state.get("arn") or call.id
        try:
            answer = call.client("ecs").describe_task_definition(taskDefinition=wanted, include=["TAGS"])
        except ClientError as error:
            if code(error) == "ClientException" and "Unable to describe task definition" in message(error):
                return None
            raise
        found = answer["taskDefinition"]
        if found.get("status") == "INACTIVE":
            return None
        return _state(found, answer.get("tags") or [])

    def update(self, call: Call) -> None:
        """Only `skipDestroy` and `trackLatest` change in place, and those are not AWS's."""

    def retag(self, call: Call, remove: list[str], put: Mapping[str, str]) -> None:
        """Change the tags of the revision."""
        ecs, arn = call.client("ecs"), call.state["arn"]
        if remove:
            ecs.untag_resource(resourceArn=arn, tagKeys=remove)
        if put:
            ecs.tag_resource(resourceArn=arn, tags=[{"key": key, "value": value} for key, value in put.items()])

    def delete(self, call: Call) -> None:
        """Deregister the revision, unless `skipDestroy` keeps it."""
        if call.state.get("skipDestroy"):
            return
        try:
            call.client("ecs").deregister_task_definition(taskDefinition=call.state["arn"])
        except ClientError as error:
            if code(error) != "ClientException":
                raise


def _request(call: Call) -> dict[str, Any]:
    inputs = call.inputs
    request: dict[str, Any] = {"containerDefinitions": json.loads(inputs["containerDefinitions"])}
    for key in ("family", "cpu", "memory", "executionRoleArn", "taskRoleArn", "ipcMode", "pidMode", "networkMode"):
        request[key] = inputs.get(key)
    for key in ("requiresCompatibilities", "placementConstraints", "runtimePlatform", "enableFaultInjection"):
        request[key] = inputs.get(key)
    if proxy := inputs.get("proxyConfiguration"):
        pairs = [{"name": key, "value": value} for key, value in (proxy.get("properties") or {}).items()]
        request["proxyConfiguration"] = {
            "type": proxy["type"],
            "containerName": proxy["containerName"],
            "properties": pairs,
        }
    if storage := inputs.get("ephemeralStorage"):
        request["ephemeralStorage"] = {"sizeInGiB": storage["sizeInGib"]}
    request["volumes"] = [_volume(volume) for volume in inputs.get("volumes") or []]
    request["tags"] = [{"key": key, "value": value} for key, value in call.tags.items()]
    return {key: value for key, value in request.items() if value not in (None, [])}


def _volume(volume: Values) -> Values:
    request = {"name": volume["name"]}
    if volume.get("configureAtLaunch") is not None:
        request["configuredAtLaunch"] = volume["configureAtLaunch"]
    if path := volume.get("hostPath"):
        request["host"] = {"sourcePath": path}
    if efs := volume.get("efsVolumeConfiguration"):
        request["efsVolumeConfiguration"] = {key: value for key, value in efs.items() if value is not None}
    return request


def _state(found: dict[str, Any], tags: list[dict[str, str]]) -> Values:
    arn = found["taskDefinitionArn"]
    same = (
        "family",
        "cpu",
        "memory",
        "executionRoleArn",
        "taskRoleArn",
        "ipcMode",
        "pidMode",
        "networkMode",
        "revision",
    )
    state: Values = {key: found.get(key) for key in same}
    lists = ("requiresCompatibilities", "placementConstraints", "runtimePlatform", "enableFaultInjection")
    state |= {key: found.get(key) for key in lists}
    storage = found.get("ephemeralStorage")
    return {
        **state,
        "arn": arn,
        "arnWithoutRevision": arn.rpartition(":")[0],
        "containerDefinitions": json.dumps(found["containerDefinitions"]),
        "ephemeralStorage": storage and {"sizeInGib": storage["sizeInGiB"]},
        "proxyConfiguration": _proxy_state(found.get("proxyConfiguration")),
        "volumes": [_volume_state(volume) for volume in found.get("volumes") or []],
        "tagsAll": {tag["key"]: tag["value"] for tag in tags},
    }


def _proxy_state(proxy: dict[str, Any] | None) -> Values | None:
    if not proxy:
        return None
    properties = {pair["name"]: pair["value"] for pair in proxy.get("properties") or []}
    return {"type": proxy.get("type"), "containerName": proxy["containerName"], "properties": properties}


def _volume_state(volume: dict[str, Any]) -> Values:
    state = {key: value for key, value in volume.items() if key not in ("host", "configuredAtLaunch")}
    return {
        **state,
        "configureAtLaunch": volume.get("configuredAtLaunch"),
        "hostPath": (volume.get("host") or {}).get("sourcePath"),
    }
