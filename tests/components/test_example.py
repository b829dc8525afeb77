"""The example program: `Pulumi.yaml` declares what `__main__.py` reads, and the program turns it into a service."""

import json
import re
import runpy
from pathlib import Path

import pulumi
import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROJECT = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
PROGRAM = ROOT / "__main__.py"
DIGEST = "sha256:" + "0a" * 32


@pytest.fixture
def given(balanced):
    """The image, and what a platform team hands over, as the stack's settings file would hold it."""
    balancer = balanced["load_balancer"]
    return {
        "image": "shop:good-1",
        "vpc_id": balanced["vpc_id"],
        "subnet_ids": balanced["subnet_ids"],
        "cluster_arn": balanced["cluster_arn"],
        "listener_arn": balancer["listener_arn"],
        "load_balancer_security_group_id": balancer["load_balancer_security_group_id"],
    }


@pytest.fixture
def example(run, given):
    """Run the program with the project's defaults, the given settings and changes to them."""

    def run_example(given=given, **changes):
        defaults = {key: declared["default"] for key, declared in PROJECT["config"].items() if "default" in declared}
        settings = {**defaults, **given, **changes}
        text = {key: value if isinstance(value, str) else json.dumps(value) for key, value in settings.items()}
        pulumi.runtime.set_all_config({f"project:{key}": value for key, value in text.items()})
        pulumi.runtime.set_all_config({f"shop:{key}": value for key, value in text.items()})
        return run(lambda: runpy.run_path(str(PROGRAM), run_name="__main__"))

    return run_example


def test_everything_that_the_program_reads_is_declared_and_everything_declared_is_read():
    read = set(re.findall(r'config\.(?:require|get)\w*\("(\w+)"\)', PROGRAM.read_text()))
    assert read == set(PROJECT["config"])


def test_every_setting_has_a_type_and_one_sentence():
    for key, declared in PROJECT["config"].items():
        assert declared["type"] in {"string", "integer", "boolean", "array", "object"}, key
        assert re.fullmatch(r"[A-Z][^.]*(?:\.[a-zA-Z][^.]*)*\.", declared["description"]), key


def test_only_the_image_has_no_default():
    assert [key for key, declared in PROJECT["config"].items() if "default" not in declared] == ["image"]


def test_the_example_is_a_service_behind_the_listener(example):
    graph = example()
    service = graph.one("Service").inputs
    assert service["name"] == "shop"
    assert service["loadBalancers"][0]["containerPort"] == 5001
    assert graph.one("TaskDefinition").inputs["cpu"] == "256"
    assert graph.one("TaskDefinition").inputs["memory"] == "512"
    assert graph.one("ListenerRule").inputs["priority"] == 100
    assert graph.one("TargetGroup").inputs["healthCheck"]["path"] == "/healthz"


def test_a_short_image_is_in_the_registry_of_the_stack(example):
    assert example().container["image"] == "210987654321.dkr.ecr.us-gov-west-1.amazonaws.com/shop:good-1"


@pytest.mark.parametrize("image", ["ghcr.io/team/shop@" + DIGEST, "localhost:5000/shop@" + DIGEST])
def test_an_image_with_a_registry_stays_as_it_is(example, image):
    assert example(image=image).container["image"] == image


def test_environment_and_secrets_are_settings(example, secret_arn):
    container = example(environment={"LOG_LEVEL": "info"}, secrets={"DATABASE_URL": secret_arn}).container
    assert container["environment"] == [{"name": "LOG_LEVEL", "value": "info"}]
    assert container["secrets"] == [{"name": "DATABASE_URL", "valueFrom": secret_arn}]


# --- a stack from nothing


@pytest.fixture
def from_nothing(example):
    return lambda **changes: example({"image": "shop:good-1"}, **changes)


def routes(graph):
    return [made for made in graph.all("Route") if "natGatewayId" in made.inputs]


def test_a_stack_from_nothing_makes_all_that_a_service_needs(from_nothing):
    graph = from_nothing()
    for kind in ("Vpc", "Cluster", "LoadBalancer", "Listener", "Service"):
        assert [made for made in graph.all(kind) if made.type.startswith("aws:")], kind
    service = graph.one("Service").inputs
    assert service["networkConfiguration"]["subnets"] == ["subnet-shopprivate0", "subnet-shopprivate1"]
    assert service["cluster"].endswith(":cluster/shop")
    assert graph.one("LogGroup", "shop-log-group").inputs["name"] == "/ecs/shop/shop"


def test_nothing_is_made_of_what_is_given(example):
    graph = example()
    made = {made.type.rpartition(":")[2] for made in graph.resources}
    assert not made & {"Vpc", "Subnet", "NatGateway", "Cluster", "LoadBalancer", "Listener", "Repository"}


def test_tasks_are_in_private_subnets_each_with_a_way_out_of_its_own_zone(from_nothing):
    graph = from_nothing()
    subnets = {made.name: made.inputs for made in graph.all("Subnet")}
    assert len({subnet["cidrBlock"] for subnet in subnets.values()}) == 4
    assert not any(subnet["mapPublicIpOnLaunch"] for subnet in subnets.values())
    zones = [subnets[f"shop-private-{index}"]["availabilityZone"] for index in range(2)]
    assert zones == [subnets[f"shop-public-{index}"]["availabilityZone"] for index in range(2)]
    assert {made.inputs["natGatewayId"] for made in routes(graph)} == {"shop-nat-0-id", "shop-nat-1-id"}


def test_tasks_may_do_without_the_internet(from_nothing):
    graph = from_nothing(way_out="endpoints")
    assert not graph.all("NatGateway") + graph.all("InternetGateway") + graph.all("Route")
    services = {
        made.inputs["serviceName"].removeprefix("com.amazonaws.us-gov-west-1.") for made in graph.all("VpcEndpoint")
    }
    assert services >= {"s3", "ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm"}
    (rule,) = [made.inputs for made in graph.all("SecurityGroupIngressRule") if made.name == "shop-endpoints"]
    assert (rule["cidrIpv4"], rule["fromPort"], rule["toPort"]) == ("10.0.0.0/16", 443, 443)


def test_without_a_certificate_the_load_balancer_is_internal_and_stands_outside_the_component(from_nothing):
    graph = from_nothing()
    balancer, listener = graph.one("LoadBalancer"), graph.one("Listener")
    assert balancer.inputs["internal"] is True
    assert (listener.inputs["protocol"], listener.inputs["port"]) == ("HTTP", 80)
    assert "FargateService" not in balancer.options.parent
    assert graph.one("ListenerRule").inputs["listenerArn"].split("/")[2] == "shop-http"


def test_with_a_certificate_the_load_balancer_is_the_components(from_nothing):
    graph = from_nothing(certificate_arn="arn:aws-us-gov:acm:us-gov-west-1:210987654321:certificate/0a1b")
    assert graph.one("Listener").inputs["protocol"] == "HTTPS"
    assert "FargateService" in graph.one("LoadBalancer").options.parent


def test_the_repository_is_made_where_it_is_asked_for(from_nothing):
    graph = from_nothing(create_repository=True)
    assert graph.one("Repository", "shop-repository").inputs["name"] == "shop"
    assert graph.container["image"].endswith("/shop:good-1")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vpc_id": "vpc-0a"}, "vpc_id and subnet_ids belong together"),
        ({"subnet_ids": ["subnet-0a", "subnet-0b"]}, "vpc_id and subnet_ids belong together"),
        ({"way_out": "internet"}, "write nat or endpoints"),
        ({"create_repository": True, "image": "ghcr.io/team/shop:1"}, "write it as repository:tag"),
        ({"create_repository": True, "image": "shop"}, "write it as repository:tag"),
    ],
)
def test_settings_that_do_not_go_together_are_refused_by_name(from_nothing, changes, message):
    with pytest.raises(pulumi.RunError, match=message):
        from_nothing(**changes)
