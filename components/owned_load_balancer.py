"""A load balancer of the service's own: HTTPS only, internal unless asked, kept from deletion."""

from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

from .given.load_balancing import LoadBalancer
from .listener import Listener
from .load_balancing import name_prefix
from .network import HTTPS
from .settings import Settings
from .without_sdk import SecurityGroup, vpc_cidr_block

HTTP = 80
_PRIORITY = 100


def make(
    name: str,
    settings: Settings,
    balancer: LoadBalancer,
    opts: pulumi.ResourceOptions,
    invoke: pulumi.InvokeOutputOptions,
) -> Listener:
    """Make the load balancer, its security group and its listeners, which answer 404 where no rule matches."""
    group = _security_group(name, settings, balancer, opts, invoke)
    made = aws.lb.LoadBalancer(
        f"{name}-load-balancer",
        name_prefix=name_prefix(settings.service_name),
        load_balancer_type="application",
        internal=balancer.internal,
        subnets=settings.subnet_ids if balancer.lb_subnet_ids is None else balancer.lb_subnet_ids,
        security_groups=[group.id],
        # Headers that servers read differently can carry a second request past the load balancer.
        drop_invalid_header_fields=True,
        desync_mitigation_mode=balancer.desync_mitigation_mode,
        enable_deletion_protection=balancer.deletion_protection,
        idle_timeout=balancer.idle_timeout,
        # Always there: a block that is left out is no difference to the provider, and the logs would go on.
        access_logs=_access_logs(settings, balancer),
        tags=settings.tags,
        region=settings.region,
        opts=opts,
    )
    listeners = _Listeners(name, settings, balancer, made, opts)
    production = listeners.https("https", HTTPS)
    test = listeners.https("test", balancer.test_listener_port) if balancer.test_listener_port else None
    resources: list[pulumi.Resource] = [production, *([test] if test else [])]
    if balancer.http_redirect:
        resources.append(listeners.redirect())
    if balancer.web_acl_arn is not None:
        resources.append(
            aws.wafv2.WebAclAssociation(
                f"{name}-web-acl",
                resource_arn=made.arn,
                web_acl_arn=balancer.web_acl_arn,
                region=settings.region,
                opts=opts,
            )
        )
    return Listener(
        arn=production.arn,
        test_arn=test.arn if test else None,
        priority=_PRIORITY,
        security_group_id=group.id,
        load_balancer_suffix=made.arn_suffix,
        load_balancer=made,
        resources=resources,
    )


def allow_out(
    name: str, settings: Settings, listener: Listener, tasks: Input[str], opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    """Let the load balancer reach the tasks on their port, and nothing else."""
    return aws.vpc.SecurityGroupEgressRule(
        f"{name}-load-balancer-to-tasks",
        security_group_id=listener.security_group_id,
        referenced_security_group_id=tasks,
        ip_protocol="tcp",
        from_port=settings.container_port,
        to_port=settings.container_port,
        description="Requests and health checks to the tasks",
        tags=settings.tags,
        region=settings.region,
        opts=opts,
    )


def _access_logs(settings: Settings, balancer: LoadBalancer) -> aws.lb.LoadBalancerAccessLogsArgsDict:
    if balancer.access_logs_bucket is None:
        return {"bucket": "", "enabled": False}
    prefix = balancer.access_logs_prefix
    return {
        "bucket": balancer.access_logs_bucket,
        "prefix": settings.service_name if prefix is None else prefix,
        "enabled": True,
    }


def _security_group(
    name: str,
    settings: Settings,
    balancer: LoadBalancer,
    opts: pulumi.ResourceOptions,
    invoke: pulumi.InvokeOutputOptions,
) -> SecurityGroup:
    """Make the group, and a rule for each port and block of addresses that may reach the load balancer."""
    group = SecurityGroup(
        f"{name}-load-balancer-security-group",
        name_prefix=f"ecs-{settings.service_name[:100]}-lb-",
        description=f"Load balancer of the ECS service {settings.service_name}",
        vpc_id=settings.vpc_id,
        tags=settings.tags,
        region=settings.region,
        opts=opts,
    )
    ports = [HTTPS, *([HTTP] if balancer.http_redirect else []), *filter(None, [balancer.test_listener_port])]

    def rules(blocks: list[Input[str]]) -> None:
        for port in ports:
            for index, block in enumerate(blocks):
                aws.vpc.SecurityGroupIngressRule(
                    f"{name}-load-balancer-from-{index}-{port}",
                    security_group_id=group.id,
                    cidr_ipv4=block,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    description="Requests of clients",
                    tags=settings.tags,
                    region=settings.region,
                    opts=opts,
                )

    allowed = balancer.allowed_cidr_blocks
    if allowed is None:
        rules([vpc_cidr_block(settings.vpc_id, settings.region, invoke)])
    elif isinstance(allowed, list):
        rules(allowed)
    else:
        Output.all(allowed).apply(lambda known: rules(known[0]))  # how many rules there are is known only later
    return group


class _Listeners:
    """Makes the listeners of one load balancer."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        balancer: LoadBalancer,
        made: aws.lb.LoadBalancer,
        opts: pulumi.ResourceOptions,
    ) -> None:
        self._name = name
        self._balancer = balancer
        self._common: dict[str, Any] = {"load_balancer_arn": made.arn, "tags": settings.tags, "region": settings.region}
        self._common["opts"] = opts

    def https(self, suffix: str, port: int) -> aws.lb.Listener:
        """Make an HTTPS listener."""
        not_found: aws.lb.ListenerDefaultActionArgsDict = {
            "type": "fixed-response",
            "fixed_response": {"status_code": "404", "content_type": "text/plain", "message_body": "not found"},
        }
        return aws.lb.Listener(
            f"{self._name}-{suffix}",
            protocol="HTTPS",
            port=port,
            certificate_arn=self._balancer.certificate_arn,
            ssl_policy=self._balancer.ssl_policy,
            default_actions=[not_found],
            # What browsers defend their users by, whatever the program says; the load balancer names no server.
            routing_http_response_strict_transport_security_header_value="max-age=31536000",
            routing_http_response_x_content_type_options_header_value="nosniff",
            routing_http_response_x_frame_options_header_value="SAMEORIGIN",
            routing_http_response_server_enabled=False,
            **self._common,
        )

    def redirect(self) -> aws.lb.Listener:
        """Make the listener of port 80, which sends clients to HTTPS and nothing to the tasks."""
        redirect: aws.lb.ListenerDefaultActionArgsDict = {
            "type": "redirect",
            "redirect": {"protocol": "HTTPS", "port": str(HTTPS), "status_code": "HTTP_301"},
        }
        return aws.lb.Listener(
            f"{self._name}-redirect", protocol="HTTP", port=HTTP, default_actions=[redirect], **self._common
        )
