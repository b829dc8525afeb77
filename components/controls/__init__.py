"""The hardening controls: one list over inputs alone, shared by tests, component, policy pack and audit.

A resource is its type token and its inputs, as Pulumi's mocks, policies and previews show them; AWS's own answers are
brought into the same shape. What is secret or not known is never passed: it is `not checked`.
"""

from . import (
    container,
    deployment,
    deployment_alarms,
    identity,
    image,
    load_balancer,
    network,
    notification,
    registry,
    task,
)
from .engine import failures, judge
from .model import (
    UNKNOWN,
    Control,
    Finding,
    Level,
    Resource,
    Stack,
    State,
)

__all__ = [
    "CONTROLS",
    "ELSEWHERE",
    "UNKNOWN",
    "Control",
    "Finding",
    "Level",
    "Resource",
    "Stack",
    "State",
    "check",
    "failures",
]

CONTROLS: tuple[Control, ...] = tuple(
    sorted(
        (
            *deployment.CONTROLS,
            *deployment_alarms.CONTROLS,
            *image.CONTROLS,
            *container.CONTROLS,
            *task.CONTROLS,
            *network.CONTROLS,
            *load_balancer.CONTROLS,
            *registry.CONTROLS,
            *notification.CONTROLS,
            *identity.CONTROLS,
        ),
        key=lambda control: control.id,
    )
)
"""Every control, by its id."""

ELSEWHERE = {
    "DEP-04": "no deployment alarm is in ALARM when a deployment starts: a state, not an input",
    "DEP-19": "the outcome is proven independently of the provider: `deploy.py up` does",
    "DEP-21": "the desired count is ignored where autoscaling owns it: a resource option, not an input",
    "DEP-27": "a first deployment has no revision to roll back to: `deploy.py up` says so",
    "NET-02": "the subnets are private: their routes say it, not their ids",
    "CLU-04": "capacity providers are protected: they belong to EC2, not to Fargate",
    "IAM-04": "no partition is assumed: ARNs do not tell how they were made; a test of the component does",
}
"""Controls that inputs cannot decide, and why."""


def check(stack: Stack) -> list[Finding]:
    """Return what every control says about the resources of a stack."""
    return judge(CONTROLS, stack)
