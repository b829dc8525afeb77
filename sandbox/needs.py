"""What a process finds where it runs, and whether that is what its image needs."""

import json
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from sandbox.hosts import Reach, address_of
from sandbox.image_keys import (
    Need,
    NeedsAws,
    NeedsConnection,
    NeedsFile,
    NeedsOpenFiles,
    NeedsSecret,
    NeedsUser,
    NeedsVariable,
    Reaction,
)


@dataclass(frozen=True)
class Mount:
    """A volume in a container. `owner` is the user id that may write to it, beside root."""

    path: str
    readonly: bool
    owner: int = 0


class CallsAws(Protocol):
    """Decides about a call of AWS that a program makes."""

    def refuses(self, role_arn: str, action: str, resource: str) -> bool:
        """Tell whether a role may not do this."""


@dataclass(frozen=True)
class Situation:
    """Where and how a process runs. Memory and disk in MiB; `memory_mib` None: no limit.

    Attributes:
        environment: variables with their values, those from secrets included.
        reach: what comes of connecting to a host and port at this moment.
        role_arn: the task role; None: there is none, and no credentials either.
    """

    environment: Mapping[str, str]
    memory_mib: int | None
    disk_mib: int
    open_files: int
    user: int
    readonly_root: bool
    mounts: tuple[Mount, ...]
    reach: Callable[[str, int], Reach]
    aws: CallsAws
    role_arn: str | None


def endpoint(need: NeedsConnection, environment: Mapping[str, str]) -> tuple[str, int]:
    """Return (host, port) that a program connects to, from its variable where that is set."""
    given = environment.get(need.variable or "", "")
    if not given:
        return need.host, need.port
    try:
        url = urlsplit(given if "://" in given else f"//{given}")
        host, port = url.hostname, url.port
    except ValueError:  # not an address at all: the name is what does not resolve
        host, port = given, None
    return host or need.host, port or need.port


def unmet(need: Need, situation: Situation) -> Reaction | None:  # noqa: PLR0911 - one for each kind
    """Return what the program does about a need that is not met at this moment; None where it is."""
    match need:
        case NeedsVariable():
            return _variable(need, situation)
        case NeedsSecret():
            return _secret(need, situation)
        case NeedsFile():
            return _file(need, situation)
        case NeedsUser():
            return None if situation.user == need.id else need.other
        case NeedsOpenFiles():
            return None if situation.open_files >= need.at_least else need.fewer
        case NeedsConnection():
            return _connection(need, situation)
        case NeedsAws():
            return _aws(need, situation)
    raise TypeError(f"no such need: {type(need).__name__}")


def fill(line: str, need: Need, situation: Situation) -> str:
    """Return a log line with the names that it leaves open."""
    if isinstance(need, NeedsConnection):
        host, port = endpoint(need, situation.environment)
        line = line.replace("{host}", host).replace("{port}", str(port))
        return line.replace("{address}", address_of(host))
    if isinstance(need, NeedsAws):
        role = (situation.role_arn or "").rpartition("/")[2]
        return line.replace("{role}", role).replace("{action}", need.action).replace("{resource}", need.resource)
    return line


def _variable(need: NeedsVariable, situation: Situation) -> Reaction | None:
    value = situation.environment.get(need.name)
    if value is None:
        return need.absent
    legal = value in need.legal if need.legal else re.fullmatch(need.pattern or ".*", value, re.DOTALL) is not None
    return None if legal else need.illegal


def _secret(need: NeedsSecret, situation: Situation) -> Reaction | None:
    value = situation.environment.get(need.name)
    if value is None:
        return need.absent
    try:
        document = json.loads(value)
    except json.JSONDecodeError:
        return need.malformed
    whole = isinstance(document, dict) and all(key in document for key in need.keys)
    return None if whole else need.malformed


def _file(need: NeedsFile, situation: Situation) -> Reaction | None:
    """Look for the mount that a path is in, the root file system where it is in none.

    A volume of Fargate is owned by root unless the image has it as a VOLUME of another user:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
    """
    around = [mount for mount in situation.mounts if _inside(need.path, mount.path)]
    mount = max(around, key=lambda mount: len(mount.path), default=None)
    if mount.readonly if mount else situation.readonly_root:
        return need.readonly
    owner = mount.owner if mount else need.owner
    return None if situation.user in {0, owner} else need.denied


def _inside(path: str, folder: str) -> bool:
    return posixpath.commonpath([posixpath.normpath(path), posixpath.normpath(folder)]) == posixpath.normpath(folder)


def _connection(need: NeedsConnection, situation: Situation) -> Reaction | None:
    match situation.reach(*endpoint(need, situation.environment)):
        case Reach.CONNECTED:
            return None
        case Reach.REFUSED:
            return need.refused
        case Reach.TIMED_OUT:
            return need.timed_out
        case Reach.NAME_NOT_FOUND:
            return need.name_not_found
        case Reach.LOGIN_REFUSED:
            return need.login_refused


def _aws(need: NeedsAws, situation: Situation) -> Reaction | None:
    if situation.role_arn is None:
        return need.no_credentials
    return need.denied if situation.aws.refuses(situation.role_arn, need.action, need.resource) else None
