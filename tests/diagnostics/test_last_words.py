"""What a program said last: lines that only inform, tries that were mended and older errors do not count."""

import re

import pytest

from diagnostics.evidence import Evidence
from diagnostics.last_words import last_words
from diagnostics.levels import is_calm
from diagnostics.said import Wording

REFUSED = (Wording.of("refused", r"connect (?P<host>[\w.]+): refused"), Wording.of("refused"))


def evidence(*lines: str, exit_code: int = 1) -> Evidence:
    task = {
        "taskArn": "t/1",
        "lastStatus": "STOPPED",
        "stoppedReason": "Essential container in task exited",
        "containers": [{"name": "app", "exitCode": exit_code}],
    }
    logs = [{"task_arn": "t/1", "container": "app", "events": [{"message": line} for line in lines]}]
    return Evidence.parse({"schema": "evidence/1", "tasks": [task], "logs": logs})


def said(*lines: str, passing: bool = False, exit_code: int = 1) -> list[str]:
    found = last_words(evidence(*lines, exit_code=exit_code), REFUSED, names=("host",), passing=passing)
    return [each.passage.text for each in found]


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-18 09:30:31.932  WARN 1 --- [main] o.s.b.A : refused",
        "09:30:31.932 [main] INFO  c.e.App - refused",
        "WARNING:root:refused",
        'time="2026-11-18T09:30:31Z" level=info msg=refused',
        '{"level":40,"time":1,"msg":"refused"}',
        "[2026-11-18 09:30:31 +0000] [7] [INFO] refused",
        "09:30:31.932 [warning] refused",
        "npm warn refused",
    ],
)
def test_a_line_below_an_error_is_calm(line: str) -> None:
    assert is_calm(line)


@pytest.mark.parametrize(
    "line",
    ["09:30:31.932 [error] refused", "Requested setting DEBUG: refused", '{"level":50,"msg":"refused"}', "refused"],
)
def test_other_lines_are_not(line: str) -> None:
    assert not is_calm(line)


def test_the_last_line_counts_and_one_near_it_that_names_the_host_is_preferred() -> None:
    assert said("refused", "connect db: refused", "refused again") == ["connect db: refused"]
    assert said("connect db: refused", *["…"] * 80, "refused again") == ["refused again"]


def test_the_texts_inside_a_structured_line_share_its_level() -> None:
    assert said('{"level":"warn","msg":"connect db: refused"}', "bye") == []
    assert said('{"level":"error","msg":"connect db: refused"}', "bye") == ["connect db: refused"]


def test_what_was_mended_later_has_passed() -> None:
    assert said("connect db: refused", "connected to db", "panic: boom", passing=True) == []
    assert said("connected to db", "connect db: refused", "panic: boom", passing=True) == ["connect db: refused"]


def test_a_try_that_is_the_loudest_word_of_a_log_counts_until_it_was_mended() -> None:
    tried = "[Nest] 1 - ERROR [DatabaseModule] connect db.local: refused. Retrying (9)..."
    assert said("starting", tried, passing=True) == [tried]
    assert said(tried, "connected to the database", passing=True) == []
    assert said(tried, "ERROR: no such queue", passing=True) == []


def test_what_a_program_lived_on_from_until_a_mistake_of_its_own_has_passed() -> None:
    mistake = ("Traceback (most recent call last):", '  File "/a.py", line 1, in <module>', "KeyError: 'rates'")
    assert said("connect db: refused", *mistake, passing=True) == []
    chained = ("connect db: refused", "During handling of the above exception, another exception occurred:", *mistake)
    assert said(*chained, passing=True) == ["connect db: refused"]


def test_a_container_that_was_stopped_says_nothing() -> None:
    assert said("connect db: refused", exit_code=143) == []


def test_lines_to_pass_over() -> None:
    found = last_words(evidence("refused", "refused, retrying"), REFUSED, unless=re.compile("retrying"))
    assert [each.passage.text for each in found] == ["refused"]
