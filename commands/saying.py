"""What commands print: nothing in it steers a terminal, and nothing is read as a command of the CI system."""

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

import typer

from diagnostics.printable import printable, printable_json

_MENDED_BY = {
    errno.ENOSPC: "make room on that disk",
    errno.EDQUOT: "make room on that disk: its quota is used up",
    errno.EFBIG: "raise the limit of this process (`ulimit -f`), or make room",
    errno.EROFS: "have that disk mounted to be written to, or run in a folder that is",
    errno.EACCES: "let this user read and write there",
    errno.EPERM: "let this user read and write there",
    errno.ENOTDIR: "move away the file that stands where a folder belongs",
    errno.EEXIST: "move away the file that stands where a folder belongs",
    errno.EMFILE: "raise the number of files that a process may have open (`ulimit -n`)",
    errno.ENFILE: "end programs that have many files open",
}


def told_by_the_machine(problem: OSError) -> str:
    """Return what this machine refused, as a sentence with what to do."""
    names = [os.fsdecode(name) for name in (problem.filename, problem.filename2) if isinstance(name, str | bytes)]
    what = " -> ".join(dict.fromkeys(names)) or "a file or a connection of this process"
    said = problem.strerror or str(problem) or type(problem).__name__
    help_ = _MENDED_BY.get(problem.errno or 0)
    return f"{what}: {said}" + (f"; {help_}, and run the command again" if help_ else "")


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print text on standard output or error, without control characters."""
    typer.echo(printable(text), err=err, nl=nl)


def echo_json(document: Mapping[str, Any], *, indent: int | None = None) -> None:
    """Print one document as JSON, on one line unless it is indented; a program that reads it gets what was meant."""
    import json

    separators = None if indent else (",", ":")
    text = json.dumps(document, ensure_ascii=False, separators=separators, indent=indent, default=str)
    typer.echo(printable_json(text))


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command of which nothing is read as a command of the CI system; for those that tell it nothing."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        form = "json" if options.get("json") else str(options.get("form") or "text")
        with shielded(form):
            command(*arguments, **options)

    return run


@contextmanager
def shielded(form: str = "text") -> Iterator[None]:
    """Have nothing that is printed meanwhile read as a command of the CI system that runs this process.

    Args:
        form: what goes to standard output. No line of ours may stand before or behind a document, which may go into
            a file; `github` is commands by intent, which are escaped as such.
    """
    from automation.ci.log import log_of
    from automation.ci.systems import detect

    log = log_of(detect(os.environ))
    with log.shielded() if form == "text" else log.disarmed(output=form != "github"):
        yield
