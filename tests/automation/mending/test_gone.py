"""A service that the state has and ECS has no longer is found, and no other one is taken for one."""

from dataclasses import replace

import pytest

from automation.engine.update import Operation, ServiceTarget
from automation.mending.gone import gone
from diagnostics.reads import Answer, ReadError, Shape

SHOP = ServiceTarget("urn:shop", "shop", "prod", None, Operation.SAME, "eu-west-1", deploys=False)


class Ecs:
    def __init__(self, found: Shape | ReadError | None) -> None:
        self._found = found

    def describe_service(self, _target: ServiceTarget) -> Shape | None:
        if isinstance(self._found, ReadError):
            raise self._found
        return self._found


@pytest.mark.parametrize(
    ("found", "operation", "is_gone"),
    [
        (None, Operation.SAME, True),
        (None, Operation.CREATE, False),
        ({"status": "ACTIVE"}, Operation.SAME, False),
        ({"status": "DRAINING"}, Operation.SAME, False),
        (ReadError(Answer("DescribeServices", "AccessDeniedException", "no")), Operation.SAME, False),
    ],
    ids=["deleted", "not made yet", "there", "on its way out", "cannot be read"],
)
def test_what_the_state_has_and_ecs_has_not_is_gone(
    found: Shape | ReadError | None, operation: Operation, is_gone: bool
) -> None:
    target = replace(SHOP, operation=operation)
    assert gone([target], Ecs(found)) == ((target,) if is_gone else ())
