"""What `make prowler` makes of a report; the scan itself needs prowler, which is not installed for the tests."""

from pathlib import Path

import pytest

from tests.prowler.scan import ACCEPTED, Accepted, Failure, read_accepted, read_failures, split, stack_arns

ALARM = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:ecs/blue/shop/latency"
GROUP = "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/blue/shop"


def test_only_failures_of_the_stack_count(tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    rows = [
        "CHECK_ID;STATUS;STATUS_EXTENDED;RESOURCE_UID",
        f"a;FAIL;no action;{ALARM}",
        f"b;FAIL;no key;{GROUP}:*",
        f"c;PASS;fine;{GROUP}:*",
        "d;FAIL;somebody else's;arn:aws:ecs:eu-west-1:123456789012:cluster/other",
    ]
    report.write_text("\n".join(rows), encoding="utf-8")
    failures, looked = read_failures(report, {ALARM, GROUP})
    assert failures == [Failure("a", ALARM, "no action"), Failure("b", f"{GROUP}:*", "no key")]
    assert looked == 3


def test_a_failure_that_nobody_accepted_is_left_and_so_is_an_entry_that_covers_none() -> None:
    alarm, group = Failure("a", ALARM, ""), Failure("b", GROUP, "")
    listed = [Accepted("a", "because", "arn:aws:cloudwatch:*"), Accepted("b", "because", "arn:aws:sns:*")]
    assert split([alarm, group], listed) == ([group], [listed[1]])


def test_the_arns_of_a_stack_are_those_of_its_outputs() -> None:
    state = {
        "resources": [{"type": "pulumi:pulumi:Stack"}, {"outputs": {"arn": f"{GROUP}:*"}}, {"outputs": {"id": "a"}}]
    }
    assert stack_arns(state) == {GROUP}


def test_every_accepted_failure_has_a_reason(tmp_path: Path) -> None:
    read_accepted(ACCEPTED)  # complains of an entry without one
    silent = tmp_path / "accepted.toml"
    silent.write_text('[[accepted]]\ncheck = "a"\nreason = " "\n', encoding="utf-8")
    with pytest.raises(ValueError, match="without a reason: a"):
        read_accepted(silent)
