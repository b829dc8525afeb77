"""Answers that are asked for one by one and read many at a time: who asks first reads what the next ones will ask."""

from collections.abc import Callable, Iterable, Sequence
from threading import RLock
from typing import Generic, TypeVar

from diagnostics.reads import ReadError

Read = TypeVar("Read")


class Batch(Generic[Read]):
    """Reads what is wanted, so many at a time, when the first of it is asked for; safe for several threads.

    Args:
        size: keys that one call takes.
        read: reads keys; what it leaves out is not there.
    """

    def __init__(self, size: int, read: Callable[[Sequence[str]], dict[str, Read]]) -> None:
        self._size = size
        self._read = read
        self._wanted: dict[str, None] = {}
        self._known: dict[str, Read] = {}
        self._lock = RLock()

    def want(self, keys: Iterable[str]) -> None:
        """Note what somebody will ask for; the last ones go first."""
        with self._lock:
            for key in keys:
                self._wanted.pop(key, None)
                self._wanted[key] = None

    def of(self, keys: Sequence[str]) -> list[Read]:
        """Return the answers for these keys, in their order; those that are not there are left out.

        Raises:
            ReadError: they cannot be read.
        """
        with self._lock:
            self.want(keys)
            if missing := [key for key in keys if key not in self._known]:
                others = [key for key in self._wanted if key not in self._known and key not in keys]
                room = max(0, self._size - len(missing))
                self._known |= self._together(missing, others[-room:] if room else [])
            return [self._known[key] for key in keys if key in self._known]

    def _together(self, missing: list[str], others: list[str]) -> dict[str, Read]:
        try:
            return self._read([*missing, *others])
        except ReadError as refused:
            if not others or refused.answer.throttled:
                raise
            return self._read(missing)  # some APIs refuse all where one is not there

    def begin(self) -> None:
        """Forget the answers, not what is wanted: it is to be read anew."""
        with self._lock:
            self._known = {}

    def clear(self) -> None:
        """Forget the answers, and what is wanted."""
        with self._lock:
            self._known, self._wanted = {}, {}

    def forget(self, keys: Iterable[str]) -> None:
        """Want these no more, and forget their answers."""
        with self._lock:
            for key in keys:
                self._wanted.pop(key, None)
                self._known.pop(key, None)
