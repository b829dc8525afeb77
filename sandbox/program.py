"""A process: an image that runs in a situation, and what becomes of it as time goes on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from sandbox.image_keys import Ending, Growth, Level, Need, Reaction, Status
from sandbox.image_model import Image
from sandbox.needs import Situation, fill, unmet

_KILLED = 137


class Watcher(Protocol):
    """What a process is run by: a clock, standard output, and somebody who notices its end."""

    def later(self, seconds: float, step: Callable[[], None]) -> None:
        """Have something happen later, unless the task is over by then."""

    def say(self, lines: Sequence[str]) -> None:
        """Print lines."""

    def end(self, code: int, *, killed_for_memory: bool) -> None:
        """Note that the process has ended."""

    def seconds(self) -> float:
        """Return how long ago the process started."""


@dataclass(frozen=True)
class _Step:
    """Something that the program does `at` seconds after its start, if nothing holds it up before."""

    at: float
    act: Callable[[], None]
    need: Need | None = None


class Process:
    """A process of `image`; begins with `start`."""

    def __init__(self, image: Image, situation: Situation, watcher: Watcher) -> None:
        self.image = image
        self._situation = situation
        self._watcher = watcher
        self._ended = False
        self._held_up = 0.0
        self._asked: dict[int, int] = {}
        self._exhaustion: dict[str, Status] = {}
        self.listens_since: float | None = None
        """Seconds from the start until it listened; None: it does not yet."""

    @property
    def port(self) -> int | None:
        """Where it listens: the variable's value, where it names one and that is a port."""
        listens = self.image.listens
        if listens is None:
            return None
        given = self._situation.environment.get(listens.variable or "", "")
        return int(given) if given.isdecimal() else listens.port

    def start(self) -> None:
        """Begin: print, ask for what is needed, listen, grow and end at their times."""
        image = self.image
        steps = [_Step(at, partial(self._watcher.say, [line])) for at, line in image.lines()]
        steps += [_Step(need.at, lambda: None, need) for need in image.needs.each()]
        if image.start_seconds is not None:
            steps.append(_Step(image.start_seconds, self._listen))
        if image.exits:
            steps.append(_Step(image.exits.after, partial(self._end, image.exits)))
        # The sort is stable: at the same second it prints first, then asks, then listens, then ends.
        self._follow(sorted(steps, key=lambda step: step.at))
        self._outgrow_memory()
        for growth, limit, amount in self._growths():
            if amount > limit:
                self._at(growth.after * limit / amount, partial(self._full, growth))

    def answer(self, port: int, path: str, *, loopback: bool = False, tls: bool | None = False) -> Status | None:
        """Return what `path` on `port` answers now; None: refused, or closed because the protocol is another.

        Args:
            port: the port that is asked.
            path: the path, a query included.
            loopback: whether it is asked from the task itself.
            tls: whether it is asked over TLS; None: it is only connected to.
        """
        listens = self.image.listens
        if self._ended or self.listens_since is None or listens is None or port != self.port:
            return None
        if (listens.bind == "127.0.0.1" and not loopback) or tls == (listens.protocol == "http"):
            return None
        plain = path.partition("?")[0]
        if plain in self._exhaustion:
            return self._exhaustion[plain]
        for need in self.image.needs.each():
            reaction = unmet(need, self._situation)
            if reaction and plain in reaction.health:
                return reaction.health[plain]
        return self.image.status(path, self._watcher.seconds())

    def listens_on(self, port: int) -> bool:
        """Tell whether something of this task could connect to it."""
        return not self._ended and self.listens_since is not None and port == self.port

    # --- the way of the program

    def _follow(self, steps: list[_Step]) -> None:
        """Take the first step at its time, and the others after it."""
        if not steps or self._ended:
            return
        first, rest = steps[0], steps[1:]
        self._at(first.at + self._held_up, partial(self._take, first, rest))

    def _take(self, step: _Step, rest: list[_Step]) -> None:
        reaction = unmet(step.need, self._situation) if step.need else None
        if step.need is None or reaction is None:
            step.act()
            self._follow(rest)
        else:
            self._react(step, rest, step.need, reaction)

    def _react(self, step: _Step, rest: list[_Step], need: Need, reaction: Reaction) -> None:
        def say() -> None:
            self._watcher.say([fill(line, need, self._situation) for line in reaction.logs])

        tried = self._asked[id(step.need)] = self._asked.get(id(step.need), 0) + 1
        last = reaction.attempts is not None and tried >= reaction.attempts
        if reaction.retry is not None and not last:
            self._at_in(reaction.after, say)
            self._held_up += reaction.after + reaction.retry
            self._at(step.at + self._held_up, partial(self._take, step, rest))
        elif reaction.code is not None:
            logs = tuple(fill(line, need, self._situation) for line in (*reaction.logs, *reaction.last_logs))
            self._at_in(reaction.after, partial(self._end, Ending(after=0, code=reaction.code, logs=logs)))
        else:
            self._at_in(reaction.after, say)
            self._held_up += reaction.after
            self._follow(rest)

    def _listen(self) -> None:
        self.listens_since = self._watcher.seconds()
        if self.image.listening_log:
            self._watcher.say([self.image.listening_log.replace("{port}", str(self.port))])

    # --- what it grows to

    def _outgrow_memory(self) -> None:
        limit, memory = self._situation.memory_mib, self.image.memory
        when = reaches(memory.points, limit) if memory and limit is not None else None
        if when is not None:
            self._at(when, partial(self._end, Ending(after=0, code=_KILLED), killed_for_memory=True))

    def _growths(self) -> list[tuple[Growth, int, int]]:
        disk, files = self.image.disk, self.image.open_files
        return [
            *([(disk, self._situation.disk_mib, disk.mib)] if disk else []),
            *([(files, self._situation.open_files, files.count)] if files else []),
        ]

    def _full(self, growth: Growth) -> None:
        self._at_in(growth.full.after, partial(self._exhausted, growth.full))

    def _exhausted(self, full: Reaction) -> None:
        if full.code is not None:
            self._end(Ending(after=0, code=full.code, logs=full.logs))
            return
        self._watcher.say(full.logs)
        self._exhaustion.update(full.health)

    # --- its end

    def _end(self, ending: Ending, *, killed_for_memory: bool = False) -> None:
        self._ended = True
        self._watcher.say(ending.logs)
        self._watcher.end(ending.code, killed_for_memory=killed_for_memory)

    def _at(self, seconds: float, act: Callable[[], None]) -> None:
        self._at_in(seconds - self._watcher.seconds(), act)

    def _at_in(self, seconds: float, act: Callable[[], None]) -> None:
        self._watcher.later(max(0.0, seconds), lambda: None if self._ended else act())


def reaches(points: Sequence[Level], limit: int) -> float | None:
    """Return when a course that is even from point to point first goes above a limit; None: never."""
    before = Level(at=0, level=0)
    for point in sorted(points, key=lambda point: point.at):
        if point.level > limit:
            share = max(0, limit - before.level) / (point.level - before.level)
            return before.at + (point.at - before.at) * share
        before = point
    return None
