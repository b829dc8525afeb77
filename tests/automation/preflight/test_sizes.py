"""The checks of what a task takes of Fargate: its size, and the account's quota of vCPUs."""

from typing import Any

import pytest

from automation.preflight.checks import fargate_quota, fargate_size
from automation.preflight.model import Check, Finding, Status
from automation.preflight.plan import SECRET, UNKNOWN
from automation.preflight.subject import Subject
from tests.automation.preflight.answers import Answers, error, subject

CLUSTER, OTHER = "arn:aws:ecs:eu-west-1:123456789012:cluster/main", "arn:aws:ecs:eu-west-1:123456789012:cluster/other"
ON_DEMAND, SPOT = "L-3032A538", "L-36FBB829"


def said(check: Check, looked_at: Subject, answers: dict[str, Any] | None = None) -> list[tuple[Status, str]]:
    return [(each.status, each.what) for each in check.run(looked_at, Answers(answers or {}).reads())]


def sized(cpu: Any, memory: Any) -> Subject:
    return subject(definition={"cpu": cpu, "memory": memory})


@pytest.mark.parametrize(
    ("cpu", "memory"),
    [("256", "512"), ("256", "2048"), (".25 vCPU", "0.5 GB"), ("1 vcpu", "8GB"), (4096, 30720), ("32768", "244 GB")],
)
def test_a_size_of_fargates_table_passes(cpu: Any, memory: Any) -> None:
    assert said(fargate_size, sized(cpu, memory)) == []


@pytest.mark.parametrize(
    ("cpu", "memory", "what", "fix"),
    [
        ("256", "4096", "memory `4096` with cpu `256`", "with cpu 256 take memory 512, 1024 or 2048"),
        ("1 vCPU", "1 GB", "memory `1 GB` with cpu `1 vCPU`", "memory from 2048 to 8192 in steps of 1024"),
        ("8192", "17 GB", "memory `17 GB` with cpu `8192`", "memory from 16384 to 61440 in steps of 4096"),
        ("256", "a lot", "memory `a lot` with cpu `256`", "take memory 512"),
        ("300", "512", "the task's cpu `300` is not one", "take 256, 512, 1024, 2048, 4096, 8192, 16384, 32768"),
        ("0.3 vCPU", "512", "the task's cpu `0.3 vCPU` is not one", "take 256"),
        (None, "512", "the task definition has no `cpu`", "set `cpu`"),
        ("256", "", "the task definition has no `memory`", "set `memory`"),
    ],
)
def test_another_size_is_refused_with_those_that_there_are(cpu: Any, memory: Any, what: str, fix: str) -> None:
    (each,) = fargate_size.run(sized(cpu, memory), Answers({}).reads())
    assert (each.status, what in each.what, fix in each.fix) == (Status.REFUSED, True, True), each


def test_a_size_that_is_not_seen_or_not_fargates_is_not_checked() -> None:
    assert said(fargate_size, sized("256", SECRET)) == [(Status.NOT_DONE, "the task's memory is a secret value")]
    assert said(fargate_size, subject(inputs={"launchType": "EC2"})) == []


def task(cpu: str = "1024", group: str = "service:x", status: str = "RUNNING", **where: str) -> dict[str, Any]:
    return {"cpu": cpu, "group": group, "lastStatus": status, **(where or {"launchType": "FARGATE"})}


def account(quota: float, *tasks: dict[str, Any], code: str = ON_DEMAND) -> dict[str, Any]:
    def ask_quota(*, ServiceCode: str, QuotaCode: str) -> Any:  # noqa: N803 - AWS's names
        assert ServiceCode == "fargate"
        return {"Quota": {"Value": quota}} if QuotaCode == code else error("NoSuchResourceException")

    return {
        "get_service_quota": ask_quota,
        "list_clusters": {"clusterArns": [CLUSTER]},
        "list_tasks": {"taskArns": [f"{CLUSTER}/{number}" for number in range(len(tasks))]},
        "describe_tasks": {"tasks": list(tasks)},
    }


def wants(count: Any = 1, cpu: Any = "1024", *, live: int | None = None, **inputs: Any) -> Subject:
    read = {"clusterArn": CLUSTER, "desiredCount": live} if live is not None else None
    return subject(definition={"cpu": cpu}, inputs={"desiredCount": count, **inputs}, read=read)


def quota(looked_at: Subject, answers: dict[str, Any]) -> list[Finding]:
    return list(fargate_quota.run(looked_at, Answers(answers).reads()))


def test_what_fits_beside_what_runs_passes() -> None:
    assert quota(wants(2), account(3, task())) == []
    stopped = (task(status="STOPPED"), task(launchType="EC2"), task(capacityProviderName="FARGATE_SPOT"))
    assert quota(wants(2), account(2, *stopped)) == []


def test_what_does_not_fit_is_refused_with_the_quota_to_ask_for() -> None:
    (each,) = quota(wants(3), account(3, task()))
    assert each.what == "the deployment needs 3 vCPUs more, and the account's quota of Fargate has 2 left"
    assert f"--quota-code {ON_DEMAND} --desired-value 4`" in each.fix
    assert [one.quote for one in each.evidence] == ["3", "1"]


def test_the_services_own_tasks_make_room_for_the_new_ones_but_one_must_fit_beside_them() -> None:
    own = task(group="service:shop")
    assert quota(wants(1, live=1), account(2, own)) == []
    (each,) = quota(wants(1, live=1), account(1, own))
    assert each.what == "the deployment needs 1 vCPU more, and the account's quota of Fargate has 0 left"
    assert quota(wants(1, live=1, deploymentMinimumHealthyPercent=0), account(1, own)) == []
    two = wants(2, live=2, deploymentMinimumHealthyPercent=50)
    assert quota(two, account(2, own, own)) == []
    assert quota(wants(2, live=2, deploymentMinimumHealthyPercent=51), account(2, own, own)) != []
    assert quota(wants(2, live=2, deploymentMinimumHealthyPercent=UNKNOWN), account(2, own, own)) != []


def test_the_count_that_the_service_has_now_counts_where_it_is_larger() -> None:
    assert quota(wants(0), {}) == []
    assert quota(wants(1, live=4), account(3)) != []


def test_spot_has_a_quota_of_its_own() -> None:
    spot = wants(2, launchType=None, capacityProviderStrategies=[{"capacityProvider": "FARGATE_SPOT"}])
    taken = (task(), task(capacityProviderName="FARGATE_SPOT"))
    assert quota(spot, account(3, *taken, code=SPOT)) == []
    (each,) = quota(spot, account(2, *taken, code=SPOT))
    assert SPOT in each.fix


@pytest.mark.parametrize(
    ("looked_at", "words"),
    [
        (wants(SECRET), "the desired count is a secret value"),
        (wants(1, UNKNOWN), f"the task's cpu is {UNKNOWN.value}"),
        (wants(1, "a lot"), "how many vCPUs it takes of which quota does not follow from what is seen"),
        (
            wants(1, capacityProviderStrategies=[{"capacityProvider": name} for name in ("FARGATE", "FARGATE_SPOT")]),
            "how many vCPUs it takes of which quota does not follow from what is seen",
        ),
    ],
)
def test_what_is_not_seen_is_not_counted(looked_at: Subject, words: str) -> None:
    assert said(fargate_quota, looked_at) == [(Status.NOT_DONE, words)]


def test_an_account_with_very_many_tasks_is_not_counted() -> None:
    many = account(10) | {"list_tasks": {"taskArns": [str(number) for number in range(2001)]}}
    assert said(fargate_quota, wants(), many) == [
        (Status.NOT_DONE, "the account runs more than 2000 tasks, which are not counted")
    ]


def test_tasks_on_hosts_take_no_quota_of_fargate() -> None:
    assert said(fargate_quota, wants(5, launchType="EC2")) == []
