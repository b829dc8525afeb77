"""`aws:lb/loadBalancer:LoadBalancer`: created first, its attributes set by a call of their own."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.plain import Ask, Plain
from sandbox.provider.resource import Call
from sandbox.provider.schema import Properties, Property, block, blocks, flag, text, texts, whole
from sandbox.provider.tagging import Tagging
from sandbox.provider.wire import Values

TAGGING = Tagging("add_tags", "remove_tags", "ResourceArns", many=True)
"""Elastic Load Balancing's way with tags; they are told by DescribeTags (`tags_of`)."""

_ALL, _HTTP, _NETWORK = ("application", "network", "gateway"), ("application",), ("network", "gateway")
ATTRIBUTES: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "clientKeepAlive": ("client_keep_alive.seconds", "3600", _HTTP),
    "desyncMitigationMode": ("routing.http.desync_mitigation_mode", "defensive", _HTTP),
    "dnsRecordClientRoutingPolicy": ("dns_record.client_routing_policy", "any_availability_zone", ("network",)),
    "dropInvalidHeaderFields": ("routing.http.drop_invalid_header_fields.enabled", "false", _HTTP),
    "enableCrossZoneLoadBalancing": ("load_balancing.cross_zone.enabled", "false", _NETWORK),
    "enableDeletionProtection": ("deletion_protection.enabled", "false", _ALL),
    "enableHttp2": ("routing.http2.enabled", "true", _HTTP),
    "enableTlsVersionAndCipherSuiteHeaders": (
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
        "false",
        _HTTP,
    ),
    "enableWafFailOpen": ("waf.fail_open.enabled", "false", _HTTP),
    "enableXffClientPort": ("routing.http.xff_client_port.enabled", "false", _HTTP),
    "enableZonalShift": ("zonal_shift.config.enabled", "false", ("application", "network")),
    "idleTimeout": ("idle_timeout.timeout_seconds", "60", _HTTP),
    "preserveHostHeader": ("routing.http.preserve_host_header.enabled", "false", _HTTP),
    "xffHeaderProcessingMode": ("routing.http.xff_header_processing.mode", "append", _HTTP),
}
"""Attributes by property: AWS's name, what it is where nobody set it, and the types of load balancer that have it.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
"""
LOGS: Mapping[str, str] = {
    "accessLogs": "access_logs.s3",
    "connectionLogs": "connection_logs.s3",
    "healthCheckLogs": "health_check_logs.s3",
}
_LOG: Mapping[str, Property] = {
    # AWS keeps bucket and prefix of a log that is turned off, and the real provider's schema then compares neither.
    "bucket": text(required=True, only_while="enabled"),
    "enabled": flag(default=False),
    "prefix": text(only_while="enabled"),
}


class LoadBalancer(Plain):
    """A load balancer; its id is its ARN."""

    type_name = "aws:lb/loadBalancer:LoadBalancer"
    label = "ELBv2 Load Balancer"
    service = "elbv2"
    service_id = "Elastic Load Balancing v2"
    name_limit = 32
    properties: ClassVar[Properties] = {
        **{key: block(_LOG, computed=True) for key in LOGS},
        "clientKeepAlive": whole(default=3600),
        "desyncMitigationMode": text(default="defensive"),
        "dnsRecordClientRoutingPolicy": text(computed=True),
        "dropInvalidHeaderFields": flag(default=False),
        "enableCrossZoneLoadBalancing": flag(computed=True),
        "enableDeletionProtection": flag(default=False),
        "enableHttp2": flag(default=True),
        "enableTlsVersionAndCipherSuiteHeaders": flag(default=False),
        "enableWafFailOpen": flag(default=False),
        "enableXffClientPort": flag(default=False),
        "enableZonalShift": flag(default=False),
        "idleTimeout": whole(default=60),
        "internal": flag(computed=True, force_new=True),
        "ipAddressType": text(computed=True),
        "loadBalancerType": text(default="application", force_new=True, member="Type"),
        "name": text(computed=True, force_new=True, member="LoadBalancerName"),
        "namePrefix": text(force_new=True, program_only=True),
        "preserveHostHeader": flag(default=False),
        "securityGroups": texts(computed=True),
        "subnetMappings": blocks(
            {
                "subnetId": text(required=True),
                "allocationId": text(),
                "ipv6Address": text(),
                "privateIpv4Address": text(),
            },
            computed=True,
        ),
        "subnets": texts(computed=True),
        "xffHeaderProcessingMode": text(default="append"),
    }
    outputs = ("arn", "arnSuffix", "dnsName", "vpcId", "zoneId")
    creates, identity = "create_load_balancer", "LoadBalancers.0.LoadBalancerArn"
    reads = Ask("describe_load_balancers", lambda call: {"LoadBalancerArns": [call.id]}, "LoadBalancers.0")
    deletes = Ask("delete_load_balancer", lambda call: {"LoadBalancerArn": call.id})
    gone = frozenset({"LoadBalancerNotFound"})
    ready = ("State.Code", "active")
    tagging = TAGGING

    def what(self, call: Call) -> str:
        """Errors name the type of the load balancer too."""
        return f"ELBv2 {call.inputs['loadBalancerType']} Load Balancer ({call.inputs['name']})"

    def request(self, call: Call) -> dict[str, Any]:
        """Return what is no attribute."""
        inputs = call.inputs
        request = {"Name": inputs["name"]}
        keys = ("loadBalancerType", "ipAddressType", "securityGroups", "subnets", "subnetMappings")
        if inputs.get("internal"):
            request["Scheme"] = "internal"
        return {**request, **self.members(inputs, *keys)}

    def settle(self, call: Call) -> None:
        """Wait until it is there, and set its attributes."""
        super().settle(call)
        self._set_attributes(call, {key for key in call.inputs if call.inputs[key] is not None})

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return it with its tags."""
        found = super().find(call)
        return None if found is None else {**found, "Tags": tags_of(self.client(call), call.id)}

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Attributes are told by an operation of their own, and an ALB's are not an NLB's."""
        answer = self.client(call).describe_load_balancer_attributes(LoadBalancerArn=call.id)["Attributes"]
        live = {item["Key"]: item["Value"] for item in answer}
        subnets = [zone["SubnetId"] for zone in found.get("AvailabilityZones") or []]
        return {
            "arn": call.id,
            "arnSuffix": call.id.partition(":loadbalancer/")[2],
            "dnsName": found["DNSName"],
            "zoneId": found.get("CanonicalHostedZoneId") or "",
            "internal": found.get("Scheme") == "internal",
            "subnets": subnets,
            "subnetMappings": _mappings(subnets, call),
            **{key: self.from_aws(self.properties[key], value) for key, value in attributes(live).items()},
            **{key: logs_state(live, prefix) for key, prefix in LOGS.items()},
        }

    def update(self, call: Call) -> None:
        """Change what differs; subnets, groups and address type have calls of their own."""
        elbv2, inputs = self.client(call), call.inputs
        if call.changed & {"subnets", "subnetMappings"}:
            elbv2.set_subnets(
                LoadBalancerArn=call.id, **self.members(inputs, *call.changed & {"subnets", "subnetMappings"})
            )
        if "securityGroups" in call.changed:
            elbv2.set_security_groups(LoadBalancerArn=call.id, SecurityGroups=inputs.get("securityGroups") or [])
        if "ipAddressType" in call.changed:
            elbv2.set_ip_address_type(LoadBalancerArn=call.id, IpAddressType=inputs["ipAddressType"])
        self._set_attributes(call, set(call.changed))

    def _set_attributes(self, call: Call, keys: set[str]) -> None:
        kind, wanted = call.inputs["loadBalancerType"], dict[str, str]()
        for key, (name, _, kinds) in ATTRIBUTES.items():
            value = call.inputs.get(key)
            if key in keys and kind in kinds and value is not None:
                wanted[name] = str(value).lower() if isinstance(value, bool) else str(value)
        for key, prefix in LOGS.items():
            if key in keys:
                wanted |= _logs_request(call.inputs.get(key), prefix)
        if wanted:
            items = [{"Key": name, "Value": value} for name, value in wanted.items()]
            self.client(call).modify_load_balancer_attributes(LoadBalancerArn=call.id, Attributes=items)


def tags_of(elbv2: Any, arn: str) -> list[dict[str, str]]:
    """Return the tags of anything in Elastic Load Balancing."""
    found = elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    return list(found[0]["Tags"]) if found else []


def attributes(live: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes that are no logs by property, those that AWS leaves unsaid too."""
    return {key: live.get(name, default) for key, (name, default, _) in ATTRIBUTES.items()}


def logs_state(live: Mapping[str, str], prefix: str) -> Values:
    """Return where logs go, also where they are off: the real provider's state has the block then too.

    `flattenLoadBalancerAccessLogsAttributes` in terraform-provider-aws `internal/service/elbv2/load_balancer.go`.
    """
    told = {key: live.get(f"{prefix}.{key}", "") for key in ("bucket", "prefix")}
    return {
        "bucket": told["bucket"],
        **({"prefix": told["prefix"]} if told["prefix"] else {}),
        "enabled": live.get(f"{prefix}.enabled") == "true",
    }


def _logs_request(logs: Values | None, prefix: str) -> dict[str, str]:
    if not logs or not logs.get("enabled"):
        return {f"{prefix}.enabled": "false"}
    request = {f"{prefix}.enabled": "true", f"{prefix}.bucket": logs["bucket"]}
    return {**request, **({f"{prefix}.prefix": logs["prefix"]} if logs.get("prefix") else {})}


def _mappings(subnets: list[str], call: Call) -> list[Values]:
    written = {one["subnetId"]: one for one in (call.inputs or call.state).get("subnetMappings") or []}
    return [written.get(subnet, {"subnetId": subnet}) for subnet in subnets]
