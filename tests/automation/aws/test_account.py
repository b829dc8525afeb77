"""What a provider resource says of region, caller and account, and what holds where it says nothing."""

import json
from typing import Any

import pytest

from automation.aws.account import Provider, account_of, in_full, place_of, providers_of_state, read_provider, region_of
from diagnostics.reads import RoleToAssume, SessionSettings

URN = "urn:pulumi:dev::shop::pulumi:providers:aws::west"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
ROLE = "arn:aws:iam::210987654321:role/deployer"
ENVIRONMENT = SessionSettings(region="eu-west-1", profile="mine", endpoint_url="http://127.0.0.1:1")


def provider(**inputs: Any) -> Provider:
    return read_provider(URN, inputs)


def settings(given: Provider, region: str | None = None, account: str | None = None) -> SessionSettings:
    return place_of("shop", region or given.settings.region, account, given, ENVIRONMENT).settings


def test_region_and_profile_are_the_providers_and_else_the_environments() -> None:
    assert settings(provider(region="us-west-2", profile="theirs")) == SessionSettings(
        region="us-west-2", profile="theirs", endpoint_url="http://127.0.0.1:1"
    )
    assert settings(provider(version="7.51.1")) == ENVIRONMENT


def test_a_service_of_a_region_of_its_own_is_asked_there() -> None:
    assert settings(provider(region="us-west-2"), region="eu-north-1").region == "eu-north-1"


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("assumeRoles", f'[{{"roleArn": "{ROLE}", "sessionName": "ci", "externalId": "x"}}]'),
        ("assumeRoles", [{"roleArn": ROLE, "sessionName": "ci", "externalId": "x"}]),
        ("assumeRole", f'{{"roleArn": "{ROLE}", "sessionName": "ci", "externalId": "x"}}'),
        ("assumeRole", {"roleArn": ROLE, "sessionName": "ci", "externalId": "x"}),
    ],
    ids=["version 7", "version 7, of the configuration", "version 6", "aws-native"],
)
def test_the_providers_role_is_assumed(key: str, given: Any) -> None:
    expected = RoleToAssume(ROLE, session_name="ci", external_id="x")
    assert settings(provider(**{key: given})).roles == (expected,)


def test_roles_are_assumed_one_after_the_other_and_narrowed_as_the_provider_does() -> None:
    narrowed = {
        "roleArn": ROLE,
        "policy": "{}",
        "policyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        "tags": {"team": "shop"},
        "transitiveTagKeys": ["team"],
        "sourceIdentity": "ann",
    }
    found = settings(provider(assumeRoles=json.dumps([{"roleArn": f"{ROLE}-1"}, narrowed]))).roles
    assert [role.arn for role in found] == [f"{ROLE}-1", ROLE]
    assert found[1].tags == (("team", "shop"),)
    assert (found[1].policy, found[1].policy_arns) == ("{}", ("arn:aws:iam::aws:policy/ReadOnlyAccess",))


def test_a_web_identity_comes_before_the_roles() -> None:
    web = json.dumps({"roleArn": ROLE, "webIdentityTokenFile": "/token"})
    found = provider(assumeRoleWithWebIdentity=web, assumeRoles=json.dumps([{"roleArn": f"{ROLE}-2"}]))
    assert [(role.arn, role.token_file) for role in found.settings.roles] == [(ROLE, "/token"), (f"{ROLE}-2", None)]


def test_endpoints_of_single_services_go_before_the_one_of_all() -> None:
    found = settings(provider(endpoints='[{"ecs": "http://127.0.0.1:2", "elb": "http://127.0.0.1:3"}]'))
    assert found.endpoint_of("ecs") == "http://127.0.0.1:2"
    assert found.endpoint_of("elbv2") == "http://127.0.0.1:3"
    assert found.endpoint_of("logs") == "http://127.0.0.1:1"


def test_files_and_kinds_of_endpoints_are_the_providers() -> None:
    found = settings(
        provider(
            sharedConfigFiles='["/a"]',
            sharedCredentialsFiles='["/b"]',
            useFipsEndpoint="true",
            useDualstackEndpoint=True,
        )
    )
    assert (found.config_file, found.credentials_file, found.fips, found.dualstack) == ("/a", "/b", True, True)


def test_the_account_is_that_of_an_arn_and_else_one_that_the_provider_may_work_in() -> None:
    allowing = provider(allowedAccountIds='["123456789012", "210987654321"]')
    assert settings(allowing).accounts == ("123456789012", "210987654321")
    assert settings(allowing, account="210987654321").accounts == ("210987654321",)
    assert settings(provider()).accounts == ()


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        (
            {"accessKey": SECRET, "secretKey": "[secret]"},
            "the engine hides `accessKey`, `secretKey`; the environment's",
        ),
        ({"profile": SECRET}, "the engine hides `profile`; the environment's"),
        ({"assumeRoles": "[secret]"}, "the engine hides `assumeRoles`; the environment's"),
        ({"httpProxy": "http://proxy"}, "the watcher cannot use its `httpProxy`"),
        ({"sharedConfigFiles": '["/a", "/b"]'}, "the watcher cannot use its `sharedConfigFiles`"),
        (
            {"assumeRoleWithWebIdentity": f'{{"roleArn": "{ROLE}", "webIdentityToken": "t"}}'},
            "the watcher cannot use its `assumeRoleWithWebIdentity`",
        ),
    ],
)
def test_what_is_hidden_or_cannot_be_used_is_said(inputs: dict[str, Any], why: str) -> None:
    (gap,) = place_of("shop", None, None, provider(**inputs), ENVIRONMENT).gaps
    assert gap.what == "the provider `west` of shop"
    assert gap.why.startswith(why)


def test_where_credentials_are_hidden_it_is_said_that_nothing_names_the_account() -> None:
    hidden = provider(accessKey=SECRET)
    (unnamed,) = place_of("shop", None, None, hidden, ENVIRONMENT).gaps
    (named,) = place_of("shop", None, "123456789012", hidden, ENVIRONMENT).gaps
    assert unnamed.why == f"{named.why}, and nothing names the account that they have to be of"


def test_a_hidden_value_is_not_taken_for_one() -> None:
    found = settings(provider(region=SECRET, profile="[secret]", endpoints="[secret]"))
    assert found == ENVIRONMENT


def test_what_says_nothing_of_the_place_may_be_hidden() -> None:
    assert provider(defaultTags=SECRET, maxRetries="3").hidden == ()


def test_providers_of_a_state_are_those_of_the_events() -> None:
    encrypted = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "AAABAN/x"}
    inputs = {"region": "us-west-2", "secretKey": encrypted}
    resources = [
        {"urn": URN, "type": "pulumi:providers:aws", "id": "0a1b", "inputs": inputs},
        {"urn": "urn:random", "type": "pulumi:providers:random"},
        {"urn": "urn:shop", "type": "aws:ecs/service:Service", "provider": f"{URN}::0a1b"},
    ]
    assert providers_of_state({"resources": resources}) == {URN: provider(region="us-west-2", secretKey="[secret]")}
    assert providers_of_state({}) == {}


def test_a_provider_that_was_not_seen_leaves_the_environment_and_says_so() -> None:
    place = place_of("shop", "us-east-1", "123456789012", None, ENVIRONMENT)
    assert place.settings.region == "us-east-1"
    assert place.settings.profile == "mine"
    assert place.settings.accounts == ("123456789012",)
    assert [gap.what for gap in place.gaps] == ["the provider of shop"]


def test_two_providers_that_say_the_same_are_one_place() -> None:
    one, other = provider(region="us-west-2"), read_provider(f"{URN}-2", {"region": "us-west-2", "maxRetries": "1"})
    assert settings(one) == settings(other)
    assert len({settings(one), settings(other), settings(provider(region="us-west-1"))}) == 2


def test_account_and_region_are_those_of_the_first_arn() -> None:
    values = ["main", None, "arn:aws:iam::123456789012:role/x", "arn:aws:ecs:eu-west-1:210987654321:cluster/main"]
    assert account_of(values) == "123456789012"
    assert region_of(values) == "eu-west-1"
    assert account_of(["main", "web:7"]) is None
    assert region_of([]) is None


def test_a_place_is_told_as_far_as_it_is_known() -> None:
    assert in_full("web", "eu-west-1", "123456789012") == "web (eu-west-1, 123456789012)"
    assert in_full("web", None, "123456789012") == "web (123456789012)"
    assert in_full("web", None, None) == "web"
