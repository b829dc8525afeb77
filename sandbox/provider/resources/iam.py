"""`aws:iam/role:Role`, `aws:iam/rolePolicy:RolePolicy` and `aws:iam/rolePolicyAttachment:RolePolicyAttachment`."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.errors import code
from sandbox.provider.resource import Call, Resource
from sandbox.provider.schema import Properties, blocks, flag, text, texts, whole
from sandbox.provider.wire import Values

_GONE = "NoSuchEntity"
_SESSION_SECONDS = 3600
_POLICY = {"name": text(), "policy": text(json=True)}


class Role(Resource):
    """A role; its id is its name."""

    type_name = "aws:iam/role:Role"
    label = "IAM Role"
    service_id = "IAM"
    name_limit = 64
    regional = False
    properties: ClassVar[Properties] = {
        "name": text(force_new=True, computed=True),
        "namePrefix": text(force_new=True, program_only=True),
        "assumeRolePolicy": text(required=True, json=True),
        "description": text(),
        "forceDetachPolicies": flag(default=False, program_only=True),
        "inlinePolicies": blocks(_POLICY, computed=True),
        "managedPolicyArns": texts(computed=True),
        "maxSessionDuration": whole(default=_SESSION_SECONDS),
        "path": text(default="/", force_new=True),
        "permissionsBoundary": text(),
    }
    outputs = ("arn", "createDate", "uniqueId")

    def create(self, call: Call) -> str:
        """Create the role."""
        inputs = call.inputs
        optional = {
            "Description": inputs.get("description"),
            "PermissionsBoundary": inputs.get("permissionsBoundary"),
            "Tags": _tags(call.tags),
        }
        call.client("iam").create_role(
            RoleName=inputs["name"],
            AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
            MaxSessionDuration=inputs["maxSessionDuration"],
            Path=inputs["path"],
            **{key: value for key, value in optional.items() if value},
        )
        return str(inputs["name"])

    def settle(self, call: Call) -> None:
        """Attach the policies that the role names itself."""
        self._set_policies(call)

    def read(self, call: Call) -> Values | None:
        """Return the role with the policies that hang on it."""
        iam = call.client("iam")
        role = _found(lambda: iam.get_role(RoleName=call.id)["Role"])
        if role is None:
            return None
        return {
            "arn": role["Arn"],
            "name": role["RoleName"],
            "uniqueId": role["RoleId"],
            "createDate": role["CreateDate"].isoformat(),
            "path": role["Path"],
            "assumeRolePolicy": _text(role["AssumeRolePolicyDocument"]),
            "description": role.get("Description"),
            "maxSessionDuration": role.get("MaxSessionDuration", _SESSION_SECONDS),
            "permissionsBoundary": (role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
            "managedPolicyArns": _attached(iam, call.id),
            "inlinePolicies": [
                {
                    "name": name,
                    "policy": _text(iam.get_role_policy(RoleName=call.id, PolicyName=name)["PolicyDocument"]),
                }
                for name in _inline(iam, call.id)
            ],
            "tagsAll": {tag["Key"]: tag["Value"] for tag in iam.list_role_tags(RoleName=call.id)["Tags"]},
        }

    def update(self, call: Call) -> None:
        """Change what differs; each part has a call of its own."""
        iam, inputs, changed = call.client("iam"), call.inputs, call.changed
        if "assumeRolePolicy" in changed:
            iam.update_assume_role_policy(RoleName=call.id, PolicyDocument=inputs["assumeRolePolicy"])
        if changed & {"description", "maxSessionDuration"}:
            iam.update_role(
                RoleName=call.id,
                Description=inputs.get("description") or "",
                MaxSessionDuration=inputs["maxSessionDuration"],
            )
        if "permissionsBoundary" in changed:
            if boundary := inputs.get("permissionsBoundary"):
                iam.put_role_permissions_boundary(RoleName=call.id, PermissionsBoundary=boundary)
            else:
                iam.delete_role_permissions_boundary(RoleName=call.id)
        self._set_policies(call)

    def retag(self, call: Call, remove: list[str], put: Mapping[str, str]) -> None:
        """Change tags."""
        iam = call.client("iam")
        if remove:
            iam.untag_role(RoleName=call.id, TagKeys=remove)
        if put:
            iam.tag_role(RoleName=call.id, Tags=_tags(put))

    def delete(self, call: Call) -> None:
        """Delete the role, with its policies where the state knows of any, or always when `forceDetachPolicies`."""
        iam, state = call.client("iam"), call.state
        if _found(lambda: iam.get_role(RoleName=call.id)) is None:
            return
        forced = bool(state.get("forceDetachPolicies"))
        for arn in _attached(iam, call.id) if forced or state.get("managedPolicyArns") else []:
            iam.detach_role_policy(RoleName=call.id, PolicyArn=arn)
        for name in _inline(iam, call.id) if forced or state.get("inlinePolicies") else []:
            iam.delete_role_policy(RoleName=call.id, PolicyName=name)
        iam.delete_role(RoleName=call.id)

    def _set_policies(self, call: Call) -> None:
        """Make the role's own policies so; without `managedPolicyArns` and `inlinePolicies` others look after them."""
        iam, inputs = call.client("iam"), call.inputs
        if (arns := inputs.get("managedPolicyArns")) is not None:
            attached = set(_attached(iam, call.id))
            for arn in attached - set(arns):
                iam.detach_role_policy(RoleName=call.id, PolicyArn=arn)
            for arn in set(arns) - attached:
                iam.attach_role_policy(RoleName=call.id, PolicyArn=arn)
        if (policies := inputs.get("inlinePolicies")) is not None:
            wanted = {policy["name"]: policy["policy"] for policy in policies}
            for name in set(_inline(iam, call.id)) - set(wanted):
                iam.delete_role_policy(RoleName=call.id, PolicyName=name)
            for name, policy in wanted.items():
                iam.put_role_policy(RoleName=call.id, PolicyName=name, PolicyDocument=policy)


class RolePolicy(Resource):
    """An inline policy of a role; its id is `ROLE:NAME`."""

    type_name = "aws:iam/rolePolicy:RolePolicy"
    label = "IAM Role Policy"
    service_id = "IAM"
    name_limit = 128
    regional = False
    taggable = False
    properties: ClassVar[Properties] = {
        "name": text(force_new=True, computed=True),
        "namePrefix": text(force_new=True, program_only=True),
        "policy": text(required=True, json=True),
        "role": text(required=True, force_new=True),
    }

    def create(self, call: Call) -> str:
        """Put the policy."""
        self._put(call)
        return f"{call.inputs['role']}:{call.inputs['name']}"

    def read(self, call: Call) -> Values | None:
        """Return the policy."""
        role, _, name = call.id.partition(":")
        iam = call.client("iam")
        policy = _found(lambda: iam.get_role_policy(RoleName=role, PolicyName=name))
        return policy and {"role": role, "name": name, "policy": _text(policy["PolicyDocument"])}

    def update(self, call: Call) -> None:
        """Put the policy over the old one."""
        self._put(call)

    def delete(self, call: Call) -> None:
        """Delete the policy."""
        role, _, name = call.id.partition(":")
        _found(lambda: call.client("iam").delete_role_policy(RoleName=role, PolicyName=name))

    def _put(self, call: Call) -> None:
        inputs = call.inputs
        call.client("iam").put_role_policy(
            RoleName=inputs["role"], PolicyName=inputs["name"], PolicyDocument=inputs["policy"]
        )


class RolePolicyAttachment(Resource):
    """A managed policy on a role; its id is `ROLE/ARN`."""

    type_name = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    label = "IAM Role Policy Attachment"
    service_id = "IAM"
    regional = False
    taggable = False
    properties: ClassVar[Properties] = {
        "policyArn": text(required=True, force_new=True),
        "role": text(required=True, force_new=True),
    }

    def create(self, call: Call) -> str:
        """Attach the policy."""
        role, arn = call.inputs["role"], call.inputs["policyArn"]
        call.client("iam").attach_role_policy(RoleName=role, PolicyArn=arn)
        return f"{role}/{arn}"

    def read(self, call: Call) -> Values | None:
        """Return the attachment, if it is there."""
        role, _, arn = call.id.partition("/")
        iam = call.client("iam")
        attached = _found(lambda: _attached(iam, role))
        return {"role": role, "policyArn": arn} if attached and arn in attached else None

    def delete(self, call: Call) -> None:
        """Detach the policy."""
        role, _, arn = call.id.partition("/")
        _found(lambda: call.client("iam").detach_role_policy(RoleName=role, PolicyArn=arn))


def _found(ask: Any) -> Any:
    """Return what IAM answers, or None where the entity does not exist."""
    try:
        return ask()
    except ClientError as error:
        if code(error) != _GONE:
            raise
        return None


def _attached(iam: Any, role: str) -> list[str]:
    pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=role)
    return [policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]]


def _inline(iam: Any, role: str) -> list[str]:
    pages = iam.get_paginator("list_role_policies").paginate(RoleName=role)
    return [name for page in pages for name in page["PolicyNames"]]


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)
