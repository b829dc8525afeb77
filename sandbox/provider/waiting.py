"""Waits as Terraform's SDK does them: from 0.1 s doubling to 10 s, on AWS's clock, with its words for a timeout.

`retry.StateChangeConf` and `retry.RetryContext` of https://github.com/hashicorp/terraform-plugin-sdk (helper/retry).
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypeVar

from sandbox.provider.connection import Pace
from sandbox.provider.errors import AWS_ERRORS, WaitError

_FIRST, _LONGEST = 0.1, 10.0
_MINUTE, _HOUR = 60, 3600

T = TypeVar("T")


def until(target: str, look: Callable[[], str], pace: Pace, timeout: float) -> None:
    """Poll until `look` returns `target`.

    Raises:
        WaitError: after `timeout` seconds of AWS's clock, with the last state; or what `look` raises.
    """
    deadline = pace.now() + timedelta(seconds=timeout)
    for delay in _delays():
        state = look()
        if state == target:
            return
        if pace.now() >= deadline:
            raise WaitError(
                f"timeout while waiting for state to become '{target}' "
                f"(last state: '{state}', timeout: {go_duration(timeout)})"
            )
        pace.sleep(delay)


def retry(ask: Callable[[], T], retryable: Callable[[BaseException], bool], pace: Pace, timeout: float) -> T:
    """Return what `ask` returns, asked again while it fails in a way that time may mend, for `timeout` seconds."""
    deadline = pace.now() + timedelta(seconds=timeout)
    delays = _delays()
    while True:
        try:
            return ask()
        except AWS_ERRORS as error:
            if not retryable(error) or pace.now() >= deadline:
                raise
        pace.sleep(next(delays))


def go_duration(seconds: float) -> str:
    """Return a length of time as Go prints it: `20m0s`, `1h30m0s`, `45s`."""
    whole = int(seconds)
    hours, minutes, rest = whole // _HOUR, whole % _HOUR // _MINUTE, whole % _MINUTE
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


def _delays() -> Iterator[float]:
    delay = _FIRST
    while True:
        yield delay
        delay = min(delay * 2, _LONGEST)
