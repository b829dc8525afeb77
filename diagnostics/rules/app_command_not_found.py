r"""The command or entry point is not in the image.

## What it looks for
The runtime's words when it cannot start the container's process: `exec: "server": executable file not found in $PATH`,
`stat /entrypoint.sh: no such file or directory`, `exec /entrypoint.sh: no such file or directory`. Or a shell, `env` or
a small init (tini, dumb-init, s6, su-exec) that cannot find what it was told to run; a package manager without the
script (`Missing script: "start"`); or exit code 127 where nothing else speaks.

## Why waiting cannot help
The image's files and the command in the task definition are fixed. Every task of this revision starts the same way.
Where only a log says it, a death within a minute of the start is enough; where only an exit code does, a second one
makes it certain.

## What to do
Look what is in the image, and what it is started with:

    docker run --rm --entrypoint ls IMAGE -l /PATH
    docker image inspect IMAGE --format '{{.Config.Entrypoint}} {{.Config.Cmd}}'

A command is a list: `["npm", "start"]`, not `["npm start"]`; what needs a shell is `["sh", "-c", "a && b"]`. A script
that exists and is "not found" has an interpreter in its first line that is not there, often because the line ends in a
carriage return (`\r`): save it with Unix line ends. A volume that is mounted over the directory hides its files.

## What it is not
- `exec: …: permission denied`: the file is there and may not be executed, `app-permission-denied`.
- `exec format error`: built for another platform, `image-platform-mismatch`, unless the registry shows that the image
  is for the task's platform: then the script has no `#!` line.
- `Cannot find module`, `No module named`: the interpreter runs and its program is missing, `app-module-not-found`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
- https://github.com/opencontainers/runc/blob/main/libcontainer/init_linux.go
- https://tldp.org/LDP/abs/html/exitcodes.html
"""

import re
from collections.abc import Iterable, Iterator

from diagnostics.command_words import BY_THE_RUNTIME, LAUNCHER, PACKAGE_SCRIPT, SHELL, STARTER
from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import images_of, pasted, quoted
from diagnostics.repeats import NOT_IN_THE_IMAGE, at_start
from diagnostics.said import (
    Said,
    Wording,
    container_of,
    exit_code_alone,
    exit_code_said,
    exit_passage,
    said_at_death,
    said_by_aws,
    tasks_of,
)

ID = "app-command-not-found"
VERDICT = Verdict.DOOMED

_IN_LOGS = (*STARTER, *PACKAGE_SCRIPT, *LAUNCHER, *SHELL, *BY_THE_RUNTIME)
_NO_SCRIPT_HEADER = (Wording.of("exec format error", r"exec:? \W*(?P<path>/[^\s\"':]+)[^\n]{0,300}exec format error"),)
_IN_A_RUNNING_CONTAINER = re.compile(
    r"runtime (?:exec|error: exec) failed|sh: [^\n]{0,12}\[\W{0,3}CMD-SHELL", re.IGNORECASE
)
"""What is started there is a health check's command, or a person's, and not the container's own."""
_COMMAND_NOT_FOUND = 127
"""What shells exit with for a command that they cannot find (POSIX, Shell Command Language 2.8.2)."""


def match(evidence: Evidence) -> Finding | None:
    """Return the command that the deployment's image does not have."""
    by_runtime = [*_of_the_command(said_by_aws(evidence, BY_THE_RUNTIME)), *_without_header(evidence)]
    if by_runtime:
        return _finding(evidence, by_runtime, None)
    by_program = [*_of_the_command(said_at_death(evidence, _IN_LOGS))]
    if by_program:
        return _finding(evidence, by_program, Verdict.SUSPECT)
    return _by_exit_code(evidence)


def _of_the_command(all_said: Iterable[Said]) -> Iterator[Said]:
    return (said for said in all_said if not _IN_A_RUNNING_CONTAINER.search(said.passage.text))


def _without_header(evidence: Evidence) -> Iterator[Said]:
    """Yield scripts that the kernel cannot execute although the registry shows that their image is for the platform."""
    for said in (*said_by_aws(evidence, _NO_SCRIPT_HEADER), *said_at_death(evidence, _NO_SCRIPT_HEADER)):
        if runs_on_its_platform(evidence, said):
            yield said


def runs_on_its_platform(evidence: Evidence, said: Said) -> bool:
    """Say whether the registry was asked and has the image for the platform that the task runs on."""
    defined = evidence.task_definition
    wanted = {"ARM64": "arm64"}.get(defined.cpu_architecture if defined else "", "amd64")
    read = [evidence.image(name) for name in images_of(evidence, said.task)]
    return bool(read) and all(image and any(wanted in each for each in image.platforms) for image in read)


def _finding(evidence: Evidence, all_said: list[Said], verdict: Verdict | None) -> Finding:
    said = all_said[0]
    path = " ".join(said.group("path").rstrip("\\").removesuffix("\\r").split())
    container = container_of(said)
    suffix = f", so the container {quoted(container)} cannot start" if container else ""
    return Finding(
        what=_what(said, path) + suffix,
        why="the image's files and the command are fixed, so every task of this revision starts the same way",
        fix=_fix(evidence, said, path),
        evidence=tuple(each.passage.quote() for each in all_said[:2]),
        tasks=tasks_of(all_said),
        repeats=NOT_IN_THE_IMAGE if at_start(all_said[0].task) else "",
        verdict=verdict,
    )


def _what(said: Said, path: str) -> str:
    text = said.passage.lower
    if "exec format error" in text:
        return f"the script {quoted(path)} has no `#!` line, so nothing knows how to run it"
    if "chdir to cwd" in text:
        return f"the working directory {quoted(path)} is not in the image"
    if any(said.found.re is wording.pattern for wording in PACKAGE_SCRIPT):
        return f"the package has no script {quoted(path)}"
    if "bad interpreter" in text:
        return f"the interpreter in the first line of {quoted(path)} is not in the image"
    if path:
        return f"the command {quoted(path)} is not in the image"
    return "the command that the container is started with is not in the image"


def _fix(evidence: Evidence, said: Said, path: str) -> str:
    text = said.passage.text
    if "exec format error" in text.lower():
        return f"begin {quoted(path)} with `#!/bin/sh` (or its interpreter), and save it with Unix line ends"
    if path.startswith("["):
        return (
            'write `CMD` or `ENTRYPOINT` as a list in double quotes, as JSON asks: `["npm", "start"]`; Docker gives a '
            "list that is not JSON to the shell as it stands"
        )
    if any(mark in text for mark in ("\\r", "\r", "^M")):
        return (
            "save the script with Unix line ends: its first line ends in a carriage return:\nsed -i 's/\\r$//' SCRIPT"
        )
    if any(said.found.re is wording.pattern for wording in PACKAGE_SCRIPT):
        return f"add {quoted(path)} to `scripts` in `package.json`, or correct `command` in the task definition"
    if volume := _mounted_over(evidence, said, path):
        return f"mount the volume {quoted(volume)} elsewhere: at {quoted(path)} it hides the image's files"
    fix = "correct `command` or `entryPoint` in the task definition, or put the file into the image"
    if " " in path:
        words = ", ".join(f'"{word}"' for word in path.split()[:4])
        fix += f"; a command is a list of words ([{words}…]), and what needs a shell begins with `sh`, `-c`"
    if path.endswith(".sh"):
        fix += " (a script that exists but is `not found` has Windows line ends, or an interpreter that is not there)"
    image = next(iter(images_of(evidence, said.task)), "IMAGE")
    name = pasted(path.split(maxsplit=1)[0] if path else "PATH")
    shown = pasted(f"command -v {name}; ls -l {name}")
    return f"{fix}; to look:\ndocker run --rm --entrypoint sh {pasted(image)} -c {shown}"


def _mounted_over(evidence: Evidence, said: Said, path: str) -> str:
    """Return the volume that is mounted at a directory of the command; "" where none is."""
    defined = evidence.task_definition
    container = defined.container(container_of(said)) if defined else None
    containers = [container] if container else (defined.containers if defined else ())
    mounts = (mount for each in containers for mount in each.mount_points)
    return next((volume for volume, at in mounts if at and path.startswith(f"{at.rstrip('/')}/")), "")


def _by_exit_code(evidence: Evidence) -> Finding | None:
    died = [
        (task, container)
        for task in evidence.failed_tasks
        for container in task.containers
        if container.exit_code == _COMMAND_NOT_FOUND and exit_code_alone(evidence, task, container)
    ]
    passages = [exit_passage(*each) for each in died] or exit_code_said(evidence, _COMMAND_NOT_FOUND)
    name = f"the container {quoted(died[0][1].name)}" if died else "a container"
    image = died[0][1].image if died else ""
    if not passages:
        return None
    return Finding(
        what=f"{name} exited with code 127: a command that it runs is not in the image",
        why="shells exit with 127 when they cannot find a command, and every task starts from the same image",
        fix="correct `command` or `entryPoint` in the task definition, or put the command into the image; to look:\n"
        f"docker run --rm --entrypoint sh {pasted(image or 'IMAGE')} -c 'ls -l'",
        evidence=(passages[0].quote(),),
        tasks=tuple(dict.fromkeys(each.task.arn for each in passages if each.task)),
        verdict=Verdict.SUSPECT,
    )
