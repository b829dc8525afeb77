"""Cloud Map: `aws:servicediscovery/httpNamespace:HttpNamespace` and `PrivateDnsNamespace`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider import naming
from sandbox.provider.errors import WaitError
from sandbox.provider.plain import Ask, Plain
from sandbox.provider.resource import Call
from sandbox.provider.schema import Properties, text
from sandbox.provider.tagging import Tagging
from sandbox.provider.waiting import until
from sandbox.provider.wire import Values

_TIMEOUT = 5 * 60


class _Namespace(Plain):
    """A namespace; its id is AWS's. Making and deleting one is an operation of AWS's that takes its time."""

    service = "servicediscovery"
    service_id = "ServiceDiscovery"
    name_limit = 1024
    reads = Ask("get_namespace", lambda call: {"Id": call.id}, "Namespace")
    deletes = Ask("delete_namespace", lambda call: {"Id": call.id})
    gone = frozenset({"NamespaceNotFound"})
    busy = frozenset({"ResourceInUse"})
    tagging = Tagging("tag_resource", "untag_resource", "ResourceARN", state="arn", listed="list_tags_for_resource")

    def request(self, call: Call) -> dict[str, Any]:
        """A token makes it unique."""
        return {**super().request(call), "CreatorRequestId": naming.from_prefix("terraform-")}

    def id_of(self, call: Call, answer: Mapping[str, Any]) -> str:
        """Wait for the operation's end; it tells the id."""
        ask = Ask("get_operation", lambda _: {"OperationId": answer["OperationId"]}, "Operation")
        client = self.client(call)

        def status() -> str:
            operation = ask(client, call)
            if operation["Status"] == "FAIL":
                raise WaitError(str(operation.get("ErrorMessage")))
            return str(operation["Status"])

        until("SUCCESS", status, call.connection.pace, _TIMEOUT)
        return str(ask(client, call)["Targets"]["NAMESPACE"])


class HttpNamespace(_Namespace):
    """A namespace that is asked over the API: that of Service Connect."""

    type_name = "aws:servicediscovery/httpNamespace:HttpNamespace"
    label = "Service Discovery HTTP Namespace"
    properties: ClassVar[Properties] = {
        "description": text(force_new=True),
        "name": text(computed=True, force_new=True),
    }
    outputs = ("arn", "httpName")
    creates = "create_http_namespace"

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Its name over HTTP."""
        del call
        properties = (found.get("Properties") or {}).get("HttpProperties") or {}
        return {"arn": found["Arn"], "httpName": properties.get("HttpName") or found["Name"]}


class PrivateDnsNamespace(_Namespace):
    """A namespace that is a hosted zone of a VPC."""

    type_name = "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace"
    label = "Service Discovery Private DNS Namespace"
    properties: ClassVar[Properties] = {
        "description": text(force_new=True),
        "name": text(computed=True, force_new=True),
        "vpc": text(required=True, force_new=True),
    }
    outputs = ("arn", "hostedZone")
    creates = "create_private_dns_namespace"

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Its hosted zone; AWS does not tell the VPC."""
        properties = (found.get("Properties") or {}).get("DnsProperties") or {}
        return {
            "arn": found["Arn"],
            "hostedZone": properties.get("HostedZoneId") or "",
            "vpc": (call.inputs or call.state).get("vpc"),
        }
