"""How long a deployment takes at most: until it serves, and until ECS has decided that it does not."""

from dataclasses import dataclass
from math import ceil, floor

START_SECONDS = 120
"""From the decision to start a task until it runs: address, pull, start (an estimate, for large images)."""
STEADY_SECONDS = 60
"""From the last healthy task until ECS calls the deployment completed."""
SLACK_SECONDS = 600
"""For throttled starts and slow API calls."""
SHORTEST_TIMEOUT_SECONDS = 1200
"""Pulumi's own default for a service; a deletion that drains its tasks needs it too."""
TIMEOUT_SECONDS_UNKNOWN = 3600
"""Where what sets the pace is known only later, and the timeout must be written now."""


@dataclass(frozen=True)
class Pace:
    """What sets the pace of a deployment; times in seconds. Without a load balancer the checks are zero."""

    desired_count: int
    minimum_healthy_percent: int
    maximum_percent: int
    grace_period: int
    interval: int
    healthy_threshold: int
    unhealthy_threshold: int
    deregistration_delay: int
    stop_timeout: int
    shifting: int = 0
    """Until all requests go to the new revision, where they move by themselves: canary, steps, hooks."""
    bake: int = 0
    """How long the alarms watch the new revision before the previous one goes for good."""

    @property
    def at_once(self) -> int:
        """How many new tasks ECS may start beside the old ones."""
        return max(1, floor(self.desired_count * self.maximum_percent / 100) - self.desired_count)

    @property
    def failures(self) -> int:
        """How many failed tasks the circuit breaker wants to see.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
        """
        return min(200, max(3, ceil(self.desired_count / 2)))

    @property
    def leaving(self) -> int:
        """How long a task takes to leave."""
        return self.deregistration_delay + self.stop_timeout


def settle_seconds(pace: Pace) -> int:
    """Return how long a good deployment takes at most: batch after batch of new tasks, then the old ones leave.

    What moves by itself, hooks that are answered at the last moment, and the bake time are counted in full.
    """
    batches = ceil(pace.desired_count / pace.at_once)
    batch = START_SECONDS + max(pace.grace_period, pace.healthy_threshold * pace.interval) + pace.leaving
    return batches * batch + pace.shifting + pace.bake + STEADY_SECONDS


def timeout_seconds(pace: Pace) -> int:
    """Return how long Pulumi must wait to learn what became of a deployment, good or bad, in whole minutes.

    A bad one fails `failures` times, `at_once` tasks at a time, each after its grace period and failed checks; then the
    previous revision comes back, which takes as long as a good deployment. A shorter wait would report a timeout and
    leave ECS to roll back unobserved.
    """
    rounds = ceil(pace.failures / pace.at_once)
    failing = rounds * (START_SECONDS + pace.grace_period + pace.unhealthy_threshold * pace.interval + pace.leaving)
    longest = failing + settle_seconds(pace) + SLACK_SECONDS
    return 60 * ceil(max(longest, SHORTEST_TIMEOUT_SECONDS) / 60)


def minutes(seconds: int) -> str:
    """Return a duration as Pulumi's custom timeouts want it: `25m`."""
    return f"{ceil(seconds / 60)}m"
