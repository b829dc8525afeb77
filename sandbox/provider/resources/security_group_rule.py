"""`aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule` and the egress one."""

from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.errors import code
from sandbox.provider.resource import Call, Resource
from sandbox.provider.schema import Properties, text, whole
from sandbox.provider.wire import Values

_GONE = frozenset(
    {
        "InvalidSecurityGroupRuleId.NotFound",
        "InvalidSecurityGroupRuleId.Malformed",
        "InvalidGroup.NotFound",
        "InvalidPermission.NotFound",
    }
)
_ALL = "-1"


class _Rule(Resource):
    """One rule of a security group; its id is the rule's."""

    egress: ClassVar[bool]
    service_id = "EC2"
    properties: ClassVar[Properties] = {
        "securityGroupId": text(required=True, force_new=True),
        "ipProtocol": text(required=True),
        "fromPort": whole(),
        "toPort": whole(),
        "cidrIpv4": text(),
        "cidrIpv6": text(),
        "prefixListId": text(),
        "referencedSecurityGroupId": text(),
        "description": text(),
    }
    outputs = ("arn", "securityGroupRuleId")

    def title(self, call: Call) -> str:
        """Errors name the group."""
        return str(call.inputs["securityGroupId"])

    def create(self, call: Call) -> str:
        """Authorize the traffic."""
        ec2 = call.client("ec2")
        authorize = ec2.authorize_security_group_egress if self.egress else ec2.authorize_security_group_ingress
        tags = [{"Key": key, "Value": value} for key, value in call.tags.items()]
        specifications = [{"ResourceType": "security-group-rule", "Tags": tags}] if tags else []
        made = authorize(
            GroupId=call.inputs["securityGroupId"],
            IpPermissions=[_permission(call.inputs)],
            **({"TagSpecifications": specifications} if tags else {}),
        )
        return str(made["SecurityGroupRules"][0]["SecurityGroupRuleId"])

    def read(self, call: Call) -> Values | None:
        """Return the rule."""
        try:
            found = call.client("ec2").describe_security_group_rules(SecurityGroupRuleIds=[call.id])
        except ClientError as error:
            if code(error) in _GONE:
                return None
            raise
        if not found["SecurityGroupRules"]:
            return None
        rule = found["SecurityGroupRules"][0]
        everything = rule["IpProtocol"] == _ALL
        account = rule.get("GroupOwnerId", "")
        return {
            "arn": f"arn:aws:ec2:{call.region}:{account}:security-group-rule/{call.id}",
            "securityGroupRuleId": call.id,
            "securityGroupId": rule["GroupId"],
            "ipProtocol": rule["IpProtocol"],
            "fromPort": None if everything else rule.get("FromPort"),
            "toPort": None if everything else rule.get("ToPort"),
            "cidrIpv4": rule.get("CidrIpv4"),
            "cidrIpv6": rule.get("CidrIpv6"),
            "prefixListId": rule.get("PrefixListId"),
            "referencedSecurityGroupId": (rule.get("ReferencedGroupInfo") or {}).get("GroupId"),
            "description": rule.get("Description"),
            "tagsAll": {tag["Key"]: tag["Value"] for tag in rule.get("Tags") or []},
        }

    def update(self, call: Call) -> None:
        """Change the rule in place."""
        inputs = call.inputs
        everything = inputs["ipProtocol"] == _ALL
        members = {
            "IpProtocol": inputs["ipProtocol"],
            "FromPort": -1 if everything else inputs.get("fromPort"),
            "ToPort": -1 if everything else inputs.get("toPort"),
            "CidrIpv4": inputs.get("cidrIpv4"),
            "CidrIpv6": inputs.get("cidrIpv6"),
            "PrefixListId": inputs.get("prefixListId"),
            "ReferencedGroupId": inputs.get("referencedSecurityGroupId"),
            "Description": inputs.get("description"),
        }
        rule = {key: value for key, value in members.items() if value is not None}
        call.client("ec2").modify_security_group_rules(
            GroupId=inputs["securityGroupId"],
            SecurityGroupRules=[{"SecurityGroupRuleId": call.id, "SecurityGroupRule": rule}],
        )

    def retag(self, call: Call, remove: list[str], put: Mapping[str, str]) -> None:
        """Change tags."""
        ec2 = call.client("ec2")
        if remove:
            ec2.delete_tags(Resources=[call.id], Tags=[{"Key": key} for key in remove])
        if put:
            ec2.create_tags(Resources=[call.id], Tags=[{"Key": key, "Value": value} for key, value in put.items()])

    def delete(self, call: Call) -> None:
        """Revoke the rule."""
        ec2 = call.client("ec2")
        revoke = ec2.revoke_security_group_egress if self.egress else ec2.revoke_security_group_ingress
        try:
            revoke(GroupId=call.state["securityGroupId"], SecurityGroupRuleIds=[call.id])
        except ClientError as error:
            if code(error) not in _GONE:
                raise


class SecurityGroupIngressRule(_Rule):
    """Traffic that may come in."""

    type_name = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    label = "VPC Security Group Ingress Rule"
    egress = False


class SecurityGroupEgressRule(_Rule):
    """Traffic that may go out."""

    type_name = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    label = "VPC Security Group Egress Rule"
    egress = True


def _permission(inputs: Values) -> dict[str, Any]:
    described = {"Description": inputs["description"]} if inputs.get("description") else {}
    everything = inputs["ipProtocol"] == _ALL
    permission: dict[str, Any] = {
        "IpProtocol": inputs["ipProtocol"],
        "FromPort": -1 if everything else inputs.get("fromPort"),
        "ToPort": -1 if everything else inputs.get("toPort"),
    }
    for key, member, name in (
        ("cidrIpv4", "IpRanges", "CidrIp"),
        ("cidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("prefixListId", "PrefixListIds", "PrefixListId"),
        ("referencedSecurityGroupId", "UserIdGroupPairs", "GroupId"),
    ):
        if value := inputs.get(key):
            permission[member] = [{name: value, **described}]
    return {key: value for key, value in permission.items() if value is not None}
