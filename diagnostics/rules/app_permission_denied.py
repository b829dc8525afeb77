"""The program may not execute, read, write or bind something.

## What it looks for
The runtime's `exec: "/app/run.sh": permission denied` when the entry point may not be executed, exit code 126, or the
program's own last words: `EACCES`, `Permission denied`, `PermissionError: [Errno 13]`, `AccessDeniedException: /path`,
`bind() to 0.0.0.0:80 failed (13: Permission denied)`, `Operation not permitted` on changing owner, user or group.

## Why waiting cannot help
The file's mode, the user of the container and the port are fixed by image and task definition. Every task gets the same
answer. Where the program says it, one death is only suspect and a second one makes it certain.

## What to do
- Entry point: `RUN chmod +x /app/run.sh` in the Dockerfile.
- A file or directory: give it to the user that the container runs as (`COPY --chown=1000:1000`), or mount a writable
  volume there.
- A port below 1024: listen on one above, such as 8080. A user that is not root may not bind lower ones.

## What it is not
- `Read-only file system`: `app-readonly-filesystem`.
- A path on an EFS volume: `efs-access-denied`.
- `AccessDenied` of an AWS API: the role. `permission denied for table`: the database.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
- https://man7.org/linux/man-pages/man3/errno.3.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import (
    Said,
    Wording,
    container_of,
    exit_code_alone,
    exit_passage,
    said_at_death,
    said_by_aws,
    tasks_of,
)

ID = "app-permission-denied"
VERDICT = Verdict.DOOMED

_PATH = r"[‘'`\"]?(?P<path>/?[\w.@+-]*(?:/[\w.@+-]+)+/?|\.{0,2}/[\w./@+-]+)[’'`\"]?"
_RUNTIME = (
    Wording.of("permission denied", r"exec:? \W*(?P<exec>[^\s\"'`\\:]+)\W*: (?:stat \S+: )?permission denied"),
    Wording.of("permission denied", r"exec user process caused:? \W*permission denied"),
    Wording.of("permission denied", r"(?:runc|oci runtime|container_linux\.go|starting container process)[^\n]*permission denied"),
    Wording.of("cannotstartcontainererror", r"CannotStartContainerError[^\n]*permission denied"),
    Wording.of("chdir to cwd", r"chdir to cwd \(\W*(?P<path>[^\s\"'`\\)]+)\W*\)[^\n]*permission denied"),
)  # fmt: skip
_PROGRAMS = (
    Wording.of("permission denied", r"\[FATAL tini \(\d+\)\] exec (?P<exec>\S+) failed: Permission denied"),
    Wording.of("permission denied", r"^exec (?P<exec>/\S+): permission denied"),
    Wording.of("permission denied", r"^\S*(?:sh|bash|ash|dash|env): (?:(?:line )?\d+: )?(?:exec: )?(?P<exec>[^\s:]+): Permission denied$"),
    # a port that only root may bind
    Wording.of("permission denied", r"\bbind\(\) to \S*?:(?P<port>\d{1,5}) failed \(13"),
    Wording.of("permission denied", r"\blisten (?:tcp\d?|unix) \S*?:(?P<port>\d{1,5}): bind: permission denied"),
    Wording.of("eacces", r"listen EACCES:? (?:permission denied )?\S*?:(?P<port>\d{1,5})\b"),
    Wording.of("permission denied", r"Permission denied: AH\d+: make_sock: could not bind to address \S*?:(?P<port>\d{1,5})"),
    Wording.of("permission denied", r"(?:bind|listen|socket)[^\n]{0,80}?:(?P<port>\d{1,5})\b[^\n]{0,60}permission denied"),
    Wording.of("permission denied", r"permission denied[^\n]{0,60}(?:bind|listen|socket)\b"),
    # a file or directory
    Wording.of("eacces", rf"\bEACCES\b[^\n/]{{0,60}}(?:{_PATH})?"),
    Wording.of("errno 13", rf"\[Errno 13\][^\n/]{{0,40}}{_PATH}"),
    Wording.of("errno 13"),
    Wording.of("accessdeniedexception", rf"java\.nio\.file\.AccessDeniedException: {_PATH}"),
    Wording.of("is denied", rf"Access to the path {_PATH} is denied"),
    Wording.of("permission denied", rf"{_PATH}[^\n]{{0,40}}(?:\(13: |\()?permission denied(?! \((?:publickey|password|keyboard))"),
    Wording.of("permission denied", rf"permission denied[^\n/]{{0,30}}{_PATH}"),
    Wording.of("permissiondenied", r"code: 13, kind: PermissionDenied"),
    Wording.of("permission denied", r"\(13: Permission denied\)|\(13\)Permission denied|Permission denied \(13\)|Permission denied @ \w+"),
    # another user or owner
    Wording.of("operation not permitted", rf"(?:chown|chmod|chgrp|changing (?:ownership|permissions))[^\n]*?(?:{_PATH})?[^\n]*?operation not permitted"),
    Wording.of("operation not permitted", r"(?:setgroups|setgid|setuid|initgroups|setresuid|setresgid|su-exec|gosu|failed switching to|prctl|capset)[^\n]*operation not permitted"),
    Wording.of("not owned by", rf"{_PATH}[^\n]*not owned by\b"),
    Wording.of("wrong ownership", rf"(?:{_PATH})?[^\n]*has wrong ownership"),
)  # fmt: skip
"""Node, Python, Java, .NET, Rust, Ruby, Go, nginx, Apache, PHP-FPM, PostgreSQL, shells and coreutils."""
_NOT_OURS = re.compile(
    r"permission denied (?:for|to|on) (?:table|schema|relation|database|sequence|function|view|role|create|set)\b"
    r"|publickey|mount\.nfs|access denied for user|is not authorized to perform|s3|AccessDenied:",
    re.IGNORECASE,
)
"""A database, ssh, EFS's mount or an AWS API refuses: other causes."""
_NOT_EXECUTABLE = 126
"""What shells exit with for a command that they found and may not execute (POSIX, Shell Command Language 2.8.2)."""
_LOWEST_UNPRIVILEGED = 1024


def match(evidence: Evidence) -> Finding | None:
    """Return what the deployment's program may not do."""
    by_runtime = [said for said in said_by_aws(evidence, _RUNTIME) if not _NOT_OURS.search(said.passage.text)]
    if by_runtime:
        return _finding(by_runtime, None)
    by_program = [
        said for said in said_at_death(evidence, _PROGRAMS, unhealthy=True) if not _NOT_OURS.search(said.passage.text)
    ]
    return _finding(by_program, Verdict.SUSPECT) if by_program else _by_exit_code(evidence)


def _finding(all_said: list[Said], verdict: Verdict | None) -> Finding:
    said = all_said[0]
    what, fix = _words(said)
    container = container_of(said)
    return Finding(
        what=f"the container {quoted(container)} {what}" if container else f"the program {what}",
        why="the user, the file's owner and mode, and the port are fixed by image and task definition",
        fix=fix,
        evidence=tuple(each.passage.quote() for each in all_said[:2]),
        tasks=tasks_of(all_said),
        verdict=verdict,
    )


def _words(said: Said) -> tuple[str, str]:
    """Return what is not permitted, and what to change."""
    if path := said.group("exec"):
        return (
            f"may not execute {quoted(path)}",
            f"make it executable in the Dockerfile:\nRUN chmod +x {path}",
        )
    if port := said.group("port"):
        low = int(port) < _LOWEST_UNPRIVILEGED
        return (
            f"may not listen on port {port}",
            "listen on a port above 1023, such as 8080, and set `containerPort` to it"
            if low
            else f"let the container's user listen on port {port}, or choose another port",
        )
    path = said.group("path")
    if re.search(r"operation not permitted|owne", said.passage.text, re.IGNORECASE):
        return (
            f"may not change the owner or user{f' of {quoted(path)}' if path else ''}",
            "give the files to the container's user when the image is built (`COPY --chown=UID:GID`), and start as that user",
        )
    return (
        f"may not use {quoted(path)}" if path else "is denied a permission on a file, directory or socket",
        f"give {quoted(path) if path else 'it'} to the user that the container runs as (`COPY --chown=UID:GID`), "
        "or mount a writable volume there (`writable_paths`)",
    )


def _by_exit_code(evidence: Evidence) -> Finding | None:
    died = [
        (task, container)
        for task in evidence.failed_tasks
        for container in task.containers
        if container.exit_code == _NOT_EXECUTABLE and exit_code_alone(evidence, task, container)
    ]
    if not died:
        return None
    task, container = died[0]
    return Finding(
        what=f"the container {quoted(container.name)} exited with code 126: it may not execute a command",
        why="shells exit with 126 for a file that they may not execute, and every task starts from the same image",
        fix="make the entry point executable in the Dockerfile:\nRUN chmod +x PATH",
        evidence=(exit_passage(task, container).quote(),),
        tasks=tuple(dict.fromkeys(task.arn for task, _ in died)),
        verdict=Verdict.SUSPECT,
    )
