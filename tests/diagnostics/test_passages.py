"""The words of an evidence are worked out once, and a literal is found without going through them."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from diagnostics.evidence import Evidence
from diagnostics.evidence_parts import LINES_LOOKED_AT
from diagnostics.haystack import Haystack
from diagnostics.passages import failure_words, log_passages, mentions

TASK = "arn:aws:ecs:eu-west-1:1:task/prod/0123456789abcdef0123456789abcdef"


def evidence(**more: Any) -> Evidence:
    stopped = {"taskArn": TASK, "lastStatus": "STOPPED", "stoppedReason": "CannotPullContainerError: TOOManyRequests"}
    line = {"message": '\x1b[31m{"error": {"message": "Rate \\"limit\\""}}'}
    return Evidence.parse(
        {
            "schema": "evidence/1",
            "tasks": [stopped],
            "logs": [{"task_arn": TASK, "container": "app", "events": [line]}],
            "target_health": [{"descriptions": [{"TargetHealth": {"Description": "Request timed out"}}]}],
        }
        | more
    )


def test_words_and_log_lines_are_worked_out_once() -> None:
    seen = evidence()
    assert failure_words(seen) is failure_words(seen)
    assert log_passages(seen.tasks[0], seen.logs[0]) is log_passages(seen.tasks[0], seen.logs[0])


def test_evidence_is_the_same_whether_its_words_were_worked_out_or_not() -> None:
    asked = evidence()
    mentions(asked, "x")
    assert asked == evidence()


def test_a_literal_is_found_in_any_case_wherever_it_stands() -> None:
    seen = evidence(errors=[{"code": "AccessDeniedException", "message": "iam:PassRole"}])
    for literal in ("toomanyrequests", "accessdeniedexception", "iam:passrole", "timed out"):
        assert mentions(seen, literal), literal
    assert mentions(seen, "nowhere", "passrole")
    assert not mentions(seen, "nowhere")


def test_texts_inside_structured_log_lines_are_found_as_they_were_meant() -> None:
    plain = evidence(logs=[{"task_arn": TASK, "events": [{"message": '{"msg": "say \\"please\\""}'}]}])
    assert mentions(plain, 'say "please"')


def test_a_passage_is_asked_for_literals_before_a_pattern_is_tried() -> None:
    passage = failure_words(evidence())[0]
    assert passage.has("cannotpull", "nothing")
    assert not passage.has("nothing")


def test_an_error_that_a_tool_broke_into_a_cell_is_read_as_a_whole_too() -> None:
    cell = 'Resource handler returned message: "Invalid request provided: CreateSe'
    told = f"- {cell}\n    rvice error: no such thing\n    and a line of its own"
    first, whole, *_ = (each.text for each in failure_words(evidence(errors=[{"message": told}]))[1:])
    assert first == told
    assert whole.splitlines() == [f"{cell}rvice error: no such thing", "and a line of its own"]


def test_an_error_with_lines_of_its_own_is_read_once() -> None:
    told = "error: update failed\n    the service did not stabilize"
    assert [each.text for each in failure_words(evidence(errors=[{"message": told}]))[1:]] == [told]


def test_of_a_long_log_the_beginning_and_the_end_are_looked_at() -> None:
    events = [{"message": f"line {n}"} for n in range(30_000)]
    seen = evidence(logs=[{"task_arn": TASK, "events": events}])
    looked_at = [passage.text for passage in log_passages(seen.tasks[0], seen.logs[0])]
    assert len(looked_at) == LINES_LOOKED_AT
    assert (looked_at[0], looked_at[-1]) == ("line 0", "line 29999")
    assert "line 15000" in looked_at, "most of what is looked at is the end"


def test_many_logs_share_the_lines_that_are_looked_at() -> None:
    events = [{"message": f"line {n}"} for n in range(500)]
    seen = evidence(logs=[{"task_arn": TASK, "container": str(n), "events": events} for n in range(100)])
    assert {len(log_passages(seen.tasks[0], log)) for log in seen.logs} == {LINES_LOOKED_AT // 100}


@given(st.lists(st.text("ab .0İ'\n", max_size=8)), st.text("ab .0'", min_size=1, max_size=4))
def test_a_haystack_answers_as_a_search_in_each_text_does(texts: list[str], literal: str) -> None:
    assert Haystack(texts).has(literal) == (literal in "\n".join(dict.fromkeys(texts)).lower())
