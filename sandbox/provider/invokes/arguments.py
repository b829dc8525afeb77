"""What the functions' arguments have in common."""

from typing import Any

from sandbox.provider.errors import MissingError, OperationError
from sandbox.provider.wire import Values


def allow(function: str, arguments: Values, *known: str) -> None:
    """Refuse an argument that the stand-in does not have, rather than drop it.

    Raises:
        MissingError: there is one.
    """
    for key in arguments:
        if key not in known:
            raise MissingError(f"the argument `{key}` of {function}")


def filters(arguments: Values) -> list[dict[str, Any]]:
    """Return `filters` and `tags` as EC2's Filters."""
    given = [{"Name": item["name"], "Values": item["values"]} for item in arguments.get("filters") or []]
    return given + [{"Name": f"tag:{key}", "Values": [value]} for key, value in (arguments.get("tags") or {}).items()]


def only(what: str, found: list[Any]) -> Any:
    """Return the one match.

    Raises:
        OperationError: none or several, in the real provider's words.
    """
    if not found:
        raise OperationError(f"no matching {what} found")
    if len(found) > 1:
        raise OperationError(
            f"multiple {what}s matched; use additional constraints to reduce matches to a single {what}"
        )
    return found[0]
