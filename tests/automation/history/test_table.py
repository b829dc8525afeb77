"""The table of records: a row a service, and what a person looks for in it."""

from dataclasses import replace

import pytest

from automation.history.record import Actor, RolledBack
from automation.history.table import print_table, row
from tests.automation.history.examples import COMMIT, FAMILY, record, service


def test_a_service_that_serves_is_a_row_of_what_and_who() -> None:
    run = record(1)
    assert row(run, run.services[0]) == (
        "2026-11-20 12:01:30", "prod", "shop", "serving", "shop:1", "111111111111", "aaaaaaaaaa", "jo", "0", "up",
    )  # fmt: skip


def test_a_run_that_touched_no_service_is_a_row_too() -> None:
    run = replace(record(1), services=(), update_error="boom", commit=None, actor=Actor(None, None, None, None))
    assert row(run, None)[2:] == ("-", "failed", "-", "-", "-", "-", "0", "up")
    assert row(replace(run, update_error=None), None)[3] == "-"


def test_what_is_not_plain_success_is_said() -> None:
    run = record(1)
    doomed = service(1, "rolled-back", root_cause="image-not-found")
    assert row(run, doomed)[3] == "rolled-back: image-not-found"
    unproven = replace(service(1), proven=False, revision_after=None, digest=None)
    assert row(run, unproven)[3:6] == ("serving (not proven)", "-", "-")
    dirty = replace(run, commit=replace(COMMIT, dirty=True))
    assert row(dirty, None)[6] == "aaaaaaaaaa+"


def test_who_it_was_is_the_user_or_else_the_caller() -> None:
    caller = Actor("arn:aws:sts::123456789012:assumed-role/deploy/ci", None, None, None)
    assert row(record(1, actor=caller), None)[7] == "assumed-role/deploy/ci"


def test_a_rollback_says_where_to_and_how() -> None:
    back = RolledBack("20261120T120000000Z-1", f"{FAMILY}:1", "program")
    assert row(record(2, command="rollback", rolled_back=back), None)[9] == "rollback to shop:1 by the program"


def test_the_table_has_a_line_for_each_service_of_each_run(capsys: pytest.CaptureFixture[str]) -> None:
    two = record(2, service(2), replace(service(3), name="worker\x1b[31m"))
    print_table([two, replace(record(1), services=())])
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split()[:2] == ["when", "(UTC)"]
    assert ["shop" in rows[0], "worker" in rows[1], len(rows)] == [True, True, 3]
    assert "\x1b" not in "".join(rows)
