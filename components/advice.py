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
    waived = {each.control for each in settings.waivers}
    if _alone(settings) and "DEP-10" not in waived:
        found.append("one task is the whole service: when it fails, or its zone does, nothing serves [DEP-10]")
    balancer = settings.load_balancer
    # Not refused: it is what has to be done before the stack can be destroyed.
    if balancer and balancer.deletion_protection is False and "ELB-05" not in waived:
        found.append(
            "load_balancer.deletion_protection is false: one mistake deletes it, and its name is gone [ELB-05]"
        )
    if balancer and balancer.certificate_arn is not None and balancer.access_logs_bucket is None:
        sentence = "load_balancer.access_logs_bucket is missing: nobody knows afterwards who asked for what [ELB-06]"
        found += [] if "ELB-06" in waived else [sentence]
    return found


def _alone(settings: Settings) -> bool:
    fewest = settings.autoscaling.min_capacity if settings.autoscaling else settings.desired_count
    return not later(fewest) and fewest == 1


def _has_base(settings: Settings) -> bool:
    return any(
        each.capacity_provider == "FARGATE" and (later(each.base) or each.base != 0)
        for each in settings.capacity_provider_strategies
    )
