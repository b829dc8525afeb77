"""The image was built for another platform than the task runs on.

## What it looks for
A pull that finds no manifest for the task's platform (`image Manifest does not contain descriptor matching platform`,
`no matching manifest for linux/arm64`), or a container whose entry point the kernel cannot execute:
`exec /app: exec format error`.

## Why waiting cannot help
The image's platforms are fixed when it is built, the task's by `runtimePlatform`. The same image on the same platform
fails each time. An `exec format error` is certain when the runtime could not execute the container's first process with
it, when the registry shows that the image is for another platform, or when two tasks died of it. A script without a
`#!` line gives the same error, and is the same file at every start too.

## What to do
Build for the task's platform, or for both:

    docker buildx build --platform linux/amd64,linux/arm64 --push -t IMAGE .

or set the task definition's `runtimePlatform` to what the image was built for: `cpuArchitecture`, or with Windows
`operatingSystemFamily`, whose version has to be that of the image.

## What it is not
- A tag that does not exist at all: `image-not-found`.
- An `exec format error` of an image that the registry shows to be for the task's platform: `app-command-not-found`.
- `executable file not found in $PATH`: the file is not in the image.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-arm64.html
- https://learn.microsoft.com/virtualization/windowscontainers/deploy-containers/version-compatibility
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import Finding, Verdict
from diagnostics.names import images_of, pasted, quoted
from diagnostics.passages import Passage, died_by_itself, failure_words, log_passages, mentions
from diagnostics.repeats import THE_SAME_FILE, at_start

ID = "image-platform-mismatch"
VERDICT = Verdict.DOOMED

_PULL = (
    re.compile(r"descriptor (?:matching|for) platform\b(?: '?(?P<wanted>[a-z]+/[\w/]+))?", re.IGNORECASE),
    re.compile(r"no matching manifest for (?P<wanted>[a-z]+/[\w/]+)", re.IGNORECASE),
    re.compile(r"no match for platform in (?:the )?manifest", re.IGNORECASE),
    re.compile(r"image manifest does not c[a-z ]{0,40}[.\u2026\s]*\Z", re.IGNORECASE),
    re.compile(
        r"platform \((?P<built>[a-z]+/[\w/]+)\) does not match the .{0,30}platform \((?P<wanted>[a-z]+/[\w/]+)\)",
        re.IGNORECASE,
    ),
    re.compile(r"no (?:image|manifest) found in manifest list for architecture (?P<wanted>[a-z0-9]+)", re.IGNORECASE),
    re.compile(
        r"does not (?:match|provide) the specified platform(?:: wanted (?P<wanted>[a-z]+/[\w/]+),"
        r" actual: (?P<built>[a-z]+/[\w/]+))?",
        re.IGNORECASE,
    ),
    re.compile(
        r"a Windows version (?P<built>[\d.]+)-based image is incompatible with a (?P<wanted>[\d.]+)", re.IGNORECASE
    ),
    re.compile(r"container operating system does not match the host operating system", re.IGNORECASE),
    # Windows's own text of HCS_E_IMAGE_MISMATCH, which hcsshim passes on; also cut at 255 characters, as a container's
    # reason is
    re.compile(
        r"operating system of the container does not match the operating system of the host"
        r"|failure in a Windows system call: The operating system of the c\w{0,9}\Z",
        re.IGNORECASE,
    ),
    re.compile(r"image operating system \"?(?P<built>\w+)\"? cannot be used on this platform", re.IGNORECASE),
)
_EXEC = re.compile(
    r"(?:exec[: ]+\"?(?P<path>/[^\s\":]+)\"?.{0,20})?exec format error"
    r"|: cannot execute binary file$"
    r"|^qemu-\w{1,20}(?:-static)?: Could not open '/lib|^rosetta error: failed to open elf at",
    re.IGNORECASE,
)
_EXEC_LITERALS = ("exec format error", "cannot execute binary file", "qemu-", "rosetta error")
"""The kernel's words, and those of emulators that find no loader of the other architecture in the image."""
_FIRST_PROCESS = re.compile(
    r"^(?:\S+\.go:\d+: )?exec (?:/[^\s:]+: |user process caused)|^\[(?:FATAL tini|dumb-init)\b"
    r"|^\S{0,100}: (?:line \d+: )?\S{1,200}: cannot execute binary file",
    re.IGNORECASE,
)
"""runc of the container's own process; small inits and bash of the one that they start. Not a program of its children.

Sources: runc libcontainer/standard_init_linux.go, tini src/tini.c, dumb-init dumb-init.c, bash execute_cmd.c.
"""
_WINDOWS_VERSION = re.compile(r"\d+\.\d+[\d.]*")
_ARCHITECTURES = {"X86_64": "amd64", "ARM64": "arm64", "": "amd64"}
"""`runtimePlatform.cpuArchitecture` in the words of image manifests; X86_64 is what ECS takes where none is given."""


def match(evidence: Evidence) -> Finding | None:
    """Return the image that cannot be pulled for, or executed on, the task's platform."""
    return _pull(evidence) or _execution(evidence)


def _pull(evidence: Evidence) -> Finding | None:
    for passage in failure_words(evidence):
        if not passage.has("platform", "manifest", "operating system", "windows"):
            continue
        found = next((found for wording in _PULL if (found := wording.search(passage.text))), None)
        if found is None:
            continue
        said = found.groupdict()
        wanted = said.get("wanted") or _wanted(evidence)
        built = f" (it is for {said['built']})" if said.get("built") else ""
        recovered = started_since(evidence, passage)
        return Finding(
            what=f"{_image(evidence, passage)} was not built for {wanted}{built}",
            why="a task has started since, so the image may have been pushed again"
            if recovered
            else "the registry answered and has no manifest for the task's platform, so retrying cannot help",
            fix=_fix(evidence, passage, wanted, said.get("built") or ""),
            evidence=(passage.quote(),),
            verdict=Verdict.SUSPECT if recovered else None,
        )
    return None


def _execution(evidence: Evidence) -> Finding | None:
    if not mentions(evidence, *_EXEC_LITERALS):
        return None
    died: list[Passage] = []
    for passage in (*failure_words(evidence), *_last_lines(evidence)):
        if _EXEC.search(passage.text) and all(passage.task is not each.task for each in died):
            died.append(passage)
    if not died:
        return None
    wanted, first = _wanted(evidence), died[0]
    built = _platforms(evidence, first)
    if any(each.startswith(wanted) for each in built):
        return None
    found = _EXEC.search(first.text)
    path = quoted(found["path"]) if found and found["path"] else "the entry point"
    return Finding(
        what=f"{path} in {_image(evidence, first)} cannot be executed on {wanted}"
        + (f" (it is for {' and '.join(built)})" if built else ""),
        why=f"the kernel of a {wanted} task does not know the file's format, and every task starts from the same image",
        fix=_fix(evidence, first, wanted)
        + "\nif it is built for that and the entry point is a script, begin it with `#!`",
        evidence=tuple(passage.quote() for passage in died[:2]),
        tasks=tuple(passage.task.arn for passage in died if passage.task),
        repeats=next((THE_SAME_FILE for passage in died if _is_certain(passage)), ""),
        verdict=None if built else Verdict.SUSPECT,
    )


def _is_certain(passage: Passage) -> bool:
    """Say whether it was the container's first process, at its start: no state of anything else takes part in that."""
    of_aws = " log of " not in passage.source
    return of_aws or (at_start(passage.task) and bool(_FIRST_PROCESS.search(passage.text)))


def _platforms(evidence: Evidence, passage: Passage) -> tuple[str, ...]:
    """Return what the task's only image was built for, where the registry was asked."""
    images = images_of(evidence, passage.task)
    known = evidence.image(images[0]) if len(images) == 1 else None
    return known.platforms if known else ()


def _last_lines(evidence: Evidence) -> list[Passage]:
    """Return the log lines of containers that ended by themselves."""
    return [
        passage
        for task in evidence.failed_tasks
        for log in evidence.logs_of(task)
        if died_by_itself(task, log.container)
        for passage in log_passages(task, log)
    ]


def _wanted(evidence: Evidence) -> str:
    defined = evidence.task_definition
    architecture = _ARCHITECTURES.get(defined.cpu_architecture if defined else "", "amd64")
    system = "windows" if defined and defined.operating_system.startswith("WINDOWS") else "linux"
    return f"{system}/{architecture}"


def _image(evidence: Evidence, passage: Passage) -> str:
    images = images_of(evidence, passage.task)
    return f"the image {quoted(images[0])}" if len(images) == 1 else "the image"


def _fix(evidence: Evidence, passage: Passage, wanted: str, built: str = "") -> str:
    images = images_of(evidence, passage.task)
    image = images[0] if len(images) == 1 else "IMAGE"
    if _WINDOWS_VERSION.fullmatch(wanted):
        return (
            f"build it on a base image of Windows {wanted}, or set `runtimePlatform.operatingSystemFamily` to the"
            f" Windows that it is for{f' ({built})' if built else ''}"
        )
    if built.lower().startswith("windows") and not wanted.startswith("windows"):
        return (
            f"build it for {wanted}, or set `runtimePlatform.operatingSystemFamily` to the Windows that it is for:\n"
            f"docker buildx build --platform {wanted} --push -t {pasted(image)} ."
        )
    other = "ARM64" if "amd64" in wanted else "X86_64"
    return (
        f"build it for {wanted}, or set `runtimePlatform.cpuArchitecture` to `{other}` if it is built for that:\n"
        f"docker buildx build --platform {wanted} --push -t {pasted(image)} ."
    )
