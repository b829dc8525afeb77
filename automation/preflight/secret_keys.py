"""The names of the keys in a secret's JSON value; of the value nothing leaves this module."""

import json
from dataclasses import dataclass

from diagnostics.reads import Answer, ReadError, Shape


@dataclass(frozen=True)
class SecretKeys:
    """The keys that a container can take values of."""

    names: frozenset[str] = frozenset()
    instead: str = ""
    """What the value is instead of a JSON object; "" where it is one."""


def keys_of(answer: Shape) -> SecretKeys:
    """Return the names of the keys in the value that `GetSecretValue` answered with.

    ECS takes keys of a text that is a JSON object, on its first level, exactly as they are written.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html and
    `GetSecretFromASMWithInput` of the ECS agent (agent/asm/asm.go).

    Raises:
        ReadError: the answer has no value.
    """
    text = answer.get("SecretString")
    if text is None:
        if answer.get("SecretBinary") is None:
            raise ReadError(Answer("GetSecretValue", "", "the answer has no value"))
        return SecretKeys(instead="binary")
    try:
        value = json.loads(text)
    except ValueError:  # which holds the whole text: it must not go further
        return SecretKeys(instead="not JSON")
    return SecretKeys(frozenset(value)) if isinstance(value, dict) else SecretKeys(instead="JSON, but not an object")
