"""Functions about load balancers."""

from typing import Any

from sandbox.provider.connection import Connection
from sandbox.provider.errors import OperationError
from sandbox.provider.invokes.arguments import allow, only
from sandbox.provider.resources.load_balancer import LOGS, LoadBalancer, attributes, logs_state
from sandbox.provider.schema import coerced
from sandbox.provider.wire import Values

_HOSTED_ZONE = "Z32O12XQLNTSW2"
"""That of application load balancers in eu-west-1: https://docs.aws.amazon.com/general/latest/gr/elb.html"""


def listener(connection: Connection, arguments: Values) -> Values:
    """`aws:lb/getListener`, by ARN or by load balancer and port."""
    allow("getListener", arguments, "arn", "loadBalancerArn", "port", "region", "tags")
    where = arguments.get("region") or connection.region
    elbv2 = connection.client("elbv2", where)
    if arguments.get("arn"):
        found = elbv2.describe_listeners(ListenerArns=[arguments["arn"]])["Listeners"]
    elif arguments.get("loadBalancerArn"):
        found = elbv2.describe_listeners(LoadBalancerArn=arguments["loadBalancerArn"])["Listeners"]
    else:
        raise OperationError("one of `arn`, `loadBalancerArn` must be specified")
    if arguments.get("port"):
        found = [item for item in found if item["Port"] == arguments["port"]]
    one = only("ELBv2 Listener", found)
    certificates = one.get("Certificates") or []
    return {
        "id": one["ListenerArn"],
        "arn": one["ListenerArn"],
        "loadBalancerArn": one["LoadBalancerArn"],
        "port": one["Port"],
        "protocol": one["Protocol"],
        "sslPolicy": one.get("SslPolicy") or "",
        "certificateArn": certificates[0].get("CertificateArn", "") if certificates else "",
        "alpnPolicy": (one.get("AlpnPolicy") or [""])[0],
        "mutualAuthentications": [],
        "defaultActions": [_action(action) for action in one.get("DefaultActions") or []],
        "region": where,
        "tags": _tags(elbv2, one["ListenerArn"]),
    }


def load_balancer(connection: Connection, arguments: Values) -> Values:
    """`aws:lb/getLoadBalancer`, by ARN or name."""
    allow("getLoadBalancer", arguments, "arn", "name", "region", "tags")
    where = arguments.get("region") or connection.region
    elbv2 = connection.client("elbv2", where)
    request: dict[str, Any] = {}
    if arguments.get("arn"):
        request = {"LoadBalancerArns": [arguments["arn"]]}
    elif arguments.get("name"):
        request = {"Names": [arguments["name"]]}
    found = elbv2.describe_load_balancers(**request)["LoadBalancers"]
    if wanted := arguments.get("tags"):
        found = [item for item in found if wanted.items() <= _tags(elbv2, item["LoadBalancerArn"]).items()]
    one = only("ELBv2 Load Balancer", found)
    arn = one["LoadBalancerArn"]
    answer = elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    return {
        **_identity(one),
        **_attributes({item["Key"]: item["Value"] for item in answer}),
        "region": where,
        "tags": _tags(elbv2, arn),
    }


def _identity(one: dict[str, Any]) -> Values:
    zones = one.get("AvailabilityZones") or []
    return {
        "id": one["LoadBalancerArn"],
        "arn": one["LoadBalancerArn"],
        "arnSuffix": one["LoadBalancerArn"].partition(":loadbalancer/")[2],
        "name": one["LoadBalancerName"],
        "dnsName": one["DNSName"],
        "zoneId": one.get("CanonicalHostedZoneId") or _HOSTED_ZONE,
        "internal": one.get("Scheme") == "internal",
        "ipAddressType": one.get("IpAddressType", "ipv4"),
        "loadBalancerType": one.get("Type", "application"),
        "securityGroups": one.get("SecurityGroups") or [],
        "subnets": [zone["SubnetId"] for zone in zones],
        "subnetMappings": [
            {
                "subnetId": zone["SubnetId"],
                "allocationId": "",
                "ipv6Address": "",
                "outpostId": "",
                "privateIpv4Address": "",
            }
            for zone in zones
        ],
        "vpcId": one["VpcId"],
        "customerOwnedIpv4Pool": one.get("CustomerOwnedIpv4Pool", ""),
        "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic": "",
        "ipamPools": [],
        "secondaryIpsAutoAssignedPerSubnet": 0,
        "enablePrefixForIpv6SourceNat": "",
    }


def _attributes(given: dict[str, str]) -> Values:
    logs = {key: logs_state(given, prefix) for key, prefix in LOGS.items()}
    return {
        "accessLogs": {"prefix": "", **logs["accessLogs"]},
        "connectionLogs": [logs["connectionLogs"]],
        "healthCheckLogs": [logs["healthCheckLogs"]],
        **{key: coerced(LoadBalancer.properties[key], value) for key, value in attributes(given).items()},
    }


def _tags(elbv2: Any, arn: str) -> dict[str, str]:
    found = elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    return {tag["Key"]: tag["Value"] for tag in found[0]["Tags"]} if found else {}


def _action(action: dict[str, Any]) -> Values:
    """Return a default action; a data source has its parts as lists."""
    fixed = action.get("FixedResponseConfig")
    groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or []
    arn = action.get("TargetGroupArn") or (groups[0]["TargetGroupArn"] if len(groups) == 1 else "")
    return {
        "type": action["Type"],
        "order": action.get("Order", 1),
        "targetGroupArn": arn,
        "authenticateCognitos": [],
        "authenticateOidcs": [],
        "jwtValidations": [],
        "redirects": [_redirect(action["RedirectConfig"])] if action.get("RedirectConfig") else [],
        "forwards": [_forward(action["ForwardConfig"])] if action.get("ForwardConfig") else [],
        "fixedResponses": [
            {
                "contentType": fixed.get("ContentType", ""),
                "messageBody": fixed.get("MessageBody", ""),
                "statusCode": str(fixed.get("StatusCode", "")),
            }
        ]
        if fixed
        else [],
    }


def _redirect(config: dict[str, Any]) -> Values:
    return {key[0].lower() + key[1:]: value for key, value in config.items()}


def _forward(config: dict[str, Any]) -> Values:
    groups = [
        {"arn": item["TargetGroupArn"], "weight": item.get("Weight", 1)} for item in config.get("TargetGroups") or []
    ]
    sticky = config.get("TargetGroupStickinessConfig") or {}
    stickiness = {"enabled": bool(sticky.get("Enabled")), "duration": sticky.get("DurationSeconds", 0)}
    return {"targetGroups": groups, "stickinesses": [stickiness]}
