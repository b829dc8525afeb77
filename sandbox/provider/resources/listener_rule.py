"""`aws:lb/listenerRule:ListenerRule`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.errors import code
from sandbox.provider.resource import Call, Resource
from sandbox.provider.schema import Properties, Property, block, blocks, flag, text, texts, whole
from sandbox.provider.wire import Values

_GONE = "RuleNotFound"

_FORWARD: Mapping[str, Property] = {
    "targetGroups": blocks({"arn": text(required=True), "weight": whole(default=1)}, required=True),
    "stickiness": block({"enabled": flag(default=False), "duration": whole(required=True)}),
}
_FIXED_RESPONSE: Mapping[str, Property] = {
    "contentType": text(required=True),
    "messageBody": text(),
    "statusCode": text(computed=True),
}
_REDIRECT: Mapping[str, Property] = {
    "statusCode": text(required=True),
    "host": text(default="#{host}"),
    "path": text(default="/#{path}"),
    "port": text(default="#{port}"),
    "protocol": text(default="#{protocol}"),
    "query": text(default="#{query}"),
}
_ACTION: Mapping[str, Property] = {
    "type": text(required=True),
    "order": whole(computed=True),
    "targetGroupArn": text(),
    "forward": block(_FORWARD),
    "fixedResponse": block(_FIXED_RESPONSE),
    "redirect": block(_REDIRECT),
}
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
        "actions": blocks(_ACTION, required=True, unordered=False),
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
            Actions=_actions(inputs["actions"]),
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
            "actions": [
                _action_state(action, written[number] if number < len(written) else {})
                for number, action in enumerate(rules[0]["Actions"])
            ],
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
            request["Actions"] = _actions(call.inputs["actions"])
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


def _actions(actions: list[Values]) -> list[dict[str, Any]]:
    return [_action(number, action) for number, action in enumerate(actions, 1)]


def _action(number: int, action: Values) -> dict[str, Any]:
    request: dict[str, Any] = {"Type": action["type"], "Order": action.get("order") or number}
    if arn := action.get("targetGroupArn"):
        request["TargetGroupArn"] = arn
    if forward := action.get("forward"):
        groups = [{"TargetGroupArn": group["arn"], "Weight": group["weight"]} for group in forward["targetGroups"]]
        request["ForwardConfig"] = {"TargetGroups": groups}
        if stickiness := forward.get("stickiness"):
            request["ForwardConfig"]["TargetGroupStickinessConfig"] = {
                "Enabled": stickiness["enabled"],
                "DurationSeconds": stickiness["duration"],
            }
    if fixed := action.get("fixedResponse"):
        request["FixedResponseConfig"] = _pascal(fixed)
    if redirect := action.get("redirect"):
        request["RedirectConfig"] = _pascal(redirect)
    return request


def _action_state(action: dict[str, Any], written: Values) -> Values:
    state: Values = {"type": action["Type"], "order": action.get("Order")}
    if action["Type"] == "forward":
        state |= _forward_state(action, written)
    if fixed := action.get("FixedResponseConfig"):
        state["fixedResponse"] = _camel(fixed)
    if redirect := action.get("RedirectConfig"):
        state["redirect"] = _camel(redirect)
    return {key: value for key, value in state.items() if value is not None}


def _forward_state(action: dict[str, Any], written: Values) -> Values:
    """AWS tells one target group in both ways; the program's way is kept, the short one without a program."""
    forward = action.get("ForwardConfig") or {}
    groups = forward.get("TargetGroups") or []
    arn = action.get("TargetGroupArn") or (groups[0]["TargetGroupArn"] if groups else None)
    if not written.get("forward") and len(groups) <= 1:
        return {"targetGroupArn": arn}
    state: Values = {
        "targetGroups": [{"arn": group["TargetGroupArn"], "weight": group.get("Weight", 1)} for group in groups]
    }
    stickiness = forward.get("TargetGroupStickinessConfig") or {}
    if stickiness.get("DurationSeconds"):
        state["stickiness"] = {"enabled": stickiness.get("Enabled", False), "duration": stickiness["DurationSeconds"]}
    return {"forward": state, **({"targetGroupArn": arn} if written.get("targetGroupArn") else {})}


def _conditions(conditions: list[Values]) -> list[dict[str, Any]]:
    request = []
    for condition in conditions:
        for key, (field, member) in _FIELDS.items():
            if (value := condition.get(key)) is None:
                continue
            if key == "queryStrings":
                config: dict[str, Any] = {"Values": [_pascal(pair) for pair in value]}
            else:
                config = _pascal(value)
            request.append({"Field": field, member: config})
    return request


def _condition_state(condition: dict[str, Any]) -> Values:
    for key, (field, member) in _FIELDS.items():
        if condition["Field"] == field:
            config = condition.get(member) or {"Values": condition.get("Values") or []}
            if key == "queryStrings":
                return {key: [_camel(pair) for pair in config["Values"]]}
            return {key: _camel(config)}
    return {}


def _pascal(values: Values) -> dict[str, Any]:
    return {key[0].upper() + key[1:]: value for key, value in values.items() if value is not None}


def _camel(values: Mapping[str, Any]) -> Values:
    return {key[0].lower() + key[1:]: value for key, value in values.items() if value is not None}
