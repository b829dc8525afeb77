"""The command or entry point is not in the image.

## What it looks for
The runtime's words when it cannot start the container's process: `exec: "server": executable file not found in $PATH`,
`stat /entrypoint.sh: no such file or directory`, `exec /entrypoint.sh: no such file or directory`. Or a shell, `env` or
a small init (tini, dumb-init, s6, su-exec) that cannot find what it was told to run; a package manager without the
script (`Missing script: "start"`); or exit code 127 where nothing else speaks.

## Why waiting cannot help
The image's files and the command in the task definition are fixed. Every task of this revision starts the same way.

## What to do
Look what is in the image, and what it is started with:

    docker run --rm --entrypoint ls IMAGE -l /PATH
    docker image inspect IMAGE --format '{{.Config.Entrypoint}} {{.Config.Cmd}}'

A command is a list: `["npm", "start"]`, not `["npm start"]`; what needs a shell is `["sh", "-c", "a && b"]`. A script
that exists and is "not found" has an interpreter in its first line that is not there, often because the line ends in a
carriage return (`\\r`): save it with Unix line ends.

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

from collections.abc import Iterator

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import images_of, pasted, quoted
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

ID = "app-command-not-found"
VERDICT = Verdict.DOOMED

_RUNTIME = (
    Wording.of("executable file", r"exec(?:ing|: unable to find)?:? ?\W*(?P<path>[^\s\"'`\\]+)\W*:? executable file not found"),
    Wording.of("executable file", r"executable file [`'\"]?(?P<path>[^\s`'\"]+)[`'\"]? not found"),
    Wording.of("executable file not found"),
    Wording.of("no such file or directory", r"exec:? \W*(?P<path>[^\s\"'`\\:]+)\W*: (?:stat \S+: )?no such file or directory"),
    Wording.of("stat ", r"exec: \W*(?P<path>[^\s\"'`\\]+)\W*: stat \S*"),
    Wording.of("exec user process caused", r"exec user process caused:? \W*no such file or directory"),
    Wording.of("starting container process caused", r"oci runtime error[^\n]*exec: \W*(?P<path>[^\s\"'`\\]+)(?![^\n]*permission denied)"),
    Wording.of("chdir to cwd", r"chdir to cwd \(\W*(?P<path>[^\s\"'`\\)]+)\W*\) set in config\.json failed: no such file"),
    Wording.of("no command specified"),
    Wording.of("cannot find the file specified", r"CreateProcess[^\n]*cannot find the file specified"),
)  # fmt: skip
"""runc, crun, containerd and Docker's daemon. Sources: runc libcontainer/init_linux.go and standard_init_linux.go,
Go's os/exec, crun src/libcrun/linux.c, moby daemon/create.go, hcsshim."""
_NAME = r"[‘'`\"]?(?P<path>[\w./@+\\$-]+)[’'`\"]?"
_PROGRAMS = (
    # dash, busybox ash, bash, zsh; a script's own `exec`
    Wording.of("not found", rf"^\S*(?:sh|bash|ash|dash|zsh|entrypoint|start|run)\S*: (?:line )?\d+: (?:exec: )?{_NAME}: (?:command )?not found$"),
    Wording.of("not found", rf"^(?:\S*/)?(?:sh|bash|ash|dash|zsh): (?:exec: )?{_NAME}: (?:command )?not found$"),
    Wording.of("command not found", rf"^\S*: {_NAME}: command not found$|^zsh: command not found: \S+$"),
    Wording.of("cannot open", rf"^\S*sh: \d+: (?:cannot open|can't open) {_NAME}: No such file"),
    Wording.of("can't open", rf"^\S*sh: can't open {_NAME}: No such file"),
    Wording.of("no such file or directory", rf"^\S*(?:sh|bash): (?:line \d+: )?{_NAME}: No such file or directory$"),
    Wording.of("env: ", rf"^(?:\S*/)?env: (?:can't execute )?{_NAME}: No such file or directory"),
    # the small inits and privilege droppers of images
    Wording.of("exec ", rf"^\[FATAL tini \(\d+\)\] exec {_NAME} failed: No such file or directory"),
    Wording.of("dumb-init", rf"^\[dumb-init\] {_NAME}: No such file or directory"),
    Wording.of("unable to exec", rf"unable to exec(?:ute)? {_NAME}: No such file or directory"),
    Wording.of("no such file or directory", rf"^(?:su-exec|gosu|setpriv|catatonit|chroot|nohup|timeout|nice)\b[^\n]*?:? {_NAME}: (?:exec: )?No such file or directory"),
    Wording.of("error: exec:", rf"^error: exec: {_NAME}: executable file not found"),
    Wording.of("no such file or directory", r"^exec (?P<path>/\S+): no such file or directory$"),
    # what starts the program for a language
    Wording.of("missing script", r"(?:npm (?:ERR!|error)|ERR_PNPM_NO_SCRIPT).*missing script:? \"?(?P<path>[\w:.-]+)"),
    Wording.of("command ", r"^error Command \"(?P<path>[^\"]+)\" not found\.$"),
    Wording.of("usage error: couldn't find a script", r"couldn't find a script named \"(?P<path>[^\"]+)\""),
    Wording.of("command not found: ", r"^(?:Command not found: |bundler: command not found: )(?P<path>\S+)$"),
)  # fmt: skip
_NO_SCRIPT_HEADER = (Wording.of("exec format error", r"exec:? \W*(?P<path>/[^\s\"':]+)[^\n]*exec format error"),)
_COMMAND_NOT_FOUND = 127
"""What shells exit with for a command that they cannot find (POSIX, Shell Command Language 2.8.2)."""


def match(evidence: Evidence) -> Finding | None:
    """Return the command that the deployment's image does not have."""
    by_runtime = [*said_by_aws(evidence, _RUNTIME), *_without_header(evidence)]
    if by_runtime:
        return _finding(evidence, by_runtime, None)
    by_program = [*said_at_death(evidence, (*_PROGRAMS, *_RUNTIME))]
    if by_program:
        return _finding(evidence, by_program, Verdict.SUSPECT)
    return _by_exit_code(evidence)


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
    path = said.group("path").rstrip("\\").removesuffix("\\r")
    container = container_of(said)
    script = "Missing script" in said.passage.text or "missing script" in said.passage.text
    if "exec format error" in said.passage.text.lower():
        what = f"the script {quoted(path)} has no `#!` line, so nothing knows how to run it"
    elif "chdir" in said.passage.text:
        what = f"the working directory {quoted(path)} is not in the image"
    elif script:
        what = f"the package has no script {quoted(path)}"
    elif path:
        what = f"the command {quoted(path)} is not in the image"
    else:
        what = "the command that the container is started with is not in the image"
    if container:
        what += f", so the container {quoted(container)} cannot start"
    return Finding(
        what=what,
        why="the image's files and the command are fixed, so every task of this revision starts the same way",
        fix=_fix(evidence, said, path),
        evidence=tuple(each.passage.quote() for each in all_said[:2]),
        tasks=tasks_of(all_said),
        verdict=verdict,
    )


def _fix(evidence: Evidence, said: Said, path: str) -> str:
    text = said.passage.text
    if "exec format error" in text.lower():
        return f"begin {quoted(path)} with `#!/bin/sh` (or its interpreter), and save it with Unix line ends"
    if "\\r" in text or "\r" in text:
        return (
            "save the script with Unix line ends: its first line ends in a carriage return:\nsed -i 's/\\r$//' SCRIPT"
        )
    image = next(iter(images_of(evidence, said.task)), "IMAGE")
    shell = " ".join(path.split()) if path else "PATH"
    fix = "correct `command` or `entryPoint` in the task definition, or put the file into the image"
    if path.endswith(".sh"):
        fix += " (a script that exists but is `not found` has Windows line ends, or an interpreter that is not there)"
    return f"{fix}; to look:\ndocker run --rm --entrypoint sh {pasted(image)} -c {pasted(f'command -v {shell}; ls -l {shell}')}"


def _by_exit_code(evidence: Evidence) -> Finding | None:
    died = [
        (task, container)
        for task in evidence.failed_tasks
        for container in task.containers
        if container.exit_code == _COMMAND_NOT_FOUND and exit_code_alone(evidence, task, container)
    ]
    if not died:
        return None
    task, container = died[0]
    return Finding(
        what=f"the container {quoted(container.name)} exited with code 127: a command that it runs is not in the image",
        why="shells exit with 127 when they cannot find a command, and every task starts from the same image",
        fix="correct `command` or `entryPoint` in the task definition, or put the command into the image; to look:\n"
        f"docker run --rm --entrypoint sh {pasted(container.image or 'IMAGE')} -c 'ls -l'",
        evidence=(exit_passage(task, container).quote(),),
        tasks=tuple(dict.fromkeys(task.arn for task, _ in died)),
        verdict=Verdict.SUSPECT,
    )
