"""Which revision a rollback goes back to, and when it refuses."""

from dataclasses import replace

import pytest

from automation.history.record import Record, RolledBack
from automation.rollback.choose import RollbackRefusedError, choose
from tests.automation.history.examples import CLUSTER, FAMILY, record, service


def chosen(records: list[Record], current: int | None, to: str | None = None, cluster: str = CLUSTER) -> str:
    """Records are given oldest first, as they happened."""
    return choose(reversed(records), cluster, "shop", f"{FAMILY}:{current}" if current else None, to).revision


def rolled_back(number: int, revision: int, to: Record, by: str = "program") -> Record:
    back = RolledBack(to.id, to.services[0].revision_after or "", by)
    return record(number, service(revision), command="rollback", rolled_back=back)


def test_it_is_the_last_one_that_served_before_the_current_one() -> None:
    assert chosen([record(1), record(2), record(3)], 3) == "shop:2"


def test_the_same_revision_again_is_no_earlier_one() -> None:
    assert chosen([record(1), record(2), record(3, service(2))], 2) == "shop:1"


@pytest.mark.parametrize("result", ["rolled-back", "nothing-serves", "not-proven", "out-of-time", "interrupted"])
def test_what_was_not_proven_to_serve_as_asked_is_passed_over(result: str) -> None:
    assert chosen([record(1), record(2, service(2, result)), record(3)], 3) == "shop:1"


def test_after_a_deployment_that_failed_it_goes_behind_what_serves() -> None:
    assert chosen([record(1), record(2), record(3, service(2, "rolled-back"))], 2) == "shop:1"


def test_what_nobody_recorded_is_left_for_the_last_proven_one() -> None:
    assert chosen([record(1), record(2)], 9) == "shop:2"
    assert chosen([record(1), record(2)], None) == "shop:2"


@pytest.mark.parametrize(("by", "revision"), [("program", 4), ("service", 2)])
def test_a_second_rollback_goes_further_back_and_not_forth_again(by: str, revision: int) -> None:
    first, second, third = record(1), record(2), record(3)
    back = rolled_back(4, revision, second, by)
    assert chosen([first, second, third, back], revision) == "shop:1"
    again = rolled_back(5, 5 if by == "program" else 1, first, by)
    with pytest.raises(RollbackRefusedError, match="no revision of shop is recorded"):
        chosen([first, second, third, back, again], 5 if by == "program" else 1)


def test_after_a_rollback_and_a_new_deployment_it_is_what_the_rollback_restored() -> None:
    first, second = record(1), record(2)
    assert chosen([first, second, rolled_back(3, 3, first), record(4)], 4) == "shop:3"


def test_a_rollback_whose_record_is_gone_counts_as_itself() -> None:
    assert chosen([record(1), rolled_back(3, 3, record(2))], 3) == "shop:1"


def test_records_that_name_each_other_end() -> None:
    circle = rolled_back(2, 2, record(2))
    assert chosen([record(1), circle], 2) == "shop:1"


@pytest.mark.parametrize("to", ["shop:1", f"{FAMILY}:1", "1", record(1).id])
def test_any_proven_one_can_be_named(to: str) -> None:
    assert chosen([record(1), record(2), record(3)], 3, to) == "shop:1"


def test_the_newer_one_can_be_named_too() -> None:
    assert chosen([record(1), record(2)], 1, "shop:2") == "shop:2"


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("shop:9", "ever served; proven are `shop:3`, `shop:1`"),
        ("shop:2", "ever served; proven are `shop:3`, `shop:1`"),
        ("shop:3", "is at `shop:3` already"),
    ],
)
def test_what_is_not_proven_or_is_there_already_is_refused(to: str, says: str) -> None:
    with pytest.raises(RollbackRefusedError, match=says):
        chosen([record(1), record(2, service(2, "rolled-back")), record(3)], 3, to)


def test_without_records_it_says_how_to_see_them() -> None:
    with pytest.raises(RollbackRefusedError, match="history --service shop"):
        chosen([], 3)
    with pytest.raises(RollbackRefusedError, match="no revision of it is recorded as proven"):
        chosen([], 3, "shop:1")


def test_a_service_of_the_same_name_in_another_cluster_is_another_one() -> None:
    elsewhere = record(2, service(2, cluster="arn:aws:ecs:eu-west-1:123456789012:cluster/dev"))
    assert chosen([record(1), elsewhere], 9) == "shop:1"
    assert chosen([record(1), elsewhere], 9, cluster="prod") == "shop:1"


def test_of_several_services_only_the_one_that_is_meant_counts() -> None:
    other = replace(service(7), name="other")
    assert chosen([record(1, other, service(1)), record(2, other), record(3)], 3) == "shop:1"
