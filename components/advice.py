"""What is allowed and may still surprise: said in each preview, as warnings."""

from .reading import later
from .settings import Settings


def advice(settings: Settings) -> list[str]:
    """Return a sentence for each argument whose effect someone should have in mind."""
    found = []
    if settings.capacity_provider_strategies and not _has_base(settings):
        found.append(
            "capacity_provider_strategies has no FARGATE with a base of 1 or more: when AWS takes Spot capacity back, "
            "nothing may serve [DEP-25]"
        )
    if settings.deployment.wait_for_steady_state is False:
        found.append(
            "deployment.wait_for_steady_state is false: the update ends before anyone knows whether it works [DEP-18]"
        )
    if settings.deployment.force_new_deployment is True:
        found.append("deployment.force_new_deployment is true: each change of the service is a deployment [DEP-22]")
    if settings.containers[0]["restart_policy"]:
        found.append(
            "restart_policy restarts crashed containers where the circuit breaker does not count them [TSK-15]"
        )
    if settings.enable_execute_command:
        found.append(
            "enable_execute_command opens a shell in the tasks: see that the cluster logs the sessions, "
            "with a key of its own [TSK-11]"
        )
    return found


def _has_base(settings: Settings) -> bool:
    return any(
        each.capacity_provider == "FARGATE" and (later(each.base) or each.base != 0)
        for each in settings.capacity_provider_strategies
    )
