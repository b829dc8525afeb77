"""Hosts outside AWS's own services that programs connect to, such as a database or a broker, and the state of each."""

import hashlib
import ipaddress
from dataclasses import dataclass
from enum import Enum
from typing import Literal, cast, get_args

HostState = Literal["up", "down", "unreachable", "refusing-login", "limiting", "failing"]
"""What became of a host: it serves; nothing listens; packets get lost; it serves, and takes no login; as a registry of
images it answers 429, or 503 (a program that connects to it is connected).
"""


class Reach(Enum):
    """What comes of an attempt to connect and to log in."""

    CONNECTED = "connected"
    REFUSED = "refused"
    TIMED_OUT = "timed out"
    NAME_NOT_FOUND = "name not found"
    LOGIN_REFUSED = "login refused"


class UnknownStateError(ValueError):
    """There is no such state of a host; the message names those that there are."""


@dataclass(frozen=True)
class Host:
    """A host's state; `ports` are those that it serves, all where there are none."""

    state: HostState
    ports: frozenset[int] = frozenset()


class Hosts:
    """The hosts outside, by name or address. One that was never set does not exist."""

    def __init__(self) -> None:
        self._hosts: dict[str, Host] = {}

    def set(self, name: str, state: str, ports: frozenset[int] = frozenset()) -> None:
        """Say how a host is from now on, making it where it is new.

        Raises:
            UnknownStateError: there is no such state.
        """
        self._hosts[name.lower()] = Host(check_state(name, state), ports)

    def remove(self, name: str) -> None:
        """Have a host's name no longer resolve; harmless where it never did."""
        self._hosts.pop(name.lower(), None)

    def state(self, name: str) -> HostState | None:
        """Return how a host is; None where nobody has said."""
        host = self._hosts.get(name.lower())
        return host.state if host else None

    def states(self) -> dict[str, HostState]:
        """Return every host's state by its name."""
        return {name: host.state for name, host in self._hosts.items()}

    def reach(self, name: str, port: int) -> Reach:
        """Try to connect and log in. An address where nobody is does not answer; a name of nobody does not resolve."""
        host = self._hosts.get(name.lower())
        if host is None:
            return Reach.TIMED_OUT if _is_address(name) else Reach.NAME_NOT_FOUND
        if host.state == "unreachable":
            return Reach.TIMED_OUT
        if host.state == "down" or (host.ports and port not in host.ports):
            return Reach.REFUSED
        return Reach.LOGIN_REFUSED if host.state == "refusing-login" else Reach.CONNECTED


def check_state(name: str, state: str) -> HostState:
    """Return the state that a host is to have.

    Raises:
        UnknownStateError: there is no such state.
    """
    for known in get_args(HostState):
        if state == known:
            return cast("HostState", known)
    raise UnknownStateError(f"{name}: no state `{state}`; there are: {', '.join(get_args(HostState))}")


def address_of(name: str) -> str:
    """Return the address of a host: made up from its name, and always the same."""
    if _is_address(name):
        return name
    third, fourth, *_ = hashlib.sha256(name.lower().encode()).digest()
    return f"10.0.{third}.{max(4, fourth)}"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
