"""A load balancer of the service's own is HTTPS, internal and kept, and each of its defaults can be changed."""

import pytest

from components.errors import ArgumentError
from components.given.load_balancing import TLS_POLICIES
from components.validation import read
from tests.components.conftest import waived

CERTIFICATE = "arn:aws-us-gov:acm:us-gov-west-1:210987654321:certificate/0a1b"
OWNED = {"certificate_arn": CERTIFICATE}
PUBLIC = {**OWNED, "internal": False, "lb_subnet_ids": ["subnet-0c", "subnet-0d"], "allowed_cidr_blocks": ["0.0.0.0/0"]}


@pytest.fixture
def deploy_owned(deploy, worker):
    return lambda changes=None, **rest: deploy(worker, load_balancer={**OWNED, **(changes or {})}, **rest)


def test_clients_speak_https_with_a_policy_that_security_hub_accepts(deploy_owned):
    listener = deploy_owned().one("Listener").inputs
    assert (listener["protocol"], listener["port"], listener["certificateArn"]) == ("HTTPS", 443, CERTIFICATE)
    assert listener["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    assert listener["sslPolicy"] in TLS_POLICIES


def test_port_80_is_closed_unless_it_redirects(deploy_owned):
    assert {made.inputs["port"] for made in deploy_owned().all("Listener")} == {443}
    redirect = deploy_owned({"http_redirect": True}).one("Listener", "redirect").inputs
    assert (redirect["protocol"], redirect["port"]) == ("HTTP", 80)
    assert redirect["defaultActions"][0]["redirect"] == {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}


def test_the_load_balancer_is_hardened(deploy_owned):
    made = deploy_owned().one("LoadBalancer").inputs
    assert made["internal"] is True
    assert made["dropInvalidHeaderFields"] is True
    assert made["desyncMitigationMode"] == "strictest"
    assert made["enableDeletionProtection"] is True
    assert made["idleTimeout"] == 60
    assert made["subnets"] == ["subnet-0a", "subnet-0b"]


def test_answers_tell_browsers_to_stay_on_https_and_name_no_server(deploy_owned):
    listener = deploy_owned().one("Listener").inputs
    assert listener["routingHttpResponseStrictTransportSecurityHeaderValue"] == "max-age=31536000"
    assert listener["routingHttpResponseXContentTypeOptionsHeaderValue"] == "nosniff"
    assert listener["routingHttpResponseXFrameOptionsHeaderValue"] == "SAMEORIGIN"
    assert listener["routingHttpResponseServerEnabled"] is False


def test_what_is_turned_off_is_written_out(deploy_owned):
    made = deploy_owned({"deletion_protection": False}).one("LoadBalancer").inputs
    assert made["enableDeletionProtection"] is False
    assert made["accessLogs"] == {"bucket": "", "enabled": False}


def test_access_logs_go_to_the_bucket(deploy_owned):
    made = deploy_owned({"access_logs_bucket": "logs-of-team"}).one("LoadBalancer").inputs
    assert made["accessLogs"] == {"bucket": "logs-of-team", "prefix": "shop", "enabled": True}


def test_only_the_network_reaches_an_internal_load_balancer(deploy_owned):
    rules = [made.inputs for made in deploy_owned().all("SecurityGroupIngressRule") if "cidrIpv4" in made.inputs]
    assert [(rule["cidrIpv4"], rule["fromPort"], rule["toPort"]) for rule in rules] == [("10.20.0.0/16", 443, 443)]


def test_the_load_balancer_reaches_the_tasks_and_nothing_else(deploy_owned):
    graph = deploy_owned()
    out = graph.one("SecurityGroupEgressRule", "load-balancer-to-tasks").inputs
    into = graph.one("SecurityGroupIngressRule", "from-load-balancer").inputs
    assert (out["referencedSecurityGroupId"], out["fromPort"]) == ("sg-shopsecuritygroup", 8080)
    assert into["referencedSecurityGroupId"] == "sg-shoploadbalancersecuritygroup"
    assert "shop-load-balancer-to-tasks" in str(graph.one("Service").options.dependencies)


def test_a_public_load_balancer_says_who_may_reach_it(deploy, worker):
    graph = deploy(worker, load_balancer={**PUBLIC, "web_acl_arn": WEB_ACL}, waivers=waived("ELB-09"))
    assert graph.one("LoadBalancer").inputs["internal"] is False
    assert graph.one("LoadBalancer").inputs["subnets"] == ["subnet-0c", "subnet-0d"]
    assert graph.one("WebAclAssociation").inputs["webAclArn"] == WEB_ACL


WEB_ACL = "arn:aws-us-gov:wafv2:us-gov-west-1:210987654321:regional/webacl/team/0a"


def test_all_paths_are_the_services_unless_it_says_otherwise(deploy_owned):
    assert deploy_owned().one("ListenerRule").inputs["conditions"] == [{"pathPattern": {"values": ["/*"]}}]
    conditions = deploy_owned({"host_headers": ["shop.example.com"]}).one("ListenerRule").inputs["conditions"]
    assert conditions == [{"hostHeader": {"values": ["shop.example.com"]}}]


def test_what_no_rule_takes_is_not_found(deploy_owned):
    (action,) = deploy_owned().one("Listener").inputs["defaultActions"]
    assert (action["type"], action["fixedResponse"]["statusCode"]) == ("fixed-response", "404")


def test_alarms_look_at_the_load_balancer_that_was_made(deploy_owned):
    dimensions = deploy_owned().one("MetricAlarm", "latency-p99").inputs["dimensions"]
    assert dimensions["LoadBalancer"] == "app/shop-load-balancer/0a"


def test_the_outputs_say_where_the_service_is(deploy_owned):
    outputs = deploy_owned().registered_outputs
    assert outputs["url"] == "https://shop-load-balancer.example.test"
    assert (outputs["load_balancer_zone_id"], outputs["load_balancer_dns_name"][:4]) == ("Z0A1B", "shop")
    assert deploy_owned({"host_headers": ["*.test", "a.test"]}).registered_outputs["url"] == "https://a.test"


def test_the_target_group_speaks_what_the_program_speaks(deploy):
    group = deploy(target_group={"protocol": "HTTPS", "protocol_version": "HTTP2", "slow_start": 30.0})
    made = group.one("TargetGroup").inputs
    assert (made["protocol"], made["protocolVersion"], made["slowStart"]) == ("HTTPS", "HTTP2", 30)
    assert made["healthCheck"]["protocol"] == "HTTPS"


def test_a_grpc_service_is_asked_as_grpc_services_are(deploy):
    check = deploy(target_group={"protocol_version": "GRPC"}).one("TargetGroup").inputs["healthCheck"]
    assert (check["path"], check["matcher"]) == ("/AWS.ALB/healthcheck", "12")


@pytest.mark.parametrize(
    ("balancer", "path"),
    [
        ({}, "load_balancer"),
        ({"path_patterns": ["/*"]}, "load_balancer"),
        ({**OWNED, "listener_priority": 5}, "load_balancer.listener_priority"),
        ({**OWNED, "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}, "load_balancer.ssl_policy"),
        ({**OWNED, "desync_mitigation_mode": "monitor"}, "load_balancer.desync_mitigation_mode"),
        ({**OWNED, "lb_subnet_ids": ["subnet-0a"]}, "load_balancer.lb_subnet_ids"),
        ({**OWNED, "allowed_cidr_blocks": ["10.0.0.1/8"]}, "load_balancer.allowed_cidr_blocks[0]"),
        ({**OWNED, "allowed_cidr_blocks": ["everyone"]}, "load_balancer.allowed_cidr_blocks[0]"),
        ({**OWNED, "access_logs_bucket": "s3://logs"}, "load_balancer.access_logs_bucket"),
        ({**OWNED, "test_listener_port": 8443}, "load_balancer.test_listener_port"),
        ({**OWNED, "idle_timeout": 0}, "load_balancer.idle_timeout"),
        ({"certificate_arn": "arn:aws:iam::210987654321:server-certificate/a"}, "load_balancer.certificate_arn"),
        (
            {**OWNED, "internal": False, "lb_subnet_ids": ["subnet-0c", "subnet-0d"]},
            "load_balancer.allowed_cidr_blocks",
        ),
        ({**PUBLIC, "lb_subnet_ids": None}, "load_balancer.lb_subnet_ids"),
    ],
)
def test_a_load_balancer_that_would_not_be_safe_is_refused(worker, balancer, path):
    with pytest.raises(ArgumentError) as caught:
        read("shop", {**worker, "load_balancer": balancer, "waivers": waived("ELB-08", "ELB-09")})
    assert [problem.path for problem in caught.value.problems] == [path]


def test_an_existing_listener_and_a_certificate_are_one_too_many(balanced):
    balanced["load_balancer"]["certificate_arn"] = CERTIFICATE
    with pytest.raises(ArgumentError, match=r"load_balancer\.certificate_arn"):
        read("shop", balanced)


def test_an_existing_listener_needs_its_group_and_a_priority(balanced):
    del balanced["load_balancer"]["listener_priority"], balanced["load_balancer"]["load_balancer_security_group_id"]
    with pytest.raises(ArgumentError) as caught:
        read("shop", balanced)
    assert {problem.path for problem in caught.value.problems} == {
        "load_balancer.listener_priority", "load_balancer.load_balancer_security_group_id",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("version", "matcher", "good"),
    [("GRPC", "200", False), ("HTTP1", "12", False), ("GRPC", "0-5", True), ("HTTP2", "200-299", True)],
)
def test_codes_are_those_of_the_protocol(balanced, version, matcher, good):
    args = {**balanced, "target_group": {"protocol_version": version, "health_check": {"matcher": matcher}}}
    if good:
        assert read("shop", args).target_group.health_check.matcher == matcher
    else:
        with pytest.raises(ArgumentError, match=r"health_check\.matcher"):
            read("shop", args)


@pytest.mark.parametrize("seconds", [1, 29, 901])
def test_a_slow_start_that_elastic_load_balancing_does_not_take_is_refused(balanced, seconds):
    with pytest.raises(ArgumentError, match=r"target_group\.slow_start"):
        read("shop", {**balanced, "target_group": {"slow_start": seconds}})
