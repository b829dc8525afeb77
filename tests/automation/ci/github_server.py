"""A server on this machine that answers as GitHub's REST API does, as far as comments of an issue need it."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs_thisIsTheTokenOfTheJobAndNobodyElses01"


@dataclass
class GitHub:
    """The comments of one pull request; tests look at them, and say what is to go wrong."""

    repository: str = "shops/shop"
    number: int = 7
    login: str = "github-actions[bot]"
    """Whose token it is."""
    may_write: bool = True
    failing: dict[str, list[int]] = field(default_factory=dict)
    """Status codes of the next answers, by method."""
    deleted: set[int] = field(default_factory=set)
    """Comments that are still listed, and gone when they are changed."""
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def write(self, login: str, body: str) -> dict[str, Any]:
        number = 1000 + len(self.comments)
        made = {
            "id": number,
            "user": {"login": login, "type": "Bot" if login.endswith("[bot]") else "User"},
            "body": body,
            "html_url": f"https://github.example/{self.repository}/pull/{self.number}#issuecomment-{number}",
        }
        self.comments.append(made)
        return made

    def answer(self, method: str, target: str, token: str, body: dict[str, Any]) -> tuple[int, Any]:
        self.asked.append(f"{method} {target}")
        if self.failing.get(method):
            return self.failing[method].pop(0), {"message": "Bad Gateway"}
        if token != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials"}
        return self._read(target) if method == "GET" else self._change(method, target, body)

    @property
    def _issue(self) -> str:
        return f"/repos/{self.repository}/issues/{self.number}/comments"

    def _read(self, target: str) -> tuple[int, Any]:
        url = urlsplit(target)
        if url.path != self._issue:
            return 404, {"message": "Not Found"}
        query = {key: int(values[0]) for key, values in parse_qs(url.query).items()}
        size, page = min(query.get("per_page", 30), 100), query.get("page", 1)
        return 200, self.comments[size * (page - 1) : size * page]

    def _change(self, method: str, target: str, body: dict[str, Any]) -> tuple[int, Any]:
        if not self.may_write:
            return 403, {"message": "Resource not accessible by integration", "status": "403"}
        if len(body.get("body", "")) > 65536:
            return 422, {"message": "Validation Failed: body is too long (maximum is 65536 characters)"}
        if method == "POST" and target == self._issue:
            return 201, self.write(self.login, body["body"])
        if method == "PATCH" and (found := re.fullmatch(rf"/repos/{self.repository}/issues/comments/(\d+)", target)):
            known = [each for each in self.comments if each["id"] == int(found[1]) and each["id"] not in self.deleted]
            if known:
                known[0]["body"] = body["body"]
                return 200, known[0]
        return 404, {"message": "Not Found"}


@contextmanager
def serving(github: GitHub) -> Iterator[GitHub]:
    """Answer on a free port meanwhile."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            status, document = github.answer(self.command, self.path, self.headers.get("Authorization", ""), body)
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - the names that the library asks for

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        github.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield github
        finally:
            server.shutdown()
            thread.join()


def event_of(repository: str, head: str | None, number: int = 7, **more: Any) -> dict[str, Any]:
    """Return the payload of `pull_request`: `head` is the repository that the branch is in, None where it is gone."""
    branch = {"repo": {"full_name": head, "fork": head != repository} if head else None, "sha": "a" * 40, **more}
    return {"action": "synchronize", "number": number, "pull_request": {"number": number, "head": branch}}
