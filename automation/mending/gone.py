"""Services that the stack's state has and ECS has no longer: the state is told, so that the update makes them anew."""

from collections.abc import Callable, Iterable
from typing import Protocol

from automation.engine.update import Operation, ServiceTarget
from automation.engine.workspace import OpenStack
from automation.rollback.stack import refresh_service
from diagnostics.reads import ReadError, Shape


class Services(Protocol):
    """Knows which services there are."""

    def describe_service(self, target: ServiceTarget) -> Shape | None:
        """Return the service; None where there is none, or no longer. Raises `ReadError`."""
        ...


def gone(planned: Iterable[ServiceTarget], site: Services) -> tuple[ServiceTarget, ...]:
    """Return the planned services that are in the state and not in ECS; one that cannot be read counts as there."""
    return tuple(each for each in planned if each.operation is not Operation.CREATE and not _is_there(each, site))


def tell_state(opened: OpenStack, services: Iterable[ServiceTarget], say: Callable[[str], None]) -> None:
    """Refresh these services alone, which changes the state and nothing in AWS."""
    for each in services:
        say(f"{each.name}: the stack's state has it and ECS has no such service any more: the state is told (refresh)")
        if error := refresh_service(opened, each):
            say(f"{each.name}: the state could not be told: {error}")


def _is_there(target: ServiceTarget, site: Services) -> bool:
    try:
        return site.describe_service(target) is not None
    except ReadError:
        return True
