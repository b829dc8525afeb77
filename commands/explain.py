"""`explain`: say why a deployment fails, live or recorded."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from commands.options import (
    PROJECT,
    EndpointUrlOption,
    ExplainFormat,
    ProfileOption,
    ProjectOption,
    RegionOption,
    RoleArnOption,
    SandboxOption,
)
from commands.running import WRONG_USAGE, enter, refuse, running_sandbox_of, session_given

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from diagnostics.evidence import EvidenceError
    from diagnostics.model import Diagnosis


def explain(
    evidence: Annotated[
        str | None, typer.Option("--evidence", metavar="FILE", help="A recording or documents; `-`: standard input.")
    ] = None,
    cluster: Annotated[str | None, typer.Option("--cluster", help="The cluster of a live service.")] = None,
    service: Annotated[str | None, typer.Option("--service", help="A live service.")] = None,
    deployment: Annotated[
        str | None, typer.Option("--deployment", help="`ecs-svc/…`; the newest one by default.")
    ] = None,
    last_failed: Annotated[
        bool, typer.Option("--last-failed", help="The last deployment that failed, even where a later one serves.")
    ] = False,
    form: Annotated[ExplainFormat, typer.Option("--format", help="How to print it.")] = ExplainFormat.TEXT,
    region: RegionOption = None,
    profile: ProfileOption = None,
    role_arn: RoleArnOption = None,
    endpoint_url: EndpointUrlOption = None,
    project: ProjectOption = PROJECT,
    sandbox: SandboxOption = False,
) -> None:
    """Say why a deployment fails: a live service's, or a recorded one's."""
    from diagnostics.explain import explain_service, explain_stream

    if (evidence is None) == (service is None):
        refuse("explain needs either --evidence FILE or --cluster C --service S")
    if last_failed and (deployment or evidence is not None):
        refuse("--last-failed is for a live service, without --deployment")
    session = session_given(region, profile, role_arn, endpoint_url, elsewhere=sandbox or evidence is not None)
    if evidence is not None:
        with _open_evidence(evidence) as stream:
            _print_explanations(explain_stream(stream), form)
        return
    if sandbox:
        enter(running_sandbox_of(project))
    from diagnostics.aws import Reader
    from diagnostics.collect import Collector

    collector = Collector(Reader(session), cluster or "default", service or "")
    _print_explanations(iter([explain_service(collector, deployment, last_failed=last_failed)]), form)


def _open_evidence(name: str) -> "AbstractContextManager[TextIO]":
    if name == "-":
        return nullcontext(sys.stdin)
    try:
        return Path(name).open(encoding="utf-8", errors="replace")
    except OSError as problem:
        return refuse(f"--evidence {name}: cannot be read: {problem.strerror}")


def _print_explanations(found: "Iterator[Diagnosis | EvidenceError]", form: ExplainFormat) -> None:
    from diagnostics.evidence import EvidenceError
    from diagnostics.render import printer_of

    show = printer_of(form.value)
    refused = False
    for each in found:
        if isinstance(each, EvidenceError):
            refused = True
            typer.echo(f"the evidence is refused: {each}", err=True)
        show(each)
    if refused:
        raise typer.Exit(WRONG_USAGE)
