"""Names that the provider makes up: Pulumi's autonaming, and names from a prefix.

Pulumi: the resource's own name, a dash and seven hex digits, refused where that is longer than AWS allows
(https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming; `NewUniqueName` of the SDK).
With `namePrefix` the real provider appends 26 characters (`id.PrefixedUniqueId` of Terraform's SDK).
"""

import hashlib
import itertools
from datetime import UTC, datetime

_DIGITS = 7
_COUNTER = itertools.count(1)


class NameTooLongError(Exception):
    """The resource's own name leaves no room for the random part."""


def autoname(resource_name: str, seed: bytes, limit: int) -> str:
    """Return `NAME-0123abc`, the same for the same seed, in at most `limit` characters.

    Raises:
        NameTooLongError: the name is too long for that.
    """
    prefix = f"{resource_name}-"
    if len(prefix) + _DIGITS > limit:
        raise NameTooLongError(
            f"failed to generate auto-name: name '{prefix}' plus {_DIGITS} random chars "
            f"is longer than maximum length {limit}"
        )
    return prefix + hashlib.sha512(seed + prefix.encode()).hexdigest()[:_DIGITS]


def from_prefix(prefix: str) -> str:
    """Return `prefix` and 26 characters that no other name has."""
    now = datetime.now(UTC)
    return f"{prefix}{now:%Y%m%d%H%M%S}{now.microsecond // 100:04d}{next(_COUNTER):08x}"
