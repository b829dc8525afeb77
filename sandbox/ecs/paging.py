"""Pages of a list, as the API gives them: `maxResults` and an opaque `nextToken`."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.ecs.errors import InvalidParameterError


def page(items: Sequence[Any], given: Mapping[str, Any], key: str, default: int) -> dict[str, Any]:
    """Return `{key: a page of the items, "nextToken": where more follow}`.

    Raises:
        InvalidParameterError: the token is not one of ours, or `maxResults` is not from 1 to 100.
    """
    size = int(given.get("maxResults") or default)
    if not 1 <= size <= 100:  # noqa: PLR2004 - every list of ECS
        raise InvalidParameterError("maxResults must be between 1 and 100.")
    start = _start(given.get("nextToken"))
    answer: dict[str, Any] = {key: list(items[start : start + size])}
    if start + size < len(items):
        answer["nextToken"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return answer


def _start(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token.encode()))
    except (binascii.Error, ValueError) as error:
        raise InvalidParameterError("Invalid token.") from error
