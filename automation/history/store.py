"""What keeps records: the interface of the stores, and what can go wrong with one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Document = Mapping[str, Any]
"""A record as the JSON object of `automation/schemas/history-1.json`."""


class StoreError(Exception):
    """A store cannot be written or read; the message says why, in one sentence."""


class TakenError(Exception):
    """Another record has this id already: nothing was written."""


@dataclass(frozen=True)
class Unreadable:
    """Something in a store that is no record, and why."""

    where: str
    why: str


class Store(Protocol):
    """Keeps the records of any number of projects. What is there is never changed."""

    @property
    def name(self) -> str:
        """What a person calls it: its path or its URL."""
        ...

    def add(self, document: Document) -> None:
        """Add a record.

        Raises:
            TakenError: there is another one of this id.
            StoreError: it cannot be written.
        """
        ...

    def newest_first(self, project: str, stack: str | None) -> Iterator[Document | Unreadable]:
        """Yield a project's records by falling id, of one stack or of all, each read when it is asked for.

        Raises:
            StoreError: it cannot be read.
        """
        ...
