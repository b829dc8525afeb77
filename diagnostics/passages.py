"""The words of an evidence in the order in which they decide: deepest first, wrappers last."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from diagnostics.crash import Crash, find_crash, last_complaint
from diagnostics.evidence import Evidence, Log, Task
from diagnostics.haystack import Haystack
from diagnostics.model import Quote
from diagnostics.turns import Turns, task_named
from diagnostics.wrapped import other_forms, without_colours

_LONGEST = 2000
"""Characters of one text that rules look at: AWS's reasons are shorter, and a log event may have a million."""
_LONGEST_EVENT = 64 * 1024
"""Characters of one log event that are looked at: enough for a structured line with a long stack in it."""
_MOST_SAID = 32 * 1024
"""Characters of each kind of AWS's texts that rules look at, alike ones counted once: 100 events come to 25,000 and the
reasons of 50 tasks to as many; more of them only repeat each other."""
_FIRST_LINES = 5
"""One part in so many of a long log's lines is its beginning (which port, which settings); the rest is its end."""
LAST_LINES = 1500
_LAST_CHARACTERS = 64 * 1024
"""Of a log's end, in which a death is looked for: a program's last words stand there."""


@dataclass(frozen=True)
class Passage:
    """One text of AWS or of a container, with where it stood."""

    source: str
    text: str
    at: datetime | None = None
    task: Task | None = None
    again: bool = False
    """The words of the passage before it, without the breaks of their lines."""

    def __post_init__(self) -> None:
        if len(self.text) > _LONGEST:
            object.__setattr__(self, "text", f"{self.text[: _LONGEST - 1]}…")

    @cached_property
    def lower(self) -> str:
        """The text in lower case, made once: look for a literal in it before a pattern is tried."""
        return self.text.lower()

    def has(self, *literals: str) -> bool:
        """Say whether one of the literals, given in lower case, stands in the text, in any case."""
        return any(map(self.lower.__contains__, literals))  # for each line of each log: no generator, no second look-up

    def quote(self, text: str | None = None) -> Quote:
        """Return it, or a part of it, as a quote."""
        return Quote(self.source, text or self.text, self.at)


def failure_words(evidence: Evidence) -> tuple[Passage, ...]:
    """Return what AWS says of the deployment's failures: container reasons, stopped reasons, events, states, errors.

    Stops by scaling, by a person or for AWS's own needs are left out. Worked out once for each evidence.
    """
    if "failure words" not in evidence.derived:
        evidence.derived["failure words"] = tuple(_failure_words(evidence))
    words: tuple[Passage, ...] = evidence.derived["failure words"]
    return words


def mentions(evidence: Evidence, *literals: str) -> bool:
    """Say whether one of the literals, given in lower case, stands in any failure word or in the log of any task.

    Cheap: one search in one text for each literal. Ask it first, and go through the passages only where it says yes:

        if not mentions(evidence, "toomanyrequests", "rate limit"):
            return None
    """
    hay = _haystack(evidence)
    return any(hay.has(literal) for literal in literals)


def _haystack(evidence: Evidence) -> Haystack:
    if "haystack" not in evidence.derived:
        owners = {task.arn: task for task in evidence.tasks}
        logged = (log_passages(owners.get(log.task_arn, Task(arn=log.task_arn)), log) for log in evidence.logs)
        texts = [passage.text for passage in failure_words(evidence)]
        texts += [passage.text for passages in logged for passage in passages]
        texts += [f"{target.reason} {target.description}" for each in evidence.target_health for target in each.targets]
        evidence.derived["haystack"] = Haystack(texts)
    found: Haystack = evidence.derived["haystack"]
    return found


def _failure_words(evidence: Evidence) -> Iterator[Passage]:
    for kind in (_container_reasons, _stopped_reasons, event_words, _states, _errors):
        yield from _as_much_as_counts(kind(evidence))


def _as_much_as_counts(passages: Iterable[Passage]) -> Iterator[Passage]:
    """Yield the first of these passages, as many as there is room for; what was said before takes none."""
    said: set[str] = set()
    size = 0
    for passage in passages:
        if passage.text not in said:
            size += len(passage.text)
            if size > _MOST_SAID and said:
                return
            said.add(passage.text)
        yield passage


def _container_reasons(evidence: Evidence) -> Iterator[Passage]:
    for task in (*evidence.failed_tasks, *evidence.running):
        for container in task.containers:
            if container.reason:
                source = f"task {task.short_id} container {container.name} reason"
                yield from _with_its_forms(Passage(source, container.reason, task.ended_at, task))


def _stopped_reasons(evidence: Evidence) -> Iterator[Passage]:
    for task in evidence.failed_tasks:
        if task.stopped_reason:
            source = f"task {task.short_id} stoppedReason"
            yield from _with_its_forms(Passage(source, task.stopped_reason, task.ended_at, task))


def _states(evidence: Evidence) -> Iterator[Passage]:
    if (whole := evidence.service_deployment) and whole.status_reason:
        yield from _with_its_forms(Passage("service deployment statusReason", whole.status_reason))
    if (deployment := evidence.deployment) and deployment.rollout_state_reason:
        source = "deployment rolloutStateReason"
        yield from _with_its_forms(Passage(source, deployment.rollout_state_reason, deployment.updated_at))


def _errors(evidence: Evidence) -> Iterator[Passage]:
    for error in evidence.errors:
        source = f"error of {error.operation}" if error.operation else "error"
        said = f"{error.code}: {error.message}" if error.code else error.message
        yield from _with_its_forms(Passage(source, without_colours(said)))


def _with_its_forms(passage: Passage) -> Iterator[Passage]:
    """Yield what was said, and beside it what it was before a tool or a person put it into another form."""
    yield passage
    for form in other_forms(passage.text):
        yield replace(passage, text=form, again=True)


def in_their_forms(words: Iterable[Passage]) -> Iterator[tuple[Passage, ...]]:
    """Yield each text together with the forms that it had before, the text itself first."""
    forms: list[Passage] = []
    for passage in words:
        if forms and not passage.again:
            yield tuple(forms)
            forms = []
        forms.append(passage)
    if forms:
        yield tuple(forms)


def event_words(evidence: Evidence) -> Iterator[Passage]:
    """Yield the service's events since the deployment began, without those about another one or its tasks."""
    ids = {task.id: task for task in evidence.deployment_tasks}
    turns = Turns.of(evidence)
    for event in evidence.events:
        named = task_named(event)
        if named and ids and named not in ids:
            continue
        task = ids.get(named) if named else None
        if task or turns.may_tell_of_it(event):
            yield from _with_its_forms(Passage("service event", event.message, event.at, task))


def log_passages(task: Task, log: Log) -> list[Passage]:
    """Return a container's log as plain lines, oldest first. Worked out once for each log; it is not to be changed.

    Colours are dropped, an event of several lines becomes several passages, and of a JSON line each text in it is one.
    Of a log that is longer than its share (`Log.most_lines`) the beginning and the end are returned.
    """
    if task.arn not in log.derived:
        source = f"task {task.short_id} log of {log.container or 'container'}"
        texts = [(text, line.at) for line in log.lines for text in plain_lines(line.message)]
        if len(texts) > log.most_lines:
            first = log.most_lines // _FIRST_LINES
            texts = [*texts[:first], *texts[len(texts) - log.most_lines + first :]]
        log.derived[task.arn] = [Passage(source, text, at, task) for text, at in texts]
    passages: list[Passage] = log.derived[task.arn]
    return passages


def crash_of(task: Task, log: Log) -> Crash | None:
    """Return the uncaught error that ended a container's program, as its log shows it. Worked out once for each log.

    Its `index` is that of a line of `log_passages`.
    """
    return _seen_at_end(task, log, find_crash)


def complaint_of(task: Task, log: Log) -> Crash | None:
    """Return the last line of an error's level with which a container's log ends, as `crash_of` does."""
    return _seen_at_end(task, log, last_complaint)


def _seen_at_end(task: Task, log: Log, look: Callable[[list[str]], Crash | None]) -> Crash | None:
    key = (task.arn, look)
    if key not in log.derived:
        log.derived[key] = look_at_end(log_passages(task, log), look)
    found: Crash | None = log.derived[key]
    return found


def last_lines(task: Task, log: Log) -> tuple[int, str]:
    """Return from which line of `log_passages` on a death is looked for, and those lines as one text in lower case.

    Worked out once for each log: every rule about last words asks.
    """
    key = (task.arn, "last lines")
    if key not in log.derived:
        passages = log_passages(task, log)
        begin = end_of(passages)
        log.derived[key] = begin, "\n".join(passage.lower for passage in passages[begin:])
    found: tuple[int, str] = log.derived[key]
    return found


def end_of(passages: Sequence[Passage]) -> int:
    """Return the index of the first of the lines, from a log's end, in which a death is looked for."""
    size = 0
    for index in range(len(passages) - 1, -1, -1):
        size += len(passages[index].text)
        if size > _LAST_CHARACTERS or len(passages) - index > LAST_LINES:
            return index + 1
    return 0


def look_at_end(passages: Sequence[Passage], look: Callable[[list[str]], Crash | None]) -> Crash | None:
    """Return what `look` finds in the lines at a log's end; its `index` is that of a line of `passages`."""
    begin = end_of(passages)
    found = look([passage.text for passage in passages[begin:]])
    return replace(found, index=begin + found.index) if found else None


def plain_lines(message: str) -> list[str]:
    """Return the lines that a program meant by one log event."""
    plain = without_colours(message[:_LONGEST_EVENT])
    if plain.startswith("{"):
        try:
            fields = json.loads(plain)
        except (ValueError, RecursionError):
            fields = None
        if isinstance(fields, dict):
            texts = [plain, *_texts(fields, depth=3)]
            return [line.rstrip() for text in texts for line in text.splitlines() if line.strip()]
    return [line.rstrip() for line in plain.splitlines() if line.strip()]


def _texts(value: object, depth: int) -> Iterator[str]:
    """Yield the texts inside a structured log line; loggers nest an error's stack two or three deep."""
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item, depth - 1)


KILLED_FROM_OUTSIDE = frozenset({137, 143})
"""128 + SIGKILL and 128 + SIGTERM: the process was stopped, it did not end by itself."""


def end_is_told(task: Task) -> bool:
    """Say whether AWS or the runtime tells how a task ended: with a reason, or with an exit code."""
    of_containers = any(each.reason or each.exit_code is not None for each in task.containers)
    return of_containers or bool(task.stopped_reason)


def died_by_itself(task: Task, container_name: str) -> bool:
    """Say whether a container's process ended by itself with an error, as far as is known.

    A task that ECS stopped, or a sidecar that went down with the task, ends with 0, 137 or 143; where no code is shown
    the log decides.
    """
    container = task.container(container_name)
    code = container.exit_code if container else None
    if code is None:
        return not any(
            code not in (None, 0) and code not in KILLED_FROM_OUTSIDE and names != {container_name}
            for code, names in task.names_by_exit_code.items()
        )
    return code != 0 and code not in KILLED_FROM_OUTSIDE
