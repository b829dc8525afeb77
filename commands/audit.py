"""`audit`: hold a live service against the hardening controls."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.options import (
    PROJECT,
    EndpointUrlOption,
    FormatOption,
    PlainFormat,
    ProfileOption,
    ProjectOption,
    RegionOption,
    RoleArnOption,
    SandboxOption,
)
from commands.running import REFUSED, enter, running_sandbox_of, session_given
from commands.saying import echo, echo_json


def audit(
    service: Annotated[str, typer.Option("--service", help="A live service.")],
    cluster: Annotated[str, typer.Option("--cluster", help="Its cluster.")] = "default",
    form: FormatOption = PlainFormat.TEXT,
    waivers: Annotated[
        Path | None, typer.Option("--waivers", help="A JSON file: the component's output `waivers`.")
    ] = None,
    region: RegionOption = None,
    profile: ProfileOption = None,
    role_arn: RoleArnOption = None,
    endpoint_url: EndpointUrlOption = None,
    project: ProjectOption = PROJECT,
    sandbox: SandboxOption = False,
) -> None:
    """Hold a live service, and what it depends on, against the hardening controls; exit code 3 where one is broken."""
    from components.controls import UNKNOWN, Resource, Stack, check, report
    from components.waivers import read, waive

    session = session_given(region, profile, role_arn, endpoint_url, elsewhere=sandbox)
    today = datetime.now(UTC).date()
    accepted = read(waivers) if waivers else ()
    if sandbox:
        enter(running_sandbox_of(project))
    from automation.audit import look
    from diagnostics.aws import Reader

    seen = look(Reader(session), cluster, service, hidden=UNKNOWN)
    resources = tuple(Resource(each.type, each.name, each.inputs, each.names) for each in seen.resources)
    findings = waive(check(Stack(resources, frozenset(seen.whole))), accepted, today)
    if form is PlainFormat.JSON:
        echo_json(report.document(findings, seen.gaps), indent=2)
    else:
        echo(report.text(findings, seen.gaps))
    if report.broken(findings) or seen.gaps:
        raise typer.Exit(REFUSED)
