"""moto's response class of EventBridge with ours where moto does otherwise than AWS; the rest is inherited."""

import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from moto.core.exceptions import JsonRESTError
from moto.events.exceptions import InvalidEventPatternException
from moto.events.responses import EventsHandler
from moto.moto_api._internal import mock_random

from sandbox.events.buses import Buses, iso
from sandbox.events.pattern import PatternError, matches, parse_pattern
from sandbox.simulation import Simulation

_MOST_ENTRIES = 10
_LONGEST_BYTES = 262_144
_RESERVED = "aws."
_EVENT_KEYS = ("id", "account", "source", "time", "region", "resources", "detail-type")


class SimEvents(EventsHandler):  # type: ignore[misc]  # moto has no types
    """The operations of EventBridge. moto makes one object for each request; `buses` is what all of them use."""

    buses: ClassVar[Buses]
    simulation: ClassVar[Simulation]

    def put_rule(self) -> Any:
        """PutRule: moto's, where EventBridge would take the pattern."""
        pattern = self._get_param("EventPattern")
        if pattern:
            _parsed(pattern)
        return super().put_rule()

    def put_events(self) -> str:
        """PutEvents: to the rules of the bus, as what AWS's services tell."""
        entries = self._get_param("Entries") or []
        if len(entries) > _MOST_ENTRIES:
            raise JsonRESTError(
                "ValidationException",
                "1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy "
                "constraint: Member must have length less than or equal to 10",
            )
        if sum(_size(each) for each in entries) > _LONGEST_BYTES:
            raise JsonRESTError("ValidationException", "Total size of the entries in the request is over the limit.")
        with self.simulation.lock:
            self.simulation.advance()
            answers = [self._put(each) for each in entries]
        failed = sum("ErrorCode" in each for each in answers)
        return json.dumps({"FailedEntryCount": failed, "Entries": answers})

    def _put(self, entry: Mapping[str, Any]) -> dict[str, str]:
        problem = next(_problems(entry), None)
        if problem:
            return dict(zip(("ErrorCode", "ErrorMessage"), problem, strict=True))
        identifier = str(uuid.UUID(int=mock_random.getrandbits(128), version=4))
        bus = str(entry.get("EventBusName") or "default").rpartition("/")[2]
        at = entry.get("Time")
        event = {
            "version": "0",
            "id": identifier,
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": self.current_account,
            "time": iso(datetime.fromtimestamp(float(at), UTC) if at else self.simulation.now),
            "region": self.region,
            "resources": entry.get("Resources") or [],
            "detail": json.loads(entry["Detail"]),
        }
        self.buses.put(self.current_account, self.region, event, bus)
        return {"EventId": identifier}

    def test_event_pattern(self) -> str:
        """TestEventPattern."""
        pattern = _parsed(self._get_param("EventPattern"))
        try:
            event = json.loads(self._get_param("Event"))
        except ValueError as error:
            raise JsonRESTError("ValidationException", "Parameter Event is not valid.") from error
        missing = [key for key in _EVENT_KEYS if key not in event] if isinstance(event, dict) else list(_EVENT_KEYS)
        if missing:
            raise JsonRESTError("ValidationException", f"Parameter Event is not valid: it lacks {', '.join(missing)}.")
        return json.dumps({"Result": matches(pattern, event)})


def _parsed(pattern: str) -> dict[str, Any]:
    try:
        return parse_pattern(pattern)
    except PatternError as error:
        raise InvalidEventPatternException(str(error)) from error


def _size(entry: Mapping[str, Any]) -> int:
    """Return an entry's size as documented: its time counts 14 bytes, texts as they are in UTF-8.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-event-size
    """
    texts = [entry.get("Source"), entry.get("DetailType"), entry.get("Detail"), *(entry.get("Resources") or [])]
    return 14 * ("Time" in entry) + sum(len(str(each).encode()) for each in texts if each)


def _problems(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("Source", "DetailType", "Detail"):
        if not entry.get(key):
            yield "InvalidArgument", f"Parameter {key} is not valid. Reason: {key} is a required argument."
            return
    if str(entry["Source"]).startswith(_RESERVED):
        yield "NotAuthorizedForSourceException", "Not authorized for the source."
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        yield "MalformedDetail", "Detail is malformed."
