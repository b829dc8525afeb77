"""Handles a batch of messages: parse, look once for all, judge, note, deliver; each message ends by itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.handler.delivering import Carrier, Courier, LaterError
from alerts.handler.environments import environment_of
from alerts.handler.events import (
    DeploymentEvent,
    Event,
    Ignored,
    MalformedError,
    Place,
    SampleEvent,
    TaskEvent,
    parse,
)
from alerts.handler.items import Item
from alerts.handler.judging import Judgement, Step, is_worth_a_look, judge, may_end_a_story, state_of
from alerts.handler.log import Log
from alerts.handler.look import Look, Looker, Wanted
from alerts.handler.message import document_of, named
from alerts.handler.sharing import subject_of
from alerts.handler.stories import State, Story, deployment_story, sample_story, service_item, spiral_story
from alerts.handler.table import SERVICES_KEPT, Table, story_of
from alerts.handler.tags import Tags
from diagnostics.clock import Clock
from diagnostics.reads import Shape

SHARED = "shared#"
"""How the ids of alerts begin that several services may share: only those wait for others."""
_LOOKS_AGAIN = 3
"""Receives of a message that may be spent on looking again where AWS asked to be called less often."""


class LookAgainError(Exception):
    """AWS asked to be called less often, so that nothing certain was seen."""


@dataclass(frozen=True)
class Message:
    """One message of the queue."""

    id: str
    body: str
    receives: int = 1


@dataclass
class _Batch:
    """What is known of a batch while it is worked on."""

    events: dict[str, Event] = field(default_factory=dict)
    failures: dict[str, Exception] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    receives: dict[str, int] = field(default_factory=dict)
    touched: dict[str, list[str]] = field(default_factory=dict)
    """By an alert's id the messages that have something to do with it."""

    def touch(self, alert: str, message: str) -> None:
        """Note that an alert is to be delivered, for a message."""
        if message not in self.touched.setdefault(alert, []):
            self.touched[alert].append(message)


class Explainer:
    """Turns events into alerts."""

    def __init__(
        self, table: Table, looker: Looker, courier: Courier, tags: Tags, clock: Clock, log: Log, tag: str
    ) -> None:
        self._table = table
        self._looker = looker
        self._courier = courier
        self._tags = tags
        self._clock = clock
        self._log = log
        self._tag = tag

    def handle(self, messages: Sequence[Message]) -> dict[str, Exception]:
        """Handle a batch, and return why messages must come again, by their ids. Never raises for one message."""
        batch = _Batch(receives={each.id: each.receives for each in messages})
        for message in messages:
            try:
                event = parse(message.body)
            except MalformedError as error:
                batch.failures[message.id] = error
                continue
            if isinstance(event, Event):
                batch.events[message.id] = event
            else:
                _ignored(self._log, message.id, event)
        if batch.events:
            try:
                self._understand(batch)
            except Exception as error:  # noqa: BLE001 - what concerns all of them: each comes again
                self._log.warning("the batch comes again", exc_info=True)
                batch.failures |= dict.fromkeys(batch.events, error)
                return batch.failures
        self._deliver(batch)
        return batch.failures

    # Understanding

    def _understand(self, batch: _Batch) -> None:
        batch.items = self._table.read(each for event in batch.events.values() for each in _items_of(event))
        wanted = {message: self._wanted(event, batch) for message, event in batch.events.items()}
        tasks: dict[str, list[Shape]] = {}
        for event in batch.events.values():
            if isinstance(event, TaskEvent):
                tasks.setdefault(event.place.arn, []).append(dict(event.shape))
        looks = self._looker.look((each for those in wanted.values() for each in those), tasks)
        for message, event in batch.events.items():
            try:
                self._conclude(message, event, {each: looks[each] for each in wanted[message]}, batch)
            except Exception as error:  # noqa: BLE001 - one message's failure is its own
                batch.failures[message] = error

    def _wanted(self, event: Event, batch: _Batch) -> tuple[Wanted, ...]:
        """Return the looks that an event needs; none where its story is told and nothing is new."""
        if may_end_a_story(event):
            return tuple(Wanted(event.place, story.deployment) for story in _open_stories(event.place, batch.items))
        if not is_worth_a_look(event):
            return ()
        if isinstance(event, TaskEvent):
            told = self._told(event.place, event.deployment_id, event.at, batch.items)
            return () if told else (Wanted(event.place, event.deployment_id),)
        if isinstance(event, DeploymentEvent):
            if event.rolls_back:
                return (Wanted(event.place, last_failed=True),)
            story = _story(deployment_story(event.place.arn, event.deployment_id), batch.items)
            return () if story and story.alert and story.cause else (Wanted(event.place, event.deployment_id),)
        return (Wanted(event.place),)

    def _told(self, place: Place, deployment: str, at: datetime, items: Mapping[str, Item]) -> Story | None:
        """Return the story that has told of a task's death already."""
        inside = _story(deployment_story(place.arn, deployment), items)
        if inside and inside.state in {State.FAILED, State.ROLLED_BACK}:
            return inside
        outside = _story(spiral_story(place.arn, deployment), items)
        if outside and outside.alert and not outside.is_over(_ms(at)):
            return outside
        return None

    def _conclude(self, message: str, event: Event, looks: Mapping[Wanted, Look], batch: _Batch) -> None:
        if isinstance(event, SampleEvent):
            self._tell_sample(message, event, batch)
        elif may_end_a_story(event):
            self._end_stories(message, event, looks, batch)
        elif isinstance(event, TaskEvent) and not looks:
            self._go_on(message, event, batch)
        elif is_worth_a_look(event):
            self._judge(message, event, next(iter(looks.values()), None), batch)

    def _go_on(self, message: str, event: TaskEvent, batch: _Batch) -> None:
        """Let a story that was told know that it goes on; what was not delivered of it is tried again."""
        told = self._told(event.place, event.deployment_id, event.at, batch.items)
        if told is None or event.task.benign_stop:
            return
        if told.id.startswith("spiral#") and _ms(event.at) > told.seen_ms:
            self._table.see(told.id, _ms(event.at), self._now_ms())
        batch.touch(told.alert, message)

    def _judge(self, message: str, event: Event, look: Look | None, batch: _Batch) -> None:
        if look is None:  # its story is told, and the cause known
            assert isinstance(event, DeploymentEvent)  # noqa: S101 - others are looked at
            story = _story(deployment_story(event.place.arn, event.deployment_id), batch.items)
            if story:
                batch.touch(story.alert, message)
            return
        if look.throttled and not look.diagnosis.root_cause and batch.receives[message] <= _LOOKS_AGAIN:
            raise LookAgainError("AWS asked to be called less often")
        waiting = None
        if isinstance(event, TaskEvent):
            waiting = _story(deployment_story(event.place.arn, event.deployment_id), batch.items)
        judged = judge(event, look, waiting)
        if judged.step is Step.WAIT and isinstance(event, TaskEvent):
            story_id = deployment_story(event.place.arn, judged.deployment_id)
            cause = look.diagnosis.root_cause or ""
            if not (waiting and waiting.alert):
                self._table.note_death(story_id, event.task.arn, cause, _ms(event.at), self._now_ms())
        elif judged.step is Step.TELL:
            self._tell(message, event, judged, look, batch)

    def _tell(self, message: str, event: Event, judged: Judgement, look: Look, batch: _Batch) -> None:
        place = event.place
        make_id = deployment_story if judged.inside else spiral_story
        story_id = make_id(place.arn, judged.deployment_id)
        reached = state_of(judged.deployment_id, look, inside=judged.inside)
        known = self._story_now(story_id)  # an event of the same batch may have opened it
        if known is None or not known.alert or known.is_over(_ms(event.at)):
            before = known.alert if known else ""
            known = self._open(message, event, story_id, before, judged, look, max(reached, State.FAILED))
            if known is None:
                known = self._story_now(story_id)
        if known is None:
            return
        if reached > known.state >= State.FAILED:
            self._table.move_story(known, reached, place.arn, self._now_ms())
        # Last, since a story whose cause is known is not looked at again where this is cut off.
        self._explain_better(known, place, look, judged)
        batch.touch(known.alert, message)

    def _open(
        self, message: str, event: Event, story_id: str, before: str, judged: Judgement, look: Look, reached: State
    ) -> Story | None:
        """Open a story, as far as it has come, and have an alert tell it; None where somebody else did so just now."""
        place, now = event.place, self._now_ms()
        document = document_of(place, look, self._environment(place), inside=judged.inside)
        alert = f"alert#{message}#{story_id}"
        subject = subject_of(look)
        if subject:
            cause, new = look.diagnosis.root_cause or "", f"{SHARED}{message}#{story_id}"
            alert = self._table.open_alert(cause, subject, place.account, place.region, new, now)
        story = Story(
            story_id,
            reached,
            alert,
            judged.deployment_id,
            cause=look.diagnosis.root_cause or "",
            seen_ms=_ms(event.at),
        )
        there = self._table.read_alert(alert)
        names = {} if there and len(there.services) >= SERVICES_KEPT else named(place, document)
        opened = self._table.open_story(story, before, place.arn, document, names, now)
        return story if opened else None

    def _explain_better(self, story: Story, place: Place, look: Look, judged: Judgement) -> None:
        if look.diagnosis.root_cause and not story.cause:
            document = document_of(place, look, self._environment(place), inside=judged.inside)
            self._table.explain_better(story, document, look.diagnosis.root_cause, self._now_ms())

    def _end_stories(self, message: str, event: Event, looks: Mapping[Wanted, Look], batch: _Batch) -> None:
        for story in _open_stories(event.place, batch.items):
            look = looks.get(Wanted(event.place, story.deployment))
            now = self._story_now(story.id)
            if look is None or now is None:
                continue
            story = now  # noqa: PLW2901 - as it is by now
            if look.throttled and batch.receives[message] <= _LOOKS_AGAIN:
                raise LookAgainError("AWS asked to be called less often")
            reached = state_of(story.deployment, look, inside=story.id.startswith("deployment#"))
            if reached > story.state:
                self._table.move_story(story, reached, event.place.arn, self._now_ms())
            batch.touch(story.alert, message)

    def _tell_sample(self, message: str, event: SampleEvent, batch: _Batch) -> None:
        wanted = Wanted(event.place, str(event.shape.get("startedBy")))
        look = self._looker.look_at_events(wanted, [dict(event.shape)])
        document = document_of(event.place, look, "", inside=True, sample=True)
        story_id = sample_story(event.sample)
        alert = f"alert#{story_id}"
        story = Story(story_id, State.FAILED, alert, seen_ms=_ms(event.at))
        self._table.open_story(
            story, "", f"sample#{event.place.arn}", document, named(event.place, document), self._now_ms()
        )
        batch.touch(alert, message)

    def _story_now(self, story_id: str) -> Story | None:
        return _story(story_id, self._table.read([story_id]))

    def _environment(self, place: Place) -> str:
        return environment_of(self._tags.of(place), self._tag, place.cluster)

    # Delivering

    def _deliver(self, batch: _Batch) -> None:
        for alert, messages in batch.touched.items():
            going_on = [each for each in messages if each not in batch.failures]
            if not going_on:
                continue
            carrier = Carrier(going_on[0], max(batch.receives[each] for each in going_on))
            try:
                self._courier.deliver(alert, carrier, at_once=not alert.startswith(SHARED))
            except Exception as error:  # noqa: BLE001 - what was not delivered comes again
                for each in _who_comes_again(error, going_on):
                    batch.failures[each] = error

    def _now_ms(self) -> int:
        return _ms(self._clock.now())


def _who_comes_again(error: Exception, messages: Sequence[str]) -> Sequence[str]:
    """Return the messages that must come again: while others are waited for, the one that guards is enough."""
    return messages[:1] if isinstance(error, LaterError) else messages


def _items_of(event: Event) -> Iterable[str]:
    """Return the ids of what the table may know of an event."""
    arn = event.place.arn
    if isinstance(event, TaskEvent | DeploymentEvent):
        yield deployment_story(arn, event.deployment_id)
    if isinstance(event, TaskEvent):
        yield spiral_story(arn, event.deployment_id)
    if may_end_a_story(event):
        yield service_item(arn)


def _open_stories(place: Place, items: Mapping[str, Item]) -> list[Story]:
    """Return the stories of a service that are told and not over, as far as their ids say."""
    listed = items.get(service_item(place.arn), {}).get("stories", ())
    return [Story(each, State.FAILED, deployment=each.rpartition("#")[2]) for each in sorted(listed)]


def _story(story_id: str, items: Mapping[str, Item]) -> Story | None:
    item = items.get(story_id)
    return story_of(item) if item else None


def _ignored(log: Log, message: str, event: object) -> None:
    log.debug("ignored", extra={"queue_message": message, "why": event.why if isinstance(event, Ignored) else ""})


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
