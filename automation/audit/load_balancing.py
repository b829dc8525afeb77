"""The load balancing of a service in an audit: target groups, load balancers, listeners, web ACLs."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from automation.audit.reading import Audit
from diagnostics.reads import Shape

_TARGETS = "aws:lb/targetGroup:TargetGroup"
_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
_LISTENER = "aws:lb/listener:Listener"
_WEB_ACL = "aws:wafv2/webAclAssociation:WebAclAssociation"

_BALANCER_ATTRIBUTES = {
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "enableDeletionProtection": "deletion_protection.enabled",
}
"""The provider's words and those of ModifyLoadBalancerAttributes."""
_HEADER = "routing.http.response."
_LISTENER_ATTRIBUTES = {
    "routingHttpResponseStrictTransportSecurityHeaderValue": f"{_HEADER}strict_transport_security.header_value",
    "routingHttpResponseXContentTypeOptionsHeaderValue": f"{_HEADER}x_content_type_options.header_value",
    "routingHttpResponseXFrameOptionsHeaderValue": f"{_HEADER}x_frame_options.header_value",
    "routingHttpResponseServerEnabled": f"{_HEADER}server.enabled",
}
"""The provider's words and those of ModifyListenerAttributes."""


def look_at_load_balancing(audit: Audit, service: Shape) -> None:
    """Read the service's target groups, and the load balancers that send them requests."""
    arns = [each["targetGroupArn"] for each in service.get("loadBalancers", []) if each.get("targetGroupArn")]
    if not arns:
        return
    answer = audit.read("elbv2", "describe_target_groups", TargetGroupArns=arns) or {}
    balancers: list[str] = []
    for group in answer.get("TargetGroups", []):
        _keep_target_group(audit, group)
        balancers += [arn for arn in group.get("LoadBalancerArns", []) if arn not in balancers]
    if not balancers:
        return
    answer = audit.read("elbv2", "describe_load_balancers", LoadBalancerArns=balancers) or {}
    audit.whole(partial(_look_at_web_acls, audit, balancers), _WEB_ACL)
    for balancer in answer.get("LoadBalancers", []):
        _keep_load_balancer(audit, balancer)
        for listener in audit.pages(
            "elbv2", "describe_listeners", "Listeners", LoadBalancerArn=balancer["LoadBalancerArn"]
        ):
            _keep_listener(audit, balancer, listener)


def _attributes(audit: Audit, method: str, key: str, arn: str) -> Shape | None:
    answer = audit.read("elbv2", method, **{key: arn})
    return None if answer is None else {each["Key"]: each["Value"] for each in answer["Attributes"]}


def _chosen(audit: Audit, attributes: Shape | None, words: Mapping[str, str]) -> dict[str, Any]:
    """Return attributes in the provider's words; what was refused is hidden."""
    if attributes is None:
        return dict.fromkeys(words, audit.hidden)
    return {ours: attributes.get(theirs) or None for ours, theirs in words.items()}


def _keep_target_group(audit: Audit, group: Shape) -> None:
    arn = group["TargetGroupArn"]
    attributes = _attributes(audit, "describe_target_group_attributes", "TargetGroupArn", arn)
    inputs = {
        "protocol": group.get("Protocol"),
        **_chosen(audit, attributes, {"deregistrationDelay": "deregistration_delay.timeout_seconds"}),
        "healthCheck": {
            "protocol": group.get("HealthCheckProtocol"),
            "path": group.get("HealthCheckPath"),
            "matcher": group.get("Matcher", {}).get("HttpCode"),
            "interval": group.get("HealthCheckIntervalSeconds"),
            "timeout": group.get("HealthCheckTimeoutSeconds"),
            "healthyThreshold": group.get("HealthyThresholdCount"),
        },
    }
    audit.seen.add(_TARGETS, group["TargetGroupName"], inputs, arn)


def _keep_load_balancer(audit: Audit, balancer: Shape) -> None:
    arn = balancer["LoadBalancerArn"]
    attributes = _attributes(audit, "describe_load_balancer_attributes", "LoadBalancerArn", arn)
    logs = {"enabled": "access_logs.s3.enabled", "bucket": "access_logs.s3.bucket"}
    inputs = {
        "internal": balancer.get("Scheme") == "internal",
        "subnets": [zone["SubnetId"] for zone in balancer.get("AvailabilityZones", [])],
        **_chosen(audit, attributes, _BALANCER_ATTRIBUTES),
        "accessLogs": _chosen(audit, attributes, logs),
    }
    audit.seen.add(_BALANCER, balancer["LoadBalancerName"], inputs, arn)


def _look_at_web_acls(audit: Audit, balancers: list[str]) -> None:
    for arn in balancers:
        answer = audit.read("wafv2", "get_web_acl_for_resource", absent="WAFNonexistentItemException", ResourceArn=arn)
        if answer and answer.get("WebACL"):
            acl = answer["WebACL"]
            audit.seen.add(_WEB_ACL, acl["Name"], {"resourceArn": arn, "webAclArn": acl["ARN"]})


def _keep_listener(audit: Audit, balancer: Shape, listener: Shape) -> None:
    arn = listener["ListenerArn"]
    attributes = _attributes(audit, "describe_listener_attributes", "ListenerArn", arn)
    redirects = [
        {"type": action["Type"].lower(), "redirect": {"protocol": action.get("RedirectConfig", {}).get("Protocol")}}
        for action in listener.get("DefaultActions", [])
    ]
    inputs = {
        "protocol": listener.get("Protocol"),
        "port": listener.get("Port"),
        "certificateArn": next((each["CertificateArn"] for each in listener.get("Certificates", [])), None),
        "sslPolicy": listener.get("SslPolicy"),
        "defaultActions": redirects,
        **_chosen(audit, attributes, _LISTENER_ATTRIBUTES),
    }
    audit.seen.add(_LISTENER, f"{balancer['LoadBalancerName']}:{listener.get('Port')}", inputs, arn)
