"""What the parts of the function need of a logger: Powertools' and the standard library's are ones."""

from collections.abc import Mapping
from typing import Any, Protocol


class _Say(Protocol):
    def __call__(
        self, msg: object, *args: object, exc_info: Any = None, extra: Mapping[str, object] | None = None
    ) -> None: ...


class Log(Protocol):
    """Takes a sentence and fields; never a whole event, a secret or an address."""

    @property
    def debug(self) -> _Say:
        """Tell what only somebody who searches wants to know."""
        ...

    @property
    def info(self) -> _Say:
        """Tell what happened."""
        ...

    @property
    def warning(self) -> _Say:
        """Tell what may go better next time."""
        ...

    @property
    def error(self) -> _Say:
        """Tell what somebody must look after."""
        ...
