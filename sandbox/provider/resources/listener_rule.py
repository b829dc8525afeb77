"""`aws:lb/listenerRule:ListenerRule`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.errors import code
from sandbox.provider.resource import Call, Resource
from sandbox.provider.resources.actions import ACTION, actions_request, actions_state, camel, pascal
from sandbox.provider.schema import Properties, Property, block, blocks, text, texts, whole
from sandbox.provider.wire import Values

_GONE = "RuleNotFound"

_VALUES: Mapping[str, Property] = {"values": texts(required=True)}
_CONDITION: Mapping[str, Property] = {
    "hostHeader": block(_VALUES),
    "pathPattern": block(_VALUES),
    "httpRequestMethod": block(_VALUES),
    "sourceIp": block(_VALUES),
    "httpHeader": block({"httpHeaderName": text(required=True), "values": texts(required=True)}),
    "queryStrings": blocks({"key": text(), "value": text(required=True)}),
}
_FIELDS = {
    "hostHeader": ("host-header", "HostHeaderConfig"),
    "pathPattern": ("path-pattern", "PathPatternConfig"),
    "httpRequestMethod": ("http-request-method", "HttpRequestMethodConfig"),
    "sourceIp": ("source-ip", "SourceIpConfig"),
    "httpHeader": ("http-header", "HttpHeaderConfig"),
    "queryStrings": ("query-string", "QueryStringConfig"),
}


class ListenerRule(Resource):
    """A rule of a listener; its id is its ARN."""

    type_name = "aws:lb/listenerRule:ListenerRule"
    label = "ELBv2 Listener Rule"
    service_id = "Elastic Load Balancing v2"
    properties: ClassVar[Properties] = {
        "actions": blocks(ACTION, required=True, unordered=False),
        "conditions": blocks(_CONDITION, required=True),
        "listenerArn": text(required=True, force_new=True),
        "priority": whole(computed=True),
    }
    outputs = ("arn",)

    def create(self, call: Call) -> str:
        """Create the rule; without a priority it goes behind the listener's last one, as the real provider does."""
        elbv2, inputs = call.client("elbv2"), call.inputs
        priority = inputs.get("priority") or _last_priority(elbv2, inputs["listenerArn"]) + 1
        tags = [{"Key": key, "Value": value} for key, value in call.tags.items()]
        rule = elbv2.create_rule(
            ListenerArn=inputs["listenerArn"],
            Priority=priority,
            Actions=actions_request(inputs["actions"]),
            Conditions=_conditions(inputs["conditions"]),
            **({"Tags": tags} if tags else {}),
        )
        return str(rule["Rules"][0]["RuleArn"])

    def read(self, call: Call) -> Values | None:
        """Return the rule."""
        elbv2 = call.client("elbv2")
        try:
            rules = elbv2.describe_rules(RuleArns=[call.id])["Rules"]
        except ClientError as error:
            if code(error) == _GONE:
                return None
            raise
        if not rules:
            return None
        written = call.inputs.get("actions") or call.state.get("actions") or []
        tags = elbv2.describe_tags(ResourceArns=[call.id])["TagDescriptions"][0]["Tags"]
        listener = call.id.replace(":listener-rule/", ":listener/").rpartition("/")[0]
        return {
            "arn": call.id,
            "listenerArn": listener,
            "priority": int(rules[0]["Priority"]) if rules[0]["Priority"].isdigit() else None,
            "actions": actions_state(rules[0]["Actions"], written),
            "conditions": [_condition_state(condition) for condition in rules[0]["Conditions"]],
            "tagsAll": {tag["Key"]: tag["Value"] for tag in tags},
        }

    def update(self, call: Call) -> None:
        """Change priority, actions or conditions."""
        elbv2 = call.client("elbv2")
        if "priority" in call.changed and call.inputs.get("priority"):
            elbv2.set_rule_priorities(RulePriorities=[{"RuleArn": call.id, "Priority": call.inputs["priority"]}])
        request: dict[str, Any] = {}
        if "actions" in call.changed:
            request["Actions"] = actions_request(call.inputs["actions"])
        if "conditions" in call.changed:
            request["Conditions"] = _conditions(call.inputs["conditions"])
        if request:
            elbv2.modify_rule(RuleArn=call.id, **request)

    def retag(self, call: Call, remove: list[str], put: Mapping[str, str]) -> None:
        """Change tags."""
        elbv2 = call.client("elbv2")
        if remove:
            elbv2.remove_tags(ResourceArns=[call.id], TagKeys=remove)
        if put:
            elbv2.add_tags(ResourceArns=[call.id], Tags=[{"Key": key, "Value": value} for key, value in put.items()])

    def delete(self, call: Call) -> None:
        """Delete the rule."""
        try:
            call.client("elbv2").delete_rule(RuleArn=call.id)
        except ClientError as error:
            if code(error) != _GONE:
                raise


def _last_priority(elbv2: Any, listener: str) -> int:
    pages = elbv2.get_paginator("describe_rules").paginate(ListenerArn=listener)
    return max(
        (int(rule["Priority"]) for page in pages for rule in page["Rules"] if rule["Priority"].isdigit()), default=0
    )


def _conditions(conditions: list[Values]) -> list[dict[str, Any]]:
    request = []
    for condition in conditions:
        for key, (field, member) in _FIELDS.items():
            if (value := condition.get(key)) is None:
                continue
            if key == "queryStrings":
                config: dict[str, Any] = {"Values": [pascal(pair) for pair in value]}
            else:
                config = pascal(value)
            request.append({"Field": field, member: config})
    return request


def _condition_state(condition: dict[str, Any]) -> Values:
    for key, (field, member) in _FIELDS.items():
        if condition["Field"] == field:
            config = condition.get(member) or {"Values": condition.get("Values") or []}
            if key == "queryStrings":
                return {key: [camel(pair) for pair in config["Values"]]}
            return {key: camel(config)}
    return {}
