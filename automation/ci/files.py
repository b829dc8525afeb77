"""The files in which a CI system takes variables from a step: GitHub's outputs, GitLab's dotenv report."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from automation.ci.headline import Headline, result_of
from automation.errors import UsageError
from automation.outcome import ExitCode, Outcome
from diagnostics.printable import sentence
from diagnostics.private_files import make_folder, open_private

_DOTENV_MAX = 5_000
"""GitLab takes 5 KB of a dotenv report (https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv)."""


def outputs_of_outcome(outcome: Outcome, said: Headline) -> dict[str, str]:
    """Return what later steps may want to know of a run of `up`."""
    services = [
        {
            "name": each.name,
            "result": each.result.value,
            "revision": each.proof.revision if each.proof else None,
            "digest": each.proof.digest if each.proof else None,
        }
        for each in outcome.services
    ]
    diagnosis = outcome.diagnosis
    return {
        **_common(outcome.exit_code, outcome.stack, said),
        "root-cause": (diagnosis.root_cause if diagnosis else None) or "",
        "services": json.dumps(services, separators=(",", ":")),
    }


def outputs_of_preview(stack: str, said: Headline, *, refused: bool, new_revision: bool) -> dict[str, str]:
    """Return what later steps may want to know of a preview."""
    code = ExitCode.REFUSED if refused else ExitCode.PROVEN
    return {
        **_common(code, stack, said),
        "result": "refused" if refused else "ready",
        "new-revision": _yes(new_revision),
    }


def _common(code: ExitCode, stack: str, said: Headline) -> dict[str, str]:
    return {"exit-code": str(int(code)), "result": result_of(code), "stack": stack, "headline": said.text}


def _yes(given: bool) -> str:  # noqa: FBT001 - it is the value itself
    return "true" if given else "false"


def github_outputs(outputs: Mapping[str, str]) -> str:
    """Return lines for `$GITHUB_OUTPUT`.

    Each value stands between delimiters that nobody can guess, so that no value can end early and set another one.
    """
    return "".join(_heredoc(name, value) for name, value in outputs.items())


def _heredoc(name: str, value: str) -> str:
    delimiter = f"failwell-{secrets.token_hex(16)}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def dotenv(outputs: Mapping[str, str]) -> str:
    """Return a dotenv report, a line each (`FAILWELL_ROOT_CAUSE=…`); what would be too long for GitLab is left out."""
    lines = ""
    for name, value in outputs.items():
        line = f"FAILWELL_{name.upper().replace('-', '_')}={sentence(value)}\n"
        lines += line if len((lines + line).encode()) <= _DOTENV_MAX else ""
    return lines


def check(path: Path, option: str) -> None:
    """Refuse, before anything is changed, what could not be written afterwards.

    Raises:
        UsageError: it is a folder, or its folder cannot be made or written to.
    """
    try:
        make_folder(path.parent)
    except OSError as problem:
        raise UsageError(f"{option} {path}: its folder cannot be made: {problem.strerror}") from problem
    if path.is_dir():
        raise UsageError(f"{option} {path}: is a folder; name a file")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"{option} {path}: cannot be written; name a file that can")


def append(path: Path, text: str) -> None:
    """Append to a file of the CI system.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as problem:
        raise UsageError(f"{path}: cannot be written: {problem.strerror}") from problem


def write(path: Path, text: str) -> None:
    """Write a file that somebody named; one that is made is its owner's alone.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        make_folder(path.parent)
        with open_private(path, "w") as file:
            file.write(text)
    except OSError as problem:
        raise UsageError(f"{path}: cannot be written: {problem.strerror}") from problem
