"""The file of this machine: whole lines whatever happens, and nothing lost between processes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from automation.history.local import LocalStore
from automation.history.store import StoreError, Unreadable
from tests.automation.history.examples import record

WRITER = """
import sys
from pathlib import Path
from automation.history.local import LocalStore
store = LocalStore(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    store.add({"id": f"{sys.argv[2]}-{number}", "project": "shop", "stack": "prod", "x": "y" * 5000})
"""


def documents(store: LocalStore, stack: str | None = None) -> list[str]:
    return [each["id"] for each in store.newest_first("shop", stack) if not isinstance(each, Unreadable)]


def test_records_come_newest_first_and_of_one_stack(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "history")
    assert documents(store) == []
    first, second, other = record(1), record(2), record(3, stack="dev")
    for each in (second, other, first):
        store.add(each.to_document())
    assert documents(store) == [other.id, second.id, first.id]
    assert documents(store, "prod") == [second.id, first.id]
    store.add(record(4, project="another").to_document())
    assert len(documents(store)) == 3
    assert store.path.stat().st_mode & 0o077 == 0


def test_a_line_that_a_kill_tore_costs_no_other_record(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.add(record(1).to_document())
    with store.path.open("ab") as file:
        file.write(json.dumps(record(2).to_document()).encode()[:200])
    store.add(record(3).to_document())
    found = list(store.newest_first("shop", None))
    assert [each["id"] for each in found[:2] if not isinstance(each, Unreadable)] == [record(3).id, record(1).id]
    assert found[2] == Unreadable(f"{store.path}, line 2", "it is not JSON")


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name, "40"], cwd=Path(__file__).parents[3])
        for name in ("a", "b")
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    found = list(LocalStore(tmp_path).newest_first("shop", None))
    assert not [each for each in found if isinstance(each, Unreadable)]
    assert len(found) == 80


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = LocalStore(tmp_path / "file" / "history")
    with pytest.raises(StoreError, match="cannot be written"):
        store.add(record(1).to_document())


def test_a_place_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.path.mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        list(store.newest_first("shop", None))
