"""EventBridge: `aws:cloudwatch/eventRule:EventRule` and `aws:cloudwatch/eventTarget:EventTarget`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider import naming
from sandbox.provider.errors import OperationError
from sandbox.provider.plain import Ask, Plain
from sandbox.provider.resource import Call
from sandbox.provider.schema import Problem, Properties, Property, block, blocks, flag, mapping, text, texts, whole
from sandbox.provider.tagging import Tagging
from sandbox.provider.wire import Values

_BUS = "default"
_GONE = frozenset({"ResourceNotFoundException"})


class _Events(Plain):
    service = "events"
    service_id = "EventBridge"
    gone = _GONE


class EventRule(_Events):
    """A rule; its id is its name, with the bus before it where that is not the default one."""

    type_name = "aws:cloudwatch/eventRule:EventRule"
    label = "EventBridge Rule"
    name_limit = 64
    properties: ClassVar[Properties] = {
        "description": text(),
        "eventBusName": text(default=_BUS, force_new=True),
        "eventPattern": text(json=True),
        "forceDestroy": flag(default=False, program_only=True),
        "isEnabled": flag(program_only=True),
        "name": text(computed=True, force_new=True),
        "namePrefix": text(force_new=True, program_only=True),
        "roleArn": text(),
        "scheduleExpression": text(),
        "state": text(default="ENABLED"),
    }
    outputs = ("arn",)
    reads = Ask("describe_rule", lambda call: _rule(call.id))
    deletes = Ask("delete_rule", lambda call: {**_rule(call.id), "Force": bool(call.state.get("forceDestroy"))})
    tagging = Tagging("tag_resource", "untag_resource", "ResourceARN", state="arn", listed="list_tags_for_resource")

    def verify(self, inputs: Values) -> list[Problem]:
        """A rule waits for events, or for the clock."""
        if inputs.get("eventPattern") is not None or inputs.get("scheduleExpression") is not None:
            return []
        return [Problem("eventPattern", '"eventPattern": one of `event_pattern,schedule_expression` must be specified')]

    def create(self, call: Call) -> str:
        """Put it."""
        bus, name = call.inputs["eventBusName"], str(call.inputs["name"])
        self._put(call, self.tagging.of_creation(call.tags) if self.tagging else {})
        return name if bus == _BUS else f"{bus}/{name}"

    def update(self, call: Call) -> None:
        """Put it again: an operation that takes the whole rule."""
        self._put(call, {})

    def _put(self, call: Call, tags: Mapping[str, Any]) -> None:
        request = self.members(call.inputs, *self.properties)
        if call.inputs.get("isEnabled") is False:
            request["State"] = "DISABLED"
        self.client(call).put_rule(**request, **tags)


_ECS_TARGET: Mapping[str, Property] = {
    "capacityProviderStrategies": blocks(
        {"base": whole(), "capacityProvider": text(required=True), "weight": whole()},
        member="CapacityProviderStrategy",
    ),
    "enableEcsManagedTags": flag(default=False, member="EnableECSManagedTags"),
    "enableExecuteCommand": flag(default=False),
    "group": text(),
    "launchType": text(),
    "platformVersion": text(),
    "propagateTags": text(),
    "tags": mapping(),
    "taskCount": whole(default=1),
    "taskDefinitionArn": text(required=True),
    "networkConfiguration": block(
        {"subnets": texts(required=True), "securityGroups": texts(), "assignPublicIp": flag(default=False)}
    ),
}


class EventTarget(_Events):
    """Where a rule sends its events; its id is `RULE-TARGET`, with the bus before it unless that is the default one."""

    type_name = "aws:cloudwatch/eventTarget:EventTarget"
    label = "EventBridge Target"
    taggable = False
    properties: ClassVar[Properties] = {
        "arn": text(required=True),
        "deadLetterConfig": block({"arn": text()}),
        "ecsTarget": block(_ECS_TARGET, member="EcsParameters"),
        "eventBusName": text(default=_BUS, force_new=True),
        "forceDestroy": flag(default=False, program_only=True),
        "input": text(),
        "inputPath": text(),
        "inputTransformer": block(
            {
                "inputPaths": mapping(member="InputPathsMap"),
                "inputTemplate": text(required=True),
            }
        ),
        "retryPolicy": block({"maximumEventAgeInSeconds": whole(), "maximumRetryAttempts": whole()}),
        "roleArn": text(),
        "rule": text(required=True, force_new=True),
        "sqsTarget": block({"messageGroupId": text()}, member="SqsParameters"),
        "targetId": text(computed=True, force_new=True, member="Id"),
    }

    def title(self, call: Call) -> str:
        """Errors name the rule and the target."""
        inputs = call.inputs
        return "-".join(part for part in (inputs["rule"], inputs.get("targetId")) if part)

    def create(self, call: Call) -> str:
        """Put it under its id, or one that is made up."""
        inputs = call.inputs
        target = str(inputs.get("targetId") or naming.from_prefix("terraform-"))
        self._put(call, target)
        bus = "" if inputs["eventBusName"] == _BUS else f"{inputs['eventBusName']}-"
        call.notes["target"] = target
        return f"{bus}{inputs['rule']}-{target}"

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return it under its rule."""
        bus, rule, target = self._place(call)
        client = self.client(call)
        try:
            found = client.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
        except client.exceptions.ResourceNotFoundException:
            return None
        return next((one for one in found if one["Id"] == target), None)

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return where it is, and the network of tasks without the layer that AWS has around it."""
        bus, rule, _ = self._place(call)
        told: Values = {"rule": rule, "eventBusName": bus}
        parameters = found.get("EcsParameters")
        if parameters:
            own = self.from_aws(self.properties["ecsTarget"], parameters)
            network = (parameters.get("NetworkConfiguration") or {}).get("awsvpcConfiguration")
            own.pop("networkConfiguration", None)
            if network:
                own["networkConfiguration"] = {
                    "subnets": network.get("Subnets") or [],
                    "securityGroups": network.get("SecurityGroups") or [],
                    "assignPublicIp": network.get("AssignPublicIp") == "ENABLED",
                }
            own["tags"] = {tag["Key"]: tag["Value"] for tag in parameters.get("Tags") or []} or None
            told["ecsTarget"] = {key: value for key, value in own.items() if value is not None}
        return told

    def update(self, call: Call) -> None:
        """Put it again."""
        self._put(call, self._place(call)[2])

    def delete(self, call: Call) -> None:
        """Take it from its rule."""
        if self.find(call) is not None:
            bus, rule, target = self._place(call)
            force = bool(call.state.get("forceDestroy"))
            self.client(call).remove_targets(Rule=rule, EventBusName=bus, Ids=[target], Force=force)

    def _place(self, call: Call) -> tuple[str, str, str]:
        known = call.inputs or call.state
        bus, rule, target = (known.get(key) for key in ("eventBusName", "rule", "targetId"))
        if rule is None:  # an import: RULE/TARGET, or BUS/RULE/TARGET
            *buses, rule, target = call.id.split("/")
            bus = buses[0] if buses else _BUS
        target = target or call.notes.get("target") or call.state.get("targetId")
        return str(bus or _BUS), str(rule), str(target)

    def _put(self, call: Call, target: str) -> None:
        inputs = call.inputs
        keys = (key for key in self.properties if key not in ("rule", "eventBusName", "targetId"))
        member = {"Id": target, **self.members(inputs, *keys)}
        if ecs := member.get("EcsParameters"):
            network = ecs.pop("NetworkConfiguration", None)
            if network:
                public = "ENABLED" if network.pop("AssignPublicIp", False) else "DISABLED"
                ecs["NetworkConfiguration"] = {"awsvpcConfiguration": {**network, "AssignPublicIp": public}}
            if tags := ecs.pop("Tags", None):
                ecs["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        answer = self.client(call).put_targets(
            Rule=inputs["rule"], EventBusName=inputs["eventBusName"], Targets=[member]
        )
        for refused in answer.get("FailedEntries") or []:
            said = f"{refused['ErrorCode']}: {refused['ErrorMessage']}"
            raise OperationError(f"creating EventBridge Target ({self.title(call)}): {target}: {said}")


def _rule(id_: str) -> dict[str, str]:
    bus, _, name = id_.rpartition("/")
    return {"Name": name, "EventBusName": bus or _BUS}
