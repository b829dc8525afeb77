"""Keeps records: each on this machine and, where one is set, in a shared store; reads both as one list."""

import heapq
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from automation.history.record import Record, RecordError, parse
from automation.history.store import Store, StoreError, TakenError, Unreadable
from diagnostics.model import Gap

RECORD = "this run's record"
"""What a gap is about where a record could not be kept."""
_ATTEMPTS = 5


def new_id(now: datetime) -> str:
    """Return an id that sorts by time and that no other run has: `20261121T150428123Z-9f86d081`."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}Z-{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Stores:
    """Where the records of a run are: this machine first."""

    all: tuple[Store, ...]
    new_id: Callable[[datetime], str] = new_id


@dataclass
class Reading:
    """Records by falling id; what could not be read of them is known once they were taken."""

    records: Iterator[Record] = field(default_factory=lambda: iter(()))
    passed_over: list[str] = field(default_factory=list)
    """What is no record, each with the reason."""
    unread: list[str] = field(default_factory=list)
    """Stores that could not be read: records may be missing."""


def keep(record: Record, stores: Stores) -> tuple[Gap, ...]:
    """Write a record to each store; return what failed. Never raises: a run does not fail of its record."""
    for _ in range(_ATTEMPTS):
        gaps = _write(record, stores)
        if gaps is not None:
            return gaps
        record = replace(record, id=stores.new_id(record.ended_at))
    return (Gap(RECORD, f"{_ATTEMPTS} ids were taken one after the other"),)


def _write(record: Record, stores: Stores) -> tuple[Gap, ...] | None:
    """Write a record to each store; None where its id is taken, and then nothing was written."""
    gaps: list[Gap] = []
    for store in reversed(stores.all):  # the shared one alone knows ids that others took
        try:
            store.add(record.to_document())
        except TakenError:
            return None
        except StoreError as problem:
            gaps.append(Gap(RECORD, str(problem)))
        except Exception as surprise:  # noqa: BLE001 - whatever it is, the deployment is done and is told
            gaps.append(Gap(RECORD, f"{store.name}: {type(surprise).__name__}: {surprise}"))
    return tuple(gaps)


def read(stores: Stores, project: str, stack: str | None) -> Reading:
    """Return the records of a project, of one stack or of all, each once."""
    reading = Reading()
    each = [_of(store, project, stack, reading) for store in stores.all]
    reading.records = _once(heapq.merge(*each, key=lambda record: record.id, reverse=True))
    return reading


def _of(store: Store, project: str, stack: str | None, reading: Reading) -> Iterator[Record]:
    try:
        for document in store.newest_first(project, stack):
            if isinstance(document, Unreadable):
                reading.passed_over.append(f"{document.where} is passed over: {document.why}")
                continue
            try:
                yield parse(document)
            except RecordError as wrong:
                reading.passed_over.append(f"{store.name}, {document.get('id', '?')} is passed over: {wrong}")
    except StoreError as problem:
        reading.unread.append(str(problem))


def _once(records: Iterator[Record]) -> Iterator[Record]:
    last = ""
    for record in records:
        if record.id != last:
            yield record
        last = record.id


def stores_of(local: Store, shared: Store | None) -> Stores:
    """Return both stores, or this machine's alone."""
    found: Sequence[Store] = (local, shared) if shared else (local,)
    return Stores(tuple(found))
