"""`aws:ssm/parameter:Parameter`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.plain import Ask, Plain
from sandbox.provider.resource import Call
from sandbox.provider.schema import Problem, Properties, flag, text
from sandbox.provider.tagging import Tagging
from sandbox.provider.wire import Values


class Parameter(Plain):
    """A parameter; its id is its name."""

    type_name = "aws:ssm/parameter:Parameter"
    label = "SSM Parameter"
    service = "ssm"
    service_id = "SSM"
    name_limit = 2048
    properties: ClassVar[Properties] = {
        "allowedPattern": text(),
        "dataType": text(computed=True, force_new=True),
        "description": text(),
        "insecureValue": text(computed=True),
        "keyId": text(computed=True),
        "name": text(computed=True, force_new=True),
        "overwrite": flag(program_only=True),
        "tier": text(computed=True),
        "type": text(required=True),
        "value": text(computed=True),
    }
    outputs = ("arn", "version")
    gone = frozenset({"ParameterNotFound"})
    reads = Ask("get_parameter", lambda call: {"Name": call.id, "WithDecryption": True}, "Parameter")
    deletes = Ask("delete_parameter", lambda call: {"Name": call.id})
    tagging = Tagging("add_tags_to_resource", "remove_tags_from_resource", "ResourceId")

    def verify(self, inputs: Values) -> list[Problem]:
        """It has a value, which is no secret where it stands in `insecureValue`."""
        if (inputs.get("value") is None) == (inputs.get("insecureValue") is None):
            return [Problem("value", '"value": one of `insecure_value,value,value_wo` must be specified')]
        return []

    def create(self, call: Call) -> str:
        """Put it; one of that name that is there is an error unless `overwrite` says otherwise."""
        tags = self.tagging.of_creation(call.tags) if self.tagging else {}
        self._put(call, overwrite=bool(call.inputs.get("overwrite")), tags=tags)
        return str(call.inputs["name"])

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return it with what only its description tells."""
        found = super().find(call)
        if found is None:
            return None
        ssm, named = self.client(call), [{"Key": "Name", "Option": "Equals", "Values": [call.id]}]
        told = ssm.describe_parameters(ParameterFilters=named)["Parameters"]
        tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=call.id)["TagList"]
        return {**(told[0] if told else {}), **found, "Tags": tags}

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """The value is told in both places where it is no secret."""
        del call
        secure = found["Type"] == "SecureString"
        return {
            "arn": found["ARN"],
            "insecureValue": None if secure else found["Value"],
            "value": found["Value"],
        }

    def update(self, call: Call) -> None:
        """Put it over the old one."""
        self._put(call, overwrite=True, tags={})

    def retag(self, call: Call, remove: list[str], put: Mapping[str, str]) -> None:
        """Change tags."""
        ssm, target = self.client(call), {"ResourceType": "Parameter", "ResourceId": call.id}
        if remove:
            ssm.remove_tags_from_resource(**target, TagKeys=remove)
        if put:
            ssm.add_tags_to_resource(**target, Tags=[{"Key": key, "Value": value} for key, value in put.items()])

    def _put(self, call: Call, *, overwrite: bool, tags: Mapping[str, Any]) -> None:
        inputs = call.inputs
        value = inputs.get("insecureValue") if inputs.get("value") is None else inputs["value"]
        keys = (key for key in self.properties if key not in ("value", "insecureValue"))
        self.client(call).put_parameter(**self.members(inputs, *keys), Value=value, Overwrite=overwrite, **tags)
