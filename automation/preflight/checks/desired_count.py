"""Tasks are wanted: with a desired count of 0 a deployment completes, and proves nothing about its revision.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
"""

from collections.abc import Iterator

from automation.preflight.counts import desired
from automation.preflight.model import Finding, not_done, warned
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject

ID = "desired-count"
TITLE = "at least one task is wanted, so that the revision can be proven"
READS = "`DescribeServices`; the planned desired count"
FIX = "raise the desired count to 1 or more for the deployment"


def run(subject: Subject, _reads: PreflightReads) -> Iterator[Finding]:
    """Look for a desired count of zero."""
    wanted = desired(subject)
    if wanted is None:
        yield not_done("the desired count is not known before the update")
    elif wanted == 0:
        yield warned(
            "the desired count is 0, so nothing of the new revision would be proven (exit code 8)",
            "set the desired count to 1 or more, or expect `applied but not proven`",
            why="ECS completes a deployment of no tasks without starting one",
        )
