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
    """What has no default, as the stack's settings file would hold it."""
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

    def run_example(**changes):
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


def test_only_what_differs_from_account_to_account_has_no_default(given):
    assert {key for key, declared in PROJECT["config"].items() if "default" not in declared} == set(given)


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
