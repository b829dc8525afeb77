"""IAM: `aws:iam/policy:Policy`, `aws:iam/user:User` and `aws:iam/userPolicyAttachment:UserPolicyAttachment`."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.plain import Ask, Plain
from sandbox.provider.resource import Call
from sandbox.provider.schema import Properties, flag, text, whole
from sandbox.provider.tagging import Tagging
from sandbox.provider.wire import Values

_VERSIONS = 5
"""What AWS keeps: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html"""


class _Iam(Plain):
    service = "iam"
    service_id = "IAM"
    regional = False
    gone = frozenset({"NoSuchEntity", "NoSuchEntityException"})


class Policy(_Iam):
    """A managed policy; its id is its ARN. A change is a new version, which becomes the default one."""

    type_name = "aws:iam/policy:Policy"
    label = "IAM Policy"
    name_limit = 128
    properties: ClassVar[Properties] = {
        "delayAfterPolicyCreationInMs": whole(program_only=True),
        "description": text(force_new=True),
        "name": text(computed=True, force_new=True, member="PolicyName"),
        "namePrefix": text(force_new=True, program_only=True),
        "path": text(default="/", force_new=True),
        "policy": text(required=True, json=True, member="PolicyDocument"),
    }
    outputs = ("arn", "attachmentCount", "policyId")
    creates, identity = "create_policy", "Policy.Arn"
    reads = Ask("get_policy", lambda call: {"PolicyArn": call.id}, "Policy")
    deletes = Ask("delete_policy", lambda call: {"PolicyArn": call.id})
    busy = frozenset({"DeleteConflict"})
    tagging = Tagging("tag_policy", "untag_policy", "PolicyArn", listed="list_policy_tags")

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Its text is that of its default version."""
        version = self.client(call).get_policy_version(PolicyArn=call.id, VersionId=found["DefaultVersionId"])
        document = version["PolicyVersion"]["Document"]
        return {
            "arn": call.id,
            "attachmentCount": found.get("AttachmentCount", 0),
            "policy": document if isinstance(document, str) else json.dumps(document),
        }

    def update(self, call: Call) -> None:
        """Make a new version; the oldest one goes where there are as many as AWS keeps."""
        iam = self.client(call)
        versions = iam.list_policy_versions(PolicyArn=call.id)["Versions"]
        if len(versions) >= _VERSIONS:
            self._delete_version(call, min(self._others(versions), key=lambda each: each["CreateDate"]))
        iam.create_policy_version(PolicyArn=call.id, PolicyDocument=call.inputs["policy"], SetAsDefault=True)

    def delete(self, call: Call) -> None:
        """Delete it with its other versions."""
        if self.find(call) is None:
            return
        for version in self._others(self.client(call).list_policy_versions(PolicyArn=call.id)["Versions"]):
            self._delete_version(call, version)
        super().delete(call)

    def _delete_version(self, call: Call, version: Mapping[str, Any]) -> None:
        self.client(call).delete_policy_version(PolicyArn=call.id, VersionId=version["VersionId"])

    @staticmethod
    def _others(versions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [version for version in versions if not version["IsDefaultVersion"]]


class User(_Iam):
    """A user; its id is its name."""

    type_name = "aws:iam/user:User"
    label = "IAM User"
    name_limit = 64
    properties: ClassVar[Properties] = {
        "forceDestroy": flag(default=False, program_only=True),
        "name": text(computed=True, force_new=True, member="UserName"),
        "path": text(default="/", force_new=True),
    }
    outputs = ("arn", "uniqueId")
    creates, identity = "create_user", "User.UserName"
    reads = Ask("get_user", lambda call: {"UserName": call.id}, "User")
    deletes = Ask("delete_user", lambda call: {"UserName": call.id})
    tagging = Tagging("tag_user", "untag_user", "UserName", listed="list_user_tags")

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Its id of AWS's."""
        del call
        return {"uniqueId": found["UserId"]}

    def update(self, call: Call) -> None:
        """`forceDestroy` is nothing of AWS's."""


class UserPolicyAttachment(_Iam):
    """A managed policy on a user; its id is `USER/ARN`."""

    type_name = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
    label = "IAM User Policy Attachment"
    taggable = False
    properties: ClassVar[Properties] = {
        "policyArn": text(required=True, force_new=True),
        "user": text(required=True, force_new=True, member="UserName"),
    }
    creates = "attach_user_policy"
    deletes = Ask(
        "detach_user_policy",
        lambda call: {"UserName": call.id.partition("/")[0], "PolicyArn": call.id.partition("/")[2]},
    )

    def id_of(self, call: Call, answer: Mapping[str, Any]) -> str:
        """It is made of both."""
        del answer
        return f"{call.inputs['user']}/{call.inputs['policyArn']}"

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return it, if the user has it."""
        user, _, arn = call.id.partition("/")
        client = self.client(call)
        try:
            attached = client.list_attached_user_policies(UserName=user)["AttachedPolicies"]
        except client.exceptions.NoSuchEntityException:
            return None
        known = any(policy["PolicyArn"] == arn for policy in attached)
        return {"UserName": user, "PolicyArn": arn} if known else None
