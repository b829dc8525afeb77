"""Alerts over HTTPS: Slack's incoming webhooks, its bots, and any webhook that takes `alert/1`."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import urllib3

from alerts.handler.sending import SendError
from alerts.handler.slack import to_slack

_SLACK_API = "https://slack.com/api/"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_OTHER_ADDRESS = {401, 403, 404, 410}
"""Answers after which the secret is read again: the address may have been replaced."""
_OTHER_TOKEN = {"invalid_auth", "token_revoked", "token_expired", "account_inactive", "not_authed"}
_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}
"""Errors of `chat.update` for a message that somebody deleted or that is too old: there is nothing left to change."""
_LATER = {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
_TOO_MANY, _SERVER_ERROR, _REDIRECTS, _OK = 429, 500, 300, 200
_LONGEST_RETRY_AFTER = 900.0
_HISTORY = 100


class SecretError(Exception):
    """The secret is not as documented, or cannot be read; the sentence does not quote it."""


@dataclass(frozen=True)
class Response:
    """The answer to one request."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: str


class Http(Protocol):
    """Sends one request; tests hand in their own."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """POST a body.

        Raises:
            SendError: no answer came.
        """
        ...


@dataclass(frozen=True)
class Address:
    """What the secret holds: where messages go, and in which form."""

    format: str
    """`slack`, `generic` or `slack-app`."""
    url: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    channel: str = ""

    @classmethod
    def of(cls, secret: str) -> "Address":
        """Return the address that a secret holds.

        Raises:
            SecretError: it holds none as documented.
        """
        text = secret.strip()
        if not text.startswith("{"):
            return cls("slack", url=_checked(text))
        try:
            given = json.loads(text)
        except ValueError as error:
            raise SecretError("the webhook's secret is neither an address nor JSON") from error
        form = given.get("format", "slack-app" if "token" in given else "slack")
        if form == "slack-app":
            token, channel = given.get("token"), given.get("channel")
            if not (isinstance(token, str) and token and isinstance(channel, str) and channel):
                raise SecretError('the secret of a Slack app needs "token" and "channel"')
            # A bot's API is Slack's own, unless somebody stands in for it.
            return cls(form, url=_checked(given.get("url") or _SLACK_API), token=token, channel=channel)
        if form not in {"slack", "generic"}:
            raise SecretError('"format" in the webhook\'s secret must be "slack", "generic" or "slack-app"')
        return cls(form, url=_checked(given.get("url")))


def _checked(url: object) -> str:
    """Return an address that messages may go to: https, or this machine."""
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        host = parts.hostname if parts else None
    except ValueError:
        parts, host = None, None
    if parts is None or not host or any(each.isspace() for each in str(url)):
        raise SecretError("the webhook's secret holds no address of the form https://…")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise SecretError("the webhook's address must begin with https://")
    return str(url)


class Webhook:
    """Sends to the address that a secret holds; the secret is read again where the address turns out to be wrong.

    Args:
        read_secret: returns the secret; with True past any cache.
        post: sends one request.
    """

    name = "webhook"

    def __init__(self, read_secret: Callable[[bool], str], post: Http) -> None:
        self._read_secret = read_secret
        self._post = post

    @property
    def updates(self) -> bool:
        """Whether the secret is that of a bot, which can change what it wrote."""
        return self._address(fresh=False).format == "slack-app"

    def send(self, document: Mapping[str, Any], reference: Mapping[str, str], attempted_ms: int) -> Mapping[str, str]:
        """Send the alert, and once more to a new address where the secret has one."""
        address = self._address(fresh=False)
        try:
            return self._send(address, document, reference, attempted_ms)
        except _OtherAddressError as refused:
            fresh = self._address(fresh=True)
            if fresh == address:
                raise SendError(str(refused), permanent=True) from refused
        try:
            return self._send(fresh, document, {}, 0)
        except _OtherAddressError as refused:
            raise SendError(str(refused), permanent=True) from refused

    def _address(self, *, fresh: bool) -> Address:
        try:
            return Address.of(self._read_secret(fresh))
        except SecretError as error:
            raise SendError(str(error), permanent=True) from error

    def _send(
        self, address: Address, document: Mapping[str, Any], reference: Mapping[str, str], attempted_ms: int
    ) -> Mapping[str, str]:
        if address.format == "slack-app":
            return _Bot(address, self._post).send(document, reference, attempted_ms)
        told = to_slack(document) if address.format == "slack" else dict(document)
        key = f"{document['id']}#{document['services_told_before']}#{document['state']}"
        response = self._post(
            address.url,
            json.dumps(told).encode(),
            # For a receiver that drops what it has seen; Slack does not.
            {"Content-Type": "application/json", "Idempotency-Key": key},
        )
        _check(response)
        return {}


class _OtherAddressError(Exception):
    """The address or the token is not valid (any more)."""


class _Bot:
    """A Slack app's bot: `chat.postMessage`, then `chat.update` of the same message.

    https://docs.slack.dev/reference/methods/chat.postMessage. A message carries the alert's id as metadata, so that
    after a try whose end nobody knows the channel's history tells whether it is there (scope `channels:history`).
    """

    def __init__(self, address: Address, post: Http) -> None:
        self._address = address
        self._post = post

    def send(self, document: Mapping[str, Any], reference: Mapping[str, str], attempted_ms: int) -> Mapping[str, str]:
        message = {
            **to_slack(document),
            "metadata": {"event_type": "failwell_alert", "event_payload": {"alert": document["id"]}},
        }
        known = dict(reference)
        if not known and attempted_ms:
            known = self._found(document["id"], attempted_ms)
        if known:
            answer = self._call("chat.update", {**message, **known})
            if answer["ok"] or answer.get("error") in _GONE:
                return known
        else:
            answer = self._call("chat.postMessage", {**message, "channel": self._address.channel})
            if answer["ok"]:
                return {"channel": str(answer.get("channel")), "ts": str(answer.get("ts"))}
        return self._refused(str(answer.get("error", "no reason given")))

    def _refused(self, error: str) -> Mapping[str, str]:
        if error in _OTHER_TOKEN:
            raise _OtherAddressError(f"Slack refused: {error}")
        raise SendError(f"Slack refused: {error}", permanent=error not in _LATER)

    def _found(self, alert: str, since_ms: int) -> dict[str, str]:
        """Return the message of an alert that an earlier try has left; empty where none is seen or nobody may look."""
        asked = {
            "channel": self._address.channel,
            "oldest": f"{since_ms / 1000 - 60:.6f}",
            "limit": _HISTORY,
            "include_all_metadata": True,
        }
        answer = self._call("conversations.history", asked)
        for each in answer.get("messages", ()) if answer["ok"] else ():
            metadata = each.get("metadata") or {}
            if (metadata.get("event_payload") or {}).get("alert") == alert:
                return {"channel": self._address.channel, "ts": str(each["ts"])}
        return {}

    def _call(self, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        response = self._post(
            self._address.url.rstrip("/") + "/" + method,
            json.dumps(arguments).encode(),
            {"Content-Type": "application/json; charset=utf-8", "Authorization": f"Bearer {self._address.token}"},
        )
        _check(response)
        try:
            answer = json.loads(response.body)
        except ValueError as error:
            raise SendError("Slack's answer is not JSON", sent_nothing=False) from error
        return answer if isinstance(answer, dict) and "ok" in answer else {"ok": False, "error": "no answer"}


def _check(response: Response) -> None:
    """Raise for an answer that is not a success."""
    status = response.status
    if _OK <= status < _REDIRECTS:
        return
    if status == _TOO_MANY:
        raise SendError("the webhook limits its rate (429)", retry_after=_retry_after(response))
    if status >= _SERVER_ERROR:
        raise SendError(
            f"the webhook failed ({status})", retry_after=_retry_after(response, otherwise=None), sent_nothing=False
        )
    if status in _OTHER_ADDRESS:
        raise _OtherAddressError(f"the webhook refused its address ({status})")
    raise SendError(f"the webhook refused the message ({status})", permanent=True)


def _retry_after(response: Response, otherwise: float | None = 30.0) -> float | None:
    """Return what `Retry-After` says in seconds; a date, which Slack never sends, counts as not said."""
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return otherwise
    return min(max(seconds, 1.0), _LONGEST_RETRY_AFTER) if math.isfinite(seconds) else otherwise


def http(pool: urllib3.PoolManager | None = None) -> Http:
    """Return what sends over urllib3: no redirects, no retries of its own, and an answer within ten seconds."""
    manager = pool or urllib3.PoolManager(timeout=urllib3.Timeout(connect=3, read=7), retries=False)

    def post(url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        try:
            answer = manager.request("POST", url, body=body, headers=dict(headers), redirect=False, retries=False)
        except (urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.NewConnectionError) as error:
            raise SendError(f"the webhook cannot be reached: {type(error).__name__}") from None
        except urllib3.exceptions.HTTPError as error:
            # Whose text has the address in it; so it is neither told nor chained.
            raise SendError(f"no answer from the webhook: {type(error).__name__}", sent_nothing=False) from None
        names = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status, names, answer.data.decode("utf-8", "replace"))

    return post
