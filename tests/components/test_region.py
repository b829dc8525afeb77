"""With `region` everything is made, looked up and named there; without, none is sent and the provider's holds."""

import json

import pytest

from components.errors import ArgumentError
from components.validation import read
from tests.components.conftest import ACCOUNT, BALANCED, REGION, WORKER

THERE = "us-gov-east-1"
OWN = {"certificate_arn": f"arn:aws-us-gov:acm:{REGION}:{ACCOUNT}:certificate/0a", "access_logs_bucket": "logs"}
WHOLE = {
    **WORKER,
    "load_balancer": {**OWN, "http_redirect": True, "web_acl_arn": None},
    "autoscaling": {"scheduled_actions": [{"name": "day", "schedule": "cron(0 8 * * ? *)", "min_capacity": 3}]},
    "notification_emails": ["team@example.test"],
}
GLOBAL = ("aws:iam/", "failwell:", "pulumi:")
"""What has no region: IAM, and what is no resource of AWS."""


def moved(args):
    """Return arguments with what they name in the other region."""
    return json.loads(json.dumps(args).replace(REGION, THERE))


def regional(graph):
    return [each for each in graph.resources if not each.type.startswith(GLOBAL)]


@pytest.mark.parametrize("args", [WORKER, BALANCED, WHOLE], ids=["worker", "balanced", "whole"])
def test_each_child_that_has_a_region_is_made_there(deploy, args):
    graph = deploy(moved(args), region=THERE)
    made = regional(graph)
    assert len(made) > 10
    assert {each.type: each.inputs.get("region") for each in made} == {each.type: THERE for each in made}


def test_without_it_the_provider_decides(deploy):
    assert not any("region" in each.inputs for each in regional(deploy(WHOLE)))


def test_what_is_named_is_named_there(deploy):
    graph = deploy(moved(BALANCED), region=THERE)
    assert graph.container["logConfiguration"]["options"]["awslogs-region"] == THERE
    trust = graph.one("Role", "execution-role").inputs["assumeRolePolicy"]
    assert f":ecs:{THERE}:{ACCOUNT}:*" in trust
    everything = json.dumps([each.inputs for each in graph.resources])
    assert REGION not in everything


@pytest.mark.parametrize(
    ("args", "where"),
    [(WORKER, "cluster_arn"), (moved(WORKER) | {"load_balancer": OWN}, "load_balancer.certificate_arn")],
    ids=["cluster", "certificate"],
)
def test_what_the_service_uses_directly_is_in_its_region(args, where):
    with pytest.raises(ArgumentError) as caught:
        read("shop", {**args, "region": THERE})
    assert f"region: is {THERE}, and {where} is in {REGION}" in str(caught.value)


def test_what_is_no_region_is_refused():
    with pytest.raises(ArgumentError, match="`Ireland` is not the name of a region"):
        read("shop", {**WORKER, "region": "Ireland"})
