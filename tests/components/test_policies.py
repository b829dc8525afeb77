"""What the roles may do, as pure functions."""

import pytest

from components.names import secret_resource
from components.policies import Start, Surroundings, execution

HERE = Surroundings("aws", "eu-west-1", "210987654321")
DATABASE = "arn:aws:secretsmanager:eu-west-1:210987654321:secret:shop/db"


def start(image, secrets=(), **given):
    """What a task needs: one image and, maybe, secrets."""
    return Start(
        **{
            "images": [image],
            "repository_arn": None,
            "log_group": "/g",
            "secrets": secrets,
            "secrets_key": None,
            **given,
        }
    )


def actions(policy):
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def test_an_image_of_another_registry_needs_nothing_of_ecr():
    policy = execution(HERE, start("ghcr.io/team/shop:1"))
    assert actions(policy) == {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_a_repository_of_another_account_and_region_is_named_as_it_is():
    policy = execution(HERE, start("111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1"))
    assert policy["Statement"][0]["Resource"] == ["arn:aws:ecr:us-east-1:111122223333:repository/base"]


def test_one_secret_with_two_keys_is_one_resource():
    policy = execution(HERE, start("ghcr.io/a/b:1", [f"{DATABASE}-Ab12Cd:user::", f"{DATABASE}-Ab12Cd:password::"]))
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


def test_a_repository_that_the_image_does_not_name_can_be_given():
    arn = "arn:aws:ecr:eu-west-1:210987654321:repository/shop"
    policy = execution(HERE, start("registry.example.com/shop:1", repository_arn=arn))
    assert policy["Statement"][0]["Resource"] == [arn]


def test_the_key_of_the_secrets_decrypts_secrets_and_nothing_else():
    key = "arn:aws:kms:eu-west-1:210987654321:key/0a"
    decrypt = execution(HERE, start("ghcr.io/a/b:1", [DATABASE], secrets_key=key))["Statement"][-1]
    assert (decrypt["Action"], decrypt["Resource"]) == (["kms:Decrypt"], [key])
    assert decrypt["Condition"] == {
        "StringEquals": {"kms:ViaService": ["secretsmanager.eu-west-1.amazonaws.com", "ssm.eu-west-1.amazonaws.com"]}
    }


def test_nothing_is_decrypted_without_secrets():
    policy = execution(HERE, start("ghcr.io/a/b:1", secrets_key="arn:aws:kms:eu-west-1:210987654321:key/0a"))
    assert "kms:Decrypt" not in actions(policy)
