"""JSON files that are there whole or not at all: documents for programs, and the notes that runs leave themselves."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from automation.errors import RepairError
from diagnostics.names import COMMAND
from diagnostics.private_files import write_whole

Read = TypeVar("Read")


def write_document(document: Mapping[str, Any], path: Path) -> None:
    """Write a document to a file, whole or not at all; its folder is made where it is missing."""
    write_whole(path, json.dumps(document, indent=1) + "\n")


def read_note(file: Path, parse: Callable[[Mapping[str, Any]], Read]) -> Read:
    """Return what an earlier run noted in a file; `parse` makes it of the document.

    Raises:
        RepairError: the file cannot be read, or is no such note: somebody has changed it, or the disk has lost it.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(document, dict):
            raise TypeError("it is not a JSON object")  # noqa: TRY301 - all that it may be is told in one way
        return parse(document)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as problem:
        raise RepairError(
            f"{file}: what an earlier run noted here cannot be read ({type(problem).__name__}: {problem}); look at "
            f"what it says of a desired count or of a resource, put that right by hand, remove the file, and run "
            f"`{COMMAND} repair`"
        ) from problem
