from typing import Any, cast

import pytest

from sandbox.ecs.failure import threshold
from sandbox.ecs.model import Deployment, Revision, Task
from sandbox.ecs.planning import Group, limits, plan, plan_apart


def deployment(number: int, state: str = "IN_PROGRESS") -> Deployment:
    revision = Revision(f"r{number}", number, "", "", None, {}, [], "1.4.0", "FARGATE", [], cast("Any", None))
    return Deployment(revision, cast("Any", None), cast("Any", None), "", rollout_state=state)


def tasks(count: int, name: str) -> list[Task]:
    revision = deployment(0).revision
    return [Task(f"task/{name}{n}", "", revision, "", None, cast("Any", None), []) for n in range(count)]


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "expected"),
    [(3, 100, 125, (3, 3)), (3, 50, 200, (2, 6)), (1, 100, 200, (1, 2)), (0, 100, 200, (0, 0)), (5, 0, 150, (0, 7))],
)
def test_the_minimum_is_rounded_up_and_the_maximum_down(
    desired: int, minimum: int, maximum: int, expected: tuple[int, int]
) -> None:
    bounds = limits(desired, minimum, maximum)
    assert (bounds.lower, bounds.upper) == expected


@pytest.mark.parametrize(("desired", "expected"), [(0, 3), (1, 3), (6, 3), (7, 4), (25, 13), (400, 200), (1000, 200)])
def test_the_breaker_s_threshold_is_half_of_the_desired_count_from_3_to_200(desired: int, expected: int) -> None:
    assert threshold({}, desired) == expected


@pytest.mark.parametrize(("kind", "value", "expected"), [("COUNT", 2, 2), ("UNBOUNDED_PERCENT", 10, 2)])
def test_a_threshold_can_be_configured(kind: str, value: int, expected: int) -> None:
    assert threshold({"thresholdConfiguration": {"type": kind, "value": value}}, 20) == expected


def test_an_update_fills_the_room_and_leaves_the_old_tasks_alone() -> None:
    new, old = deployment(2), deployment(1, "COMPLETED")
    decided = plan(limits(2, 100, 150), Group(new), [Group(old, healthy=tasks(2, "old"))], 2)
    assert decided.launches == {new.id: (new, 1)}
    assert decided.stops == []


def test_an_old_task_goes_for_each_new_one_that_is_healthy() -> None:
    old_tasks = tasks(2, "old")
    group = Group(deployment(2), starting=tasks(1, "n"), healthy=tasks(1, "h"))
    decided = plan(limits(2, 100, 200), group, [Group(deployment(1), healthy=old_tasks)], 2)
    assert decided.stops == old_tasks[:1]


def test_old_tasks_make_room_as_far_as_the_minimum_allows() -> None:
    old_tasks = tasks(4, "old")
    decided = plan(limits(4, 50, 100), Group(deployment(2)), [Group(deployment(1), healthy=old_tasks)], 4)
    assert decided.stops == old_tasks[:2]
    assert not decided.blocked


def test_percentages_that_allow_nothing_block() -> None:
    decided = plan(limits(3, 100, 125), Group(deployment(2)), [Group(deployment(1), healthy=tasks(3, "old"))], 3)
    assert decided.blocked


def test_an_unhealthy_task_waits_for_its_replacement_where_there_is_room() -> None:
    new = deployment(2)
    decided = plan(limits(1, 100, 200), Group(new, unhealthy=tasks(1, "bad")), [], 1)
    assert decided.launches == {new.id: (new, 1)}
    assert (decided.replaced, decided.stops) == (1, [])


def test_without_room_one_unhealthy_task_is_stopped_at_a_time() -> None:
    bad = tasks(2, "bad")
    old = Group(deployment(1), healthy=tasks(2, "old"))
    decided = plan(limits(2, 100, 200), Group(deployment(2), unhealthy=bad), [old], 2)
    assert (decided.launches, decided.stops) == ({}, bad[:1])
    leaving = Group(deployment(2), unhealthy=bad[1:], leaving=bad[:1])
    assert plan(limits(2, 100, 200), leaving, [old], 2).stops == []


def test_an_unhealthy_task_goes_when_its_replacement_is_healthy() -> None:
    bad = tasks(1, "bad")
    decided = plan(limits(1, 100, 200), Group(deployment(2), healthy=tasks(1, "new"), unhealthy=bad), [], 1)
    assert decided.stops == bad


def test_a_lost_task_of_the_old_revision_is_replaced_with_the_same_revision() -> None:
    old = deployment(1, "COMPLETED")
    old.lost = 1
    decided = plan(limits(2, 100, 200), Group(deployment(2)), [Group(old, healthy=tasks(1, "old"))], 0)
    assert decided.launches == {old.id: (old, 1)}


def test_what_a_failed_deployment_never_got_healthy_goes_at_once() -> None:
    bad, starting = tasks(1, "bad"), tasks(1, "starting")
    failed = Group(deployment(2, "FAILED"), starting=starting, unhealthy=bad)
    decided = plan(limits(2, 100, 200), Group(deployment(1), healthy=tasks(1, "old")), [failed], 2)
    assert decided.stops == [*bad, *starting]


@pytest.mark.parametrize(
    ("states", "healthy", "stopped"),
    [
        (("IN_PROGRESS", "COMPLETED"), (3, 3), ["a0", "a1", "a2"]),
        (("IN_PROGRESS",), (3,), []),
        (("IN_PROGRESS", "FAILED"), (1, 3), ["a0"]),
        (("IN_PROGRESS", "COMPLETED"), (3, 1), ["a2"]),
        (("IN_PROGRESS", "IN_PROGRESS"), (2, 2), ["a1"]),
    ],
)
def test_beside_a_new_revision_the_desired_count_of_healthy_tasks_is_kept_of_what_there_was(
    states: tuple[str, ...], healthy: tuple[int, ...], stopped: list[str]
) -> None:
    others = [
        Group(deployment(number + 2, state), healthy=tasks(count, name))
        for number, (state, count, name) in enumerate(zip(states, healthy, "ab", strict=False))
    ]
    decided = plan_apart(3, Group(deployment(9)), others, wanted=0)
    assert sorted(task.id for task in decided.stops) == stopped
