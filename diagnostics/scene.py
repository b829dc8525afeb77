"""What a live view shows of services and of their run, as frozen values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Mood(StrEnum):
    """How good or bad a line is; the roles of `render.lines`."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


MOODS = (Mood.OK, Mood.NOTE, Mood.WARNING, Mood.ERROR)
"""From the best to the worst."""


@dataclass(frozen=True)
class Said:
    """A text with its time on ECS's clock."""

    at: datetime | None
    text: str


@dataclass(frozen=True)
class DeploymentRow:
    """One deployment of a service with its counts."""

    revision: str
    status: str
    """ECS's `status`: PRIMARY, ACTIVE, INACTIVE."""
    state: str
    """ECS's `rolloutState`."""
    desired: int
    running: int
    pending: int
    failed: int
    mine: bool
    """Whether it is the deployment that is watched."""
    healthy: int | None = None
    """Targets of its tasks that are healthy; None where that was not read."""


@dataclass(frozen=True)
class TaskRow:
    """One task of the watched deployment."""

    id: str
    state: str
    health: str
    """What its load balancer or its own health check says; "" where nothing does yet."""
    created_at: datetime | None
    ended_at: datetime | None
    """Set once its containers ended."""
    reason: str
    stopped: bool

    def age(self, now: datetime) -> float | None:
        """Return for how many seconds it has lived, or had when it ended."""
        return ((self.ended_at or now) - self.created_at).total_seconds() if self.created_at else None


@dataclass(frozen=True)
class LogTail:
    """The last lines of a container that fails."""

    title: str
    lines: tuple[Said, ...]


@dataclass(frozen=True)
class ServiceView:
    """One service, as its last look shows it."""

    key: str
    """What tells it from others: its URN, or its name where there is none."""
    name: str
    cluster: str = ""
    mood: Mood = Mood.NOTE
    thought: str = "not looked at yet"
    """What the watcher thinks, in one line."""
    revision: str = ""
    """`family:revision` that is deployed."""
    created_at: datetime | None = None
    breaker: str = ""
    """How far the circuit breaker is on its way: `2 of 3`."""
    alarms: tuple[tuple[str, str], ...] = ()
    """Pairs of an alarm of the deployment and its state."""
    deployments: tuple[DeploymentRow, ...] = ()
    tasks: tuple[TaskRow, ...] = ()
    log: LogTail | None = None
    events: tuple[Said, ...] = ()
    """ECS's own, since the deployment began, oldest first."""
    proven: bool = False
    """Whether it is proven what serves in the end; looks that come later change no thought then."""


@dataclass(frozen=True)
class Working:
    """A resource that the engine is at work on."""

    urn: str
    doing: str
    """`creating`, `updating`, `deleting`."""
    type: str
    name: str
    since: datetime


@dataclass(frozen=True)
class Scene:
    """Everything that a live view shows, but the time."""

    title: str
    began: datetime
    services: tuple[ServiceView, ...] = ()
    story: tuple[Said, ...] = ()
    """What the tool itself said and did, oldest first."""
    has_engine: bool = False
    """Whether there is an engine at work; `watch` has none."""
    working: tuple[Working, ...] = ()
    done: int = 0
    unchanged: int = 0
    failed: tuple[str, ...] = ()
    """Type and name of each resource that failed."""
    ended: bool = False
    """Whether the engine's update has ended."""

    @property
    def focus(self) -> ServiceView | None:
        """The service that a person should look at: the one in the worst state, of several the last deployed."""
        return max(self.services, key=_urgency, default=None)


def _urgency(service: ServiceView) -> tuple[int, bool, float]:
    began = service.created_at.timestamp() if service.created_at else 0.0
    return MOODS.index(service.mood), bool(service.tasks), began
