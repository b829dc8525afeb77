"""What the roles may do, as pure functions."""

import pytest

from components.names import secret_resource
from components.policies import Surroundings, execution

HERE = Surroundings("aws", "eu-west-1", "210987654321")
DATABASE = "arn:aws:secretsmanager:eu-west-1:210987654321:secret:shop/db"


def actions(policy):
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def test_an_image_of_another_registry_needs_nothing_of_ecr():
    policy = execution(HERE, "ghcr.io/team/shop:1", "/ecs/blue/shop", [])
    assert actions(policy) == {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_a_repository_of_another_account_and_region_is_named_as_it_is():
    policy = execution(HERE, "111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1", "/ecs/blue/shop", [])
    assert policy["Statement"][0]["Resource"] == ["arn:aws:ecr:us-east-1:111122223333:repository/base"]


def test_one_secret_with_two_keys_is_one_resource():
    policy = execution(HERE, "ghcr.io/a/b:1", "/g", [f"{DATABASE}-Ab12Cd:user::", f"{DATABASE}-Ab12Cd:password::"])
    assert policy["Statement"][-1]["Resource"] == [f"{DATABASE}-Ab12Cd"]


@pytest.mark.parametrize(
    ("arn", "resource"),
    [
        (f"{DATABASE}-Ab12Cd", f"{DATABASE}-Ab12Cd"),
        (f"{DATABASE}-Ab12Cd:key:AWSCURRENT:", f"{DATABASE}-Ab12Cd"),
        (DATABASE, f"{DATABASE}-??????"),
        ("arn:aws:ssm:eu-west-1:210987654321:parameter/a/b", "arn:aws:ssm:eu-west-1:210987654321:parameter/a/b"),
    ],
)
def test_a_policy_names_the_secret_and_not_its_key(arn, resource):
    assert secret_resource(arn) == resource
