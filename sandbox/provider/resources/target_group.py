"""`aws:lb/targetGroup:TargetGroup`: the group is created first, its attributes are set by a call of their own."""

from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.errors import code
from sandbox.provider.resource import Call, Resource
from sandbox.provider.schema import Properties, Property, block, flag, text, whole
from sandbox.provider.wire import Values

_GONE = "TargetGroupNotFound"

# Terraform's defaults, not AWS's own (5 and 2): the real provider sends them.
_HEALTH_CHECK: Mapping[str, Property] = {
    "enabled": flag(default=True),
    "healthyThreshold": whole(default=3),
    "interval": whole(default=30),
    "matcher": text(computed=True),
    "path": text(computed=True),
    "port": text(default="traffic-port"),
    "protocol": text(default="HTTP"),
    "timeout": whole(computed=True),
    "unhealthyThreshold": whole(default=3),
}
_STICKINESS: Mapping[str, Property] = {
    "type": text(required=True),
    "enabled": flag(default=True),
    "cookieDuration": whole(default=86400),
    "cookieName": text(),
}
_HEALTH_MEMBERS = {
    "enabled": "HealthCheckEnabled",
    "healthyThreshold": "HealthyThresholdCount",
    "interval": "HealthCheckIntervalSeconds",
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
    "timeout": "HealthCheckTimeoutSeconds",
    "unhealthyThreshold": "UnhealthyThresholdCount",
}
_ATTRIBUTES = {
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "slowStart": "slow_start.duration_seconds",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    "loadBalancingAnomalyMitigation": "load_balancing.algorithm.anomaly_mitigation",
    "loadBalancingCrossZoneEnabled": "load_balancing.cross_zone.enabled",
}


class TargetGroup(Resource):
    """A target group; its id is its ARN."""

    type_name = "aws:lb/targetGroup:TargetGroup"
    label = "ELBv2 Target Group"
    service_id = "Elastic Load Balancing v2"
    name_limit = 32
    properties: ClassVar[Properties] = {
        "name": text(force_new=True, computed=True),
        "namePrefix": text(force_new=True, program_only=True),
        "port": whole(force_new=True),
        "protocol": text(force_new=True),
        "protocolVersion": text(force_new=True, computed=True),
        "targetType": text(force_new=True, default="instance"),
        "vpcId": text(force_new=True),
        "ipAddressType": text(force_new=True, computed=True),
        "healthCheck": block(_HEALTH_CHECK, computed=True),
        "stickiness": block(_STICKINESS, computed=True),
        "deregistrationDelay": whole(default=300),
        "slowStart": whole(default=0),
        "loadBalancingAlgorithmType": text(computed=True),
        "loadBalancingAnomalyMitigation": text(computed=True),
        "loadBalancingCrossZoneEnabled": text(computed=True),
    }
    outputs = ("arn", "arnSuffix", "loadBalancerArns")

    def create(self, call: Call) -> str:
        """Create the group with its health check."""
        inputs = call.inputs
        members = {
            "Name": inputs["name"],
            "Port": inputs.get("port"),
            "Protocol": inputs.get("protocol"),
            "ProtocolVersion": inputs.get("protocolVersion"),
            "TargetType": inputs["targetType"],
            "VpcId": inputs.get("vpcId"),
            "IpAddressType": inputs.get("ipAddressType"),
            "Tags": [{"Key": key, "Value": value} for key, value in call.tags.items()],
            **_health_request(inputs.get("healthCheck") or {}),
        }
        request = {key: value for key, value in members.items() if value not in (None, [])}
        return str(call.client("elbv2").create_target_group(**request)["TargetGroups"][0]["TargetGroupArn"])

    def settle(self, call: Call) -> None:
        """Set the attributes."""
        self._set_attributes(call, {*_ATTRIBUTES, "stickiness"})

    def read(self, call: Call) -> Values | None:
        """Return the group with its attributes and tags."""
        elbv2 = call.client("elbv2")
        try:
            group = elbv2.describe_target_groups(TargetGroupArns=[call.id])["TargetGroups"][0]
        except ClientError as error:
            if code(error) == _GONE:
                return None
            raise
        answer = elbv2.describe_target_group_attributes(TargetGroupArn=call.id)["Attributes"]
        attributes = {item["Key"]: item["Value"] for item in answer}
        tags = elbv2.describe_tags(ResourceArns=[call.id])["TagDescriptions"][0]["Tags"]
        return {
            "arn": call.id,
            "arnSuffix": call.id.rpartition(":")[2],
            "loadBalancerArns": group.get("LoadBalancerArns") or [],
            "name": group["TargetGroupName"],
            "port": group.get("Port"),
            "protocol": group.get("Protocol"),
            "protocolVersion": group.get("ProtocolVersion"),
            "targetType": group.get("TargetType"),
            "vpcId": group.get("VpcId"),
            "ipAddressType": group.get("IpAddressType"),
            "healthCheck": _health_state(group),
            "stickiness": _stickiness_state(attributes),
            **{key: _attribute_state(key, attributes.get(name)) for key, name in _ATTRIBUTES.items()},
            "tagsAll": {tag["Key"]: tag["Value"] for tag in tags},
        }

    def update(self, call: Call) -> None:
        """Change the health check or attributes."""
        if "healthCheck" in call.changed:
            check = call.inputs.get("healthCheck") or {}
            call.client("elbv2").modify_target_group(TargetGroupArn=call.id, **_health_request(check))
        self._set_attributes(call, set(call.changed))

    def retag(self, call: Call, remove: list[str], put: Mapping[str, str]) -> None:
        """Change tags."""
        elbv2 = call.client("elbv2")
        if remove:
            elbv2.remove_tags(ResourceArns=[call.id], TagKeys=remove)
        if put:
            elbv2.add_tags(ResourceArns=[call.id], Tags=[{"Key": key, "Value": value} for key, value in put.items()])

    def delete(self, call: Call) -> None:
        """Delete the group; while a rule that goes too still uses it, try again, as the real provider does."""
        elbv2, pace = call.client("elbv2"), call.connection.pace
        for _ in range(60):
            try:
                elbv2.delete_target_group(TargetGroupArn=call.id)
            except ClientError as error:
                if code(error) == _GONE:
                    return
                if code(error) != "ResourceInUse":
                    raise
                pace.sleep(2)
            else:
                return
        elbv2.delete_target_group(TargetGroupArn=call.id)

    def _set_attributes(self, call: Call, keys: set[str]) -> None:
        attributes = {
            name: _attribute_text(call.inputs[key])
            for key, name in _ATTRIBUTES.items()
            if key in keys and call.inputs.get(key) is not None
        }
        if "stickiness" in keys and (stickiness := call.inputs.get("stickiness")):
            attributes |= _stickiness_request(stickiness)
        if attributes:
            items = [{"Key": key, "Value": value} for key, value in attributes.items()]
            call.client("elbv2").modify_target_group_attributes(TargetGroupArn=call.id, Attributes=items)


def _health_request(check: Values) -> dict[str, Any]:
    request = {member: check[key] for key, member in _HEALTH_MEMBERS.items() if check.get(key) not in (None, "")}
    if check.get("matcher"):
        request["Matcher"] = {"HttpCode": check["matcher"]}
    return request


def _health_state(group: dict[str, Any]) -> Values:
    state = {key: group.get(member) for key, member in _HEALTH_MEMBERS.items()}
    state["matcher"] = (group.get("Matcher") or {}).get("HttpCode")
    return {key: value for key, value in state.items() if value is not None}


def _stickiness_request(stickiness: Values) -> dict[str, str]:
    request = {"stickiness.enabled": _attribute_text(stickiness["enabled"]), "stickiness.type": stickiness["type"]}
    duration = f"stickiness.{stickiness['type']}.duration_seconds"
    request[duration] = str(stickiness["cookieDuration"])
    if stickiness["type"] == "app_cookie" and stickiness.get("cookieName"):
        request["stickiness.app_cookie.cookie_name"] = stickiness["cookieName"]
    return request


def _stickiness_state(attributes: Mapping[str, str]) -> Values | None:
    kind = attributes.get("stickiness.type")
    if kind is None:
        return None
    state: Values = {"type": kind, "enabled": attributes.get("stickiness.enabled") == "true"}
    if duration := attributes.get(f"stickiness.{kind}.duration_seconds"):
        state["cookieDuration"] = int(duration)
    if kind == "app_cookie" and (cookie := attributes.get("stickiness.app_cookie.cookie_name")):
        state["cookieName"] = cookie
    return state


def _attribute_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _attribute_state(key: str, value: str | None) -> Any:
    return int(value) if key in ("deregistrationDelay", "slowStart") and value is not None else value
