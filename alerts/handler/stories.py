"""A story and the alert that tells it, as frozen values, and what there is to send of an alert. Pure.

A story is one failure of one service: a deployment that failed, or tasks that die outside of one. Stories that fail for
one cause share an alert, which is one message that grows. Times are milliseconds, as the table keeps them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

STORM = 5
"""Services in one alert from which on it is a storm: what comes later is told less and less often."""
_GROWS_EVERY_MS = 60_000
_MOST_DOUBLINGS = 4
QUIET_MS = 15 * 60_000
"""An alert that no service joined for so long takes no more: the next failure of that cause is news."""
SPIRAL_OVER_MS = 60 * 60_000
"""Deaths outside a deployment belong to one story until none came for so long."""


class State(IntEnum):
    """How far a story is. It never goes back."""

    WAITING = 0
    """Tasks died of what may pass; nobody was told."""
    FAILED = 1
    ROLLED_BACK = 2
    """The previous revision serves again."""
    RECOVERED = 3
    """The service serves what it should, or a later revision."""

    @property
    def word(self) -> str:
        """The state as `alert/1` writes it."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True)
class Story:
    """One item of the table: a failure of one service."""

    id: str
    state: State
    alert: str = ""
    """The alert that tells it; "" while it waits."""
    deployment: str = ""
    deaths: frozenset[str] = frozenset()
    """ARNs of tasks that died while it waited."""
    cause: str = ""
    """The root cause as last found; "" where none is known."""
    seen_ms: int = 0
    """ECS's time of its last event."""

    def is_over(self, now_ms: int) -> bool:
        """Say whether deaths outside a deployment are another story by now."""
        return self.id.startswith("spiral#") and now_ms - self.seen_ms > SPIRAL_OVER_MS


@dataclass(frozen=True)
class Delivery:
    """What one destination was told of an alert."""

    version: int = 0
    """The alert's version that was last sent; 0 for never."""
    members: int = 0
    state: State = State.WAITING
    rounds: int = 0
    """Messages sent so far."""
    due_ms: int = 0
    """When the next message is due, while services that fail alike are waited for; 0 where none is waited for."""
    guard: str = ""
    """The queue's message that comes back then."""
    lease_ms: int = 0
    """Until when somebody is sending."""
    owner: str = ""
    """The queue's message for which that is done."""
    attempted_ms: int = 0
    """When a sending began whose end nobody noted; 0 where each end was."""
    reference: Mapping[str, str] = field(default_factory=dict)
    """How the destination knows the message, so that it can be updated."""


@dataclass(frozen=True)
class Alert:
    """One message, and what it tells."""

    id: str
    version: int
    """Goes up by one with each thing that it tells more."""
    opened_ms: int
    joined_ms: int
    """When the last service joined."""
    members: int
    ended: int
    """How many of them were rolled back or recovered."""
    recovered: int
    document: Mapping[str, Any]
    """What is told of the first service: `alert/1` without what the whole alert knows."""
    services: tuple[Mapping[str, str], ...] = ()
    """The first services of it: name, cluster, environment, url."""
    deliveries: Mapping[str, Delivery] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """The state that every service of it has reached."""
        if self.recovered >= self.members:
            return State.RECOVERED
        return State.ROLLED_BACK if self.ended >= self.members else State.FAILED

    def delivery(self, destination: str) -> Delivery:
        """Return what a destination was told."""
        return self.deliveries.get(destination, Delivery())


@dataclass(frozen=True)
class Send:
    """It is time to send."""


@dataclass(frozen=True)
class Wait:
    """Others may fail alike: send at `due_ms`."""

    due_ms: int


@dataclass(frozen=True)
class Nothing:
    """All was told that is to be told."""


@dataclass(frozen=True)
class Manner:
    """How a destination is told."""

    updates: bool
    """Whether a message that was sent can be changed."""
    follow_ups: bool
    """Where it cannot: whether the story's end is one message more."""
    hold_ms: int


def plan(alert: Alert, delivery: Delivery, manner: Manner, now_ms: int) -> Send | Wait | Nothing:
    """Return what is to be done for one destination."""
    if delivery.version >= alert.version or not alert.members:
        return Nothing()
    if manner.updates:
        return Send()
    if alert.members > delivery.members:
        due = _due(alert, delivery, manner)
        return Send() if now_ms >= due else Wait(due)
    ends = alert.state >= State.ROLLED_BACK > delivery.state
    return Send() if ends and manner.follow_ups else Nothing()


def _due(alert: Alert, delivery: Delivery, manner: Manner) -> int:
    """Return when a message about services that were not told of is due; a storm that was told may wait longer."""
    if delivery.due_ms:
        return delivery.due_ms
    if not delivery.rounds:
        return alert.opened_ms + manner.hold_ms
    if delivery.members < STORM or not manner.hold_ms:
        return alert.joined_ms + manner.hold_ms
    return alert.joined_ms + (_GROWS_EVERY_MS << min(delivery.rounds - 1, _MOST_DOUBLINGS))


# Ids


def deployment_story(service_arn: str, deployment_id: str) -> str:
    """Return the id of the story of a deployment's failure."""
    return f"deployment#{service_arn}#{deployment_id}"


def spiral_story(service_arn: str, deployment_id: str) -> str:
    """Return the id of the story of deaths outside a deployment, of the revision that this deployment brought."""
    return f"spiral#{service_arn}#{deployment_id}"


def sample_story(sample: str) -> str:
    """Return the id of a sample's story; `alerts test` asks the table for it."""
    return f"sample#{sample}"


def service_item(service_arn: str) -> str:
    """Return the id of the item that lists a service's stories which are not over."""
    return f"service#{service_arn}"


def cause_item(cause: str, subject: str, account: str, region: str) -> str:
    """Return the id of the item that names the open alert of a cause that services share."""
    return f"cause#{hashlib.sha256(chr(0).join((cause, subject, account, region)).encode()).hexdigest()[:32]}"
