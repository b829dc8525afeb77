"""The evidence to take along: the looks as JSON lines, redacted, in a `data:` address of the page.

A recording repeats most of each look in the next one, which XZ finds and gzip, with its window of 32 KiB, does not.
"""

import base64
import json
import lzma
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diagnostics.redact import redact_document

PLAIN = 96 * 1024
"""Bytes up to which the recording stays plain text."""
LARGEST = 900 * 1024
"""Bytes that are put into a page; base64 makes a third more of them."""
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 1, "dict_size": 16 * 1024 * 1024}]
"""Fast, and with a dictionary that spans several looks of a large service."""


@dataclass(frozen=True)
class Attachment:
    """A file to download."""

    name: str
    address: str
    """`data:…;base64,…`"""
    size: int
    """Bytes of the file."""
    looks: int


class Packer:
    """Takes the lines of a recording one by one, and keeps only their compressed form."""

    def __init__(self, name: str, largest: int = LARGEST) -> None:
        self._name = name
        self._largest = largest
        self._plain: list[bytes] = []
        self._plain_size = 0
        self._xz = lzma.LZMACompressor(filters=_FILTERS)
        self._parts: list[bytes] = []
        self._looks = 0
        self._packed_size = 0

    def header(self, header: Mapping[str, Any]) -> None:
        """Take the recording's first line."""
        self._write(redact_document(header))

    def look(self, document: Mapping[str, Any]) -> None:
        """Take one look's document, which is redacted already."""
        self._looks += 1
        self._write(document)

    def attachment(self) -> Attachment | None:
        """Return the file; None where there is no look, or the file is larger than a page may carry."""
        end = self._xz.flush()
        if not self._looks:
            return None
        if self._plain_size <= PLAIN:
            return _attachment(self._name, "application/jsonl", b"".join(self._plain), self._looks)
        if self._packed_size + len(end) > self._largest:
            return None
        return _attachment(f"{self._name}.xz", "application/x-xz", b"".join([*self._parts, end]), self._looks)

    def _write(self, document: Mapping[str, Any]) -> None:
        line = (json.dumps(document, separators=(",", ":"), default=str) + "\n").encode()
        self._plain_size += len(line)
        if self._plain_size <= PLAIN:
            self._plain.append(line)
        packed = self._xz.compress(line)
        self._packed_size += len(packed)
        if self._packed_size <= self._largest:
            self._parts.append(packed)


def _attachment(name: str, kind: str, content: bytes, looks: int) -> Attachment:
    return Attachment(name, f"data:{kind};base64,{base64.b64encode(content).decode()}", len(content), looks)
