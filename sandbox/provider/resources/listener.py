"""`aws:lb/listener:Listener` and `aws:lb/listenerCertificate:ListenerCertificate`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.plain import Ask, Plain
from sandbox.provider.resource import Call
from sandbox.provider.resources.actions import ACTION, actions_request, actions_state
from sandbox.provider.resources.load_balancer import TAGGING, tags_of
from sandbox.provider.schema import Properties, block, blocks, flag, text, whole
from sandbox.provider.wire import Values

_REQUEST_HEADERS = {
    "XAmznMtlsClientcertHeaderName": "x_amzn_mtls_clientcert",
    "XAmznMtlsClientcertIssuerHeaderName": "x_amzn_mtls_clientcert_issuer",
    "XAmznMtlsClientcertLeafHeaderName": "x_amzn_mtls_clientcert_leaf",
    "XAmznMtlsClientcertSerialNumberHeaderName": "x_amzn_mtls_clientcert_serial_number",
    "XAmznMtlsClientcertSubjectHeaderName": "x_amzn_mtls_clientcert_subject",
    "XAmznMtlsClientcertValidityHeaderName": "x_amzn_mtls_clientcert_validity",
    "XAmznTlsCipherSuiteHeaderName": "x_amzn_tls_cipher_suite",
    "XAmznTlsVersionHeaderName": "x_amzn_tls_version",
}
_RESPONSE_HEADERS = {
    "AccessControlAllowCredentialsHeaderValue": "access_control_allow_credentials",
    "AccessControlAllowHeadersHeaderValue": "access_control_allow_headers",
    "AccessControlAllowMethodsHeaderValue": "access_control_allow_methods",
    "AccessControlAllowOriginHeaderValue": "access_control_allow_origin",
    "AccessControlExposeHeadersHeaderValue": "access_control_expose_headers",
    "AccessControlMaxAgeHeaderValue": "access_control_max_age",
    "ContentSecurityPolicyHeaderValue": "content_security_policy",
    "StrictTransportSecurityHeaderValue": "strict_transport_security",
    "XContentTypeOptionsHeaderValue": "x_content_type_options",
    "XFrameOptionsHeaderValue": "x_frame_options",
}
_ATTRIBUTES: Mapping[str, str] = {
    **{
        f"routingHttpRequest{key}": f"routing.http.request.{name}.header_name" for key, name in _REQUEST_HEADERS.items()
    },
    **{
        f"routingHttpResponse{key}": f"routing.http.response.{name}.header_value"
        for key, name in _RESPONSE_HEADERS.items()
    },
}
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ListenerAttribute.html"""
_SERVER, _IDLE = "routing.http.response.server.enabled", "tcp.idle_timeout.seconds"


class Listener(Plain):
    """A listener; its id is its ARN."""

    type_name = "aws:lb/listener:Listener"
    label = "ELBv2 Listener"
    service = "elbv2"
    service_id = "Elastic Load Balancing v2"
    properties: ClassVar[Properties] = {
        **{key: text(computed=True) for key in _ATTRIBUTES},
        "routingHttpResponseServerEnabled": flag(computed=True),
        "tcpIdleTimeoutSeconds": whole(computed=True),
        "alpnPolicy": text(),
        "certificateArn": text(),
        "defaultActions": blocks(ACTION, required=True, unordered=False),
        "loadBalancerArn": text(required=True, force_new=True),
        "mutualAuthentication": block(
            {
                "mode": text(required=True),
                "advertiseTrustStoreCaNames": text(),
                "ignoreClientCertificateExpiry": flag(),
                "trustStoreArn": text(),
            },
            computed=True,
        ),
        "port": whole(),
        "protocol": text(computed=True),
        "sslPolicy": text(computed=True),
    }
    outputs = ("arn",)
    creates, identity = "create_listener", "Listeners.0.ListenerArn"
    reads = Ask("describe_listeners", lambda call: {"ListenerArns": [call.id]}, "Listeners.0")
    deletes = Ask("delete_listener", lambda call: {"ListenerArn": call.id})
    gone = frozenset({"ListenerNotFound"})
    tagging = TAGGING

    def title(self, call: Call) -> str:
        """Errors name the load balancer."""
        return str(call.inputs["loadBalancerArn"])

    def request(self, call: Call) -> dict[str, Any]:
        """Without a protocol it is HTTP on an ALB, as the real provider takes it."""
        request = {"LoadBalancerArn": call.inputs["loadBalancerArn"], **self._members(call.inputs, set(call.inputs))}
        if "Protocol" not in request and ":loadbalancer/app/" in request["LoadBalancerArn"]:
            request["Protocol"] = "HTTP"
        return request

    def settle(self, call: Call) -> None:
        """Set the attributes."""
        self._set_attributes(call, set(call.inputs))

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return it with its tags."""
        found = super().find(call)
        return None if found is None else {**found, "Tags": tags_of(self.client(call), call.id)}

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Attributes are told by an operation of their own."""
        answer = self.client(call).describe_listener_attributes(ListenerArn=call.id)["Attributes"]
        live = {item["Key"]: item["Value"] for item in answer}
        written = (call.inputs or call.state).get("defaultActions")
        certificates = found.get("Certificates") or []
        network = found.get("Protocol") in ("TCP", "TLS")
        return {
            "arn": call.id,
            "alpnPolicy": (found.get("AlpnPolicy") or [None])[0],
            "certificateArn": certificates[0].get("CertificateArn") if certificates else None,
            "defaultActions": actions_state(found["DefaultActions"], written),
            **{key: live.get(name) or None for key, name in _ATTRIBUTES.items()},
            "routingHttpResponseServerEnabled": live.get(_SERVER, "true") == "true" and not network,
            "tcpIdleTimeoutSeconds": int(live.get(_IDLE, 350)) if network else None,
        }

    def update(self, call: Call) -> None:
        """Send what differs."""
        if request := self._members(call.inputs, set(call.changed)):
            self.client(call).modify_listener(ListenerArn=call.id, **request)
        self._set_attributes(call, set(call.changed))

    def _members(self, inputs: Values, keys: set[str]) -> dict[str, Any]:
        request = self.members(inputs, *keys & {"mutualAuthentication", "port", "protocol", "sslPolicy"})
        if "alpnPolicy" in keys and inputs.get("alpnPolicy"):
            request["AlpnPolicy"] = [inputs["alpnPolicy"]]
        if "certificateArn" in keys and inputs.get("certificateArn"):
            request["Certificates"] = [{"CertificateArn": inputs["certificateArn"]}]
        if "defaultActions" in keys:
            request["DefaultActions"] = actions_request(inputs["defaultActions"])
        return request

    def _set_attributes(self, call: Call, keys: set[str]) -> None:
        names = {**_ATTRIBUTES, "routingHttpResponseServerEnabled": _SERVER, "tcpIdleTimeoutSeconds": _IDLE}
        items = []
        for key in sorted(keys & names.keys()):
            value = call.inputs.get(key)
            if value is not None:
                items.append(
                    {"Key": names[key], "Value": str(value).lower() if isinstance(value, bool) else str(value)}
                )
        if items:
            self.client(call).modify_listener_attributes(ListenerArn=call.id, Attributes=items)


class ListenerCertificate(Plain):
    """One more certificate of a listener; its id is `LISTENER_CERTIFICATE`."""

    type_name = "aws:lb/listenerCertificate:ListenerCertificate"
    label = "ELBv2 Listener Certificate"
    service = "elbv2"
    service_id = "Elastic Load Balancing v2"
    taggable = False
    properties: ClassVar[Properties] = {
        "certificateArn": text(required=True, force_new=True),
        "listenerArn": text(required=True, force_new=True),
    }
    creates = "add_listener_certificates"
    deletes = Ask("remove_listener_certificates", lambda call: _certificate(*_parts(call.id)))
    gone = frozenset({"ListenerNotFound", "CertificateNotFound"})

    def request(self, call: Call) -> dict[str, Any]:
        """Name listener and certificate."""
        return _certificate(call.inputs["listenerArn"], call.inputs["certificateArn"])

    def id_of(self, call: Call, answer: Mapping[str, Any]) -> str:
        """It is made of both."""
        del answer
        return f"{call.inputs['listenerArn']}_{call.inputs['certificateArn']}"

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return it, if the listener has it."""
        listener, certificate = _parts(call.id)
        try:
            pages = self.client(call).get_paginator("describe_listener_certificates").paginate(ListenerArn=listener)
            known = {item["CertificateArn"] for page in pages for item in page["Certificates"]}
        except self.client(call).exceptions.ListenerNotFoundException:
            return None
        return {"ListenerArn": listener, "CertificateArn": certificate} if certificate in known else None


def _certificate(listener: str, certificate: str) -> dict[str, Any]:
    return {"ListenerArn": listener, "Certificates": [{"CertificateArn": certificate}]}


def _parts(id_: str) -> tuple[str, str]:
    listener, _, certificate = id_.partition("_arn:")
    return listener, f"arn:{certificate}"
