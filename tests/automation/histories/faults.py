"""What is wrong for a while in a history: the API's answers, the network, how old what is read is, and the disk.

The disk is refused where Python opens, makes, renames or removes a file (`sys.addaudithook`, which raises in the place
of the operation), so that whatever the tool writes, and however, meets the same error as on a full or read-only one.
One that becomes full while a file is written is the kernel's own doing: the file that is opened may grow by some bytes
(`RLIMIT_FSIZE`), and the write that goes beyond them is cut off there and fails.
"""

import errno
import os
import resource
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from tests.automation.histories.story import Act, Moment

_CODES = {
    "throttle": ("ThrottlingException", "Rate exceeded"),
    "error": ("ServerException", "Service Unavailable. Please try again later."),
    "expired": ("ExpiredTokenException", "The security token included in the request is expired"),
    "denied": ("AccessDeniedException", "User is not authorized to perform this action"),
}
_READS = ("Describe", "List", "Get")
_ROOM = (0, 1, 20, 200, 2000)
"""Bytes that a file may grow by until the disk is full."""
LAG = timedelta(seconds=20)
"""How old an answer may be while reads lag. Own choice: ECS's API reference calls its model eventually consistent
(https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html) and says to wait some seconds and more."""
FAULTS = frozenset({Act.FAULT, Act.NETWORK, Act.LAG, Act.FULL_DISK, Act.HALF_WRITTEN, Act.READ_ONLY, Act.HOME})
"""What is wrong for a while, and then not any more."""


@dataclass
class Faults:
    """What is wrong in one history; time is ECS's."""

    now: Callable[[], datetime]
    seed: int
    lags: bool = True
    """Whether reads lag at all in this history: then what they gave is remembered, which takes time."""
    begun: list[tuple[Moment, datetime]] = field(default_factory=list)
    """Each with its end; those that are over too, until `clear`."""
    hit: defaultdict[Act, int] = field(default_factory=lambda: defaultdict(int))
    """How often each was met."""
    _answers: defaultdict[Any, list[tuple[datetime, Any]]] = field(default_factory=lambda: defaultdict(list))
    _asked: defaultdict[Any, int] = field(default_factory=lambda: defaultdict(int))

    def begin(self, moment: Moment) -> None:
        """Let it be so for a while."""
        self.begun.append((moment, self.now() + timedelta(seconds=moment.seconds)))

    def clear(self) -> None:
        """Let nothing be wrong any more."""
        self.begun.clear()
        self._answers.clear()

    def on(self, *acts: Act) -> Iterable[Moment]:
        """Yield what is wrong now, of these kinds."""
        return (moment for moment, until in self.begun if moment.act in acts and self.now() < until)

    def refuse(self, model: Any, body: Any) -> None:
        """Raise what the driver's client gets in the place of an answer, where it gets none."""
        for moment in self.on(Act.FAULT, Act.NETWORK):
            if problem := self._problem(moment, model, body):
                self.hit[moment.act] += 1
                raise problem

    def refuse_provider(self, model: Any) -> None:
        """The same of the provider's client, which only the network keeps from AWS."""
        for _ in self.on(Act.NETWORK):
            raise unreachable(model)

    def old_answer(self, model: Any, body: Any) -> Any:
        """Return an answer of some seconds ago, where reads lag and this one was asked before; else None."""
        if not model.name.startswith(_READS) or not any(self.on(Act.LAG)):
            return None
        oldest = self.now() - LAG * self._chance("lag", model, body).random()
        known = [answer for at, answer in self._answers[model.name, str(body)] if at <= oldest]
        if known:
            self.hit[Act.LAG] += 1
        return deepcopy(known[-1]) if known else None

    def keep_answer(self, model: Any, body: Any, http: Any, parsed: Any) -> None:
        """Remember what a read gave, for later."""
        if self.lags and model.name.startswith(_READS) and http.status_code < 300:
            answers = self._answers[model.name, str(body)]
            answers.append((self.now(), deepcopy((http, parsed))))
            while answers[0][0] < self.now() - 2 * LAG:
                answers.pop(0)

    def refuse_file(self, event: str) -> None:
        """Raise what the disk says to a file's opening for writing, its making or its removal."""
        for moment in self.on(Act.FULL_DISK, Act.READ_ONLY):
            read_only = moment.act is Act.READ_ONLY
            if read_only or event in _TAKE_ROOM:
                self.hit[moment.act] += 1
                number = errno.EROFS if read_only else errno.ENOSPC
                raise OSError(number, os.strerror(number))

    def refuse_home(self) -> None:
        """Raise what the disk says to whatever the engine writes where it keeps state and locks."""
        for moment in self.on(Act.HOME):
            self.hit[moment.act] += 1
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    def room(self) -> int | None:
        """Return how many bytes a file that is opened now may grow by; None: any number."""
        for moment in self.on(Act.HALF_WRITTEN):
            self.hit[moment.act] += 1
            return Random(f"{self.seed} {self.now()} {self.hit[moment.act]}").choice(_ROOM)  # noqa: S311
        return None

    def _problem(self, moment: Moment, model: Any, body: Any) -> ClientError | BotoCoreError | None:
        if moment.act is Act.NETWORK:
            return unreachable(model)
        everything = moment.operation == "*" and model.service_model.service_name == "ecs"
        if not everything and moment.operation != model.name:
            return None
        if moment.rate < 1 and self._chance("fault", model, body).random() >= moment.rate:
            return None
        code, text = _CODES[moment.fault]
        return ClientError({"Error": {"Code": code, "Message": text}}, model.name)

    def _chance(self, *what: Any) -> Random:
        """Return chance that the order of threads does not change."""
        asked = f"{self.seed} {what[0]} {what[1].name} {what[2]} {self.now()}"
        self._asked[asked] += 1
        return Random(f"{asked} {self._asked[asked]}")  # noqa: S311


def unreachable(model: Any) -> EndpointConnectionError:
    """Return what a client raises where nobody answers."""
    return EndpointConnectionError(endpoint_url=f"https://{model.service_model.endpoint_prefix}.amazonaws.com/")


_TAKE_ROOM = frozenset({"open", "os.mkdir"})
_CHANGE = _TAKE_ROOM | {"os.rename", "os.remove", "os.rmdir", "os.truncate", "os.link", "os.symlink"}


class Disk:
    """Has whatever changes files under a folder ask first; one for the process, since a hook cannot be taken away."""

    def __init__(self) -> None:
        self._folders: tuple[str, ...] = ()
        self._faults: Faults | None = None
        self._hooked = False
        self._limited = False

    def guard(self, folders: Iterable[Path], faults: Faults) -> None:
        """Have each change under the folders meet these faults."""
        if not self._hooked:
            sys.addaudithook(self._hook)
            self._hooked = True
        self._folders = tuple(str(folder) for folder in folders)
        self._faults = faults

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Let files be changed meanwhile: it is the stage that does."""
        faults, self._faults = self._faults, None
        self._limit(None)
        try:
            yield
        finally:
            self._faults = faults

    def release(self) -> None:
        """Let files be changed from now on."""
        self._faults = None
        self._limit(None)

    def rest(self) -> None:
        """Let what is open now be written: no file of the tool is, and others' are nobody's business here."""
        self._limit(None)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._faults is None or event not in _CHANGE:
            return
        if event == "open" and not _writes(arguments[2]):
            return
        path = os.fspath(arguments[0]) if isinstance(arguments[0], str | os.PathLike) else ""
        if not str(path).startswith(self._folders):
            self._limit(None)
            return
        self._faults.refuse_file(event)
        if event == "open":
            room = self._faults.room()
            self._limit(None if room is None else _size(str(path)) + room)

    def _limit(self, size: int | None) -> None:
        """Let no file of this process grow beyond a size."""
        if size is None and not self._limited:
            return
        most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (most if size is None else size, most))
        self._limited = size is not None


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - the path is a string
    except OSError:
        return 0


def _writes(flags: Any) -> bool:
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


DISK = Disk()
