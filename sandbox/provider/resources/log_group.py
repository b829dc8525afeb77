"""`aws:cloudwatch/logGroup:LogGroup`."""

from collections.abc import Mapping
from typing import ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.errors import code
from sandbox.provider.resource import Call, Resource
from sandbox.provider.schema import Properties, flag, text, whole
from sandbox.provider.wire import Values


class LogGroup(Resource):
    """A log group; its id is its name."""

    type_name = "aws:cloudwatch/logGroup:LogGroup"
    label = "CloudWatch Logs Log Group"
    service_id = "CloudWatch Logs"
    name_limit = 512
    properties: ClassVar[Properties] = {
        "name": text(force_new=True, computed=True),
        "namePrefix": text(force_new=True, program_only=True),
        "kmsKeyId": text(),
        "logGroupClass": text(force_new=True, computed=True),
        "retentionInDays": whole(default=0),
        "skipDestroy": flag(default=False, program_only=True),
    }
    outputs = ("arn",)

    def create(self, call: Call) -> str:
        """Create the group; its retention is a call of its own."""
        inputs = call.inputs
        optional = {"kmsKeyId": inputs.get("kmsKeyId"), "logGroupClass": inputs.get("logGroupClass"), "tags": call.tags}
        call.client("logs").create_log_group(
            logGroupName=inputs["name"], **{key: value for key, value in optional.items() if value}
        )
        return str(inputs["name"])

    def settle(self, call: Call) -> None:
        """Set the retention."""
        if call.inputs["retentionInDays"]:
            self._set_retention(call)

    def read(self, call: Call) -> Values | None:
        """Return the group of exactly this name."""
        logs = call.client("logs")
        for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=call.id):
            for group in page["logGroups"]:
                if group["logGroupName"] == call.id:
                    arn = group["arn"].removesuffix(":*")
                    known = call.inputs.get("logGroupClass") or call.state.get("logGroupClass") or "STANDARD"
                    return {
                        "arn": arn,
                        "name": call.id,
                        "kmsKeyId": group.get("kmsKeyId"),
                        "logGroupClass": group.get("logGroupClass", known),
                        "retentionInDays": group.get("retentionInDays", 0),
                        "tagsAll": logs.list_tags_for_resource(resourceArn=arn)["tags"],
                    }
        return None

    def update(self, call: Call) -> None:
        """Change retention or key."""
        logs = call.client("logs")
        if "retentionInDays" in call.changed:
            self._set_retention(call)
        if "kmsKeyId" in call.changed:
            if key := call.inputs.get("kmsKeyId"):
                logs.associate_kms_key(logGroupName=call.id, kmsKeyId=key)
            else:
                logs.disassociate_kms_key(logGroupName=call.id)

    def retag(self, call: Call, remove: list[str], put: Mapping[str, str]) -> None:
        """Change tags."""
        logs, arn = call.client("logs"), call.state["arn"]
        if remove:
            logs.untag_resource(resourceArn=arn, tagKeys=remove)
        if put:
            logs.tag_resource(resourceArn=arn, tags=put)

    def delete(self, call: Call) -> None:
        """Delete the group with its streams, unless `skipDestroy` keeps it."""
        if call.state.get("skipDestroy"):
            return
        try:
            call.client("logs").delete_log_group(logGroupName=call.id)
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise

    def _set_retention(self, call: Call) -> None:
        logs, days = call.client("logs"), call.inputs["retentionInDays"]
        if days:
            logs.put_retention_policy(logGroupName=call.id, retentionInDays=days)
        else:
            logs.delete_retention_policy(logGroupName=call.id)
