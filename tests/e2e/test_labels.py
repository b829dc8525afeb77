"""Labels that emerge: a cause is made in an account, a service is deployed, and what is read of AWS names that cause.

Nothing says a reason: each follows from an image, a role, a subnet, a quota, a secret, a host or a fault. One row of
`causes/` is one cause. Time is stepped, and AWS is moto with the sandbox's ECS in this process; all that is known of
the deployment comes through `diagnostics.aws.Reader` and boto3.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from diagnostics.engine import diagnose
from diagnostics.model import Diagnosis, Verdict
from diagnostics.watch import ENDED, Look, WatchState
from tests.e2e.causes import health, launch, programs, refusals, scheduling
from tests.e2e.causes.account import Account
from tests.e2e.causes.cause import Cause
from tests.e2e.causes.healthy import HISTORIES, History

CAUSES = (*launch.CAUSES, *programs.CAUSES, *health.CAUSES, *scheduling.CAUSES, *refusals.CAUSES)
LONG = "FAILWELL_LABELS" in os.environ
"""Set for every cause, 20 seeds, and looks as often as `deploy.py` has them.

Else there are two causes of a label, two seeds, and looks that become rarer with time.
"""
SURE = 300.0
"""Seconds for which a cause that is named, and not doomed, has to stay the only one."""
LONGEST = 50 * 60
"""Seconds of ECS's clock after which a row has failed; without capacity ECS takes 46 minutes."""


def _some(most: int) -> Iterator[Cause]:
    """Give the first so many causes of each label."""
    seen: Counter[str] = Counter()
    for cause in CAUSES:
        seen[cause.label] += 1
        if seen[cause.label] <= most:
            yield cause


@pytest.fixture
def account() -> Iterator[Account]:
    with mock_aws():
        yield Account()


@dataclass
class Told:
    """What a watch said, each time that it said something else."""

    looks: list[tuple[float, WatchState, Diagnosis]]

    @property
    def last(self) -> Diagnosis:
        return self.looks[-1][2]

    @property
    def doomed(self) -> list[str | None]:
        found = [each.root_cause for _, _, each in self.looks if each.verdict is Verdict.DOOMED]
        return [cause for cause, _ in groupby(found)]

    @property
    def causes(self) -> set[str | None]:
        return {each.root_cause for _, _, each in self.looks}

    def __str__(self) -> str:
        news = groupby(self.looks, lambda told: (told[1], told[2].verdict, told[2].root_cause))
        said = [next(group) for _, group in news]
        lines = [f"{at:7.0f} {state:12} {each.verdict} {each.root_cause}: {each.what}" for at, state, each in said]
        quotes = [f"        | {quote.source}: {quote.quote}" for quote in self.last.evidence]
        return "\n".join(["", *lines, *quotes, *(f"        gap {gap.what}: {gap.why}" for gap in self.last.gaps)])


def looks(account: Account, within: float = LONGEST) -> Iterator[tuple[float, Look]]:
    """Look as a watch does until the deployment has ended, with the seconds since it began."""
    assert account.watch
    while (passed := (account.clock.now() - account.since).total_seconds()) < within:
        account.step(account.watch.interval if LONG else min(30.0, max(5.0, passed / 5)))
        look = account.watch.look()
        yield passed, look
        if look.state in ENDED:
            return


def follow(account: Account, cause: Cause) -> Told:
    """Make the cause, and watch until the deployment is doomed or has ended."""
    told: list[tuple[float, WatchState, Diagnosis]] = []
    named_at = 0.0
    try:
        cause.make(account)
    except ClientError as error:
        return Told([(0, WatchState.WAITING, diagnose(account.refused(error)))])
    for passed, look in looks(account):
        said = look.diagnosis
        if not told or (told[-1][2].verdict, told[-1][2].root_cause) != (said.verdict, said.root_cause):
            told.append((passed, look.state, said))
        named_at = named_at or (passed if said.root_cause == cause.label else 0)
        if look.state is WatchState.DOOMED or (cause.verdict is Verdict.SUSPECT and passed > named_at + SURE > SURE):
            break
    return Told(told)


@pytest.mark.parametrize("cause", CAUSES if LONG else tuple(_some(2)), ids=str)
def test_a_cause_is_named(cause: Cause, account: Account) -> None:
    told = follow(account, cause)
    if cause.verdict is Verdict.DOOMED:
        assert told.doomed == [cause.label], str(told)
    else:
        assert told.doomed in ([], [cause.label]), str(told)
        assert cause.label in told.causes, str(told)


@pytest.mark.parametrize("seed", range(1, 21 if LONG else 3))
@pytest.mark.parametrize("history", HISTORIES, ids=str)
def test_a_deployment_that_comes_to_serve_is_never_doomed(history: History, seed: int) -> None:
    told: list[tuple[float, WatchState, Diagnosis]] = []
    with mock_aws():
        account = Account(seed)
        history.make(account)
        for passed, look in looks(account):
            told.append((passed, look.state, look.diagnosis))
            assert look.diagnosis.verdict is not Verdict.DOOMED, str(Told(told))
    assert told[-1][1] is WatchState.SERVING, str(Told(told))


def test_so_many_labels_emerge() -> None:
    assert len({cause.label for cause in CAUSES}) >= 45
    assert len({str(cause) for cause in CAUSES}) == len(CAUSES), "each row is a cause of its own"
    assert len({str(history) for history in HISTORIES}) == len(HISTORIES) >= 30
