"""A service is asked about and changed where its own provider says; of the same name elsewhere nothing is touched."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from automation.aws.account import read_provider
from automation.aws.clients import Clients, session_of
from automation.aws.stack_services import services_of_state
from automation.engine.update import Operation, ServiceTarget
from automation.mending.journal import Journal, Kind
from automation.mending.pending import asking_as_the_provider
from automation.mending.repair import AwsOfStack, undo
from diagnostics.reads import ReadError
from sandbox.clock import SteppedClock
from sandbox.ecs import install
from sandbox.images import load_catalogue
from sandbox.simulation import Simulation

OWN, OTHER = "123456789012", "210987654321"
"""moto's account, and one that a role leads to."""
HERE, THERE = "eu-west-1", "us-west-2"
ENVIRONMENT = {"AWS_REGION": HERE}
ROLE = f"arn:aws:iam::{OTHER}:role/deploy"
DEFINITION = {"family": "web", "containerDefinitions": [{"name": "app", "image": "shop:1", "memory": 128}]}
SERVICE = "aws:ecs/service:Service"
PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:aws::there"


@pytest.fixture(autouse=True)
def accounts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In each region, and in another account: a service `web` of the cluster `main` that wants 3 tasks."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        # The sandbox's ECS, anew: another test of the same process may have left its own in the place of moto's.
        install(Simulation(SteppedClock(datetime(2030, 1, 1, tzinfo=UTC)), 1), load_catalogue())
        for region, role in ((HERE, None), (THERE, None), (HERE, ROLE)):
            ecs = client(region, role)
            ecs.create_cluster(clusterName="main")
            ecs.register_task_definition(**DEFINITION)
            ecs.create_service(cluster="main", serviceName="web", taskDefinition="web", desiredCount=3)
        yield


def client(region: str, role: str | None = None) -> Any:
    keys = {}
    if role:
        given = boto3.client("sts", HERE).assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        keys = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
    return boto3.client("ecs", region_name=region, **keys)


def counts() -> list[int]:
    """Return what the services want: here, there, and in the other account."""
    asked = (client(HERE), client(THERE), client(HERE, ROLE))
    return [each.describe_services(cluster="main", services=["web"])["services"][0]["desiredCount"] for each in asked]


def web(account: str | None = None, **provider: Any) -> ServiceTarget:
    known = read_provider(PROVIDER, provider)
    region = known.settings.region
    return ServiceTarget("urn:web", "web", "main", None, Operation.SAME, region, False, account, known)


def arn(region: str, account: str, cluster: str = "main") -> str:
    return f"arn:aws:ecs:{region}:{account}:service/{cluster}/web"


def state(provider: dict[str, Any], service: str, **outputs: Any) -> dict[str, Any]:
    kept = {"name": "web", "cluster": "main", **outputs}
    return {
        "resources": [
            {"urn": PROVIDER, "type": "pulumi:providers:aws", "id": "1", "inputs": provider},
            {"urn": "urn:web", "type": SERVICE, "id": service, "provider": f"{PROVIDER}::1", "outputs": kept},
        ]
    }


@pytest.mark.parametrize(
    ("target", "after"),
    [
        (web(OWN), [1, 3, 3]),
        (web(region=THERE), [3, 1, 3]),
        (web(OTHER, assumeRole={"roleArn": ROLE}), [3, 3, 1]),
    ],
    ids=["the environment's region", "the provider's region", "the provider's role"],
)
def test_a_service_is_changed_in_its_own_place_alone(target: ServiceTarget, after: list[int]) -> None:
    clients = Clients(session_of(ENVIRONMENT))
    clients.writer(target).set_desired_count("main", "web", 1)
    assert counts() == after
    assert clients.of(target).describe_service("main", "web")["desiredCount"] == 1  # type: ignore[index]


def test_where_the_caller_is_of_another_account_nothing_is_read_or_changed() -> None:
    clients = Clients(session_of(ENVIRONMENT))
    for ask in (lambda: clients.of(web(OTHER)).describe_service("main", "web"), lambda: clients.writer(web(OTHER))):
        with pytest.raises(ReadError, match="nothing was read"):
            ask()
    assert set(clients.api_calls) == {"DescribeServices", "GetCallerIdentity"}
    assert counts() == [3, 3, 3]


def test_the_services_of_a_state_are_where_their_providers_are() -> None:
    (found,) = services_of_state(state({"region": THERE, "assumeRole": {"roleArn": ROLE}}, arn(THERE, OTHER)))
    assert (found.name, found.cluster, found.region, found.account) == ("web", "main", THERE, OTHER)
    assert found.provider is not None
    assert [role.arn for role in found.provider.settings.roles] == [ROLE]
    gone = state({}, arn(HERE, OWN))
    gone["resources"][1]["delete"] = True
    assert services_of_state(gone) == ()


@pytest.mark.parametrize(
    ("target", "where", "after"),
    [
        (web(region=THERE), arn(THERE, OWN), [3, 1, 3]),
        (web(assumeRole={"roleArn": ROLE}), arn(HERE, OTHER), [3, 3, 1]),
    ],
    ids=["another region", "another account"],
)
def test_a_count_is_put_back_where_it_was_changed(
    tmp_path: Path, target: ServiceTarget, where: str, after: list[int]
) -> None:
    journal = Journal(tmp_path, "dev")
    journal.note(Kind.SURGE, target.located(where), desired_before=1, desired_set=3)
    done, left = undo(journal, AwsOfStack(ENVIRONMENT))
    assert (len(done), left) == (1, ())
    assert counts() == after


def test_a_count_is_not_put_back_in_the_account_of_somebody_who_runs_it_later(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "dev")
    journal.note(Kind.SURGE, web().located(arn(HERE, OTHER)), desired_before=1, desired_set=3)
    done, (left,) = undo(journal, AwsOfStack(ENVIRONMENT))
    assert done == ()
    assert f"and the service of {OTHER}: nothing was read" in left
    assert counts() == [3, 3, 3]
    assert len(journal.outstanding()) == 1


def pending(**inputs: Any) -> dict[str, Any]:
    return {
        "urn": "urn:pulumi:dev::shop::aws:ecs/service:Service::new",
        "type": SERVICE,
        "provider": f"{PROVIDER}::1",
        "inputs": {"name": "web", "cluster": "main", **inputs},
    }


def described(deployment: dict[str, Any], resource: dict[str, Any]) -> str:
    ask = asking_as_the_provider(deployment, ENVIRONMENT)(resource)
    answer = ask("ecs", "describe_services", cluster="main", services=["web"])
    return str(answer["services"][0]["serviceArn"])


@pytest.mark.parametrize(
    ("provider", "made", "found"),
    [
        ({}, arn(HERE, OWN), arn(HERE, OWN)),
        ({"region": THERE}, arn(THERE, OWN), arn(THERE, OWN)),
        ({"assumeRole": f'{{"roleArn": "{ROLE}"}}'}, arn(HERE, OTHER), arn(HERE, OTHER)),
    ],
    ids=["the environment's", "the provider's region", "the provider's role"],
)
def test_what_was_being_made_is_looked_for_where_its_provider_makes_it(
    provider: dict[str, Any], made: str, found: str
) -> None:
    assert described(state(provider, made), pending()) == found


def test_what_was_being_made_is_not_looked_for_in_another_account() -> None:
    with pytest.raises(ReadError, match=f"and the service of {OTHER}: nothing was read"):
        described(state({}, arn(HERE, OTHER)), pending())
    with pytest.raises(ReadError, match="nothing was read"):
        described(state({"allowedAccountIds": [OTHER]}, "i-1"), pending())
    with pytest.raises(ReadError, match="nothing was read"):
        described(state({}, "i-1"), pending(cluster=f"arn:aws:ecs:{HERE}:{OTHER}:cluster/main"))


def test_what_the_state_hides_of_the_place_has_to_be_named_otherwise() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}
    hidden = {"accessKey": secret, "secretKey": secret}
    with pytest.raises(ReadError, match=r"`accessKey`, `secretKey` of its provider.*set its `allowedAccountIds`"):
        described(state(hidden, "i-1"), pending())
    with pytest.raises(ReadError, match=r"`region` of its provider.*the region: let it be no secret"):
        described(state({"region": secret, "allowedAccountIds": [OWN]}, "i-1"), pending())
    assert described(state({**hidden, "allowedAccountIds": [OWN]}, "i-1"), pending()) == arn(HERE, OWN)


def test_what_a_program_only_reads_does_not_tell_the_account() -> None:
    read = state({}, arn(HERE, OTHER))
    external = deepcopy(read["resources"][1]) | {"external": True}
    assert described({"resources": [read["resources"][0], external]}, pending()) == arn(HERE, OWN)


def test_a_service_is_located_by_the_arn_that_ecs_tells() -> None:
    target = replace(web(), region=None)
    located = target.located(arn(THERE, OTHER))
    assert (located.region, located.account) == (THERE, OTHER)
    assert target.located("") == target
