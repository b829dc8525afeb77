"""Counts the requests that reach AWS, by the access key that they are signed with and by operation."""

from collections import Counter
from collections.abc import Mapping
from threading import Lock
from typing import Any

from sandbox.requests import Request


class Requests:
    """How often each operation was asked for since the sandbox's process began."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def count(self, request: Request) -> None:
        """Count one request; one of a protocol that names no operation is none of ours."""
        if request.operation:
            with self._lock:
                self._counts[request.access_key, request.name] += 1

    def listed(self) -> Mapping[str, Any]:
        """Return the counts: `{"requests": {access key: {operation: count}}}`."""
        with self._lock:
            counts = dict(self._counts)
        found: dict[str, dict[str, int]] = {}
        for (key, operation), count in sorted(counts.items()):
            found.setdefault(key, {})[operation] = count
        return {"requests": found}
