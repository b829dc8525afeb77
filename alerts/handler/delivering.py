"""Brings every destination up to an alert's state: one message each, whoever else is at it, whatever was cut off.

The intent to send is written with a lease before anything is sent. Who cannot have the lease leaves: its holder looks
again when it is done, and if the holder dies, the queue's message for which it sent comes again and ends the matter.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.handler.items import TableBusyError
from alerts.handler.log import Log
from alerts.handler.message import alert_document
from alerts.handler.sending import Destination, SendError
from alerts.handler.stories import Alert, Delivery, Manner, Nothing, Wait, plan
from alerts.handler.table import Table

LEASE_SECONDS = 40
"""Longer than a sending may take: three requests of ten seconds each, and what DynamoDB needs."""
_SENDS_AT_MOST = 5
"""Rounds in one go: an alert that grows while it is sent is sent again."""
_HELD_AT_MOST = 2
"""Receives of a queue's message that may be spent on waiting; the rest of its five is for what goes wrong."""


class LaterError(Exception):
    """The queue's message is to come again: nothing failed, or it may go better then."""

    def __init__(self, reason: str, after: float | None) -> None:
        super().__init__(reason)
        self.after = after
        """Seconds; None leaves it to the queue."""


@dataclass(frozen=True)
class Carrier:
    """The queue's message that has an alert brought up to date."""

    id: str
    receives: int


class Courier:
    """Delivers alerts to the destinations.

    Args:
        table: where what was sent is noted.
        destinations: where to send.
        now: the time, as everything that shares the table tells it.
        follow_ups: whether a story's end is one more message where the first cannot be updated.
        hold_seconds: how long a message that cannot be updated waits for services that fail alike.
    """

    def __init__(
        self,
        table: Table,
        destinations: Sequence[Destination],
        now: Callable[[], datetime],
        log: Log,
        *,
        follow_ups: bool,
        hold_seconds: float,
    ) -> None:
        self._table = table
        self._destinations = destinations
        self._now = now
        self._log = log
        self._follow_ups = follow_ups
        self._hold_ms = int(hold_seconds * 1000)
        self._unnoted: dict[tuple[str, str], tuple[Alert, dict[str, str], int]] = {}

    def deliver(self, alert_id: str, carrier: Carrier, *, at_once: bool = False) -> None:
        """Tell every destination what it was not told yet.

        Args:
            alert_id: the alert.
            carrier: the message that is handled; it must come again where this raises.
            at_once: wait for no other services.

        Raises:
            LaterError: it is to be tried again, or others that fail alike are waited for.
            SendError: a destination does not take it.
            TableBusyError: DynamoDB could not take a note.
        """
        alert = self._table.read_alert(alert_id)
        problems: list[Exception] = []
        for destination in self._destinations if alert else ():
            assert alert is not None  # noqa: S101 - else there is nothing to go through
            try:
                self._bring_up_to_date(destination, alert, carrier, at_once=at_once)
            except (SendError, LaterError, TableBusyError) as problem:  # the other destination shall not wait for it
                problems.append(problem)
        if problems:
            raise min(problems, key=lambda each: isinstance(each, LaterError))

    def _bring_up_to_date(self, destination: Destination, alert: Alert, carrier: Carrier, *, at_once: bool) -> None:
        hold = 0 if at_once else self._hold_ms
        manner = Manner(destination.updates, self._follow_ups, hold)
        alert = self._note_what_was_sent(destination, alert)
        for _ in range(_SENDS_AT_MOST):
            delivery = alert.delivery(destination.name)
            step = plan(alert, delivery, manner, self._ms())
            if isinstance(step, Nothing):
                return
            if isinstance(step, Wait) and carrier.receives <= _HELD_AT_MOST:
                if self._table.guard(alert.id, destination.name, step.due_ms, carrier.id, self._ms()):
                    raise LaterError("others that fail alike are waited for", (step.due_ms - self._ms()) / 1000)
                return  # the message that comes back then tells of this one too
            claimed = self._table.claim(alert, destination.name, carrier.id, LEASE_SECONDS * 1000, self._ms())
            if claimed is None:
                self._leave(destination, alert, carrier)
                return
            alert = self._send(destination, claimed)

    def _leave(self, destination: Destination, alert: Alert, carrier: Carrier) -> None:
        """Leave an alert to who sends it; unless that was this very message, in a handler that was killed."""
        now = self._table.read_alert(alert.id)
        delivery = now.delivery(destination.name) if now else Delivery()
        left = delivery.lease_ms - self._ms()
        if delivery.owner == carrier.id and left >= 0:
            raise LaterError("an earlier try of the same message may still be sending", math.ceil(left / 1000) + 1)

    def _send(self, destination: Destination, alert: Alert) -> Alert:
        """Send what the alert is at this moment, and note it."""
        delivery = alert.delivery(destination.name)
        before = 0 if destination.updates else delivery.members
        document = alert_document(alert, before)
        try:
            reference = dict(destination.send(document, delivery.reference, delivery.attempted_ms))
        except SendError as problem:
            sure = problem.sent_nothing and not delivery.attempted_ms
            self._table.release(alert.id, destination.name, self._ms(), sent_nothing=sure)
            raise
        rounds = delivery.rounds + 1
        self._unnoted[alert.id, destination.name] = (alert, reference, rounds)
        self._log.info(
            "told",
            extra={"alert": alert.id, "destination": destination.name, "services": alert.members, "round": rounds},
        )
        return self._note_what_was_sent(destination, alert)

    def _note_what_was_sent(self, destination: Destination, alert: Alert) -> Alert:
        """Note what this process sent; also what DynamoDB did not take note of before."""
        sent = self._unnoted.get((alert.id, destination.name))
        if sent is None:
            return alert
        alert = self._table.told(sent[0], destination.name, sent[1], sent[2], self._ms())
        del self._unnoted[alert.id, destination.name]
        return alert

    def _ms(self) -> int:
        return int(self._now().timestamp() * 1000)
