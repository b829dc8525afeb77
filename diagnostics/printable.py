"""Text that steers no terminal: what AWS or a program wrote, without control characters."""

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_NOT_IN_JSON = re.compile(r"[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]|##(?=\[)")


def printable(text: str) -> str:
    """Return text without control characters: what AWS or a program wrote must not steer a terminal."""
    return _CONTROL.sub(
        "\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    )


def sentence(text: str) -> str:
    """Return text as one printable line."""
    return " ".join(printable(text).split("\n")).strip()


def printable_json(text: str) -> str:
    """Return JSON with the same meaning that steers nothing.

    JSON itself escapes the lower control characters alone. `##[`, in any place of a line, is how the runner of GitHub
    Actions knows a command (`ActionCommand.TryParse` of actions/runner).
    """
    return _NOT_IN_JSON.sub(lambda found: "".join(f"\\u{ord(each):04x}" for each in found[0]), text)
