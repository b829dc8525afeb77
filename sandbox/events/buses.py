"""EventBridge's buses: brings events to the targets of the rules that they match, a little after they were put.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html for who lets it,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html for how long it tries, and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html for dead letters: what no retry can help goes
there at once.
"""

import logging
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from sandbox.events.pattern import PatternError, matches, parse_pattern
from sandbox.events.targets import Deliver, Undelivered, deliver, send_to_queue
from sandbox.events.transform import target_input
from sandbox.simulation import Simulation
from sandbox.timings import Timings

_LOG = logging.getLogger("sandbox.events")
_RETRIES, _AGE_SECONDS = 185, 86_400
"""The defaults of a target's retry policy, documented."""
_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 1.0, 1800.0
"""Retries come with exponential back-off and jitter (documented); the figures are inferred: 185 fill 24 hours."""


@dataclass(frozen=True)
class _Delivery:
    """An event on its way to one target of one rule."""

    account: str
    region: str
    rule_name: str
    rule_arn: str
    target: Mapping[str, Any]
    text: str
    put_at: datetime
    retries: int = 0


class Buses:
    """The buses of every account and region of a sandbox. Its chance is its own, so that a rule changes nothing else.

    Args:
        simulation: its lock is held by whoever puts an event.
        timings: `event_delivery` is how long an event takes to a rule's targets.
    """

    def __init__(self, simulation: Simulation, timings: Timings) -> None:
        self._simulation = simulation
        self._random = Random("eventbridge")  # noqa: S311 - a simulation wants to be repeatable
        self._timings = timings
        self.deliver: Deliver = deliver
        """Hands a text to a target; replaced where there are functions."""

    def has_rules(self, account: str, region: str) -> bool:
        """Return whether a rule may want an event of the default bus: where there is none, none need be made up."""
        return bool(_rules(account, region, "default"))

    def put(self, account: str, region: str, event: Mapping[str, Any], bus: str = "default") -> None:
        """Have an event reach the targets of a bus's rules. `time` is in it, in ISO form."""
        delay = self._timings.draw("event_delivery", f"{account} {region} {bus}")
        self._simulation.schedule(delay, partial(self._arrive, account, region, deepcopy(dict(event)), bus))

    def _arrive(self, account: str, region: str, event: Mapping[str, Any], bus: str) -> None:
        now = self._simulation.now
        for rule in _rules(account, region, bus):
            if not _wants(rule, event):
                continue
            for target in list(rule.targets):
                if ":event-bus/" in str(target.get("Arn")):
                    self._pass_on(str(target["Arn"]), event)
                    continue
                text = target_input(target, event, (rule.name, rule.arn), iso(now))
                self._try(_Delivery(account, region, rule.name, rule.arn, dict(target), text, now))

    def _pass_on(self, arn: str, event: Mapping[str, Any]) -> None:
        """Another bus gets the whole event; its policy is not asked."""
        _, _, _, region, account, _ = arn.split(":", 5)
        self.put(account, region, event, arn.rpartition("/")[2])

    def _try(self, delivery: _Delivery) -> None:
        try:
            self.deliver(delivery.target, delivery.text, delivery.rule_arn, delivery.account, delivery.region)
        except Undelivered as problem:
            _LOG.info("rule %s: %s takes no event: %s", delivery.rule_name, delivery.target.get("Arn"), problem)
            self._failed(delivery, problem)
        except Exception:  # noqa: BLE001 - one target that moto stumbles over must not end the others' events
            _LOG.warning("rule %s: %s takes no event", delivery.rule_name, delivery.target.get("Arn"), exc_info=True)

    def _failed(self, delivery: _Delivery, problem: Undelivered) -> None:
        policy = delivery.target.get("RetryPolicy") or {}
        most = int(policy.get("MaximumRetryAttempts", _RETRIES))
        oldest = timedelta(seconds=int(policy.get("MaximumEventAgeInSeconds", _AGE_SECONDS)))
        longest = min(_LONGEST_RETRY_SECONDS, _FIRST_RETRY_SECONDS * 2**delivery.retries)
        wait = self._random.uniform(longest / 2, longest)
        exhausted = ""
        if problem.lasting:
            exhausted = "none"
        elif delivery.retries >= most:
            exhausted = "MaximumRetryAttempts"
        elif self._simulation.now + timedelta(seconds=wait) > delivery.put_at + oldest:
            exhausted = "MaximumEventAgeInSeconds"
        if not exhausted:
            again = _Delivery(**{**vars(delivery), "retries": delivery.retries + 1})
            self._simulation.schedule(wait, partial(self._try, again))
            return
        dead = (delivery.target.get("DeadLetterConfig") or {}).get("Arn")
        if dead:
            self._bury(delivery, problem, dead, exhausted)

    def _bury(self, delivery: _Delivery, problem: Undelivered, queue_arn: str, exhausted: str) -> None:
        told = {
            "RULE_ARN": delivery.rule_arn,
            "TARGET_ARN": str(delivery.target.get("Arn")),
            "ERROR_CODE": problem.code,
            "ERROR_MESSAGE": str(problem),
            "RETRY_ATTEMPTS": str(delivery.retries),
        }
        if exhausted != "none":
            told["EXHAUSTED_RETRY_CONDITION"] = exhausted
        try:
            send_to_queue(queue_arn, delivery.text, delivery.rule_arn, delivery.account, attributes=told)
        except Undelivered as lost:
            _LOG.warning("rule %s: its dead-letter queue takes no event: %s", delivery.rule_name, lost)


def iso(at: datetime) -> str:
    """Return a time as EventBridge writes it: without fractions."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rules(account: str, region: str, bus: str) -> list[Any]:
    """Return moto's enabled rules with a pattern."""
    from moto.events.models import events_backends

    found = events_backends[account][region].event_buses.get(bus)
    every = list(found.rules.values()) if found else []
    return [rule for rule in every if rule.state.startswith("ENABLED") and rule.event_pattern.get_pattern()]


def _wants(rule: Any, event: Mapping[str, Any]) -> bool:
    try:
        return matches(parse_pattern(rule.event_pattern.dump()), event)
    except PatternError:  # one that was put before it was checked; moto has it all the same
        return False
