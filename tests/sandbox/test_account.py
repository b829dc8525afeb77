"""What a new sandbox holds."""

from collections.abc import Callable
from typing import Any

from sandbox.process import Sandbox


def test_the_defaults_name_a_network_with_two_zones_and_a_way_out(
    running: Sandbox, connect: Callable[[str], Any]
) -> None:
    defaults, ec2 = running.defaults(), connect("ec2")
    subnets = ec2.describe_subnets(SubnetIds=defaults["subnet_ids"])["Subnets"]
    assert {subnet["VpcId"] for subnet in subnets} == {defaults["vpc_id"]}
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 2
    assert all(subnet["AvailableIpAddressCount"] > 4000 for subnet in subnets)
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in subnets)
    for subnet in defaults["subnet_ids"]:
        filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
        routes = ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["Routes"]
        assert [route["NatGatewayId"] for route in routes if route["DestinationCidrBlock"] == "0.0.0.0/0"]


def test_the_listener_answers_http_with_404_on_an_internal_load_balancer(
    running: Sandbox, connect: Callable[[str], Any]
) -> None:
    defaults, elbv2 = running.defaults(), connect("elbv2")
    listener = elbv2.describe_listeners(ListenerArns=[defaults["listener_arn"]])["Listeners"][0]
    assert (listener["Protocol"], listener["Port"]) == ("HTTP", 80)
    assert listener["DefaultActions"][0]["FixedResponseConfig"]["StatusCode"] == "404"
    balancer = elbv2.describe_load_balancers(LoadBalancerArns=[listener["LoadBalancerArn"]])["LoadBalancers"][0]
    assert (balancer["Scheme"], balancer["Type"]) == ("internal", "application")
    assert balancer["SecurityGroups"] == [defaults["load_balancer_security_group_id"]]
    assert {zone["SubnetId"] for zone in balancer["AvailabilityZones"]} == set(defaults["subnet_ids"])


def test_the_cluster_is_there_and_empty(running: Sandbox, connect: Callable[[str], Any]) -> None:
    cluster = connect("ecs").describe_clusters(clusters=[running.defaults()["cluster_arn"]])["clusters"][0]
    assert (cluster["clusterName"], cluster["status"]) == ("sandbox", "ACTIVE")


def test_the_registry_has_the_catalogues_images_with_digests(connect: Callable[[str], Any]) -> None:
    images = connect("ecr").describe_images(repositoryName="shop")["imageDetails"]
    assert {"good-1", "good-2"} <= {tag for image in images for tag in image.get("imageTags", ())}
    assert all(image["imageDigest"].startswith("sha256:") for image in images)
