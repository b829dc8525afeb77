"""Finds wordings: in what AWS and the container runtime said, and in the last words of programs that died."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from diagnostics.evidence import Container, Evidence, Log, Task
from diagnostics.model import Quote
from diagnostics.passages import (
    Passage,
    crash_of,
    died_by_itself,
    failure_words,
    in_their_forms,
    log_passages,
    mentions,
)
from diagnostics.wrappers import is_wrapper, speaks_of_trouble

_MOST_LOOKED_AT = 32 * 1024
"""Characters of different lines of one log in which a wording is looked for; only lines with its literal count."""


@dataclass(frozen=True)
class Wording:
    """A way to say one thing, found by its literal first: a pattern is only run on a text that has it."""

    literal: str
    """In lower case; compared with the text in lower case."""
    written: str
    """The pattern, as it is written."""

    @classmethod
    def of(cls, literal: str, pattern: str | None = None) -> "Wording":
        """Return the wording of a literal, alone or with the pattern that a text with it must also match."""
        return cls(literal.lower(), pattern or re.escape(literal))

    @classmethod
    def any_of(cls, literals: Iterable[str], pattern: str) -> tuple["Wording", ...]:
        """Return the wordings of a pattern whose texts have one of several literals."""
        return tuple(cls.of(literal, pattern) for literal in literals)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern, compiled when it is first needed: all of them took half a second of every command's start."""
        return re.compile(self.written, re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """One place where a wording stands."""

    passage: Passage
    found: re.Match[str]

    @property
    def task(self) -> Task | None:
        """Whose words they are, where that is known."""
        return self.passage.task

    def group(self, name: str) -> str:
        """Return a named part of the wording; "" where it has no such part."""
        return (self.found.groupdict().get(name) or "").strip()


def find(passage: Passage, wordings: Iterable[Wording]) -> re.Match[str] | None:
    """Return where the first of the wordings that a passage has stands in it."""
    text = passage.lower
    for wording in wordings:
        if wording.literal in text and (found := wording.pattern.search(passage.text)):
            return found
    return None


def that_stand_in(evidence: Evidence, wordings: Iterable[Wording]) -> tuple[Wording, ...]:
    """Return the wordings whose literal stands anywhere in the evidence."""
    return tuple(wording for wording in wordings if mentions(evidence, wording.literal))


def said_by_aws(evidence: Evidence, wordings: Iterable[Wording]) -> Iterator[Said]:
    """Yield where AWS or the runtime says it of the deployment's failures, deepest words first.

    Tasks fail in the same words: each sentence is looked at once, and is not found again without its lines' breaks.
    """
    heard = that_stand_in(evidence, wordings)
    look = _Looking(heard)
    found = None
    for passage in failure_words(evidence) if heard else ():
        if found and passage.again:
            continue
        found = look(passage)
        if found:
            yield Said(passage, found)


class _Looking:
    """Finds the first of the wordings in one passage after another: once in those that say the same, and in so many."""

    def __init__(self, wordings: Sequence[Wording]) -> None:
        self._wordings = wordings
        self._known: dict[str, re.Match[str] | None] = {}
        self._room = _MOST_LOOKED_AT

    def __call__(self, passage: Passage) -> re.Match[str] | None:
        text = passage.text
        if text not in self._known:
            if self._room <= 0 or not passage.has(*(wording.literal for wording in self._wordings)):
                return None
            self._room -= len(text)
            self._known[text] = find(passage, self._wordings)
        return self._known[text]


def said_at_death(evidence: Evidence, wordings: Iterable[Wording], *, unhealthy: bool = False) -> Iterator[Said]:
    """Yield, for each container that ended by itself with an error, the last line of its log that says it.

    A line that the program outlived, to die of another uncaught error, is left out.

    Args:
        evidence: one look.
        wordings: what to look for.
        unhealthy: also in the logs of tasks that ECS stopped because a health check failed.
    """
    heard = that_stand_in(evidence, wordings)
    for task, log in logs_of_the_dead(evidence, unhealthy=unhealthy) if heard else ():
        passages = log_passages(task, log)
        look = _Looking(heard)
        for index in reversed(range(len(passages))):
            if (found := look(passages[index])) and not _overtaken(task, log, index, heard):
                yield Said(passages[index], found)
                break


_INFORMS = re.compile(
    r"^[^{]{0,60}?\b(?:INFO|NOTICE|DEBUG|TRACE|WARN|WARNING)\b|\[(?:info|notice|debug|warn)\]"
    r"|\blevel=\"?(?:info|debug|warn)|\"level\":\s*\"(?:info|debug|warn)"
)
"""A level that says that the program goes on."""
_NEW_ERROR = "Traceback (most recent call last):"
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")
_CHAIN_WITHIN = 150
"""Lines between an error and the one that wraps it: a chain of Java exceptions with their stacks takes so many."""


def _overtaken(task: Task, log: Log, index: int, wordings: Iterable[Wording]) -> bool:
    """Say whether the program lived on after that line of its log, and died of an uncaught error that is another."""
    crash = crash_of(task, log)
    if crash is None or crash.index <= index:
        return False
    passages = log_passages(task, log)
    if find(passages[crash.index], wordings):
        return False
    if crash.index - index > _CHAIN_WITHIN or _INFORMS.search(passages[index].text):
        return True
    after = [passage.text for passage in passages[index + 1 : crash.index]]
    begins = any(_NEW_ERROR in text for text in after)
    return begins and not any(text.startswith(_CHAINED) for text in after)


def logs_of_the_dead(evidence: Evidence, *, unhealthy: bool = False) -> Iterator[tuple[Task, Log]]:
    """Yield the logs of containers that ended by themselves with an error, each with its task."""
    for task in evidence.failed_tasks:
        for log in evidence.logs_of(task):
            if died_by_itself(task, log.container) or (unhealthy and task.stopped_for_health):
                yield task, log


def exit_code_alone(evidence: Evidence, task: Task, container: Container) -> bool:
    """Say whether nothing but the exit code speaks of a container's death: only then may the code decide."""
    if container.reason:
        return False
    lines = (
        passage
        for log in evidence.logs_of(task)
        if log.container in ("", container.name)
        for passage in log_passages(task, log)
    )
    return not any(speaks_of_trouble(passage) for passage in lines)


_EXIT_CODE_SAID = re.compile(r"\bexit(?:ed)?\b[^\d\n]{0,30}\b(?P<code>\d{1,3})\b", re.IGNORECASE)


def exit_code_said(evidence: Evidence, code: int) -> list[Passage]:
    """Return AWS's words, or a tool's, that tell this exit code and nothing else; empty where more is shown."""
    words = failure_words(evidence) if mentions(evidence, "exit") else ()
    found = ((passage, _EXIT_CODE_SAID.search(passage.text)) for passage in words)
    said = [passage for passage, stated in found if stated and int(stated["code"]) == code]
    if not said or not all(any(is_wrapper(form.text) for form in forms) for forms in in_their_forms(words)):
        return []
    shown = any(container.exit_code is not None for task in evidence.failed_tasks for container in task.containers)
    logged = (passage for task, log in logs_of_the_dead(evidence) for passage in log_passages(task, log))
    return [] if shown or any(map(speaks_of_trouble, logged)) else said


def exit_passage(task: Task, container: Container) -> Passage:
    """Return a container's exit code as a passage."""
    source = f"task {task.short_id} container {container.name} exitCode"
    return Passage(source, str(container.exit_code), task.ended_at, task)


def tasks_of(said: Iterable[Said]) -> tuple[str, ...]:
    """Return the ARNs of the tasks whose words these are, each once."""
    return tuple(dict.fromkeys(each.task.arn for each in said if each.task))


def first_and_last(passages: Sequence[Passage]) -> tuple[Quote, ...]:
    """Return the first and the last of these words as quotes: what may settle is counted between their times."""
    return tuple(dict.fromkeys(each.quote() for each in (*passages[:1], *passages[1:][-1:])))


def container_of(said: Said) -> str:
    """Return the container whose words these are; "" where they name none."""
    source = said.passage.source
    for mark in (" log of ", " container "):
        if mark in source:
            return source.partition(mark)[2].removesuffix(" reason").removesuffix(" exitCode")
    return ""
