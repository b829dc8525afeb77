"""The listener that sends requests to the tasks: of an existing load balancer, or of one of the service's own."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input

from . import names
from .given.load_balancing import LoadBalancer
from .reading import when_known


@dataclass(frozen=True)
class Listener:
    """A listener, and what else is known of its load balancer, which is there only where it was made here."""

    arn: Input[str]
    test_arn: Input[str] | None
    priority: Input[int]
    security_group_id: Input[str]
    load_balancer_suffix: Input[str]
    load_balancer: aws.lb.LoadBalancer | None = None
    resources: Sequence[pulumi.Resource] = ()
    """What must be there before a task serves."""


def existing(balancer: LoadBalancer) -> Listener | None:
    """Return the listener that the program names, if it names one."""
    arn, group, priority = (
        balancer.listener_arn,
        balancer.load_balancer_security_group_id,
        balancer.listener_priority,
    )
    if arn is None or group is None or priority is None:
        return None
    suffix = balancer.load_balancer_arn_suffix or when_known(names.load_balancer_suffix, listener_arn=arn)
    return Listener(arn, balancer.test_listener_arn, priority, group, suffix)
