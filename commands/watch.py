"""`watch`: follow deployments that something else started."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.live import check_loudness, showing
from commands.options import (
    PROJECT,
    EndpointUrlOption,
    FailureFormat,
    ProfileOption,
    ProjectOption,
    QuietOption,
    RegionOption,
    RoleArnOption,
    SandboxOption,
    VerboseOption,
    YesOption,
)
from commands.running import Printer, ask_or_stop, clock_of, refuse, running_sandbox_of, session_given
from commands.saying import echo, echo_json

_LOOKS_AT_ONCE = 8
"""Services of a fleet that are looked at at a time: a look waits for AWS most of its time."""

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from automation.watching import Watched, Watching
    from diagnostics.aws import Reader
    from diagnostics.clock import Clock


def watch(
    cluster: Annotated[str, typer.Option("--cluster", help="The cluster.")] = "default",
    service: Annotated[
        list[str] | None, typer.Option("--service", help="A service of the cluster; repeat it for several.")
    ] = None,
    fleet: Annotated[bool, typer.Option("--fleet", help="Watch all services of the cluster that deploy.")] = False,
    queue: Annotated[
        str | None,
        typer.Option("--queue", metavar="URL", help="With --fleet: events in this queue say what to look at."),
    ] = None,
    abort: Annotated[
        bool, typer.Option("--abort", help="Stop a deployment that is doomed; ECS rolls it back.")
    ] = False,
    timeout: Annotated[float, typer.Option("--timeout", help="Minutes of ECS's clock.", min=1)] = 30,
    form: Annotated[FailureFormat, typer.Option("--format", help="How to print a failure.")] = FailureFormat.TEXT,
    region: RegionOption = None,
    profile: ProfileOption = None,
    role_arn: RoleArnOption = None,
    endpoint_url: EndpointUrlOption = None,
    project: ProjectOption = PROJECT,
    sandbox: SandboxOption = False,
    yes: YesOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Follow deployments that something else started, explain those that fail, and prove what serves."""
    if fleet == bool(service):
        refuse("watch needs either --service S or --fleet")
    if queue is not None and not fleet:
        refuse("--queue is for --fleet: the events of a queue are about all services")
    if queue is not None and not queue.startswith(("https://", "http://")):
        refuse(f"--queue {queue}: give the queue's URL, as `alerts up` prints it")
    check_loudness(quiet=quiet, verbose=verbose)
    printer = Printer(quiet=quiet)
    session = session_given(region, profile, role_arn, endpoint_url, elsewhere=sandbox)
    local = running_sandbox_of(project) if sandbox else None
    clock = printer.clock = clock_of(local)
    if abort and not (local or yes):
        ask_or_stop(f"stop deployments in the cluster {cluster} that are doomed?")
    from automation.aws.writer import Writer
    from diagnostics.aws import Reader

    reader = Reader(session, clock)

    def stop(arn: str) -> None:  # whatever is wrong with the session, the watch says it first
        Writer(reader.session, session.endpoint_of("ecs")).stop_service_deployment(arn)

    stopping = stop if abort else None
    with showing(f"watch: {cluster.rpartition('/')[2]}", printer, verbose=verbose) as shown:
        wake = wake_by(reader, queue, cluster, shown.say) if queue else None
        watching = watching_of(
            reader, cluster, service, clock, timeout, shown.say, stopping, shown.follow, wake, verbose=verbose
        )
        watched = watching.run(service or ())
    print_watched(watched, form)
    raise typer.Exit(int(watching.exit_code(watched)))


def watching_of(
    reader: "Reader",
    cluster: str,
    services: "Sequence[str] | None",
    clock: "Clock",
    timeout: float,
    say: "Callable[[str], None]",
    stop: "Callable[[str], None] | None" = None,
    follow: "Callable[[Any], None] | None" = None,
    wake: "Callable[[float], Collection[str]] | None" = None,
    *,
    verbose: bool = False,
) -> "Watching":
    """Return what follows services of a cluster, those that deploy where none are named."""
    from automation.watching import Actions, Watching
    from diagnostics.collect import Collector
    from diagnostics.fleet import Fleet

    actions = Actions(
        prove=lambda name: Collector(reader, cluster, name, clock).collect_primary(),
        stop=stop,
        sleep=time.sleep,
        say=say,
        follow=follow,
        say_events=verbose and follow is None,
        wake=wake,
    )
    return Watching(Fleet(reader, cluster, clock, services, at_once=_LOOKS_AT_ONCE), actions, clock, timeout)


def wake_by(
    reader: "Reader", url: str, cluster: str, say: "Callable[[str], None]"
) -> "Callable[[float], Collection[str]]":
    """Return what waits for events in a queue; that it cannot be read, or holds what is no event, is said."""
    from alerts.queue import EventQueue

    settings = reader.settings
    make: Any = reader.session.client
    events = EventQueue(make("sqs", endpoint_url=settings.endpoint_of("sqs")), url, cluster)
    said = ""

    def wake(seconds: float) -> "Collection[str]":
        nonlocal said
        names = events.wait(seconds)
        words = f"the queue cannot be read: {events.refused}" if events.refused else ""
        if events.malformed:
            words = words or f"{events.malformed} messages of the queue were no events, and are deleted"
        if words and words != said:
            say(words)
        said = words
        return names

    return wake


def print_watched(watched: "Sequence[Watched]", form: FailureFormat) -> None:
    """Print what became of each service."""
    from diagnostics.render.printing import print_with_notes

    for each in watched:
        if form is FailureFormat.JSON:
            echo_json(each.to_document())
        elif each.diagnosis:
            print_with_notes(each.diagnosis, each.notes, form.value)
        else:
            echo(f"{each.name}: {'; '.join(each.notes) or each.result.value}", err=form is not FailureFormat.TEXT)
    if not watched:
        echo("no service deploys", err=True)
