"""The program may not execute, read, write or bind something.

## What it looks for
The runtime's `exec: "/app/run.sh": permission denied` when the entry point may not be executed, exit code 126, or the
program's own last words: `EACCES`, `Permission denied`, `PermissionError: [Errno 13]`, `AccessDeniedException: /path`,
`bind() to 0.0.0.0:80 failed (13: Permission denied)`, `Operation not permitted` on changing owner, user or group.

## Why waiting cannot help
The file's mode, the user of the container and the port are fixed by image and task definition. Every task gets the same
answer. Where the program says it within a minute of its start, one death is enough; else a second one makes it certain.

## What to do
- Entry point: `RUN chmod +x /app/run.sh` in the Dockerfile.
- A file or directory: give it to the user that the container runs as (`COPY --chown=1000:1000`), or mount a writable
  volume there.
- A port below 1024: listen on one above, such as 8080. A user that is not root may not bind lower ones.

## What it is not
- `Read-only file system`: `app-readonly-filesystem`.
- A path on an EFS volume: `efs-access-denied`.
- `AccessDenied` of an AWS API: the role. `permission denied for table`: the database. `rpc error: code =
  PermissionDenied`, 403: another service.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
- https://man7.org/linux/man-pages/man3/errno.3.html
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.permission_words import (
    BY_THE_RUNTIME,
    NO_CHANGE_OF_OWNER,
    NO_FILE,
    NO_PORT,
    NOT_EXECUTABLE,
    NOT_OURS,
)
from diagnostics.repeats import NOT_PERMITTED, at_start
from diagnostics.said import (
    Said,
    container_of,
    exit_code_alone,
    exit_code_said,
    exit_passage,
    said_at_death,
    said_by_aws,
    tasks_of,
)

ID = "app-permission-denied"
VERDICT = Verdict.DOOMED

_IN_LOGS = (*NOT_EXECUTABLE, *NO_PORT, *NO_FILE, *NO_CHANGE_OF_OWNER)
_MAY_NOT_EXECUTE = 126
"""What shells exit with for a command that they found and may not execute (POSIX, Shell Command Language 2.8.2)."""
_LOWEST_UNPRIVILEGED = 1024


def match(evidence: Evidence) -> Finding | None:
    """Return what the deployment's program may not do."""
    by_runtime = [said for said in said_by_aws(evidence, BY_THE_RUNTIME) if not NOT_OURS.search(said.passage.text)]
    if by_runtime:
        return _finding(by_runtime, None)
    by_program = [
        said for said in said_at_death(evidence, _IN_LOGS, unhealthy=True) if not NOT_OURS.search(said.passage.text)
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
        repeats=NOT_PERMITTED if at_start(all_said[0].task) else "",
        verdict=verdict,
    )


def _words(said: Said) -> tuple[str, str]:
    """Return what is not permitted, and what to change."""
    if path := said.group("exec"):
        if path.endswith("/"):
            return (
                f"may not execute {quoted(path)}, which is a directory",
                "name a program in `entryPoint` or `command` of the task definition, or leave them to the image",
            )
        return (
            f"may not execute {quoted(path)}",
            f"make it executable in the Dockerfile:\nRUN chmod +x {pasted(path)}",
        )
    if port := said.group("port"):
        low = int(port) < _LOWEST_UNPRIVILEGED
        return (
            f"may not listen on port {port}",
            "listen on a port above 1023, such as 8080, and set `containerPort` to it"
            if low
            else f"let the container's user listen on port {port}, or choose another port",
        )
    if asked := said.group("asked"):
        return (
            f"is denied what its runtime calls `{asked}` access",
            f"start Deno with `--allow-{asked}` in `command` of the task definition or in the Dockerfile",
        )
    path = said.group("path")
    if any(said.found.re is wording.pattern for wording in NO_CHANGE_OF_OWNER):
        return (
            f"may not change the owner or user{f' of {quoted(path)}' if path else ''}",
            "give the files to the user when the image is built (`COPY --chown=UID:GID`), and start as that user",
        )
    fix = f"give {quoted(path) if path else 'it'} to the user that the container runs as (`COPY --chown=UID:GID`)"
    return (
        f"may not use {quoted(path)}" if path else "is denied a permission on a file, directory or socket",
        f"{fix}, or mount a writable volume there (`writable_paths`)",
    )


def _by_exit_code(evidence: Evidence) -> Finding | None:
    died = [
        (task, container)
        for task in evidence.failed_tasks
        for container in task.containers
        if container.exit_code == _MAY_NOT_EXECUTE and exit_code_alone(evidence, task, container)
    ]
    passages = [exit_passage(*each) for each in died] or exit_code_said(evidence, _MAY_NOT_EXECUTE)
    name = f"the container {quoted(died[0][1].name)}" if died else "a container"
    if not passages:
        return None
    return Finding(
        what=f"{name} exited with code 126: it may not execute a command",
        why="shells exit with 126 for a file that they may not execute, and every task starts from the same image",
        fix="make the entry point executable in the Dockerfile:\nRUN chmod +x PATH",
        evidence=(passages[0].quote(),),
        tasks=tuple(dict.fromkeys(each.task.arn for each in passages if each.task)),
        verdict=Verdict.SUSPECT,
    )
