"""Tests of sentences that were broken into lines."""

import pytest

from diagnostics.wrapped import other_forms, unwrapped


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (
            "ClientException: Specifying both a launch type and\ncapacity provider strategy is not supported.",
            "ClientException: Specifying both a launch type and capacity provider strategy is not supported.",
        ),
        (
            "│ Error: creating ECS Service (web): StatusCode: 400,\n│ ClientException: no\n│ \n│   with aws_x.web,",
            "Error: creating ECS Service (web): StatusCode: 400, ClientException: no\n\nwith aws_x.web,",
        ),
    ],
)
def test_the_lines_of_a_sentence_become_one(text: str, whole: str) -> None:
    assert unwrapped(text) == whole


@pytest.mark.parametrize(
    "text",
    [
        "one line",
        "a short line\nand another one",
        "Error: the service could not be updated as it was asked to\n  on main.tf line 12, in resource",
        "Error: the service could not be updated as it was asked to\n    at Function.deploy (index.js:1)",
        "The service could not be updated as it was asked to be.\nthe next sentence",
        "The service could not be updated as it was asked to be\nstatus code: 400",
        f"{'a sentence that is long enough to be wrapped '}\nand goes on{' and on' * 1000}",
    ],
)
def test_other_lines_stay_as_they_are(text: str) -> None:
    assert unwrapped(text) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"stoppedReason": "exec: \\"serve\\": not found", "lastStatus": "STOPPED"}', 'exec: "serve": not found'),
        (
            "STOPPED (CannotPullContainerError: Error response from daem)",
            "STOPPED (CannotPullContainerError: Error response from daem",
        ),
        ('exec: \\\\\\"serve\\\\\\": not found', 'exec: "serve": not found'),
        ("\x1b[31mexec: serve: not found\x1b[0m", "exec: serve: not found"),
        ("^[[31mexec: serve: not found^[[0m", "exec: serve: not found"),
    ],
)
def test_what_is_told_in_json_or_brackets_is_taken_out(text: str, told: str) -> None:
    assert told in other_forms(text)


def test_a_plain_sentence_has_no_other_form() -> None:
    assert [*other_forms("a sentence.")] == []
    assert [*other_forms("a short line\nand another one")] == []


def test_lines_that_were_broken_in_the_middle_of_words_become_one() -> None:
    text = (
        "Resource handler returned message: \"Error occurred during operation 'ECS Deployment Circuit Breaker'.\" (x)"
    )
    assert text in other_forms("\n".join(text[begin : begin + 80] for begin in range(0, len(text), 80)))
