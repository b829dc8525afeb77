"""Tasks that are protected from scale-in, and the order in which others are stopped."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest


@pytest.fixture
def shop(world: Any) -> Any:
    """A service of two tasks, completed."""
    world.create(world.register("good-1"), desiredCount=2)
    world.until(world.completed)
    return world


def protect(world: Any, *tasks: str, enabled: bool = True, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = world.ecs.update_task_protection(
        cluster="main", tasks=list(tasks), protectionEnabled=enabled, **more
    )
    return answer


def arns(world: Any) -> list[str]:
    return [task["taskArn"] for task in world.tasks()]


def test_protection_is_for_two_hours_unless_said_and_can_be_read_and_ended(shop: Any) -> None:
    first, second = arns(shop)
    before = shop.clock.now()
    answer = protect(shop, first)
    assert answer["failures"] == []
    assert answer["protectedTasks"][0]["expirationDate"] - before <= timedelta(hours=2)
    read = shop.ecs.get_task_protection(cluster="main", tasks=[first, second])["protectedTasks"]
    assert [(each["protectionEnabled"], "expirationDate" in each) for each in read] == [(True, True), (False, False)]
    protect(shop, first, enabled=False)
    assert not shop.ecs.get_task_protection(cluster="main", tasks=[first])["protectedTasks"][0]["protectionEnabled"]


def test_a_protected_task_survives_a_scale_in(shop: Any) -> None:
    kept = arns(shop)[-1]
    protect(shop, kept)
    shop.update(desiredCount=1)
    shop.until(lambda: arns(shop) == [kept])
    shop.step(600)
    assert arns(shop) == [kept]


def test_a_deployment_waits_for_protected_tasks_and_ecs_says_so(shop: Any) -> None:
    old = arns(shop)
    before = shop.primary()["id"]
    protect(shop, *old, expiresInMinutes=30)
    shop.update(taskDefinition=shop.register("good-2"))
    held = (
        f"was unable to reach steady state because (taskSet {before}) was unable to scale in due to "
        "(reason 2 tasks under protection)"
    )
    shop.until(lambda: held in shop.messages(), within=600)
    shop.step(600)
    assert set(old) <= set(arns(shop))
    assert shop.messages().count(held) <= 3, "it is not repeated at every look"
    new = next(arn for arn in arns(shop) if arn not in old)
    assert protect(shop, new)["failures"] == [{"arn": new, "reason": "DEPLOYMENT_BLOCKED"}]
    shop.until(shop.completed, within=3600)
    assert not set(old) & set(arns(shop))


def test_a_protected_task_that_fails_its_checks_or_is_stopped_by_a_person_goes(shop: Any) -> None:
    stopped = arns(shop)[0]
    protect(shop, stopped)
    shop.ecs.stop_task(cluster="main", task=stopped)
    shop.until(lambda: stopped not in arns(shop))


def test_tasks_that_cannot_be_protected_are_failures(shop: Any) -> None:
    network = {"awsvpcConfiguration": {"subnets": [shop.subnet]}}
    alone = shop.ecs.run_task(cluster="main", taskDefinition="shop", networkConfiguration=network)["tasks"][0][
        "taskArn"
    ]
    missing = alone.rpartition("/")[0] + "/" + "0" * 32
    reasons = {each["arn"]: each["reason"] for each in protect(shop, alone, missing)["failures"]}
    assert reasons == {alone: "TASK_NOT_VALID", missing: "MISSING"}


@pytest.mark.parametrize("minutes", [0, 2881])
def test_protection_lasts_a_minute_to_two_days(shop: Any, minutes: int) -> None:
    with pytest.raises(shop.ecs.exceptions.InvalidParameterException, match="expiresInMinutes"):
        protect(shop, arns(shop)[0], expiresInMinutes=minutes)


def zones(world: Any) -> dict[str, int]:
    return dict(Counter(task["availabilityZone"] for task in world.tasks()))


def test_tasks_are_spread_over_zones_and_stay_so_when_some_are_stopped(world: Any) -> None:
    other = world._subnet("10.0.1.0/24", "b")
    network = {"awsvpcConfiguration": {"subnets": [world.subnet, other]}}
    world.create(world.register("good-1"), desiredCount=6, networkConfiguration=network)
    world.until(world.completed)
    assert zones(world) == {"eu-west-1a": 3, "eu-west-1b": 3}
    for desired in (4, 2):
        world.update(desiredCount=desired)
        world.until(lambda wanted=desired: len(world.tasks()) == wanted)
        assert zones(world) == {"eu-west-1a": desired // 2, "eu-west-1b": desired // 2}
