"""A listener or a listener rule sends requests to the target group.

ECS refuses a service whose target group no load balancer uses: `The target group with targetGroupArn … does not have an
associated load balancer.`

Source: the provider retries on these words (hashicorp/terraform-provider-aws, internal/service/ecs/service.go).
"""

from collections.abc import Iterator

from automation.preflight.balancing import bindings, forwarders, load_balancers
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.plan import Hidden
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from diagnostics.names import quoted

ID = "listener"
TITLE = "a listener sends requests to the target group"
READS = "`DescribeTargetGroups`; the planned listeners and listener rules"
FIX = "make a listener rule that forwards to the target group, and have the service depend on it"


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Look for who sends requests to each target group: a load balancer there is, or a rule that the update makes."""
    blocks = load_balancers(subject)
    if isinstance(blocks, Hidden):
        yield not_done(f"the load balancer blocks are {blocks.value}")
        return
    for binding in bindings(subject, reads):
        if not binding.exists:
            continue  # `target-group` says so
        if binding.group is None:
            yield not_done("which target group the update makes for the service cannot be seen before it")
        elif not binding.group.load_balancer_arns and not forwarders(subject.plan, binding):
            yield refused(
                f"no listener sends requests to the target group {quoted(binding.name)}",
                FIX,
                why="ECS refuses a service whose target group has no associated load balancer",
            )
