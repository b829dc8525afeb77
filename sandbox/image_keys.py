"""The keys of an image in the catalogue: what a program does, needs, and does when it does not get what it needs.

Every time is in seconds. docs/images.md describes each key. No key says what ECS or a load balancer makes of it.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

Status = int | Literal["timeout"]
"""What a path answers: an HTTP status, or nothing until the asker gives up."""


class Strict(BaseModel):
    """Keys that cannot change, and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LogLine(Strict):
    """A line of standard output, `at` seconds after the start of the process; None: in its place before it listens."""

    line: str
    at: float | None = Field(default=None, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return {"line": value} if isinstance(value, str) else value


class TimedStatus(Strict):
    """A path's answer from `at` seconds after the start on."""

    at: float = Field(ge=0)
    status: Status


Answers = Annotated[
    tuple[TimedStatus, ...],
    Field(min_length=1),
    BeforeValidator(lambda value: [{"at": 0, "status": value}] if isinstance(value, int | str) else value),
]
"""What a path answers: a status, or a schedule of them."""


class Listens(Strict):
    """Where the program listens: on `port`, or on the one that the variable `variable` holds, bound to `bind`."""

    port: int = Field(ge=1, le=65535)
    variable: str | None = None
    bind: Literal["0.0.0.0", "127.0.0.1"] = "0.0.0.0"
    protocol: Literal["http", "https"] = "http"

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return {"port": value} if isinstance(value, int) else value


class Ending(Strict):
    """The process ends `after` seconds after its start with exit `code`, printing `logs` last."""

    after: float = Field(ge=0)
    code: int = Field(ge=0, le=255)
    logs: tuple[str, ...] = ()


class Level(Strict):
    """So many MiB (or files) are reached, evenly, `at` seconds after the start."""

    at: float = Field(ge=0)
    level: int = Field(ge=0)


class Memory(Strict):
    """Memory in MiB: grows evenly to `mib` until `after`, or from point to point of `over_time`."""

    mib: int | None = Field(default=None, gt=0)
    after: float | None = Field(default=None, gt=0)
    over_time: tuple[Level, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> "Memory":
        if (self.mib is None) != (self.after is None) or (self.mib is None) == (not self.over_time):
            raise ValueError("expected either mib and after, or over_time")
        return self

    @property
    def points(self) -> tuple[Level, ...]:
        """The course as points."""
        return self.over_time or (Level(at=self.after or 0, level=self.mib or 0),)


class Reaction(Strict):
    """What the program does when it does not get what it needs, `after` seconds after it noticed.

    With `code` it ends. With `retry` it asks again so many seconds later and does not go on before it succeeds, at most
    `attempts` times, then it ends with `code`. With neither it goes on, and its paths answer `health` meanwhile.
    """

    after: float = Field(default=0, ge=0)
    logs: tuple[str, ...] = ()
    code: int | None = Field(default=None, ge=0, le=255)
    retry: float | None = Field(default=None, gt=0)
    attempts: int | None = Field(default=None, ge=1)
    last_logs: tuple[str, ...] = ()
    health: dict[str, Status] = {}

    @model_validator(mode="after")
    def _attempts_end(self) -> "Reaction":
        if self.attempts is not None and (self.retry is None or self.code is None):
            raise ValueError("attempts needs retry and code")
        if self.retry is not None and self.code is not None and self.attempts is None:
            raise ValueError("retry with code needs attempts")
        return self


class Need(Strict):
    """Something that the program asks for `at` seconds after its start."""

    at: float = Field(default=0, ge=0)


class NeedsVariable(Need):
    """An environment variable, given plainly or as a secret, with one of the `legal` values or of a `pattern`."""

    name: str = Field(min_length=1)
    legal: tuple[str, ...] = ()
    pattern: str | None = None
    absent: Reaction
    illegal: Reaction | None = None

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return value

    @model_validator(mode="after")
    def _says_what_is_illegal(self) -> "NeedsVariable":
        if (self.illegal is None) == bool(self.legal or self.pattern):
            raise ValueError("illegal belongs to legal or pattern")
        return self


class NeedsSecret(Need):
    """A variable that holds a JSON object with `keys`, as a secret of several values does."""

    name: str = Field(min_length=1)
    keys: tuple[str, ...] = ()
    absent: Reaction
    malformed: Reaction


class NeedsFile(Need):
    """A path that the program writes to; `owner` is the user id that may, beside root."""

    path: str = Field(pattern="^/")
    owner: int = 0
    readonly: Reaction
    denied: Reaction | None = None


class NeedsUser(Need):
    """A user id that the program has to run as."""

    id: int = Field(ge=0)
    other: Reaction


class NeedsOpenFiles(Need):
    """So many files that it must be allowed to open (the soft limit `nofile`)."""

    at_least: int = Field(gt=0)
    fewer: Reaction


class NeedsConnection(Need):
    """A host and port that it connects to and logs in at.

    `variable` holds `host`, `host:port` or a URL and goes before `host` and `port`. Log lines may name `{host}`,
    `{port}` and `{address}`.
    """

    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65535)
    variable: str | None = None
    refused: Reaction
    timed_out: Reaction
    name_not_found: Reaction
    login_refused: Reaction | None = None


class NeedsAws(Need):
    """A call of AWS with the task role's credentials. Log lines may name `{role}`, `{action}` and `{resource}`."""

    action: str = Field(pattern=r"^[a-z0-9-]+:\w+$")
    resource: str = "*"
    denied: Reaction
    no_credentials: Reaction


class Needs(Strict):
    """What the program needs, in the order in which it asks at the same second."""

    environment: tuple[NeedsVariable, ...] = ()
    secrets: tuple[NeedsSecret, ...] = ()
    files: tuple[NeedsFile, ...] = ()
    user: NeedsUser | None = None
    open_files: NeedsOpenFiles | None = None
    connections: tuple[NeedsConnection, ...] = ()
    aws: tuple[NeedsAws, ...] = ()

    def each(self) -> list[Need]:
        """Return all needs in the order in which the program asks."""
        single: list[Need] = [need for need in (self.user, self.open_files) if need]
        many = (self.environment, self.secrets, self.files, single, self.connections, self.aws)
        return sorted((need for needs in many for need in needs), key=lambda need: need.at)


class Growth(Strict):
    """Something that grows evenly, to `mib` or `count`, `after` seconds after the start; `full`: what then happens."""

    after: float = Field(gt=0)
    full: Reaction

    @field_validator("full")
    @classmethod
    def _asks_nobody(cls, value: Reaction) -> Reaction:
        if value.retry is not None:
            raise ValueError("nothing gives it back, so it cannot retry")
        return value


class Disk(Growth):
    """Bytes written to the task's own storage."""

    mib: int = Field(gt=0)


class OpenFiles(Growth):
    """Files and sockets that it holds open."""

    count: int = Field(gt=0)


class Signal(Strict):
    """The process ends `after` seconds after SIGTERM with exit `code`, printing `logs`."""

    after: float = Field(ge=0)
    code: int = Field(ge=0, le=255)
    logs: tuple[str, ...] = ()


class TimedCode(Strict):
    """A command's exit code from `at` seconds after the start on."""

    at: float = Field(ge=0)
    code: int = Field(ge=0, le=255)


def _codes(value: Any) -> Any:
    return [{"at": 0, "code": value}] if isinstance(value, int) else value


Codes = Annotated[tuple[TimedCode, ...], Field(min_length=1), BeforeValidator(_codes)]
"""What a command in the container exits with: a code, or a schedule of them."""
