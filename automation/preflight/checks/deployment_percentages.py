"""The deployment percentages leave room to replace a task.

A rolling update starts a task where fewer than desired * maximumPercent / 100 (rounded down) are there, and stops one
where more than desired * minimumHealthyPercent / 100 (rounded up) are healthy. Where neither can be, ECS says `was
unable to stop or start tasks during a deployment because of the service deployment configuration`, and waits on. A
first deployment has nothing to replace.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
"""

from collections.abc import Iterator

from automation.preflight.counts import counts, deploys, replaces_tasks_in_place
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject

ID = "deployment-percentages"
TITLE = "the deployment percentages leave room to start or stop a task"
READS = "`DescribeServices`; the planned counts and percentages"
FIX = "raise `maximumPercent` or lower `minimumHealthyPercent`"


def run(subject: Subject, _reads: PreflightReads) -> Iterator[Finding]:
    """Ask whether ECS may start one task more, or stop one."""
    if subject.live is None or not deploys(subject) or not replaces_tasks_in_place(subject):
        return
    figures = counts(subject)
    if figures is None:
        yield not_done("the desired count or the percentages are not known before the update")
        return
    if not figures.desired or not subject.live.get("runningCount"):
        return  # none is wanted, or there is none to replace
    if figures.most <= figures.desired and figures.fewest >= figures.desired:
        yield refused(
            f"of {figures.desired} tasks {figures.fewest} must stay healthy (minimumHealthyPercent"
            f" {figures.minimum_percent}) and {figures.most} may run (maximumPercent {figures.maximum_percent}),"
            " so none can be replaced",
            FIX,
            why="ECS may neither start a new task nor stop an old one, and waits for ever",
        )
