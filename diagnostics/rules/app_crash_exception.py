"""The program died of an error that nothing catches.

## What it looks for
A container that ended by itself with an error, and in its last log lines the stack trace, panic or unhandled
exception that ended it: of Python, Node, the JVM, Go, Ruby, .NET, PHP, Rust, Elixir, C++; or the fatal error of a
server that cannot read its configuration (nginx `[emerg]`, Apache, HAProxy, Redis), or a fatal line of a logger that
ends the process. Where none of these is seen, the last line of an error's level counts, among the last dozen of the
log; else one of the last three, where it says in words of its own that something failed.

## Why waiting cannot help
All tasks of a deployment start from the same image with the same settings. One death may be bad luck, so one is only
suspect. When a second task died of the same error, and none was healthy in between, the next one will die of it too.

One death is enough where the program ended within a minute of its start and its error depends on nothing but image and
settings: a module that is missing, a text that does not parse, a name or an environment variable that is not defined, a
file without permission; or a call or operation on the wrong type, where its log names no other service and shows no
client's code.

## What to do
Correct what raises it. Run the same image with the same settings locally:

    docker run --rm IMAGE

## What it is not
- An error that says that another service did not answer (`ECONNREFUSED`, a name that does not resolve): this rule is
  silent about it. One that speaks of a lock or a time-out may be gone at the next start: one death is never enough.
- A more telling cause: where another rule names the cause of the same death, this one is only `also seen`.
- Memory that ran out (`java.lang.OutOfMemoryError`, `heap out of memory`): `out-of-memory`.
- A stack trace in the log of a program that lived on, and was stopped by ECS for another reason.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resolve-stopped-errors.html
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

from diagnostics.crash import Crash
from diagnostics.evidence import Evidence, Task
from diagnostics.levels import INSIDE, only_informs
from diagnostics.memory_words import BY_SIGKILL, NOT_OURS
from diagnostics.model import Finding, Quote, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.passages import Passage, complaint_of, crash_of, died_by_itself, log_passages, look_at_end
from diagnostics.repeats import crash_repeats
from diagnostics.said import find
from diagnostics.wrappers import logs_wrapper

ID = "app-crash-exception"
VERDICT = Verdict.SUSPECT

_OF_ANOTHER = re.compile(
    r"\b(?:ECONN(?:REFUSED|RESET|ABORTED)|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EPIPE)\b"
    r"|(?<!reached, )connection (?:refused|reset|timed out|attempt failed|closed|aborted)"
    r"|connect(?:ion)? ?(?:error|exception|timeout)"
    r"|(?:could not|can't|cannot|unable to|failed to) (?:open )?connect|no route to host|unreachable"
    r"|no such host|name resolution|name or service not known|unknown ?host"
    r"|nodename nor servname|host not found in upstream|server misbehaving|service unavailable"
    r"|too many (?:connections|clients)|starting up|CommunicationsException"
    r"|Mongo(?:ServerSelection|Network)|NoBrokersAvailable",
    re.IGNORECASE,
)
"""Errors of another service, which other rules know: this one is silent about them."""
_MAY_RECOVER = re.compile(
    rf"{_OF_ANOTHER.pattern}"
    r"|time(?:d)?[ -]?out|deadline exceeded|temporarily unavailable|throttl|too many requests|OperationalError"
    r"|not (?:yet )?ready|LockException|\block(?:ed)?\b",
    re.IGNORECASE,
)
"""Errors that may be gone at the next start: one death is never certain to repeat."""
_NEXT_SENTENCE = re.compile(r"(?<=[a-z\d)\]'\"])\. (?=[A-Z])")
_MEMORY = re.compile(
    r"OutOfMemory|\bMemoryError|heap out of memory|bad_alloc|NoMemoryError|Allowed memory size|[Oo]ut of memory"
)
_ANSWERED = (
    r"(?:^|django\.request\W{1,5}|[\d\]] )(?:Bad Request|Unauthorized|Forbidden|Not Found|Method Not Allowed"
    r"|Internal Server Error|Service Unavailable)(?: \([^)\n]{1,80}\))?: /"
)
"""Django, of the answer to one request: django/utils/log.py `log_response`, django/middleware/csrf.py."""
_OF_A_REQUEST = re.compile(rf"\bDisallowedHost\b|Invalid HTTP_HOST header|{_ANSWERED}")
"""What a web framework logs of one request that it refuses, and lives on: the answer is a code of 400."""
_FAILURE = re.compile(
    r"(?<!no )(?<!\b0 )\b(?:no [\w-]{1,30} [\w-]{1,30} (?:found|defined|available|left)|error"
    r"|fail(?:ed|ure|s)?|fatal|can ?not|can't|could not|couldn't|unable to|invalid|unknown|bad|broken|corrupt(?:ed)?"
    r"|unexpected|unsupported|unrecogni[sz]ed|illegal|malformed|missing|not found|no such|denied|refus(?:ed|ing)"
    r"|abort(?:ed|ing)|is not|are not|does not"
    r"|did not|not (?:defined|set|configured|supported|registered)|undefined|duplicate|must|incorrect"
    r"|mismatch\w*|incompatible|expired|exceeded|unusable|insufficient|forbidden|conflict(?:s|ing)?"
    r"|please (?:add|check|configure|correct|define|ensure|fix|install|make sure|provide|remove|set|specify|verify)"
    r"|not (?:allowed|permitted|available|valid|recogni[sz]ed|installed|enabled|loaded|enough)"
    r"|(?:is|are|was|were|do|does|did|has|have|wo)n't|too (?:old|new|low|small|large)|already (?:running|activated)"
    r"|(?:is|be|already) in use|requires (?:an?|[^\n]{1,40} or (?:greater|higher|later|newer))|compiled against"
    r"|forms? a cycle|only supports|expected [^\n]{1,60} (?:got|found|received))\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"\bretrying\b|\bretry(?:ing)? in\b|\btry(?:ing)? again\b|\battempt \d"
    r"|\bskip(?:ped|ping)?(?: it| this)?\b|\bignor(?:ed|ing)\b|\bcontinuing\b|\bfall(?:ing|s)? back\b",
    re.IGNORECASE,
)
_FRAME_OR_REQUEST = re.compile(
    rf'^\s+at |^\s+File "|\b(?:GET|POST|PUT|DELETE|HEAD|PATCH) /|\bexit(?:ed|ing)?\b|{_ANSWERED}'
)
_OF_AN_ERROR = re.compile(
    r"^\s+at |^\s+(?!\S{0,60}(?:Error|Exception): )['\"]?[\w.$]{1,60}['\"]?: |^\s*[}\])]{1,3}[;,]?\s*$"
)
"""What stands below an error that is printed with its stack and its fields."""
_LAST_LINES = 3
"""Spoken lines from a log's end among which a sentence that speaks of a failure is taken for what ended the program."""
_ERROR_SHOWN = 200
_QUOTES = 2


@dataclass(frozen=True)
class _Death:
    task: Task
    container: str
    crash: Crash
    line: Passage
    repeats: str
    """Why the next start ends like this too, where that is certain after one death."""

    @property
    def sort_key(self) -> float:
        return self.task.ended_at.timestamp() if self.task.ended_at else 0.0


def match(evidence: Evidence) -> Finding | None:
    """Return the error that most of the deployment's tasks died of."""
    alike: dict[tuple[str, str], list[_Death]] = defaultdict(list)
    for death in _deaths(evidence):
        alike[death.container, death.crash.kind].append(death)
    if not alike:
        return None
    deaths = max(alike.values(), key=lambda each: (len({death.task.arn for death in each}), each[-1].sort_key))
    last = max(deaths, key=lambda death: death.sort_key)
    error = last.crash.error if len(last.crash.error) <= _ERROR_SHOWN else last.crash.error[: _ERROR_SHOWN - 1] + "…"
    container = last.task.container(last.container)
    code = f" with exit code {container.exit_code}" if container and container.exit_code else ""
    return Finding(
        what=f"the container {quoted(last.container or 'app')} died of {quoted(error)}{code}",
        why="nothing catches this error, and every task starts from the same image and settings",
        fix=_fix(evidence, last),
        evidence=_quotes(deaths, last),
        tasks=tuple(dict.fromkeys(death.task.arn for death in deaths)),
        repeats=last.repeats,
    )


def _deaths(evidence: Evidence) -> Iterator[_Death]:
    for task in evidence.failed_tasks:
        for log in evidence.logs_of(task):
            if not died_by_itself(task, log.container):
                continue
            passages = log_passages(task, log)
            told = crash_of(task, log) or complaint_of(task, log)
            crash = told or look_at_end(passages, partial(_last_failure, task))
            if (
                crash is None
                or logs_wrapper(crash.error)
                or find(passages[crash.index], BY_SIGKILL)
                or _OF_A_REQUEST.search(crash.error)
            ):
                continue
            if not _OF_ANOTHER.search(_first_sentence(crash.error)) and not _of_memory(crash.error):
                repeats = crash_repeats(task, crash, passages, _MAY_RECOVER) if told else ""
                yield _Death(task, log.container, crash, passages[crash.index], repeats)


def _of_memory(error: str) -> bool:
    """Say whether memory ran out, of which another rule knows better; not that of a GPU or of another service."""
    return bool(_MEMORY.search(error)) and not NOT_OURS.search(error)


def _first_sentence(error: str) -> str:
    """Return what an error says is the matter; the sentences after it explain, and name what else may be."""
    return _NEXT_SENTENCE.split(error, maxsplit=1)[0]


def _last_failure(task: Task, lines: list[str]) -> Crash | None:
    """Return the sentence with which a log ends, where it speaks of a failure in words of the program's own.

    None where a health check may be what ended the task: a living program complains of much. Nor where a container
    waits for this one: then its end is the cause, unless its log names a deeper one.
    """
    if any(each.exit_code is None for each in task.containers) and any(each.exit_code for each in task.containers):
        return None
    if task.stopped_for_health or any(each.health_status == "UNHEALTHY" for each in task.containers):
        return None
    spoken = (
        (index, lines[index].strip())
        for index in reversed(range(len(lines)))
        if lines[index].strip() and not _OF_AN_ERROR.search(lines[index])
    )
    for index, line in islice(spoken, _LAST_LINES):
        if _FAILURE.search(line[:_ERROR_SHOWN]) and not (
            only_informs(line, reversed(lines[max(0, index - INSIDE) : index]))
            or _GOES_ON.search(line[:_ERROR_SHOWN])
            or logs_wrapper(line)
            or _FRAME_OR_REQUEST.search(lines[index][:_ERROR_SHOWN])
        ):
            return Crash(line, re.sub(r"\d+|0x[0-9a-f]+", "#", line)[:80], "", index)
    return None


def _quotes(deaths: list[_Death], last: _Death) -> tuple[Quote, ...]:
    others = [death for death in deaths if death.task.arn != last.task.arn]
    return tuple(death.line.quote() for death in (last, *others)[:_QUOTES])


def _fix(evidence: Evidence, death: _Death) -> str:
    where = f" at {quoted(death.crash.where)}" if death.crash.where else ""
    defined = evidence.task_definition.container(death.container) if evidence.task_definition else None
    seen = death.task.container(death.container)
    image = (seen.image if seen else "") or (defined.image if defined else "")
    fix = f"correct what raises it{where}"
    return f"{fix}; to see it locally:\ndocker run --rm {pasted(image)}" if image else fix
