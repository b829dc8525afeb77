"""Turns what was captured into images of the catalogue."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml

from sandbox.capture.machine import HOST, NO_HOST, Machine, Ran, free_port, silent_port

Shape = dict[str, Any]
_RESOLVER = re.compile(r"(?<= on )[\d.]+(?=:53)")
_VPC_RESOLVER = "169.254.169.253"
"""https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html: instead of the capturing machine's own."""
_INTERPRETER = re.compile(r"(?<![\w.-])/[\w./-]+?(?=/lib/python3\.\d+/)")
_OF_THE_IMAGE = "/usr/local"
"""Where the official image of Python has its library: instead of the capturing machine's own place."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def lines_of(ran: Ran, names: Mapping[str, str] | None = None) -> list[str]:
    """Return the lines of a program that ended, without colours and with placeholders for made-up names."""
    return [_open(text, names or {}) for text in ran.texts]


def _open(text: str, names: Mapping[str, str]) -> str:
    text = _INTERPRETER.sub(_OF_THE_IMAGE, _RESOLVER.sub(_VPC_RESOLVER, _COLOUR.sub("", text)))
    for name, placeholder in names.items():
        text = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", placeholder, text)
    return text


def serving(ran: Ran, port: int, **also: Any) -> Shape:
    """Return the keys of a program that serves."""
    listened = round(ran.listened_at or 0, 2)
    last = [_open(line, {}) for line in ran.term_lines]
    ends = {"sigterm": {"after": round(ran.term_seconds, 2), "code": ran.code, "logs": last}}
    shape = {
        "start_seconds": listened,
        "listens": port,
        "health": dict(ran.answers or {}),
        "logs": [{"at": round(line.at, 2), "line": _open(line.text, {})} for line in ran.lines],
        "memory": {"mib": max(ran.mib, 4), "after": max(listened, 0.1)},
    }
    return shape | (ends if ran.code is not None else {}) | also


def dying(ran: Ran) -> Shape:
    """Return the keys of a program that ends by itself."""
    _must_have_ended(ran)
    return {"exits": {"after": round(ran.seconds, 2), "code": ran.code, "logs": lines_of(ran)}}


def reaction(ran: Ran, names: Mapping[str, str] | None = None) -> Shape:
    """Return what a program did about a need that is not met."""
    _must_have_ended(ran)
    return {"after": round(ran.seconds, 2), "code": ran.code, "logs": lines_of(ran, names)}


def connection(run: Callable[[str, int], Ran], port: int, variable: str, login_refused: tuple[Ran, int]) -> Shape:
    """Return a need of a host, from a program that is run with (host, port) in each way that it can fail.

    Args:
        run: runs the program against a host and port.
        port: the port that the host usually has; the captured lines leave theirs open.
        variable: the variable in which the program takes the host.
        login_refused: what it did when its login was refused, and on which port that was.
    """
    free = free_port()
    refused = reaction(run(HOST, free), _names(free))
    with silent_port() as silent:
        timed_out = reaction(run(HOST, silent), _names(silent))
    missing = reaction(run(NO_HOST, port), {NO_HOST: "{host}", str(port): "{port}"})
    return {
        "host": HOST,
        "port": port,
        "variable": variable,
        "refused": refused,
        "timed_out": timed_out,
        "name_not_found": missing,
        "login_refused": reaction(login_refused[0], _names(login_refused[1])),
    }


def _names(port: int) -> dict[str, str]:
    return {HOST: "{host}", "127.0.0.1": "{address}", str(port): "{port}"}


def _must_have_ended(ran: Ran) -> None:
    if ran.code is None:
        raise RuntimeError("it did not end: " + "\n".join(ran.texts))


class Book:
    """Collects images and prints them. A capture that fails is told on standard error and left out."""

    def __init__(self, machine: Machine, captured_by: str) -> None:
        self.machine = machine
        self._captured_by = captured_by
        self._images: list[Shape] = []

    def add(self, repository: str, tag: str, captured_with: str, common: Shape, make: Callable[[], Shape]) -> None:
        """Capture one image."""
        name = f"{repository}:{tag}"
        print(f"capturing {name}", file=sys.stderr)
        try:
            made = make()
        except Exception as error:  # noqa: BLE001 - one program that cannot be run here must not cost the others
            print(f"{name}: left out: {error}", file=sys.stderr)
            return
        head = {"repository": repository, "tag": tag, "captured_with": captured_with, "captured_by": self._captured_by}
        self._images.append({**head, "platforms": ["linux/amd64", "linux/arm64"], **common, **made})

    def print(self) -> None:
        """Print the file."""
        print(
            f"# Printed by `python -m sandbox.capture.{self._captured_by}`. The keys are described in docs/images.md."
        )
        print(
            yaml.dump({"images": self._images}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000),
            end="",
        )


class _Dumper(yaml.SafeDumper):
    """Writes each image out: no anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the base class's
        """Tell that nothing is to be written as an alias."""
        return True


def versions(pairs: Sequence[tuple[str, str]]) -> str:
    """Return `name version, name version`."""
    return ", ".join(f"{name} {version}" for name, version in pairs)
