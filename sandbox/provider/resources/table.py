"""`aws:dynamodb/table:Table`, without replicas, indexes and imports."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.plain import Ask, Plain
from sandbox.provider.resource import Call
from sandbox.provider.schema import Properties, block, blocks, flag, text, whole
from sandbox.provider.tagging import Tagging
from sandbox.provider.wire import Values


class Table(Plain):
    """A table; its id is its name."""

    type_name = "aws:dynamodb/table:Table"
    label = "DynamoDB Table"
    service = "dynamodb"
    service_id = "DynamoDB"
    name_limit = 255
    properties: ClassVar[Properties] = {
        "attributes": blocks(
            {"name": text(required=True, member="AttributeName"), "type": text(required=True, member="AttributeType")},
            member="AttributeDefinitions",
        ),
        "billingMode": text(default="PROVISIONED"),
        "deletionProtectionEnabled": flag(default=False),
        "hashKey": text(force_new=True),
        "name": text(computed=True, force_new=True, member="TableName"),
        "pointInTimeRecovery": block({"enabled": flag(required=True)}, computed=True),
        "rangeKey": text(force_new=True),
        "readCapacity": whole(computed=True),
        "serverSideEncryption": block(
            {"enabled": flag(required=True), "kmsKeyArn": text(computed=True)}, computed=True
        ),
        "ttl": block({"attributeName": text(), "enabled": flag(default=False)}, computed=True),
        "writeCapacity": whole(computed=True),
    }
    outputs = ("arn",)
    creates, identity = "create_table", "TableDescription.TableName"
    reads = Ask("describe_table", lambda call: {"TableName": call.id}, "Table")
    deletes = Ask("delete_table", lambda call: {"TableName": call.id})
    gone = frozenset({"ResourceNotFoundException"})
    busy = frozenset({"ResourceInUseException"})
    ready = ("TableStatus", "ACTIVE")
    tagging = Tagging("tag_resource", "untag_resource", "ResourceArn", state="arn", listed="list_tags_of_resource")

    def request(self, call: Call) -> dict[str, Any]:
        """Return keys and capacity as DynamoDB has them."""
        inputs = call.inputs
        keys = {"HASH": inputs.get("hashKey"), "RANGE": inputs.get("rangeKey")}
        schema = [{"AttributeName": name, "KeyType": kind} for kind, name in keys.items() if name]
        request = self.members(inputs, "attributes", "billingMode", "deletionProtectionEnabled", "name")
        return {**request, "KeySchema": schema, **_throughput(inputs), **_encryption(inputs)}

    def settle(self, call: Call) -> None:
        """Wait until it is there; set what has operations of its own."""
        super().settle(call)
        self._set(call, {key for key in ("pointInTimeRecovery", "ttl") if call.inputs.get(key)})

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return what DynamoDB keeps elsewhere."""
        client = self.client(call)
        backups = client.describe_continuous_backups(TableName=call.id)["ContinuousBackupsDescription"]
        ttl = client.describe_time_to_live(TableName=call.id)["TimeToLiveDescription"]
        recovery = (backups.get("PointInTimeRecoveryDescription") or {}).get("PointInTimeRecoveryStatus")
        keys = {key["KeyType"]: key["AttributeName"] for key in found["KeySchema"]}
        throughput = found.get("ProvisionedThroughput") or {}
        encryption = found.get("SSEDescription") or {}
        return {
            "arn": found["TableArn"],
            "billingMode": (found.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED"),
            "hashKey": keys.get("HASH"),
            "rangeKey": keys.get("RANGE"),
            "readCapacity": throughput.get("ReadCapacityUnits", 0),
            "writeCapacity": throughput.get("WriteCapacityUnits", 0),
            "pointInTimeRecovery": {"enabled": recovery == "ENABLED"},
            "ttl": {
                "enabled": ttl.get("TimeToLiveStatus") == "ENABLED",
                **({"attributeName": ttl["AttributeName"]} if ttl.get("AttributeName") else {}),
            },
            "serverSideEncryption": {"enabled": True, "kmsKeyArn": encryption.get("KMSMasterKeyArn", "")}
            if encryption.get("Status") == "ENABLED"
            else None,
        }

    def update(self, call: Call) -> None:
        """Change what differs."""
        request: dict[str, Any] = {}
        if call.changed & {"billingMode", "readCapacity", "writeCapacity"}:
            request |= {"BillingMode": call.inputs["billingMode"], **_throughput(call.inputs)}
        if "deletionProtectionEnabled" in call.changed:
            request["DeletionProtectionEnabled"] = bool(call.inputs.get("deletionProtectionEnabled"))
        if "serverSideEncryption" in call.changed:
            # moto 5.2.5 takes this and does nothing: the difference stays.
            request |= _encryption(call.inputs) or {"SSESpecification": {"Enabled": False}}
        if request:
            self.client(call).update_table(TableName=call.id, **request)
        self._set(call, set(call.changed & {"pointInTimeRecovery", "ttl"}))

    def _set(self, call: Call, keys: set[str]) -> None:
        client, inputs = self.client(call), call.inputs
        if "pointInTimeRecovery" in keys:
            wanted = bool((inputs.get("pointInTimeRecovery") or {}).get("enabled"))
            client.update_continuous_backups(
                TableName=call.id, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": wanted}
            )
        if "ttl" in keys:
            ttl = inputs.get("ttl") or {}
            name = ttl.get("attributeName") or (call.state.get("ttl") or {}).get("attributeName", "")
            specification = {"Enabled": bool(ttl.get("enabled")), "AttributeName": name}
            client.update_time_to_live(TableName=call.id, TimeToLiveSpecification=specification)


def _throughput(inputs: Values) -> dict[str, Any]:
    if inputs["billingMode"] != "PROVISIONED":
        return {}
    read, write = (inputs.get(key) or 1 for key in ("readCapacity", "writeCapacity"))
    return {"ProvisionedThroughput": {"ReadCapacityUnits": read, "WriteCapacityUnits": write}}


def _encryption(inputs: Values) -> dict[str, Any]:
    given = inputs.get("serverSideEncryption") or {}
    if not given.get("enabled"):
        return {}
    key = {"KMSMasterKeyId": given["kmsKeyArn"]} if given.get("kmsKeyArn") else {}
    return {"SSESpecification": {"Enabled": True, "SSEType": "KMS", **key}}
