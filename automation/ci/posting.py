"""Puts a comment under a pull request on GitHub: the same comment each time, found by its hidden marker."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from automation.ci.comment import marker_of
from automation.errors import PostingError, UsageError
from diagnostics.printable import sentence

AUTHOR = "github-actions[bot]"
"""Whose comments those are that a workflow's own token writes."""
_PAGE = 100
_PAGES_MAX = 30
_VERSION = "2022-11-28"
"""Of the REST API (https://docs.github.com/rest/about-the-rest-api/api-versions)."""


@dataclass(frozen=True)
class Job:
    """What a job of GitHub Actions knows of itself."""

    api: str
    repository: str
    token: str
    pull_request: int
    from_fork: bool
    """Whether the pull request comes from another repository, whose jobs may not write."""


def job_of(environment: Mapping[str, str]) -> Job:
    """Return the job that this process is part of.

    Raises:
        UsageError: it is none, or none of a pull request.
    """
    token, repository = environment.get("GITHUB_TOKEN", ""), environment.get("GITHUB_REPOSITORY", "")
    if not token:
        raise UsageError("GITHUB_TOKEN is not set: give the step `env: GITHUB_TOKEN: ${{ github.token }}`")
    if repository.count("/") != 1:
        raise UsageError("GITHUB_REPOSITORY is not OWNER/NAME: run this in a job of GitHub Actions")
    event = _event(environment.get("GITHUB_EVENT_PATH", ""))
    given = event.get("pull_request")
    request: dict[str, Any] = given if isinstance(given, dict) else {}
    number = request.get("number")
    if not isinstance(number, int):
        raise UsageError("the event that began this job is no pull request: run this on `pull_request`")
    api = environment.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
    if urlsplit(api).scheme not in {"https", "http"}:
        raise UsageError(f"GITHUB_API_URL {api!r} is no URL")
    return Job(api, repository, token, number, _of_fork(request, repository))


def _event(name: str) -> dict[str, Any]:
    if not name:
        raise UsageError("GITHUB_EVENT_PATH is not set: run this in a job of GitHub Actions")
    try:
        event = json.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise UsageError(f"GITHUB_EVENT_PATH {name}: cannot be read: {problem}") from problem
    if not isinstance(event, dict):
        raise UsageError(f"GITHUB_EVENT_PATH {name}: is not an event: not a JSON object")
    return event


def _of_fork(request: Mapping[str, Any], repository: str) -> bool:
    # The fork may be gone, and the event says null then.
    head = (request.get("head") or {}).get("repo") or {}
    return str(head.get("full_name", "")).lower() != repository.lower()


def post(job: Job, text: str, author: str = AUTHOR) -> str:
    """Put the comment under the job's pull request; return the URL of the comment.

    A comment of somebody else is left alone, whatever it begins with.

    Raises:
        UsageError: the text does not begin with a marker.
        PostingError: GitHub did not take it.
    """
    mark = marker_of(text)
    if mark is None:
        raise UsageError("the file does not begin with the marker of a preview's comment: write it with `--comment`")
    github = _GitHub(job)
    before = next((each["id"] for each in github.comments() if _is_ours(each, mark, author)), None)
    if before is not None and (updated := github.update(before, text)):
        return updated
    return github.create(text)


def _is_ours(comment: Mapping[str, Any], mark: str, author: str) -> bool:
    login = (comment.get("user") or {}).get("login", "")
    return login == author and marker_of(comment.get("body") or "") == mark


class _GitHub:
    """GitHub's REST API, as far as comments need it (https://docs.github.com/rest/issues/comments)."""

    def __init__(self, job: Job) -> None:
        self._job = job
        # A new comment is not tried again after an answer that was lost: it may be there.
        retry = Retry(3, backoff_factor=0.5, status_forcelist=(502, 503), allowed_methods={"GET", "PATCH"}, redirect=0)
        self._pool = PoolManager(retries=retry, timeout=Timeout(connect=10, read=30))
        self._issue = f"{job.api}/repos/{job.repository}/issues/{job.pull_request}/comments"

    def comments(self) -> Iterator[dict[str, Any]]:
        """Yield the comments, the oldest first."""
        for page in range(1, _PAGES_MAX + 1):
            found = self._ask("GET", f"{self._issue}?per_page={_PAGE}&page={page}")
            if not isinstance(found, list):
                raise PostingError(f"GitHub's answer at {self._issue} is no list of comments")
            yield from found
            if len(found) < _PAGE:
                return

    def update(self, comment: int, text: str) -> str:
        """Replace the text of a comment; an empty answer where somebody has deleted it."""
        url = f"{self._job.api}/repos/{self._job.repository}/issues/comments/{comment}"
        answer = self._ask("PATCH", url, text, missing=True)
        return str(answer["html_url"]) if answer else ""

    def create(self, text: str) -> str:
        """Write a new comment."""
        return str(self._ask("POST", self._issue, text)["html_url"])

    def _ask(self, method: str, url: str, text: str | None = None, *, missing: bool = False) -> Any:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self._job.token}",
            "User-Agent": "failwell",
            "X-GitHub-Api-Version": _VERSION,
        }
        try:
            answer = self._pool.request(method, url, headers=headers, json={"body": text} if text is not None else None)
        except HTTPError as problem:
            raise PostingError(f"GitHub did not answer at {self._job.api}: {problem}") from problem
        if missing and answer.status == 404:  # noqa: PLR2004 - HTTP's own number
            return None
        if answer.status not in {200, 201}:
            raise PostingError(self._refusal(answer.status, answer.data))
        try:
            return answer.json()
        except ValueError as problem:
            raise PostingError(f"GitHub's answer at {self._job.api} is not JSON") from problem

    def _refusal(self, status: int, body: bytes) -> str:
        try:
            said = json.loads(body).get("message", "")
        except (ValueError, AttributeError):
            said = ""
        advice = ""
        if status in {401, 403, 404} and self._job.from_fork:
            advice = "; the token of a pull request from a fork may not write: the preview is in the job's summary"
        elif status in {401, 403, 404}:
            advice = "; give the job `permissions: pull-requests: write`"
        return f"GitHub refused the comment with {status}: {sentence(str(said)) or 'no reason'}{advice}"
