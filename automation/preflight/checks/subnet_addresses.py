"""The subnets have a free address for each task that the deployment adds.

Each task in `awsvpc` mode has an address of its own. While a rolling update runs there are up to
desired * maximumPercent / 100 tasks (rounded down); with another strategy there are twice as many as wanted. A task
whose subnet is full does not start, and counts as failed.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
"""

from collections.abc import Iterator

from automation.preflight.counts import Counts, counts, deploys, replaces_tasks_in_place
from automation.preflight.model import Finding, not_done, refused, warned
from automation.preflight.networking import read_network, settings
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from diagnostics.names import quoted
from diagnostics.network import Subnet

ID = "subnet-addresses"
TITLE = "the subnets have an address for each task that the deployment adds"
READS = "`DescribeSubnets`, `DescribeServices`; the planned counts and percentages"
FIX = "add subnets, free addresses, or lower `maximumPercent`"


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Hold the free addresses against the tasks to come."""
    if not deploys(subject):
        return
    placed, figures = settings(subject), counts(subject)
    if figures is None:
        yield not_done("the desired count or the percentages are not known before the update")
        return
    if not placed.subnets or "subnets" in placed.hidden:
        if placed.hidden:
            yield not_done("the subnets are not all known before the update")
        return
    network, refusals = read_network(subject, reads, placed)
    free = [each for each in network.subnets if each.free_addresses is not None]
    if not free:
        if refusals:
            yield not_done("the subnets could not be read", evidence=refusals)
        return
    yield from _findings(free, _added(subject, figures, placed.subnets))


def _added(subject: Subject, figures: Counts, subnets: tuple[str, ...]) -> int:
    """Return how many tasks are started beside those that run."""
    most = figures.most if replaces_tasks_in_place(subject) else 2 * figures.desired
    live = subject.live or {}
    running = int(live.get("runningCount", 0)) + int(live.get("pendingCount", 0))
    used = live.get("networkConfiguration", {}).get("awsvpcConfiguration", {}).get("subnets", [])
    # In subnets that none of the old tasks is in, all tasks are new in the end.
    least = figures.desired if not set(used) & set(subnets) else 0
    return max(most - running, least)


def _findings(subnets: list[Subnet], added: int) -> Iterator[Finding]:
    total = sum(each.free_addresses or 0 for each in subnets)
    shown = ", ".join(f"{quoted(each.id)} {each.free_addresses}" for each in subnets)
    if added > total:
        yield refused(
            f"the deployment adds {added} tasks, and the subnets have {total} free addresses ({shown})",
            "add subnets, free addresses in these, or lower `maximumPercent`",
            why="each task needs an address of its own, and one that gets none does not start",
        )
    elif added and any(each.free_addresses == 0 for each in subnets):
        full = next(each for each in subnets if each.free_addresses == 0)
        yield warned(
            f"the subnet {quoted(full.id)} has no free address ({shown})",
            "take it out of the service's subnets, or free addresses in it",
            why="a task that ECS puts there does not start",
        )
