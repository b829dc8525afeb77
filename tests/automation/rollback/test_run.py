"""What serves after a rollback is held against what served then."""

from dataclasses import replace

import pytest

from automation.engine.update import Operation, ServiceTarget
from automation.errors import UsageError
from automation.outcome import ExitCode, Outcome, Result, ServiceOutcome
from automation.rollback.choose import Proven
from automation.rollback.program import Program
from automation.rollback.run import Plan, held_to
from automation.rollback.stack import the_service
from automation.telling.summary import headline
from diagnostics.serving import Serving, ServingState
from tests.automation.history.examples import CLUSTER, FAMILY, record, service

SHOP = ServiceTarget("urn:shop", "shop", CLUSTER, None, Operation.SAME, "eu-west-1", deploys=False)
WORKER = replace(SHOP, urn="urn:worker", name="worker")
PLAN = Plan(Proven(record(1), service(1)), SHOP, None)


def outcome(digest: str | None, name: str = "shop") -> Outcome:
    proof = Serving(ServingState.PROVEN, task_definition=f"{FAMILY}:3", digest=digest, desired=2, running=2)
    return Outcome("prod", (ServiceOutcome(CLUSTER, name, Result.SERVING, None, f"{FAMILY}:3", proof),))


def test_the_image_that_served_then_is_proven() -> None:
    same = outcome("sha256:" + "1" * 64)
    assert held_to(same, PLAN) == same
    assert held_to(outcome(None), PLAN).exit_code is ExitCode.PROVEN
    assert held_to(outcome("sha256:" + "9" * 64, "another"), PLAN).exit_code is ExitCode.PROVEN


def test_another_image_is_not_proven_and_the_reason_is_said() -> None:
    held = held_to(outcome("sha256:" + "9" * 64), PLAN)
    assert held.exit_code is ExitCode.NOT_PROVEN
    (found,) = held.services
    assert headline(found) == (
        "shop: shop:3 is applied, and not proven: it runs sha256:999999999999…, and shop:1 ran sha256:111111111111…"
    )


def test_the_plan_says_what_is_going_to_be_done() -> None:
    assert PLAN.sentence == "shop goes back to shop:1, proven 2026-11-20 12:01:30 UTC: ECS deploys that revision again"
    again = Plan(PLAN.target, SHOP, Program("a" * 40, ".", {}, ()))
    assert again.sentence.endswith("the program of commit aaaaaaaaaa runs again with the configuration of that run")
    assert (again.rolled_back.by, PLAN.rolled_back.by) == ("program", "service")
    assert again.rolled_back.record == record(1).id


def test_the_service_is_the_only_one_or_the_one_that_is_named() -> None:
    assert the_service([SHOP], "prod", None) == the_service([SHOP, WORKER], "prod", "shop") == SHOP
    with pytest.raises(UsageError, match="say which with `--service`, one of `shop`, `worker`"):
        the_service([SHOP, WORKER], "prod", None)
    with pytest.raises(UsageError, match="no such service; it has `shop`"):
        the_service([SHOP], "prod", "web")
    with pytest.raises(UsageError, match="no ECS service"):
        the_service([], "prod", None)
