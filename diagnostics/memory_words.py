"""How runtimes and programs say that memory ran out, or that a process of theirs was killed."""

import re

from diagnostics.said import Wording

RUNTIMES: tuple[tuple[str, tuple[Wording, ...]], ...] = (
    (
        "JVM",
        (
            Wording.of(
                "outofmemoryerror",
                r"java\.lang\.OutOfMemoryError(?!: (?:unable to create (?:new )?native thread|.{0,99}file descriptor))",
            ),
            Wording.of("outofdirectmemoryerror"),
            Wording.of("insufficient memory for the java runtime"),
            Wording.of("could not reserve enough space"),
            Wording.of("commit_memory", r"os::commit_memory\([^\n]{0,300}failed"),
            Wording.of("fixed memory regions require"),
        ),
    ),
    (
        "V8",
        (
            Wording.of("javascript heap out of memory"),
            Wording.of(
                "allocation failed", r"(?:invalid (?:array|table) length|FATAL ERROR: [^\n]{1,80}) Allocation failed"
            ),
            Wording.of("<--- last few gcs --->"),
            *Wording.any_of(
                ("fatal process o", "fatal javascript o"), r"\bfatal (?:process|JavaScript) (?:OOM\b|out of memory)"
            ),
            Wording.of("array buffer allocation"),
            Wording.of("err_worker_out_of_memory"),
            Wording.of("enomem", r"\b(?:spawn|fork|mmap|read|open) ENOMEM\b"),
        ),
    ),
    (
        "Python",
        (
            Wording.of("memoryerror", r"^(?:\S+\.)?_?(?:Array)?MemoryError\b"),
            Wording.of("errno 12", r"\[Errno 12\] Cannot allocate memory"),
            Wording.of("defaultcpuallocator", r"DefaultCPUAllocator: (?:can't allocate|not enough) memory"),
        ),
    ),
    (
        "Go",
        (
            Wording.of("runtime: ", r"runtime: (?:out of memory|cannot allocate memory|cannot map pages)"),
            Wording.of("fatal error: out of memory"),
        ),
    ),
    ("Rust", (Wording.of("memory allocation of", r"memory allocation of \d+ bytes failed"),)),
    (
        ".NET",
        (
            Wording.of("outofmemoryexception", r"System\.OutOfMemoryException"),
            Wording.of("gc heap initialization failed"),
            Wording.of("0x8007000e"),
        ),
    ),
    (
        "Ruby",
        (
            Wording.of("nomemoryerror", r"\bNoMemoryError\b"),
            Wording.of("[fatal] failed to allocate memory"),
            Wording.of("errno::enomem"),
        ),
    ),
    (
        "PHP",
        (
            Wording.of("allowed memory size", r"Allowed memory size of \d+ bytes exhausted"),
            Wording.of("out of memory (allocated"),
        ),
    ),
    ("C++", (Wording.of("std::bad_alloc"),)),
    ("Erlang VM", (Wording.of("_alloc: cannot ", r"\b\w+_alloc: Cannot (?:re)?allocate \d+ bytes"),)),
    ("GHC runtime", (Wording.of("heap exhausted", r"\bheap exhausted\b"),)),
    (
        "kernel",
        (
            Wording.of("out of memory: kill", r"(?:memory cgroup )?out of memory: kill(?:ed)? process"),
            Wording.of("total-vm:", r"\bkilled process \d+[^\n]{0,80}\btotal-vm:"),
            Wording.of("oom_reaper: reaped process"),
            Wording.of("oom-kill:"),
            Wording.of("invoked oom-killer"),
        ),
    ),
    (
        "program",
        (
            Wording.of("out of memory", r"^(?:\S+: )?Out of memory!?$|Out Of Memory allocating \d+ bytes"),
            Wording.of("out of memory", r"\bout of memory(?:! +returning nil|\. size=\d+)"),
            Wording.of("out of memory", r"^[^\n]{0,80}\b(?:ERROR|FATAL|PANIC):  ?out of memory\b"),
            Wording.of("out_of_memory", r"exception Out_of_memory"),
            Wording.of("cannot allocate memory", r"(?:fork|mmap|alloc\w*+|memory)\b[^\n]{0,80}cannot allocate memory"),
            Wording.of("cannot allocate memory", r"\(12: Cannot allocate memory\)|\(12\)Cannot allocate memory"),
            Wording.of(
                "cannot allocate memory", r"cannot allocate memory(?: for the buffer pool| - fork|\s*\(errno=12\))"
            ),
        ),
    ),
)
"""Sources: HotSpot's share/utilities/exceptions.cpp and os_linux.cpp, Netty's PlatformDependent, the buildpacks'
memory calculator; V8's FatalProcessOutOfMemory, libuv's error names; CPython's exceptions, NumPy, PyTorch's
CPUAllocator; Go's runtime/malloc.go; Rust's std/src/alloc.rs; .NET's HRESULT E_OUTOFMEMORY; Ruby's gc.c and
known_errors.def; PHP's Zend/zend_alloc.c; Erlang's erl_alloc.c; Linux' mm/oom_kill.c; perl, Redis' zmalloc, nginx, APR,
OCaml, MySQL, PostgreSQL, the Boehm collector, Chromium's base/process/memory.cc."""

ALL = tuple(wording for _, wordings in RUNTIMES for wording in wordings)

KILLED = (
    Wording.of("outofmemory", r"OutOfMemory(?:Error)?\b"),
    Wording.of("container killed due to memory"),
    Wording.of("oom", r"\bOOM ?-?killed\b|\bkilled by OOM\b"),
    Wording.of("out of memory", r"killed[^\n]{0,40}out of memory"),
    Wording.of("cannot allocate memory", r"^(?![^\n]{0,300}(?:lock|cgroup))[^\n]{0,300}cannot allocate memory"),
    Wording.of("unable to set memory limit"),
    Wording.of("device or resource busy", r"\bmemory\.(?:limit_in_bytes|max)\b[^\n]{0,300}device or resource busy"),
)
"""The agent's, Fargate's and runc's words. Sources: amazon-ecs-agent agent/api/errors, runc process_linux.go."""

BY_SIGKILL = (
    Wording.of("sigkill", r"(?:sent|signal|killed|terminated|exited|died|due to)\b[^\n]{0,60}\bSIGKILL\b"),
    Wording.of("signal 9", r"(?:on|with|by|to|prematurely|received)\b[^\n]{0,20}\bsignal 9\b"),
    Wording.of(
        "killed", r"^(?:\S{1,100}: line \d+: +\d+ +|\[\d+\] +(?:\+ +)?\d+ +)?killed(?: {2,}[^\n]*| +\S[^\n]*)?$"
    ),
    Wording.of(
        "137", r"(?:exit\w*+|sent|died|terminated)\b[^\n]{0,40}\b(?:code|status|value)(?: \[\w+\])?[ =:\[]{1,3}137\b"
    ),
)
"""Of SIGKILL, whoever sent it: gunicorn's arbiter.py, billiard's pool.py, supervisor, npm, bash and zsh."""

NOT_OURS = re.compile(r"lock(?:ing)? memory|\bmlock|JVM memory|psycopg|PG::|SQLSTATE|rpc error|CUDA", re.IGNORECASE)
"""Memory that may not be locked (a limit), a database's or a GPU's memory."""


def runtime_of(found: re.Match[str]) -> str:
    """Return whose memory ran out, of what one of `ALL` found."""
    return next(name for name, wordings in RUNTIMES if any(found.re is wording.pattern for wording in wordings))
