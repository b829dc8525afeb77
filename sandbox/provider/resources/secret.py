"""`aws:secretsmanager/secret:Secret` and `aws:secretsmanager/secretVersion:SecretVersion`."""

import base64
from collections.abc import Mapping
from typing import ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.errors import code
from sandbox.provider.resource import Call, Resource
from sandbox.provider.schema import Problem, Properties, flag, text, texts, whole
from sandbox.provider.wire import Values

_GONE = ("ResourceNotFoundException", "InvalidRequestException")
_CURRENT = "AWSCURRENT"


class Secret(Resource):
    """A secret without its value; its id is its ARN."""

    type_name = "aws:secretsmanager/secret:Secret"
    label = "Secrets Manager Secret"
    service_id = "Secrets Manager"
    name_limit = 512
    properties: ClassVar[Properties] = {
        "name": text(force_new=True, computed=True),
        "namePrefix": text(force_new=True, program_only=True),
        "description": text(),
        "forceOverwriteReplicaSecret": flag(default=False, program_only=True),
        "kmsKeyId": text(),
        "policy": text(json=True, computed=True),
        "recoveryWindowInDays": whole(default=30, program_only=True),
    }
    outputs = ("arn",)

    def create(self, call: Call) -> str:
        """Create the secret."""
        inputs = call.inputs
        optional = {
            "Description": inputs.get("description"),
            "KmsKeyId": inputs.get("kmsKeyId"),
            "Tags": [{"Key": key, "Value": value} for key, value in call.tags.items()],
        }
        request = {key: value for key, value in optional.items() if value}
        return str(call.client("secretsmanager").create_secret(Name=inputs["name"], **request)["ARN"])

    def settle(self, call: Call) -> None:
        """Put the secret's policy."""
        if policy := call.inputs.get("policy"):
            call.client("secretsmanager").put_resource_policy(SecretId=call.id, ResourcePolicy=policy)

    def read(self, call: Call) -> Values | None:
        """Return the secret, unless it is scheduled for deletion."""
        manager = call.client("secretsmanager")
        try:
            found = manager.describe_secret(SecretId=call.id)
            policy = manager.get_resource_policy(SecretId=call.id).get("ResourcePolicy")
        except ClientError as error:
            if code(error) in _GONE:
                return None
            raise
        if found.get("DeletedDate"):
            return None
        return {
            "arn": found["ARN"],
            "name": found["Name"],
            "description": found.get("Description"),
            "kmsKeyId": found.get("KmsKeyId"),
            "policy": policy or None,
            "tagsAll": {tag["Key"]: tag["Value"] for tag in found.get("Tags") or []},
        }

    def update(self, call: Call) -> None:
        """Change description, key or policy."""
        manager, inputs = call.client("secretsmanager"), call.inputs
        if call.changed & {"description", "kmsKeyId"}:
            key = {"KmsKeyId": inputs["kmsKeyId"]} if inputs.get("kmsKeyId") else {}
            manager.update_secret(SecretId=call.id, Description=inputs.get("description") or "", **key)
        if "policy" in call.changed:
            manager.put_resource_policy(SecretId=call.id, ResourcePolicy=inputs["policy"])

    def retag(self, call: Call, remove: list[str], put: Mapping[str, str]) -> None:
        """Change tags."""
        manager = call.client("secretsmanager")
        if remove:
            manager.untag_resource(SecretId=call.id, TagKeys=remove)
        if put:
            manager.tag_resource(SecretId=call.id, Tags=[{"Key": key, "Value": value} for key, value in put.items()])

    def delete(self, call: Call) -> None:
        """Schedule the deletion; at once where the recovery window is 0."""
        days = call.state.get("recoveryWindowInDays", 30)
        how = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        try:
            call.client("secretsmanager").delete_secret(SecretId=call.id, **how)
        except ClientError as error:
            if code(error) != "ResourceNotFoundException":
                raise


class SecretVersion(Resource):
    """A secret's value; its id is `ARN|VERSION`."""

    type_name = "aws:secretsmanager/secretVersion:SecretVersion"
    label = "Secrets Manager Secret Version"
    service_id = "Secrets Manager"
    taggable = False
    properties: ClassVar[Properties] = {
        "secretId": text(required=True, force_new=True),
        "secretString": text(force_new=True),
        "secretBinary": text(force_new=True),
        "versionStages": texts(computed=True),
    }
    outputs = ("arn", "secretArn", "versionId")

    def verify(self, inputs: Values) -> list[Problem]:
        """A version holds a text or bytes, not both."""
        if inputs.get("secretString") is not None and inputs.get("secretBinary") is not None:
            return [Problem("secretBinary", '"secretBinary": conflicts with secretString')]
        return []

    def title(self, call: Call) -> str:
        """Errors name the secret."""
        return str(call.inputs["secretId"])

    def create(self, call: Call) -> str:
        """Put the value."""
        inputs = call.inputs
        request = {"VersionStages": inputs["versionStages"]} if inputs.get("versionStages") else {}
        value: dict[str, str | bytes]
        if inputs.get("secretBinary"):
            value = {"SecretBinary": base64.b64decode(inputs["secretBinary"])}
        else:
            value = {"SecretString": inputs.get("secretString") or ""}
        put = call.client("secretsmanager").put_secret_value(SecretId=inputs["secretId"], **request, **value)
        return f"{inputs['secretId']}|{put['VersionId']}"

    def read(self, call: Call) -> Values | None:
        """Return the value of this version."""
        secret, _, version = call.id.partition("|")
        try:
            found = call.client("secretsmanager").get_secret_value(SecretId=secret, VersionId=version)
        except ClientError as error:
            if code(error) in _GONE:
                return None
            raise
        binary = found.get("SecretBinary")
        return {
            "arn": found["ARN"],
            "secretArn": found["ARN"],
            "secretId": secret,
            "versionId": found["VersionId"],
            "versionStages": found.get("VersionStages") or [],
            "secretString": found.get("SecretString"),
            "secretBinary": base64.b64encode(binary).decode() if binary else None,
        }

    def update(self, call: Call) -> None:
        """Move the stages."""
        secret, _, version = call.id.partition("|")
        manager = call.client("secretsmanager")
        wanted, had = set(call.inputs.get("versionStages") or []), set(call.state.get("versionStages") or [])
        for stage in sorted(wanted - had):
            manager.update_secret_version_stage(SecretId=secret, VersionStage=stage, MoveToVersionId=version)
        for stage in sorted(had - wanted - {_CURRENT}):
            manager.update_secret_version_stage(SecretId=secret, VersionStage=stage, RemoveFromVersionId=version)

    def delete(self, call: Call) -> None:
        """Take the stages off, but AWSCURRENT, which AWS keeps on the newest version; it goes with the secret."""
        secret, _, version = call.id.partition("|")
        for stage in call.state.get("versionStages") or []:
            if stage == _CURRENT:
                continue
            try:
                call.client("secretsmanager").update_secret_version_stage(
                    SecretId=secret, VersionStage=stage, RemoveFromVersionId=version
                )
            except ClientError as error:
                if code(error) not in _GONE:
                    raise
