"""What a function's zip is unpacked to, whoever else unpacks the same at that moment."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from sandbox.functions.package import unpack
from tests.sandbox.functions.conftest import zipped


@pytest.mark.parametrize("file", [1, 2])
def test_two_that_unpack_at_once_both_get_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: int) -> None:
    """The other one comes in between, after one file or after both."""
    content, folder = zipped(app="1", other="2"), tmp_path / "functions" / "f"
    extract, extracted = zipfile.ZipFile.extract, 0

    def interrupted(self: zipfile.ZipFile, *given: Any) -> str:
        nonlocal extracted
        extracted += 1
        done = extract(self, *given)
        if extracted == file:
            assert _contents(unpack(content, folder)) == {"app.py": "1", "other.py": "2"}
        return done

    monkeypatch.setattr(zipfile.ZipFile, "extract", interrupted)
    assert _contents(unpack(content, folder)) == {"app.py": "1", "other.py": "2"}
    assert [each.name for each in folder.parent.iterdir()] == ["f"]


def _contents(folder: Path) -> dict[str, str]:
    return {each.name: each.read_text() for each in folder.iterdir()}
