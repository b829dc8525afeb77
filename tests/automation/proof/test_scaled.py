"""Nobody's autoscaling is fought: extra tasks are refused before anything changes."""

import pytest

from automation.engine.update import Operation, ServiceTarget
from automation.errors import UsageError
from automation.proof.scaled import PlannedServices, refuse_where_scaled
from diagnostics.reads import Answer, ReadError

SHOP = ServiceTarget(
    "urn:shop", "shop", "arn:aws:ecs:eu-west-1:1:cluster/prod", None, Operation.SAME, None, deploys=False
)
DENIED = ReadError(Answer("DescribeScalableTargets", "AccessDeniedException", "not authorized"))


class Account:
    def __init__(self, answer: tuple[int, int] | ReadError | None) -> None:
        self.answer = answer

    def scaled_by(self, target: ServiceTarget) -> tuple[int, int] | None:
        assert target is SHOP
        if isinstance(self.answer, ReadError):
            raise self.answer
        return self.answer


def test_a_service_that_nothing_scales_may_have_extra_tasks() -> None:
    refuse_where_scaled(PlannedServices((SHOP,), frozenset({"service/prod/other"})), Account(None))


@pytest.mark.parametrize(
    ("account", "scaled", "said"),
    [
        (Account((1, 4)), frozenset[str](), "sets that of shop, between 1 and 4"),
        (Account(None), frozenset({"service/prod/shop"}), "this stack has Application Auto Scaling set that of shop"),
        (Account(DENIED), frozenset[str](), "could not be read (DescribeScalableTargets: AccessDeniedException"),
    ],
)
def test_one_that_is_scaled_or_may_be_is_refused_by_name(account: Account, scaled: frozenset[str], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        refuse_where_scaled(PlannedServices((SHOP,), scaled), account)
    assert said in str(refused.value)
