"""Writes documents for programs: JSON files that are there whole or not at all."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diagnostics.private_files import write_whole


def write_document(document: Mapping[str, Any], path: Path) -> None:
    """Write a document to a file, whole or not at all; its folder is made where it is missing."""
    write_whole(path, json.dumps(document, indent=1) + "\n")
