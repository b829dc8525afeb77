"""One row of the table: a label, and a real cause of it."""

from collections.abc import Callable
from dataclasses import dataclass

from diagnostics.model import Verdict
from tests.e2e.causes.account import Account


@dataclass(frozen=True)
class Cause:
    """`make` brings the account into the state that is the cause, and deploys; `verdict` is the last one to come."""

    label: str
    what: str
    make: Callable[[Account], object]
    verdict: Verdict = Verdict.DOOMED

    def __str__(self) -> str:
        return f"{self.label}: {self.what}"


def deploys(name: str, **container: object) -> Callable[[Account], object]:
    """A service of this image without a load balancer, whose container has these settings."""
    return lambda account: account.run(name, container)


def serves(name: str, **settings: object) -> Callable[[Account], object]:
    """A service of this image behind the load balancer."""
    return lambda account: account.serve(name, **settings)
