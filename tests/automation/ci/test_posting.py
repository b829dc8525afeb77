"""The comment under a pull request: one for a stack, found again, nobody else's, and what GitHub may refuse."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from automation.ci.comment import marker
from automation.ci.posting import job_of, post
from automation.errors import PostingError, UsageError
from tests.automation.ci.github_server import TOKEN, GitHub, event_of, serving

BODY = f"{marker('shop', 'prod')}\n## Preview\n"


@pytest.fixture
def github() -> Iterator[GitHub]:
    with serving(GitHub()) as server:
        yield server


def environment(github: GitHub, folder: Path, event: Any = None, **more: str) -> dict[str, str]:
    file = folder / "event.json"
    file.write_text(json.dumps(event or event_of(github.repository, github.repository)), encoding="utf-8")
    return {
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_REPOSITORY": github.repository,
        "GITHUB_API_URL": github.url,
        "GITHUB_EVENT_PATH": str(file),
        **more,
    }


def test_a_comment_is_made_once_and_then_updated(github: GitHub, tmp_path: Path) -> None:
    job = job_of(environment(github, tmp_path))
    first = post(job, BODY + "first")
    assert post(job, BODY + "second") == first
    assert [each["body"] for each in github.comments] == [BODY + "second"]


def test_it_is_found_among_hundreds(github: GitHub, tmp_path: Path) -> None:
    for n in range(250):
        github.write("somebody", f"comment {n}")
    job = job_of(environment(github, tmp_path))
    post(job, BODY + "first")
    post(job, BODY + "second")
    assert [each["body"] for each in github.comments if "Preview" in each["body"]] == [BODY + "second"]


def test_another_stack_has_a_comment_of_its_own(github: GitHub, tmp_path: Path) -> None:
    job = job_of(environment(github, tmp_path))
    post(job, BODY)
    post(job, f"{marker('shop', 'dev')}\n## Preview\n")
    assert len(github.comments) == 2


@pytest.mark.parametrize("login", ["somebody", "dependabot[bot]"])
def test_a_comment_of_somebody_else_with_the_marker_is_left_alone(github: GitHub, tmp_path: Path, login: str) -> None:
    theirs = github.write(login, BODY + "mine, says somebody")
    job = job_of(environment(github, tmp_path))
    post(job, BODY + "ours")
    assert theirs["body"] == BODY + "mine, says somebody"
    assert len(github.comments) == 2


def test_a_quoted_marker_does_not_make_a_comment_the_preview(github: GitHub, tmp_path: Path) -> None:
    github.write("github-actions[bot]", f"about {BODY}")
    post(job_of(environment(github, tmp_path)), BODY)
    assert len(github.comments) == 2


def test_another_author_is_named(github: GitHub, tmp_path: Path) -> None:
    github.login = "deployer"
    job = job_of(environment(github, tmp_path))
    post(job, BODY + "first", "deployer")
    post(job, BODY + "second", "deployer")
    assert len(github.comments) == 1


def test_a_comment_that_was_deleted_meanwhile_is_made_again(github: GitHub, tmp_path: Path) -> None:
    job = job_of(environment(github, tmp_path))
    post(job, BODY + "first")
    github.deleted = {github.comments[0]["id"]}
    post(job, BODY + "second")
    assert github.comments[-1]["body"] == BODY + "second"


def test_a_read_that_failed_is_tried_again(github: GitHub, tmp_path: Path) -> None:
    github.failing = {"GET": [502]}
    post(job_of(environment(github, tmp_path)), BODY)
    assert len(github.comments) == 1
    assert [each.split()[0] for each in github.asked] == ["GET", "GET", "POST"]


def test_a_write_that_may_have_been_done_is_not_tried_again(github: GitHub, tmp_path: Path) -> None:
    github.failing = {"POST": [502]}
    with pytest.raises(PostingError, match="GitHub refused the comment with 502: Bad Gateway"):
        post(job_of(environment(github, tmp_path)), BODY)
    assert [each.split()[0] for each in github.asked] == ["GET", "POST"]


def test_an_answer_that_is_no_list_of_comments_is_a_sentence(github: GitHub, tmp_path: Path) -> None:
    github.failing = {"GET": [200]}
    with pytest.raises(PostingError, match="is no list of comments"):
        post(job_of(environment(github, tmp_path)), BODY)


@pytest.mark.parametrize(
    ("head", "advice"),
    [
        ("shops/shop", "give the job `permissions: pull-requests: write`"),
        ("somebody/shop", "the token of a pull request from a fork may not write"),
        (None, "the token of a pull request from a fork may not write"),
    ],
)
def test_a_token_that_may_not_write_is_explained(github: GitHub, tmp_path: Path, head: str | None, advice: str) -> None:
    github.may_write = False
    job = job_of(environment(github, tmp_path, event_of(github.repository, head)))
    with pytest.raises(PostingError, match="403: Resource not accessible by integration") as refused:
        post(job, BODY)
    assert advice in str(refused.value)
    assert TOKEN not in str(refused.value)


def test_an_api_that_is_not_there_is_a_sentence(github: GitHub, tmp_path: Path) -> None:
    job = job_of(environment(github, tmp_path, GITHUB_API_URL="http://127.0.0.1:1"))
    with pytest.raises(PostingError, match=r"GitHub did not answer at http://127\.0\.0\.1:1") as refused:
        post(job, BODY)
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    ("more", "event", "says"),
    [
        ({"GITHUB_TOKEN": ""}, None, "GITHUB_TOKEN is not set"),
        ({"GITHUB_REPOSITORY": "shop"}, None, "GITHUB_REPOSITORY is not OWNER/NAME"),
        ({"GITHUB_EVENT_PATH": ""}, None, "GITHUB_EVENT_PATH is not set"),
        ({"GITHUB_EVENT_PATH": "/nowhere"}, None, "/nowhere: cannot be read"),
        ({"GITHUB_API_URL": "file:///etc"}, None, "GITHUB_API_URL 'file:///etc' is no URL"),
        ({}, {"ref": "refs/heads/main"}, "is no pull request"),
        ({}, {"pull_request": {"number": "7"}}, "is no pull request"),
        ({}, ["a list"], "is not an event"),
    ],
)
def test_a_place_that_is_no_job_of_a_pull_request_is_refused(
    github: GitHub, tmp_path: Path, more: dict[str, str], event: Any, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        job_of(environment(github, tmp_path, event, **more))


def test_a_file_that_is_no_comment_of_ours_is_refused(github: GitHub, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="marker"):
        post(job_of(environment(github, tmp_path)), "## Preview")
    assert not github.comments
