"""Whether what a finding misses may still arrive: a permission or a resource that was made a moment ago.

AWS's answer "not authorized" or "does not exist" is final for a thing that was there all along, and may be false for
one that the same update has just made. Nothing in the answer tells them apart; a second task that starts later does.
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding


def may_settle(evidence: Evidence, finding: Finding) -> bool:
    """Say whether the finding has a `settles_after` and no task that was created so much later failed alike.

    The time is counted between the creations of the first and the last of the finding's tasks. Where a task's creation
    is not shown nothing is proven by it. A finding whose quotes alone are dated (an event names no task) is counted
    between the first and the last of these.
    """
    if finding.settles_after is None:
        return False
    named = set(finding.tasks)
    failed = [task for task in evidence.deployment_tasks if task.arn in named]
    moments = [task.created_at for task in failed if task.created_at]
    if not finding.tasks:
        moments = [quote.at for quote in finding.evidence if quote.at]
    return not moments or max(moments) - min(moments) < finding.settles_after
