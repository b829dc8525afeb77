"""Whom a provider talks to, as the command that explains a failure is told."""

import json
from typing import Any

import pulumi
import pytest

from components.provider_access import Access, read_access

ROLES = [{"roleArn": "arn:aws:iam::1:role/first"}, {"roleArn": "arn:aws:iam::2:role/last"}]
ENDPOINTS = [{"ecs": "http://here:1", "elbv2": "http://here:2", "s3": "http://here:3"}]


def read(run: Any, make: Any) -> Access:
    found: list[Access] = []

    def program() -> None:
        read_access(make()).apply(found.append)

    run(program)
    return found[0]


def explicit(**settings: Any) -> Any:
    import pulumi_aws

    return lambda: pulumi_aws.Provider("own", **settings)


def test_an_explicit_provider_is_asked_for_what_the_stack_gave_it(run: Any) -> None:
    access = read(
        run,
        explicit(
            region="eu-west-1",
            profile="prod",
            endpoints=ENDPOINTS,
            access_key="AKIA",
            secret_key=pulumi.Output.secret("hush"),
        ),
    )
    assert access == Access(
        "eu-west-1",
        "prod",
        None,
        {
            "AWS_ACCESS_KEY_ID": "AKIA",
            "AWS_SECRET_ACCESS_KEY": "hush",
            "AWS_ENDPOINT_URL_ECS": "http://here:1",
            "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2": "http://here:2",
        },
    )


def test_an_explicit_provider_without_settings_leaves_all_to_the_environment(run: Any) -> None:
    assert read(run, explicit()) == Access()


def test_a_reference_to_a_provider_as_a_plugin_gets_it_leaves_all_to_the_environment(run: Any) -> None:
    from pulumi.resource import DependencyProviderResource

    reference = "urn:pulumi:dev::shop::pulumi:providers:aws::own::0a1b"
    assert read(run, lambda: DependencyProviderResource(reference)) == Access()


def test_the_default_provider_has_the_stacks_settings(run: Any) -> None:
    settings = {
        "aws:region": "eu-west-1",
        "aws:profile": "prod",
        "aws:assumeRoles": json.dumps(ROLES),
        "aws:endpoints": json.dumps(ENDPOINTS),
    }

    def make() -> None:
        pulumi.runtime.set_all_config(settings)

    try:
        access = read(run, make)
    finally:
        pulumi.runtime.set_all_config({})
    assert (access.region, access.profile, access.role_arn) == ("eu-west-1", "prod", "arn:aws:iam::2:role/last")
    assert access.variables["AWS_ENDPOINT_URL_ECS"] == "http://here:1"


def test_a_setting_that_is_no_json_is_left_to_the_provider_to_refuse(run: Any) -> None:
    try:
        access = read(run, lambda: pulumi.runtime.set_all_config({"aws:endpoints": "nonsense", "aws:region": "x"}))
    finally:
        pulumi.runtime.set_all_config({})
    assert access == Access(region="x")


@pytest.mark.parametrize(
    ("access", "key"),
    [
        (Access(), "of-the-shell"),
        (Access(profile="prod"), None),
        (Access(variables={"AWS_ACCESS_KEY_ID": "own"}), "own"),
    ],
)
def test_what_the_provider_was_told_wins_over_the_keys_of_the_environment(access: Access, key: str | None) -> None:
    assert access.environment({"AWS_ACCESS_KEY_ID": "of-the-shell"}).get("AWS_ACCESS_KEY_ID") == key
