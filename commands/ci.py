"""`ci …`: what a pipeline does beside the deployment itself."""

import os
from pathlib import Path
from typing import Annotated

import typer

from commands.running import refuse
from commands.saying import echo, guarded

app = typer.Typer(help="What a pipeline does beside the deployment.", no_args_is_help=True)


@app.callback()
def _ci() -> None:
    """Keep `comment` a command of its own, though it is the only one."""


@app.command()
@guarded
def comment(
    file: Annotated[Path, typer.Option("--file", help="What `preview --comment` has written.")],
    author: Annotated[
        str | None, typer.Option("--author", help="Who writes it; where the token is not the workflow's own.")
    ] = None,
) -> None:
    """Put a preview under its pull request on GitHub; a later one replaces it. The token is $GITHUB_TOKEN."""
    from automation.ci.posting import AUTHOR, job_of, post
    from automation.errors import PostingError

    try:
        text = file.read_text(encoding="utf-8")
    except OSError as problem:
        refuse(f"--file {file}: cannot be read: {problem.strerror}")
    job = job_of(os.environ)
    try:
        echo(post(job, text, author or AUTHOR))
    except PostingError as problem:
        if not job.from_fork:
            raise
        echo(f"no comment was written: {problem}", err=True)
