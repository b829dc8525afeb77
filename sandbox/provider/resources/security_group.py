"""`aws:ec2/securityGroup:SecurityGroup`: created without AWS's default egress rule, as the real provider leaves it."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

from botocore.exceptions import ClientError

from sandbox.provider.errors import code
from sandbox.provider.resource import Call, Resource
from sandbox.provider.schema import Properties, Property, blocks, flag, text, texts, whole
from sandbox.provider.waiting import retry
from sandbox.provider.wire import Values

_GONE = "InvalidGroup.NotFound"
_DELETE_TIMEOUT = 15 * 60
_ALL = "-1"

_RULE: Mapping[str, Property] = {
    "protocol": text(required=True),
    "fromPort": whole(required=True),
    "toPort": whole(required=True),
    "cidrBlocks": texts(),
    "ipv6CidrBlocks": texts(),
    "prefixListIds": texts(),
    "securityGroups": texts(),
    "self": flag(default=False),
    "description": text(),
}


class _Permission(NamedTuple):
    """One source or destination that is allowed: what a rule comes down to."""

    protocol: str
    from_port: int
    to_port: int
    kind: str
    peer: str
    description: str


_KINDS = {
    "cidrBlocks": ("IpRanges", "CidrIp"),
    "ipv6CidrBlocks": ("Ipv6Ranges", "CidrIpv6"),
    "prefixListIds": ("PrefixListIds", "PrefixListId"),
    "securityGroups": ("UserIdGroupPairs", "GroupId"),
}


class SecurityGroup(Resource):
    """A security group; its id is the group's."""

    type_name = "aws:ec2/securityGroup:SecurityGroup"
    label = "Security Group"
    service_id = "EC2"
    name_limit = 255
    properties: ClassVar[Properties] = {
        "name": text(force_new=True, computed=True),
        "namePrefix": text(force_new=True, program_only=True),
        "description": text(force_new=True, default="Managed by Pulumi"),
        "egress": blocks(_RULE, computed=True),
        "ingress": blocks(_RULE, computed=True),
        "revokeRulesOnDelete": flag(default=False, program_only=True),
        "vpcId": text(force_new=True, computed=True),
    }
    outputs = ("arn", "ownerId")

    def create(self, call: Call) -> str:
        """Create the group."""
        inputs = call.inputs
        tags = [{"Key": key, "Value": value} for key, value in call.tags.items()]
        specifications = {"TagSpecifications": [{"ResourceType": "security-group", "Tags": tags}]} if tags else {}
        vpc = {"VpcId": inputs["vpcId"]} if inputs.get("vpcId") else {}
        made = call.client("ec2").create_security_group(
            GroupName=inputs["name"], Description=inputs["description"], **vpc, **specifications
        )
        return str(made["GroupId"])

    def settle(self, call: Call) -> None:
        """Take AWS's default egress away and put the group's own rules."""
        group = self._describe(call)
        if group is not None:
            self._change(call, _permissions(group["IpPermissionsEgress"]), call.inputs.get("egress") or [], egress=True)
            self._change(call, set(), call.inputs.get("ingress") or [], egress=False)

    def read(self, call: Call) -> Values | None:
        """Return the group."""
        group = self._describe(call)
        if group is None:
            return None
        written = call.inputs or call.state
        owner = group.get("OwnerId", "")
        return {
            "arn": f"arn:aws:ec2:{call.region}:{owner}:security-group/{call.id}",
            "ownerId": owner,
            "name": group["GroupName"],
            "description": group["Description"],
            "vpcId": group.get("VpcId"),
            "ingress": _rules(_permissions(group["IpPermissions"]), written.get("ingress"), call.id),
            "egress": _rules(_permissions(group["IpPermissionsEgress"]), written.get("egress"), call.id),
            "tagsAll": {tag["Key"]: tag["Value"] for tag in group.get("Tags") or []},
        }

    def update(self, call: Call) -> None:
        """Change the rules that the group itself names."""
        group = self._describe(call)
        if group is None:
            return
        for key, member in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
            if key in call.changed:
                self._change(call, _permissions(group[member]), call.inputs.get(key) or [], egress=key == "egress")

    def retag(self, call: Call, remove: list[str], put: Mapping[str, str]) -> None:
        """Change tags."""
        ec2 = call.client("ec2")
        if remove:
            ec2.delete_tags(Resources=[call.id], Tags=[{"Key": key} for key in remove])
        if put:
            ec2.create_tags(Resources=[call.id], Tags=[{"Key": key, "Value": value} for key, value in put.items()])

    def delete(self, call: Call) -> None:
        """Delete the group; while a network interface that goes too still uses it, try again."""
        ec2 = call.client("ec2")
        if call.state.get("revokeRulesOnDelete") and (group := self._describe(call)):
            self._change(call, _permissions(group["IpPermissions"]), [], egress=False)
            self._change(call, _permissions(group["IpPermissionsEgress"]), [], egress=True)
        try:
            retry(
                lambda: ec2.delete_security_group(GroupId=call.id),
                lambda error: code(error) in ("DependencyViolation", "InvalidGroup.InUse"),
                call.connection.pace,
                call.timeout or _DELETE_TIMEOUT,
            )
        except ClientError as error:
            if code(error) != _GONE:
                raise

    def _describe(self, call: Call) -> dict[str, Any] | None:
        try:
            groups = call.client("ec2").describe_security_groups(GroupIds=[call.id])["SecurityGroups"]
        except ClientError as error:
            if code(error) == _GONE:
                return None
            raise
        return groups[0] if groups else None

    def _change(self, call: Call, live: set[_Permission], rules: list[Values], *, egress: bool) -> None:
        ec2 = call.client("ec2")
        wanted = {permission for rule in rules for permission in _of_rule(rule, call.id)}
        revoke = ec2.revoke_security_group_egress if egress else ec2.revoke_security_group_ingress
        authorize = ec2.authorize_security_group_egress if egress else ec2.authorize_security_group_ingress
        if live - wanted:
            revoke(GroupId=call.id, IpPermissions=[_request(one) for one in sorted(live - wanted)])
        if wanted - live:
            authorize(GroupId=call.id, IpPermissions=[_request(one) for one in sorted(wanted - live)])


def _of_rule(rule: Values, group_id: str) -> Iterable[_Permission]:
    everything = rule["protocol"] == _ALL
    from_port, to_port = (-1, -1) if everything else (rule["fromPort"], rule["toPort"])
    description = rule.get("description") or ""
    for kind in _KINDS:
        for peer in rule.get(kind) or []:
            yield _Permission(rule["protocol"], from_port, to_port, kind, peer, description)
    if rule.get("self"):
        yield _Permission(rule["protocol"], from_port, to_port, "securityGroups", group_id, description)


def _permissions(members: Iterable[Mapping[str, Any]]) -> set[_Permission]:
    return {
        _Permission(
            member["IpProtocol"],
            member.get("FromPort", -1),
            member.get("ToPort", -1),
            kind,
            peer[name],
            peer.get("Description") or "",
        )
        for member in members
        for kind, (group, name) in _KINDS.items()
        for peer in member.get(group) or []
    }


def _request(one: _Permission) -> dict[str, Any]:
    member, name = _KINDS[one.kind]
    described = {"Description": one.description} if one.description else {}
    ports = {} if one.protocol == _ALL else {"FromPort": one.from_port, "ToPort": one.to_port}
    return {"IpProtocol": one.protocol, **ports, member: [{name: one.peer, **described}]}


def _rules(live: set[_Permission], written: list[Values] | None, group_id: str) -> list[Values]:
    """Return live permissions as rules: in the program's grouping where that says the same, else one rule each."""
    if written is not None and {one for rule in written for one in _of_rule(rule, group_id)} == live:
        return written
    rules = []
    for one in sorted(live):
        everything = one.protocol == _ALL
        rule: Values = {
            "protocol": one.protocol,
            "fromPort": 0 if everything else one.from_port,
            "toPort": 0 if everything else one.to_port,
            "description": one.description,
        }
        own = one.kind == "securityGroups" and one.peer == group_id
        rules.append({**rule, "self": True} if own else {**rule, "self": False, one.kind: [one.peer]})
    return rules
