"""Records in a file of this machine, one JSON line each: appended under a lock, whole or not at all."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from automation.history.store import Document, StoreError, Unreadable
from diagnostics.private_files import make_folder

_PATIENCE = 10.0
"""Seconds to wait for another process that writes."""


class LocalStore:
    """`records.jsonl` in a folder, which is made with the first record."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "records.jsonl"

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self.path)

    def add(self, document: Document) -> None:
        """Append a record. A line that a kill has torn is ended first, so that it costs no other one.

        Raises:
            StoreError: the file cannot be written, or another process has held its lock for too long.
        """
        line = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        try:
            make_folder(self.path.parent)
            with FileLock(self.path.with_suffix(".lock"), timeout=_PATIENCE, mode=0o600):
                self._append(line)
        except Timeout as problem:
            raise StoreError(f"{self.path}: another process has held its lock for {_PATIENCE:.0f} s") from problem
        except OSError as problem:
            raise StoreError(f"{self.path}: cannot be written: {problem.strerror}") from problem

    def _append(self, line: bytes) -> None:
        file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(file).st_size
            if size and os.pread(file, 1, size - 1) != b"\n":
                line = b"\n" + line
            try:
                _write_all(file, line)
                os.fsync(file)
            except OSError:
                os.ftruncate(file, size)  # a full disk: half a record is none
                raise
        finally:
            os.close(file)

    def newest_first(self, project: str, stack: str | None) -> Iterator[Document | Unreadable]:
        """Yield the project's records by falling id, then what in the file is no record.

        Raises:
            StoreError: the file cannot be read.
        """
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        except OSError as problem:
            raise StoreError(f"{self.path}: cannot be read: {problem.strerror}") from problem
        documents: list[dict[str, Any]] = []
        unreadable: list[Unreadable] = []
        for number, line in enumerate(lines, 1):
            try:
                document = json.loads(line)
            except (ValueError, RecursionError):
                unreadable += [Unreadable(f"{self.path}, line {number}", "it is not JSON")] if line.strip() else []
                continue
            if isinstance(document, dict):
                documents.append(document)
            else:
                unreadable.append(Unreadable(f"{self.path}, line {number}", "it is not a JSON object"))
        mine = [each for each in documents if each.get("project") == project and stack in {None, each.get("stack")}]
        yield from sorted(mine, key=lambda each: str(each.get("id")), reverse=True)
        yield from unreadable


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
