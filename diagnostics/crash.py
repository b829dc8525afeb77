"""Finds the uncaught error that ended a program in its last log lines: of the usual languages and servers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diagnostics.levels import complaint


@dataclass(frozen=True)
class Crash:
    """What a program died of."""

    error: str
    """The exception or message in the program's words, one line: `KeyError: 'payment'`."""
    kind: str
    """What makes two deaths alike: the exception's type, or the message where there is no type."""
    where: str
    """The place in the program's own code, as the language writes it; "" where the log does not show it."""
    index: int
    """Which of the lines names it."""


_TYPE = r"(?:[A-Za-z_$][\w$]*(?:\.|::|\\))*[A-Za-z_$][\w$]*"
_EXCEPTION = rf"(?P<kind>{_TYPE}(?:Error|Exception|Failure|Fault|Throwable|Interrupt|Panic)(?:\$\w+)?)"

_PREFIX = re.compile(
    r"^\s*(?:\d\d:\d\d:\d\d \S{1,30}\s*\| |[\w.-]{1,60} +\| |\|? ?\d{13}(?: ?[|,] ?| ))?"
    r"(?:\d{1,2}/\d{1,2}/\d{4},? \d{1,2}:\d\d:\d\d(?: ?[ap]m)?(?: ?\| ?|\s+))?"
    r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w.-]{1,80} [\w./-]{1,80}(?:\[\d+\])?: )?"
    r"(?:\[?\d{4}[-/]\d\d[-/]\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?(?:Copy)?\]?\s*(?:\| ?)?)?"
    r"(?:\[[^\]\s]{1,40}\]\s*){0,3}"
    r"(?:\[?(?:ERROR|FATAL|CRITICAL|SEVERE|error|fatal|critical)\]?\b[\s:|-]*)?"
)
"""What stands before a message: Foreman's and Compose's name of a process, the time as a program, a console or syslog
writes it, the level; never the `Error:` of a language."""
_WRAPPER = re.compile(
    r"HaltServer|Worker failed to boot|Shutting down: Master|Worker \(pid:\d+\) exited"
    r"|no app loaded\. GAME OVER|App (?:\S+ )?exited with code|entered FATAL state|^app crashed - waiting for"
    r"|^APPLICATION FAILED TO START$"
)
"""What a server or supervisor says of a worker that did not start: the worker's own error stands before it."""

_HINT = re.compile(
    r"error|exception|panic|fatal|crashed|HaltServer|emerg|unhandled|uncaught|terminat|failed to start|checks? failed"
    r"| line \d+\.$"
    r"|\*\* \(|ALERT|level|:in [`']|^(?-i:[A-Z]\w{2,60}): ",
    re.IGNORECASE,
)

# Lines that are decisive by themselves. `error` is what to repeat, `kind` what makes two deaths alike.
_DECISIVE = tuple(
    re.compile(pattern)
    for pattern in (
        r"^(?P<error>panic: .+)",  # Go
        r"^(?P<error>fatal error: .+)",  # Go's runtime; Swift and PHP write `Fatal error`
        r"^thread '[^']*' (?:\(\d+\) )?panicked at (?P<error>.+)",  # Rust
        rf'^Exception in thread "[^"]*" (?P<error>{_EXCEPTION}.*)',  # JVM
        rf"^Caused by: (?P<error>(?P<kind>{_TYPE})(?::.*)?)$",  # JVM
        rf"^\[?Unhandled ?[Ee]xception[.:]?\]?:? (?P<error>{_EXCEPTION}.*)",  # .NET
        r"^(?:PHP )?(?:Fatal|Parse|Compile) error:\s+(?P<error>(?:Uncaught (?P<kind>[\w\\]+))?.+)",
        r"^\S+:\d+:in [`'][^']*': (?P<error>.* \((?P<kind>[A-Z][\w:]*)\))$",  # Ruby
        r"^\S+:\d+: (?P<error>(?:syntax error|unterminated).*)",  # Ruby, shells
        r"^! Unable to load application: (?P<error>(?P<kind>[A-Z][\w:]*): .*)",  # Puma
        r"^\*\* (?P<error>\((?P<kind>[A-Z][\w.]*|EXIT from [^)]*)\) .+)",  # Elixir
        r"^terminate called after throwing an instance of (?P<error>'(?P<kind>[^']+)'.*)",  # C++
        r"^libc\+\+abi: terminating .*?(?P<error>uncaught exception.*)",
        r"^(?:Uncaught )?\[?(?P<error>(?P<kind>UnhandledPromiseRejection(?:Warning)?)\b.*)",  # Node
        r"^Uncaught:? (?P<error>.+)",
        r"^(?:\S+: )?(?P<error>AH\d+: (?:.*[Ss]yntax error|.*Configuration Failed).*)",  # Apache
        r"^(?P<error>\*\*\* FATAL CONFIG FILE ERROR.*)",  # Redis
        r"^(?P<error>Fatal error: exception .+)",  # OCaml
        r"^Execution error \((?P<error>(?P<kind>[\w.$]+)\) at (?P<place>.+))",  # Clojure
        r"^(?P<error>error: Uncaught .+)",  # Deno
        r"^# (?P<error>Check failed: .+)",  # V8
        r"^Error: (?P<error>(?P<kind>[A-Z]\w+)(?: \{ .*|\(.*))$",  # Rust: main returned an error
        (  # Python, an exception whose name does not say that it is an error
            r"^(?P<error>(?P<kind>(?:\w+\.){1,6}(?:exceptions?|errors?)\.[A-Za-z]{0,60}"
            r"(?:No[A-Z]|Not|Invalid|Refused|Failed|Denied|Missing|Unavailable|Forbidden|Exists|Exceeded|Closed|Unknown)"
            r"[A-Za-z]{0,60}): .+)"
        ),
        r"^(?P<error>\S.* at /\S+ line \d+\.)$",  # Perl
        r"^(?P<error>.*\bbootstrap checks? failed\b.*)",  # Elasticsearch
        r"^[{\[\"]*(?P<error>(?:Kernel pid terminated|init terminating in do_boot|Runtime terminating during boot).*)",
        r"^(?P<error>(?P<kind>[\w.]*HaltServer): .+)",  # Gunicorn
        r"^(?:INFO )?(?P<error>gave up: \S+ entered FATAL state.*)",  # supervisord
        r"^(?P<error>app crashed - waiting for .+)",  # nodemon
        r"^(?P<error>APPLICATION FAILED TO START)$",  # Spring Boot
        r"^(?P<error>\S*(?:sh|bash|ash|dash)(?:: line)?:? \d+:? ?.*[Ss]yntax error.*)",
        # Loggers whose fatal level ends the process: logrus, zap, zerolog, Go's slog wrappers
        r"\blevel=(?:fatal|panic)\b.*\bmsg=\"?(?P<error>[^\"]+)",
        (
            r"\"(?:level|severity|lvl)\":\s*\"(?:fatal|panic|FATAL|PANIC)\".*\"(?:msg|message|error)\":\s*"
            r"\"(?P<error>(?:[^\"\\]|\\.)+)"
        ),
    )
)
_BY_LEVEL = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:^|\s)\[emerg\] (?:\d+#\d+: )?(?P<error>.+)",  # nginx
        r"^\[ALERT\]\s.*?(?P<error>(?:parsing|Error\(s\) found|Fatal errors found).*)",  # HAProxy
    )
)
"""Lines that are decisive by their level in brackets, which is a part of the time and level before others."""
_EXCEPTION_LINE = re.compile(
    rf"^(?P<error>{_EXCEPTION}(?:\s*(?:\[[\w-]+\]|\(0x[0-9A-Fa-f]+\)))?(?::.*| .{{0,3}}\{{)?)$"
)
_NAMED_ERROR = re.compile(r"^(?P<error>(?P<kind>(?:[A-Z][a-z]+){2,6}): .+)$")
_CODED_ERROR = re.compile(r"^(?P<error>(?P<kind>Error \[[A-Z][A-Z\d_]+\]): .+)$")
"""Node's own errors have a code: no other message looks like one."""
_PLAIN_ERROR = re.compile(r"^(?P<error>(?:Error|error): .+)$")
_STACK = re.compile(r"^\s+at \S|^\s*throw |^Node\.js v\d|triggerUncaughtException")
_FRAME_OF_JAVASCRIPT = re.compile(r"^\s+at (?:async )?\S.{0,200}:\d+:\d+\)?$")
_TRACEBACK = "Traceback (most recent call last):"
_TRACEBACK_END = re.compile(rf"^(?P<error>(?P<kind>{_TYPE})(?::.*)?)$")

_FRAMES = (
    re.compile(r'^\s*File "(?P<file>[^"<]+)", line (?P<line>\d+)'),
    re.compile(r"^\s+at .* in (?P<file>\S+):line (?P<line>\d+)"),
    re.compile(r"^\s+at (?:.*\()?(?P<file>[^\s()]+?):(?:line )?(?P<line>\d+)(?::\d+)?\)?"),
    re.compile(r"^\s+(?P<file>/\S+\.(?:go|rs)):(?P<line>\d+)"),
    re.compile(r"^(?:\s+from )?(?P<file>/\S+\.(?:rb|php)):(?P<line>\d+)"),
    re.compile(r"^(?P<file>/\S+\.(?:js|ts|mjs|cjs)):(?P<line>\d+)$"),
    re.compile(r"panicked at (?P<file>\S+?\.rs):(?P<line>\d+)"),
    re.compile(r"^Execution error \(.*\((?P<file>[\w.-]+\.clj[cs]?):(?P<line>\d+)\)"),
    re.compile(
        r"^\s+(?!\((?:elixir|stdlib|erts|kernel|mix|logger|ecto\w*|db_connection|postgrex|phoenix\w*|plug\w*|bandit"
        r"|cowboy|ranch) )(?:\(\w{1,60} \S{1,40}\) )?(?P<file>[\w./-]{1,200}\.(?:exs?|erl)):(?P<line>\d+): "
    ),
)
_NOT_OWN_CODE = re.compile(
    r"site-packages|dist-packages|node_modules|node:|^ext:|/usr/(?:local/)?(?:lib|go)|/gems/|/vendor/|/rustc/"
)
_FRAMES_WITHIN = 30
_LINES_OF_A_TERM = 5
_STACK_WITHIN = 4
_SPRING = "APPLICATION FAILED TO START"
_LINES_OF_A_DESCRIPTION = 10


_COMPLAINT = re.compile(
    r"^\W{0,10}(?:[\d:.,TZ/+ -]{6,40}\W{0,3})?(?:\[[^\]\n]{0,40}\]\W{0,3}){0,3}"
    r"(?:(?:ERROR|FATAL|CRITICAL|EMERG|SEVERE|PANIC|ALERT)\b|(?i:error|fatal|fatal error|failed"
    r"|critical|exception|abort(?:ed)?)\]?[:!])\W{0,6}"
    r"(?:[\w.$-]{1,60} ?[:-]{1,2} )?(?P<error>\S.{2,})"
)
"""A line whose own level, or first word, says that it is an error."""
_STRUCTURED = re.compile(
    r"\b(?:level|severity|lvl)\"?[=:]\s*\"?(?:(?:error|critical|fatal|panic)\b|[56]0\b)[^\n]*?\b(?:msg|message|err"
    r"|error)\"?[=:]\s*\"?(?P<error>[^\"\n]{3,})",
    re.IGNORECASE,
)
_CATEGORY = re.compile(r"^[\w.]+\[\d+\]$")
"""What .NET's console writes beside the level; Rust and Spring end the line before the message in a colon."""
_FAREWELL = re.compile(
    r"^(?:exit(?:ing|ed)?|shutting down|stopping|terminating|aborting)"
    r"(?: (?:with (?:exit )?(?:code|status):? ?\d{1,5}|now|due to (?:an? |the |previous )?(?:errors?|failures?)"
    r"|the|process|server|application|service)){0,3}[.! ]{0,5}$",
    re.IGNORECASE,
)
_COMPLAINTS_WITHIN = 12


def last_complaint(lines: Sequence[str]) -> Crash | None:
    """Return the last line of an error's level, where a log ends in one and no uncaught error is recognised in it.

    A farewell of that level says no more than the exit code, and is passed over.
    """
    spoken = [index for index, line in enumerate(lines) if line.strip()][-_COMPLAINTS_WITHIN:]
    for index in reversed(spoken):
        line = lines[index]
        found = _COMPLAINT.match(line) or _STRUCTURED.search(line) or complaint(line)
        if found and not (_FAREWELL.match(found["error"]) or _WRAPPER.search(line)):
            return _crash(found, lines, index)
    return None


def find_crash(lines: Sequence[str]) -> Crash | None:
    """Return the last uncaught error in a program's log, or None.

    Args:
        lines: plain lines, oldest first. The last error wins: it stands closest to the death, and of a chain
            (`Caused by`, `During handling of the above exception`) it is the one that decides.
    """
    found: Crash | None = None
    in_traceback = False
    for index, line in enumerate(lines):
        if _TRACEBACK in line:
            in_traceback = True
            continue
        bare = _PREFIX.sub("", line)
        named = None
        if in_traceback and bare and not line[:1].isspace():
            named = _TRACEBACK_END.match(bare)
            in_traceback = False
        if named is None and _HINT.search(line):
            named = _named(bare, lines, index)
        if named and not (found and _WRAPPER.search(named["error"])):
            found = _crash(named, lines, index)
    return found


def _named(bare: str, lines: Sequence[str], index: int) -> re.Match[str] | None:
    for pattern, text in (*((each, bare) for each in _DECISIVE), *((each, lines[index]) for each in _BY_LEVEL)):
        if found := pattern.search(text):
            return found
    if found := _EXCEPTION_LINE.match(bare) or _CODED_ERROR.match(bare):
        return found
    # An error may have any name: the first frame right below says that it is one.
    if (found := _NAMED_ERROR.match(bare)) and index + 1 < len(lines) and _FRAME_OF_JAVASCRIPT.match(lines[index + 1]):
        return found
    # A line `Error: …` may be any message; with a stack around it, it is Node's uncaught error.
    if found := _PLAIN_ERROR.match(bare):
        around = lines[max(0, index - _STACK_WITHIN) : index + _STACK_WITHIN + 1]
        if any(_STACK.search(line) for line in around):
            return found
    return None


def _crash(named: re.Match[str], lines: Sequence[str], index: int) -> Crash:
    groups = named.groupdict()
    error = groups["error"].strip().rstrip("{").strip()
    if (error.endswith(":") or _CATEGORY.match(error)) and index + 1 < len(lines):  # it stands on the next line
        error = f"{error} {lines[index + 1].strip()}"
    if error == _SPRING:  # says below, under a heading, what is the matter
        error = next(_description(lines, index), error)
    kind = groups.get("kind") or re.sub(r"\d+|0x[0-9a-f]+", "#", error)[:80]
    if place := groups.get("place"):  # Clojure names the place, and says below what is the matter
        says = lines[index + 1].strip() if index + 1 < len(lines) else ""
        error = f"{kind}: {says}" if says else f"{kind} at {place}"
    elif error.endswith(",") and "terminat" in error:  # Erlang breaks a term over several lines
        term = [error, *lines[index + 1 : index + 1 + _LINES_OF_A_TERM]]
        error = " ".join(filter(None, (re.sub(r"[\"{}\[\]]", "", line).strip() for line in term))).rstrip(",")
    return Crash(error, kind, _where(lines, index), index)


def _description(lines: Sequence[str], index: int) -> Iterator[str]:
    """Yield the first words below Spring's heading of a failure's description."""
    below = iter(lines[index + 1 : index + 1 + _LINES_OF_A_DESCRIPTION])
    if any(line.strip() == "Description:" for line in below):
        yield from (line.strip() for line in below if line.strip())


def _where(lines: Sequence[str], index: int) -> str:
    """Return the frame of the program's own code that is nearest to the error: before it in Python, else after it."""
    before = lines[max(0, index - _FRAMES_WITHIN) : index + 1][::-1]
    after = lines[index + 1 : index + 1 + _FRAMES_WITHIN]
    for frame in (*before[:1], *_python(before), *after, *before):
        for pattern in _FRAMES:
            found = pattern.search(frame)
            if found and not _NOT_OWN_CODE.search(found["file"]):
                return f"{found['file']}:{found['line']}"
    return ""


def _python(before: Sequence[str]) -> list[str]:
    """Return the lines of the traceback that ends at the error, nearest first; none if there is no traceback."""
    for n, line in enumerate(before):
        if _TRACEBACK in line:
            return list(before[:n])
    return []
