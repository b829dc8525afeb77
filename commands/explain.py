"""`explain`: say why a deployment fails, live or recorded."""

import sys
from contextlib import nullcontext
from datetime import UTC, datetime
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
from commands.running import WRONG_USAGE, clock_of, refuse, running_sandbox_of, session_given
from commands.saying import echo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from diagnostics.evidence import EvidenceError
    from diagnostics.model import Diagnosis
    from diagnostics.render.html.report import Section


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
    from diagnostics.explain import explain_look, explain_service, explain_stream

    if (evidence is None) == (service is None):
        refuse("explain needs either --evidence FILE or --cluster C --service S")
    if last_failed and (deployment or evidence is not None):
        refuse("--last-failed is for a live service, without --deployment")
    session = session_given(region, profile, role_arn, endpoint_url, elsewhere=sandbox or evidence is not None)
    if evidence is not None:
        with _open_evidence(evidence) as stream:
            if form is ExplainFormat.HTML:
                from diagnostics.render.html.report import sections_of_stream

                _print_page(list(sections_of_stream(stream)))
            else:
                _print_explanations(explain_stream(stream), form)
        return
    clock = clock_of(running_sandbox_of(project) if sandbox else None)
    from diagnostics.aws import Reader
    from diagnostics.collect import Collector

    collector = Collector(Reader(session, clock), cluster or "default", service or "", clock)
    if form is ExplainFormat.HTML:
        from diagnostics.render.html.report import section_of_look

        diagnosis, look = explain_look(collector, deployment, last_failed=last_failed)
        _print_page([(section_of_look(diagnosis, look), None)])
    else:
        _print_explanations(iter([explain_service(collector, deployment, last_failed=last_failed)]), form)


def _open_evidence(name: str) -> "AbstractContextManager[TextIO]":
    from diagnostics.recorder import open_evidence

    if name == "-":
        return nullcontext(sys.stdin)
    try:
        return open_evidence(Path(name))
    except OSError as problem:
        return refuse(f"--evidence {name}: cannot be read: {problem.strerror}")


def _print_explanations(found: "Iterator[Diagnosis | EvidenceError]", form: ExplainFormat) -> None:
    from diagnostics.evidence import EvidenceError
    from diagnostics.render.printing import printer_of

    show = printer_of(form.value)
    refused = False
    for each in found:
        if isinstance(each, EvidenceError):
            refused = True
            echo(f"the evidence is refused: {each}", err=True)
        show(each)
    if refused:
        raise typer.Exit(WRONG_USAGE)


def _print_page(told: "Sequence[tuple[Section, EvidenceError | None]]") -> None:
    """Print one page; in UTF-8, as it says of itself, whatever the terminal has."""
    from diagnostics.render.html.page import to_html
    from diagnostics.render.html.report import report_of

    refusals = [error for _, error in told if error]
    for error in refusals:
        echo(f"the evidence is refused: {error}", err=True)
    page = to_html(report_of([section for section, _ in told], datetime.now(UTC)))
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(encoding="utf-8")
    sys.stdout.write(page)
    sys.stdout.flush()
    if refusals:
        raise typer.Exit(WRONG_USAGE)
