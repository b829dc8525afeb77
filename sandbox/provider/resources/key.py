"""KMS: `aws:kms/key:Key` and `aws:kms/alias:Alias`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.plain import Ask, Plain, Step
from sandbox.provider.resource import Call
from sandbox.provider.schema import Properties, flag, text, whole
from sandbox.provider.tagging import Tagging
from sandbox.provider.wire import Values


class Key(Plain):
    """A key; its id is AWS's. Deleted, it waits for its end, and counts as gone."""

    type_name = "aws:kms/key:Key"
    label = "KMS Key"
    service = "kms"
    service_id = "KMS"
    properties: ClassVar[Properties] = {
        "bypassPolicyLockoutSafetyCheck": flag(default=False, program_only=True),
        "customKeyStoreId": text(force_new=True),
        "customerMasterKeySpec": text(default="SYMMETRIC_DEFAULT", force_new=True, member="KeySpec"),
        "deletionWindowInDays": whole(program_only=True),
        "description": text(computed=True),
        "enableKeyRotation": flag(default=False),
        "isEnabled": flag(default=True, member="Enabled"),
        "keyUsage": text(default="ENCRYPT_DECRYPT", force_new=True),
        "multiRegion": flag(computed=True, force_new=True),
        "policy": text(json=True, computed=True),
        "rotationPeriodInDays": whole(computed=True),
    }
    outputs = ("arn", "keyId")
    creates, identity = "create_key", "KeyMetadata.KeyId"
    reads = Ask("describe_key", lambda call: {"KeyId": call.id}, "KeyMetadata")
    steps = (
        Step(
            ("description",),
            Ask(
                "update_key_description",
                lambda call: {"KeyId": call.id, "Description": call.inputs.get("description") or ""},
            ),
            settles=False,
        ),
        Step(
            ("policy",),
            Ask(
                "put_key_policy",
                lambda call: {"KeyId": call.id, "PolicyName": "default", "Policy": call.inputs["policy"]},
            ),
            settles=False,
        ),
    )
    deletes = Ask(
        "schedule_key_deletion",
        lambda call: {"KeyId": call.id, "PendingWindowInDays": call.state.get("deletionWindowInDays")},
    )
    gone = frozenset({"NotFoundException", "KMSInvalidStateException"})
    tagging = Tagging(
        "tag_resource",
        "untag_resource",
        "KeyId",
        pair=("TagKey", "TagValue"),
        listed="list_resource_tags",
    )

    def what(self, call: Call) -> str:
        """Errors name the type alone."""
        del call
        return self.label

    def request(self, call: Call) -> dict[str, Any]:
        """Rotation and being disabled have calls of their own."""
        request = super().request(call)
        return {key: value for key, value in request.items() if key not in _LATER}

    def settle(self, call: Call) -> None:
        """Turn on rotation; disable it."""
        self._set(call, {key for key in ("enableKeyRotation",) if call.inputs.get(key)})
        if call.inputs.get("isEnabled") is False:
            self._set(call, {"isEnabled"})

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return it with its policy and rotation, unless it waits for its end."""
        found = super().find(call)
        if found is None or found["KeyState"] in ("PendingDeletion", "PendingReplicaDeletion"):
            return None
        kms = self.client(call)
        told: Values = {"Policy": kms.get_key_policy(KeyId=call.id, PolicyName="default")["Policy"]}
        if found.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT":
            rotation = kms.get_key_rotation_status(KeyId=call.id)
            told["EnableKeyRotation"] = rotation["KeyRotationEnabled"]
            told["RotationPeriodInDays"] = rotation.get("RotationPeriodInDays")
        return {**found, **told}

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return what KMS names otherwise."""
        del call
        return {"arn": found["Arn"], "multiRegion": bool(found.get("MultiRegion"))}

    def update(self, call: Call) -> None:
        """Change what differs; a disabled key is enabled first, since nothing else of it can change."""
        if "isEnabled" in call.changed and call.inputs.get("isEnabled"):
            self._set(call, {"isEnabled"})
        super().update(call)
        self._set(call, set(call.changed & {"enableKeyRotation", "rotationPeriodInDays"}))
        if "isEnabled" in call.changed and not call.inputs.get("isEnabled"):
            self._set(call, {"isEnabled"})

    def _set(self, call: Call, keys: set[str]) -> None:
        kms, inputs = self.client(call), call.inputs
        if "isEnabled" in keys:
            (kms.enable_key if inputs.get("isEnabled") else kms.disable_key)(KeyId=call.id)
        if keys & {"enableKeyRotation", "rotationPeriodInDays"}:
            if inputs.get("enableKeyRotation"):
                days = inputs.get("rotationPeriodInDays")
                kms.enable_key_rotation(KeyId=call.id, **({"RotationPeriodInDays": days} if days else {}))
            else:
                kms.disable_key_rotation(KeyId=call.id)


_LATER = ("EnableKeyRotation", "RotationPeriodInDays", "Enabled")


class Alias(Plain):
    """A name of a key; its id is that name, which begins with `alias/`."""

    type_name = "aws:kms/alias:Alias"
    label = "KMS Alias"
    service = "kms"
    service_id = "KMS"
    taggable = False
    name_limit = 256
    properties: ClassVar[Properties] = {
        "name": text(computed=True, force_new=True, member="AliasName"),
        "namePrefix": text(force_new=True, program_only=True),
        "targetKeyId": text(required=True),
    }
    outputs = ("arn", "targetKeyArn")
    creates = "create_alias"
    steps = (
        Step(
            ("targetKeyId",),
            Ask("update_alias", lambda call: {"AliasName": call.id, "TargetKeyId": call.inputs["targetKeyId"]}),
            settles=False,
        ),
    )
    deletes = Ask("delete_alias", lambda call: {"AliasName": call.id})
    gone = frozenset({"NotFoundException"})

    def name_affixes(self, inputs: Values) -> tuple[str, str]:
        """A made-up name begins with `alias/` as all do."""
        del inputs
        return "alias/", ""

    def id_of(self, call: Call, answer: Mapping[str, Any]) -> str:
        """It is the name."""
        del answer
        return str(call.inputs["name"])

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return the alias of this name."""
        pages = self.client(call).get_paginator("list_aliases").paginate()
        return next((one for page in pages for one in page["Aliases"] if one["AliasName"] == call.id), None)

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """The key is told as the program names it, by id or ARN."""
        arn = f"{found['AliasArn'].rpartition(':')[0]}:key/{found['TargetKeyId']}"
        written = (call.inputs or call.state).get("targetKeyId")
        told = arn if written == arn else found["TargetKeyId"]
        return {"arn": found["AliasArn"], "targetKeyArn": arn, "targetKeyId": told}
