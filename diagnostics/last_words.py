"""What a program said last of why it died: not what only informs, was mended later, or belongs to an older error."""

import re
from collections.abc import Iterator, Sequence

from diagnostics.crash import Crash
from diagnostics.evidence import Evidence
from diagnostics.levels import INSIDE, only_informs
from diagnostics.passages import LAST_LINES, Passage, complaint_of, crash_of, died_by_itself, last_lines, log_passages
from diagnostics.said import Said, Wording, logs_of_the_dead, that_stand_in

_NEVER = re.compile(r"(?!)")
_MENDED = re.compile(
    r"(?<!not )(?<!n't )(?<!\bno )\b(?:(?:re)?connected to"
    r"|connection (?:was |is |has been )?(?:established|restored|succeeded|successful)"
    r"|successfully (?:re)?connected|accepting connections|connected successfully)\b"
    r"|(?:\b(?:database|db|redis|postgres|mysql|broker|server)|:\d{2,5}) is (?:now )?"
    r"(?:up|available|ready|reachable|healthy)\b",
    re.IGNORECASE,
)
_NOT_MENDED = re.compile(
    r"\b(?:check|ensure|make sure|please|verify|whether)\b|\bis (?:the|your) server\b"
    r"|\bno (?:\w{1,20} )?(?:database|broker|server) is\b",
    re.IGNORECASE,
)
"""Advice to look whether a service is up, and that none is: it stands in the complaint itself."""
_OWN_MISTAKE = re.compile(
    r"(?:^|[.:\\])(?:KeyError|NameError|AttributeError|SyntaxError|IndentationError|TabError|ImportError|IndexError"
    r"|ModuleNotFoundError|UnboundLocalError|ZeroDivisionError|ReferenceError|NullPointerException|NoMethodError"
    r"|NullReferenceException|ArithmeticException|UndefinedFunctionError|FunctionClauseError)$"
)
"""Errors of the program itself: what it logged before one, and lived on from, is not what it died of."""
_CHAIN = re.compile(r"During handling of the above exception|direct cause of the following|Caused by:|\[cause\]")
_NEAR = 60
"""Lines between the last line that says it and another that also names the thing."""
_LONGEST = 800
"""Characters of one line in which a wording is looked for."""
_QUIET = 12
"""Lines from a log's end in which a line below the level of an error counts, where the log has no louder one."""
_GOES_ON = re.compile(
    r"fall(?:ing|s)? ?back|continuing|ignor(?:ed|ing)|optional|disabl|skipp(?:ed|ing)|deprecat", re.IGNORECASE
)
_TRY = re.compile(r"retrying|will retry|attempt \d+ (?:of|/)", re.IGNORECASE)
"""One of several tries: what a later one met says more, where the program says so."""
_CLOSING = 4
"""Lines with which a program ends where it names no uncaught error, and lines before one that belong to it."""


def last_words(
    evidence: Evidence,
    wordings: Sequence[Wording],
    *,
    names: Sequence[str] = (),
    unless: re.Pattern[str] = _NEVER,
    unhealthy: bool = False,
    passing: bool = False,
    closing: bool = False,
) -> Iterator[Said]:
    """Yield, for each container that died by itself, the line of its log that says it best.

    Args:
        evidence: one look.
        wordings: what to look for; of a line that has several, the first one counts.
        names: groups of the wordings. A line near the last one that says it and fills one of them is preferred.
        unless: lines that have this are passed over.
        unhealthy: also in the logs of tasks that ECS stopped because a health check failed.
        passing: what is said may pass: a line is passed over where a later one says that it was mended, or where the
            program died later of a mistake of its own. Clients warn before they give up, so a warning or a try
            among the last lines counts where the program ended by itself without a louder word.
        closing: only what the program ended with counts: its uncaught error and the lines next to it, else its last.
    """
    possible = that_stand_in(evidence, wordings)
    for task, log in logs_of_the_dead(evidence, unhealthy=unhealthy) if possible else ():
        passages = log_passages(task, log)
        begin, spoken = last_lines(task, log)
        heard = tuple(wording for wording in possible if wording.literal in spoken)
        if not heard:
            continue
        if closing:
            begin = max(begin, _closing_words(passages, crash_of(task, log), complaint_of(task, log)))
        every = [
            (index, Said(passage, match))
            for index, passage in enumerate(passages[begin:], begin)
            if (match := _find(passage, heard)) and not unless.search(passage.text)
        ]
        found = [
            each
            for each in every
            if not _informs(passages, each[0]) and not (passing and _TRY.search(each[1].passage.text))
        ]
        if every and not found and passing and not task.stopped_for_health and died_by_itself(task, log.container):
            found = _quiet_end(every, len(passages), crash_of(task, log), complaint_of(task, log))
        if found and passing:
            begin = _passed_until(passages, crash_of(task, log))
            found = [each for each in found if each[0] >= begin]
        if found:
            yield _best(found, names)


def _closing_words(passages: Sequence[Passage], crash: Crash | None, complaint: Crash | None) -> int:
    """Return the first of the lines that a program ended with."""
    if crash:
        return max(0, crash.index - _CLOSING)
    last = len(passages) - _CLOSING
    return max(0, min(last, complaint.index) if complaint else last)


def _find(passage: Passage, wordings: Sequence[Wording]) -> re.Match[str] | None:
    for wording in wordings:
        if wording.literal in passage.lower and (found := wording.pattern.search(passage.text, 0, _LONGEST)):
            return found
    return None


def _quiet_end(
    every: list[tuple[int, Said]], lines: int, crash: Crash | None, complaint: Crash | None
) -> list[tuple[int, Said]]:
    """Return those in the last lines of a log that has no louder word than theirs."""
    if crash or (complaint and complaint.index not in {index for index, _ in every}):
        return []
    return [
        each for each in every if each[0] >= lines - _QUIET and not _GOES_ON.search(each[1].passage.text, 0, _LONGEST)
    ]


def _informs(passages: Sequence[Passage], index: int) -> bool:
    before = passages[max(0, index - INSIDE) : index]
    return only_informs(passages[index].text, (each.text for each in reversed(before)))


def _passed_until(passages: Sequence[Passage], crash: Crash | None) -> int:
    """Return the first line that may still be what the program died of: what was said before it has passed."""
    until = crash.index if crash else len(passages)
    mended = next(
        (
            n
            for n in range(until - 1, max(-1, until - 1 - LAST_LINES), -1)
            if _MENDED.search(passages[n].text, 0, _LONGEST) and not _NOT_MENDED.search(passages[n].text, 0, _LONGEST)
        ),
        -1,
    )
    own = crash is not None and _OWN_MISTAKE.search(crash.kind)
    if own and not any(_CHAIN.search(passage.text) for passage in passages[max(0, until - LAST_LINES) : until + 1]):
        return max(mended + 1, until)
    return mended + 1


def _best(found: Sequence[tuple[int, Said]], names: Sequence[str]) -> Said:
    last = found[-1][0]
    for index, said in reversed(found):
        if last - index <= _NEAR and any(said.group(name) for name in names):
            return said
    return found[-1][1]
