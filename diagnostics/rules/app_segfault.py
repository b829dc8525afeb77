"""The process crashed in native code.

## What it looks for
Exit code 139 (SIGSEGV), 132 (SIGILL), 135 (SIGBUS), 136 (SIGFPE), and 134 (SIGABRT) where nothing else speaks; or
`Segmentation fault`, `Illegal instruction`, `double free or corruption`, the JVM's `A fatal error has been detected by
the Java Runtime Environment`, `exited on signal 11` in the last words of a program that died.

## Why waiting cannot help
Machine code of the image crashed. The same image on the same kind of machine does so again; with a second death it is
certain.

## What to do
An illegal instruction or a crash at the start usually means a native library that was built for another CPU or another
C library (glibc and musl): build on the base image that it runs on, pin another version of the library.

    docker run --rm IMAGE

## What it is not
- Go's `panic: … nil pointer dereference` also prints SIGSEGV: `app-crash-exception`.
- Memory that ran out aborts too: `out-of-memory`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
- https://man7.org/linux/man-pages/man7/signal.7.html
"""

import re

from diagnostics.evidence import Container, Evidence, Task
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.passages import Passage
from diagnostics.said import Wording, container_of, exit_code_alone, exit_passage, said_at_death, said_by_aws, tasks_of

ID = "app-segfault"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("segmentation fault", r"^(?!\[signal )[^\n]{0,300}segmentation fault"),
    Wording.of("sigsegv", r"^(?!\[signal )[^\n]{0,300}\bSIGSEGV\b"),
    Wording.of("illegal instruction"),
    Wording.of("sigill", r"\bSIGILL\b"),
    Wording.of("sigbus", r"^(?!\[signal )[^\n]{0,300}\bSIGBUS\b"),
    Wording.of("bus error", r"\bbus error\b"),
    Wording.of("floating point exception"),
    Wording.of("fatal error has been detected by the java runtime"),
    Wording.of("accessviolationexception", r"System\.AccessViolationException"),
    Wording.of("signal ", r"(?:exited on|killed by|terminated by|received|due to|with) signal:? (?:4|6|7|8|11)\b"),
    Wording.of(
        "139", r"(?:exit\w*+|sent|died|terminated)\b[^\n]{0,40}\b(?:code|status|value)(?: \[\w+\])?[ =:\[]{1,3}139\b"
    ),
    Wording.of(
        "132", r"(?:exit\w*+|sent|died|terminated)\b[^\n]{0,40}\b(?:code|status|value)(?: \[\w+\])?[ =:\[]{1,3}132\b"
    ),
    Wording.of("cpu does not support", r"glibc error: CPU does not support|CPU does not support x86-64-v\d"),
    Wording.of("has overflowed its stack", r"^thread '[^'\n]*'[^\n]{0,20} has overflowed its stack"),
    Wording.of("double free or corruption"),
    Wording.of("free(): invalid"),
    Wording.of("munmap_chunk()"),
    Wording.of("corrupted size vs. prev_size"),
    Wording.of("malloc(): ", r"malloc\(\): (?:corrupted|invalid|memory corruption|unaligned|unsorted|smallbin)"),
    Wording.of("heap corrupted", r"zend_mm_heap corrupted"),
    Wording.of("stack smashing detected"),
    Wording.of("assertion", r": Assertion [`'][^\n]+ failed\.$"),
    Wording.of("fatal python error: aborted"),
    Wording.of("core dumped"),
)
"""The kernel's names of signals as shells, process managers and runtimes print them; exit codes of 128 and a signal as
process managers print them (gunicorn's arbiter.py); glibc's and PHP's allocators; glibc's sysdeps/x86/get-isa-level.h;
Rust's std/src/sys/pal/unix/stack_overflow.rs."""
_EXPLAINED = re.compile(
    r"nil pointer dereference|runtime error: invalid memory address|JavaScript heap out of memory"
    r"|^Unhandled ?exception[.:]",
    re.IGNORECASE,
)
"""Deaths with the code of a signal that the runtime's own words explain: Go's, V8's, and .NET's, which aborts after an
exception that nothing catches and is shown with 139 as well as with 134."""
_ALWAYS = {
    139: "SIGSEGV, a segmentation fault",
    132: "SIGILL, an illegal instruction",
    135: "SIGBUS, a bus error",
    136: "SIGFPE, an arithmetic fault",
    -1073741819: "an access violation (0xC0000005)",
    3221225477: "an access violation (0xC0000005)",
}
_ABORT = 134


def match(evidence: Evidence) -> Finding | None:
    """Return the crash in native code that the deployment's tasks died of."""
    said = [*said_by_aws(evidence, _WORDINGS), *said_at_death(evidence, _WORDINGS)]
    by_code = [
        (task, container)
        for task in evidence.failed_tasks
        for container in task.containers
        if _crashed(evidence, task, container)
    ]
    if not said and not by_code:
        return None
    passages = [each.passage for each in said] or [exit_passage(*each) for each in by_code]
    return Finding(
        what=_what(passages[0], container_of(said[0]) if said else by_code[0][1].name, by_code),
        why="machine code of the image crashed, and every task runs the same image on the same kind of machine",
        fix="build the native parts on the base image and for the platform that they run on, or pin another version of "
        "the library that crashes",
        evidence=tuple(passage.quote() for passage in passages[:2]),
        tasks=tuple(dict.fromkeys((*tasks_of(said), *(task.arn for task, _ in by_code)))),
    )


def _crashed(evidence: Evidence, task: Task, container: Container) -> bool:
    if container.exit_code == _ABORT:
        return exit_code_alone(evidence, task, container)
    logged = (line.message for log in evidence.logs_of(task) for line in log.lines)
    return container.exit_code in _ALWAYS and not any(_EXPLAINED.search(message) for message in logged)


def _what(first: Passage, container: str, by_code: list[tuple[Task, Container]]) -> str:
    name = f"the container {quoted(container)}" if container else "the program"
    code = by_code[0][1].exit_code if by_code else None
    signal = _ALWAYS.get(code or 0) or ("SIGABRT, an abort" if code == _ABORT else "")
    how = f"exit code {code}: {signal}" if signal else f"`{' '.join(first.text.split())[:80]}`"
    return f"{name} crashed in native code ({how})"
