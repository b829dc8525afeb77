"""What a listener or a rule of one does with a request: the same properties in both, and AWS's members of them."""

from collections.abc import Mapping
from typing import Any

from sandbox.provider.schema import Property, block, blocks, flag, text, whole
from sandbox.provider.wire import Values

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
ACTION: Mapping[str, Property] = {
    "type": text(required=True),
    "order": whole(computed=True),
    "targetGroupArn": text(),
    "forward": block(_FORWARD),
    "fixedResponse": block(_FIXED_RESPONSE),
    "redirect": block(_REDIRECT),
}


def actions_request(actions: list[Values]) -> list[dict[str, Any]]:
    """Return actions as AWS takes them, in the order in which they are written."""
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
        request["FixedResponseConfig"] = pascal(fixed)
    if redirect := action.get("redirect"):
        request["RedirectConfig"] = pascal(redirect)
    return request


def actions_state(live: list[dict[str, Any]], written: list[Values] | None) -> list[Values]:
    """Return actions as properties, in the program's own way of writing where there is more than one."""
    own = written or []
    return [_action_state(action, own[number] if number < len(own) else {}) for number, action in enumerate(live)]


def _action_state(action: dict[str, Any], written: Values) -> Values:
    state: Values = {"type": action["Type"], "order": action.get("Order")}
    if action["Type"] == "forward":
        state |= _forward_state(action, written)
    if fixed := action.get("FixedResponseConfig"):
        state["fixedResponse"] = camel(fixed)
    if redirect := action.get("RedirectConfig"):
        state["redirect"] = camel(redirect)
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


def pascal(values: Values) -> dict[str, Any]:
    """Return an object under AWS's names."""
    return {key[0].upper() + key[1:]: value for key, value in values.items() if value is not None}


def camel(values: Mapping[str, Any]) -> Values:
    """Return an object under Pulumi's names."""
    return {key[0].lower() + key[1:]: value for key, value in values.items() if value is not None}
