"""What can be turned off is off in AWS after the update that says so; a rename with an alias replaces nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.inventory import Connect
from tests.e2e.programs import Handed, Program

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def program(handed: Handed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("switches")
    given = {"image": "shop:good-1"}
    made = Program(Path(__file__).parent / "switches", given, folder, handed)
    yield made
    made.destroy()


def seen(connect: Connect) -> dict[str, Any]:
    """Return how each switch is in AWS."""
    elb, ecs, scaling = connect("elbv2"), connect("ecs"), connect("application-autoscaling")
    balancers = elb.describe_load_balancers()["LoadBalancers"]
    arn = next(each["LoadBalancerArn"] for each in balancers if each["LoadBalancerName"].startswith("web"))
    listed = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    attributes = {each["Key"]: each["Value"] for each in listed}
    ports = {each["Port"] for each in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]}
    acl = connect("wafv2").get_web_acl_for_resource(ResourceArn=arn).get("WebACL")
    described = ecs.describe_services(cluster="switches", services=["web", "worker"])["services"]
    web, worker = sorted(described, key=lambda each: str(each["serviceName"]))
    alarms = {each["AlarmName"] for each in connect("cloudwatch").describe_alarms()["MetricAlarms"]}
    (cluster,) = ecs.describe_clusters(clusters=["switches"], include=["SETTINGS"])["clusters"]
    targets = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    keys = {each["AliasName"] for each in connect("kms").list_aliases()["Aliases"]}
    return {
        "redirect": 80 in ports,
        "deletion protection": attributes["deletion_protection.enabled"] == "true",
        "access logs": attributes["access_logs.s3.enabled"] == "true",
        "web acl": acl is not None,
        "autoscaling": [each["ResourceId"] for each in targets] == ["service/switches/web"],
        "exec": web["enableExecuteCommand"],
        "zones": web["availabilityZoneRebalancing"] == "ENABLED",
        "operational alarms": "ecs/switches/web/cpu" in alarms,
        "own key": "alias/ecs/switches/web" in keys,
        "deployment alarms": worker["deploymentConfiguration"]["alarms"]["enable"],
        "their names": worker["deploymentConfiguration"]["alarms"]["alarmNames"] == ["switches"],
        "service connect": worker["deployments"][0]["serviceConnectConfiguration"]["enabled"],
        "insights": {each["name"]: each["value"] for each in cluster["settings"]}["containerInsights"] == "enhanced",
    }


def test_what_is_turned_off_is_off_in_aws(program: Program, handed: Handed) -> None:
    program.up(on="true")
    on = seen(handed.connect)
    assert on == dict.fromkeys(on, True)
    program.up(on="false")
    assert seen(handed.connect) == dict.fromkeys(on, False)
    program.up(on="false")
    assert set(program.changes()) == {"same"}


def test_a_renamed_component_is_the_same_one_where_an_alias_says_so(program: Program) -> None:
    program.up(on="false")
    assert set(program.preview(on="false", component_name="shop", alias="true")) == {"same"}
    without = program.preview(on="false", component_name="shop")
    assert without["create"] == without["delete"] > 20
