"""WAF: `aws:wafv2/webAcl:WebAcl` with the commonest statements, and what puts one before a load balancer."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.plain import Ask, Plain
from sandbox.provider.resource import Call
from sandbox.provider.schema import Properties, Property, block, blocks, flag, marker, text, texts, whole
from sandbox.provider.tagging import Tagging
from sandbox.provider.wire import Values

_VISIBILITY: Mapping[str, Property] = {
    "cloudwatchMetricsEnabled": flag(required=True, member="CloudWatchMetricsEnabled"),
    "metricName": text(required=True),
    "sampledRequestsEnabled": flag(required=True),
}
_MANAGED: Mapping[str, Property] = {
    "name": text(required=True),
    "vendorName": text(required=True),
    "version": text(),
}
_STATEMENT: Mapping[str, Property] = {
    "geoMatchStatement": block({"countryCodes": texts(required=True)}),
    "ipSetReferenceStatement": block({"arn": text(required=True, member="ARN")}),
    "managedRuleGroupStatement": block(_MANAGED),
    "rateBasedStatement": block(
        {
            "aggregateKeyType": text(default="IP"),
            "evaluationWindowSec": whole(default=300),
            "limit": whole(required=True),
        }
    ),
    "ruleGroupReferenceStatement": block({"arn": text(required=True, member="ARN")}),
}
_RULE: Mapping[str, Property] = {
    "action": block({"allow": marker(), "block": marker(), "captcha": marker(), "count": marker()}),
    "name": text(required=True),
    "overrideAction": block({"count": marker(), "none": marker()}),
    "priority": whole(required=True),
    "statement": block(_STATEMENT, required=True),
    "visibilityConfig": block(_VISIBILITY, required=True),
}


class WebAcl(Plain):
    """A web ACL; its id is AWS's, and changing it takes a token that each change makes anew."""

    type_name = "aws:wafv2/webAcl:WebAcl"
    label = "WAFv2 WebACL"
    service = "wafv2"
    service_id = "WAFV2"
    name_limit = 128
    properties: ClassVar[Properties] = {
        "defaultAction": block({"allow": marker(), "block": marker()}, required=True),
        "description": text(),
        "name": text(computed=True, force_new=True),
        "namePrefix": text(force_new=True, program_only=True),
        "rules": blocks(_RULE),
        "scope": text(required=True, force_new=True),
        "visibilityConfig": block(_VISIBILITY, required=True),
    }
    outputs = ("arn", "capacity", "lockToken")
    creates, identity = "create_web_acl", "Summary.Id"
    gone = frozenset({"WAFNonexistentItemException"})
    busy = frozenset({"WAFAssociatedItemException", "WAFUnavailableEntityException"})
    deletes = Ask("delete_web_acl", lambda call: _named(call) | {"LockToken": call.notes["token"]})
    tagging = Tagging("tag_resource", "untag_resource", "ResourceARN", state="arn")

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return it with its token and tags."""
        client = self.client(call)
        try:
            answer = client.get_web_acl(**_named(call))
        except client.exceptions.WAFNonexistentItemException:
            return None
        found = answer["WebACL"]
        call.notes["token"] = answer["LockToken"]
        tags = client.list_tags_for_resource(ResourceARN=found["ARN"])["TagInfoForResource"]["TagList"]
        return {**found, "LockToken": answer["LockToken"], "Tags": tags}

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return what WAF names otherwise."""
        return {"arn": found["ARN"], "capacity": found.get("Capacity", 0), "scope": _named(call)["Scope"]}

    def update(self, call: Call) -> None:
        """Put the whole of it, under the token of the newest one."""
        self.find(call)
        keys = ("defaultAction", "description", "rules", "visibilityConfig")
        self.client(call).update_web_acl(
            **_named(call), LockToken=call.notes["token"], **{"Rules": []} | self.members(call.inputs, *keys)
        )

    def delete(self, call: Call) -> None:
        """Delete it under the token of the newest one."""
        if self.find(call) is not None:
            super().delete(call)


class WebAclAssociation(Plain):
    """A web ACL before a load balancer; its id is `ACL,RESOURCE`."""

    type_name = "aws:wafv2/webAclAssociation:WebAclAssociation"
    label = "WAFv2 WebACL Association"
    service = "wafv2"
    service_id = "WAFV2"
    taggable = False
    properties: ClassVar[Properties] = {
        "resourceArn": text(required=True, force_new=True),
        "webAclArn": text(required=True, force_new=True),
    }
    creates = "associate_web_acl"
    gone = frozenset({"WAFNonexistentItemException"})
    reads = Ask("get_web_acl_for_resource", lambda call: {"ResourceArn": call.id.partition(",")[2]}, "WebACL")
    deletes = Ask("disassociate_web_acl", lambda call: {"ResourceArn": call.id.partition(",")[2]})

    def title(self, call: Call) -> str:
        """Errors name both."""
        return f"{call.inputs['webAclArn']},{call.inputs['resourceArn']}"

    def request(self, call: Call) -> dict[str, Any]:
        """Name both."""
        return {"WebACLArn": call.inputs["webAclArn"], "ResourceArn": call.inputs["resourceArn"]}

    def id_of(self, call: Call, answer: Mapping[str, Any]) -> str:
        """It is made of both."""
        del answer
        return self.title(call)

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return both."""
        return {"webAclArn": found["ARN"], "resourceArn": call.id.partition(",")[2]}


def _named(call: Call) -> dict[str, str]:
    """Return id, name and scope: the program's, the state's, or those of an import's `ID/NAME/SCOPE`."""
    known = call.inputs or call.state
    if known.get("scope"):
        return {"Id": call.id, "Name": known["name"], "Scope": known["scope"]}
    id_, name, scope = (*call.id.split("/"), "", "")[:3]
    return {"Id": id_, "Name": name, "Scope": scope}
