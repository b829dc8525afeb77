"""The clients of a history: the driver's, each call of which the stage is told of, and those of the provider."""

from datetime import datetime
from email.utils import format_datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, Protocol

import boto3
from botocore.config import Config

from diagnostics.aws import Reader
from diagnostics.clock import ServerClock, listen
from diagnostics.reads import SessionSettings
from tests.automation.histories.actor import Actor
from tests.automation.histories.engine import REGION


class Told(Protocol):
    """Who is told of calls."""

    clock: ServerClock
    """What the answers set."""

    def now(self) -> datetime:
        """Return ECS's time."""

    def before_call(self, model: Any, params: Any) -> Any:
        """Raise what the driver gets, or return an answer to give without asking AWS."""

    def after_call(self, model: Any, params: Any, http: Any, parsed: Any) -> None:
        """Take what AWS answered the driver."""

    def before_call_of_provider(self, model: Any) -> None:
        """Raise what the provider gets."""


class _Hooks:
    """What is told of calls; one session serves all histories, as making clients takes longest."""

    def __init__(self) -> None:
        self.stage: Told | None = None

    def before(self, model: Any, params: Any, context: Any, **_more: Any) -> Any:
        context["asked"] = params
        return self.stage.before_call(model, params) if self.stage else None

    def after(self, http_response: Any, parsed: Any, model: Any, context: Any, **_more: Any) -> None:
        if self.stage:
            # moto's is this machine's time; an answer that is old is dated when it is given, as AWS's are.
            http_response.headers["Date"] = format_datetime(self.stage.now(), usegmt=True)
            self.stage.after_call(model, context["asked"], http_response, parsed)

    def elapsed(self) -> float:
        return self.stage.clock.elapsed() if self.stage else 0.0

    def hear(self, date: str | None, asked: float, answered: float) -> None:
        if self.stage:
            self.stage.clock.hear(date, asked, answered)

    def before_of_provider(self, model: Any, **_more: Any) -> None:
        if self.stage:
            self.stage.before_call_of_provider(model)


HOOKS = _Hooks()


@cache
def reader_of(settings: SessionSettings) -> Reader:
    """Return a reader whose calls are told to the stage that is on."""
    reader = Reader(settings)
    session = reader.session
    listen(session.events, HOOKS)
    session.events.register("before-call", HOOKS.before)
    # Before the clock hears it, and before botocore decodes policies, which it does in place.
    session.events.register_first("after-call", HOOKS.after)
    return reader


@cache
def _provider_client(service: str) -> Any:
    session = boto3.Session("provider", "provider", region_name=REGION)
    session.events.register("before-call", HOOKS.before_of_provider)
    return session.client(service, config=Config(retries={"total_max_attempts": 1}))


class Connection:
    """What the stand-in provider has instead of its own clients and clock."""

    region = REGION

    def __init__(self, pace: Actor | SimpleNamespace) -> None:
        self.pace = pace
        self.default_tags: dict[str, str] = {}

    def client(self, service: str, _region: str | None = None) -> Any:
        return _provider_client(service)
