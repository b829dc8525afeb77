"""`aws:ecs/cluster:Cluster`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.errors import code
from sandbox.provider.resource import Call, Resource
from sandbox.provider.schema import Properties, Property, block, blocks, flag, text
from sandbox.provider.waiting import retry, until
from sandbox.provider.wire import Values

_TIMEOUT = 10 * 60
_BUSY = frozenset({"ClusterContainsServicesException", "ClusterContainsTasksException", "UpdateInProgressException"})

_LOGS: Mapping[str, Property] = {
    "cloudWatchEncryptionEnabled": flag(),
    "cloudWatchLogGroupName": text(),
    "s3BucketEncryptionEnabled": flag(),
    "s3BucketName": text(),
    "s3KeyPrefix": text(),
}
_EXECUTE: Mapping[str, Property] = {
    "kmsKeyId": text(),
    "logging": text(default="DEFAULT"),
    "logConfiguration": block(_LOGS),
}
_STORAGE: Mapping[str, Property] = {"fargateEphemeralStorageKmsKeyId": text(), "kmsKeyId": text()}


class Cluster(Resource):
    """A cluster; its id is its ARN."""

    type_name = "aws:ecs/cluster:Cluster"
    label = "ECS Cluster"
    service_id = "ECS"
    name_limit = 255
    properties: ClassVar[Properties] = {
        "name": text(force_new=True, computed=True),
        "configuration": block(
            {"executeCommandConfiguration": block(_EXECUTE), "managedStorageConfiguration": block(_STORAGE)}
        ),
        "serviceConnectDefaults": block({"namespace": text(required=True)}),
        "settings": blocks({"name": text(required=True), "value": text(required=True)}, computed=True),
    }
    outputs = ("arn",)

    def create(self, call: Call) -> str:
        """Create the cluster."""
        tags = [{"key": key, "value": value} for key, value in call.tags.items()]
        request = {"clusterName": call.inputs["name"], **_request(call.inputs), **({"tags": tags} if tags else {})}
        return str(call.client("ecs").create_cluster(**request)["cluster"]["clusterArn"])

    def read(self, call: Call) -> Values | None:
        """Return the cluster, unless it is INACTIVE."""
        found = self._describe(call)
        if found is None or found["status"] == "INACTIVE":
            return None
        return {
            "arn": found["clusterArn"],
            "name": found["clusterName"],
            "configuration": found.get("configuration") or None,
            "serviceConnectDefaults": found.get("serviceConnectDefaults") or None,
            "settings": found.get("settings") or [],
            "tagsAll": {tag["key"]: tag["value"] for tag in found.get("tags") or []},
        }

    def update(self, call: Call) -> None:
        """Change settings and configuration."""
        call.client("ecs").update_cluster(cluster=call.id, **_request(call.inputs))

    def retag(self, call: Call, remove: list[str], put: Mapping[str, str]) -> None:
        """Change tags."""
        ecs = call.client("ecs")
        if remove:
            ecs.untag_resource(resourceArn=call.id, tagKeys=remove)
        if put:
            ecs.tag_resource(resourceArn=call.id, tags=[{"key": key, "value": value} for key, value in put.items()])

    def delete(self, call: Call) -> None:
        """Delete the cluster, asked again while it still holds services or tasks that are going."""
        ecs, pace, timeout = call.client("ecs"), call.connection.pace, call.timeout or _TIMEOUT
        if self._describe(call) is None:
            return
        retry(lambda: ecs.delete_cluster(cluster=call.id), lambda error: code(error) in _BUSY, pace, timeout)
        until("INACTIVE", lambda: (self._describe(call) or {"status": "INACTIVE"})["status"], pace, timeout)

    def _describe(self, call: Call) -> Mapping[str, Any] | None:
        include = ["CONFIGURATIONS", "SETTINGS", "TAGS"]
        found = call.client("ecs").describe_clusters(clusters=[call.id], include=include)["clusters"]
        return found[0] if found else None


def _request(inputs: Values) -> dict[str, Any]:
    keys = ("configuration", "serviceConnectDefaults", "settings")
    return {key: inputs[key] for key in keys if inputs.get(key)}
