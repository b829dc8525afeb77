"""The program as it was: its commit in a folder of its own, and the configuration that was recorded with it."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from automation.engine.project import Project, stack_settings
from automation.history.configuration import named, put_back
from automation.history.origin import Git, GitError
from automation.history.record import Commit, Record
from diagnostics.private_files import make_folder

_SHA = re.compile(r"^[0-9a-f]{40}(?:[0-9a-f]{24})?$")


@dataclass(frozen=True)
class Program:
    """What is needed to run it again."""

    sha: str
    directory: str
    """The project's folder in the repository."""
    configuration: Mapping[str, Any]
    secrets: tuple[str, ...]
    """Keys of secrets, which have today's values."""


def program_of(
    record: Record, project: Project, stack: str, git: Callable[..., str], services: frozenset[str]
) -> Program | str:
    """Return the program of a record, or why it cannot be run again as it was.

    Args:
        record: the run that is gone back to.
        project: the project as it is today.
        stack: the stack's name.
        git: runs git in the project's folder.
        services: the names of the services that the stack has now; the program would take back all of them.
    """
    if len(services) > 1:
        return "the stack has other services, which are to stay as they are"
    if {each.name for each in record.services} != services:
        return "that run had other services than the stack has now"
    commit = record.commit
    if commit is None or commit.directory is None:
        return "no commit of a repository was recorded with it"
    if reason := _not_at_hand(commit, commit.directory, git):
        return reason
    now = stack_settings(project, stack).get("config") or {}
    whole = put_back(record.configuration, record.absent_configuration, now)
    if whole.missing:
        keys = ", ".join(f"`{named(path)}`" for path in whole.missing)
        return f"secrets are not recorded, and the stack's settings have no value for {keys}"
    return Program(commit.sha, commit.directory, whole.values, tuple(named(path) for path in whole.from_now))


def _not_at_hand(commit: Commit, directory: str, git: Callable[..., str]) -> str | None:
    """Return why the commit cannot be checked out as it was; None where it can."""
    short = commit.sha[:10]
    if commit.dirty:
        return f"files differed from the commit {short} when it ran"
    folder = "" if directory == "." else f"{directory}/"
    if not _SHA.match(commit.sha) or ".." in Path(folder).parts or Path(folder).is_absolute():
        return "what was recorded as its commit is none"
    try:
        git("cat-file", "-e", f"{commit.sha}^{{commit}}")
        project = git("ls-tree", "--full-tree", commit.sha, f"{folder}Pulumi.yaml", f"{folder}Pulumi.yml")
        modules = git("ls-tree", "--full-tree", commit.sha, ".gitmodules")
    except GitError:
        return f"the commit {short} is not in this repository (a shallow clone has only the last ones)"
    if modules:
        return f"the commit {short} has submodules"
    return None if project else f"the commit {short} has no project in `{directory}`"


@contextmanager
def checked_out(program: Program, project: Project, git: Git) -> Iterator[Project]:
    """Yield the project with the program's commit as its source, in a worktree that is removed afterwards.

    What a repository does not hold, the interpreter's and Node's packages, is today's.

    Raises:
        GitError: the commit cannot be checked out.
    """
    place = project.directory / ".failwell" / "rollback" / program.sha[:12]
    _remove(place, git)
    make_folder(place.parent)
    git("worktree", "add", "--detach", "--quiet", str(place), program.sha)
    try:
        source = place / program.directory
        for name in filter(None, (project.virtualenv, "node_modules")):
            here, there = project.directory / name, source / name
            if here.exists() and not there.exists():
                there.parent.mkdir(parents=True, exist_ok=True)
                there.symlink_to(here)
        yield replace(project, source=source)
    finally:
        _remove(place, git)


def _remove(place: Path, git: Git) -> None:
    """Remove the worktree, and what a kill may have left of one."""
    with suppress(GitError):
        git("worktree", "remove", "--force", "--force", str(place))
    shutil.rmtree(place, ignore_errors=True)
    with suppress(OSError):
        place.parent.rmdir()
    with suppress(GitError):
        git("worktree", "prune")
