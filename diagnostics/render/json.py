"""A diagnosis as `diagnosis/1`: one compact JSON object on one line."""

import json
from collections.abc import Sequence

from diagnostics.model import Diagnosis
from diagnostics.printable import printable_json


def to_json(diagnosis: Diagnosis, notes: Sequence[str] = ()) -> str:  # noqa: ARG001 - one signature for all formats
    """Return the diagnosis as one line; notes have no place in `diagnosis/1`."""
    return printable_json(json.dumps(diagnosis.to_document(), separators=(",", ":"), ensure_ascii=False))
