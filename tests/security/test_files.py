"""What is written is its owner's alone under any umask, and is written through nobody's link."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from automation.ci import files
from automation.documents import write_document
from automation.engine.project import write_settings
from automation.engine.update import Operation, ServiceTarget
from automation.history.local import LocalStore
from automation.mending.journal import Journal, Kind
from diagnostics.evidence import Evidence
from diagnostics.private_files import make_folder, open_private, write_whole
from diagnostics.recorder import Recorder


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=["umask 000", "umask 022", "umask 077"], autouse=True)
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(root: Path) -> dict[str, str]:
    """Return the mode of everything in a folder."""
    return {str(each.relative_to(root)): f"{stat.S_IMODE(each.lstat().st_mode):o}" for each in root.rglob("*")}


def test_all_that_a_run_keeps_is_its_owners_alone(tmp_path: Path) -> None:
    ours = tmp_path / ".failwell"
    document = {"schema": "evidence/1", "tasks": [{"taskArn": "t/1", "stoppedReason": "secret?"}]}
    assert Recorder(ours / "evidence" / "run.jsonl").write(Evidence.parse(document))
    LocalStore(ours / "history").add({"id": "1", "project": "shop", "stack": "dev"})
    write_settings({"encryptionsalt": "v1:x"}, ours / "runs" / "7" / "Pulumi.dev.yaml")
    write_document({"exit_code": 0}, tmp_path / "out" / "outcome.json")
    files.check(tmp_path / "ci" / "junit.xml", "--junit")
    files.write(tmp_path / "ci" / "junit.xml", "<testsuites/>")
    target = ServiceTarget("urn:shop", "shop", "prod", "shop:1", Operation.UPDATE, "eu-west-1", True, "123456789012")
    Journal(tmp_path, "dev").note(Kind.SURGE, target, desired_before=1, desired_set=2)
    found = modes(tmp_path)
    assert {"run.jsonl", "records.jsonl", "Pulumi.dev.yaml", "outcome.json", "junit.xml"} < {
        Path(each).name for each in found
    }
    assert [each for each in found if "journal/dev/" in each]
    for name, mode in found.items():
        assert mode == ("700" if (tmp_path / name).is_dir() else "600"), name


def test_a_folder_that_was_left_open_is_closed_and_those_of_others_stay(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "project" / ".failwell", tmp_path / "project"
    ours.mkdir(parents=True)
    ours.chmod(0o777)
    theirs.chmod(0o755)
    make_folder(ours / "evidence")
    assert stat.S_IMODE(ours.stat().st_mode) == 0o700
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o755


def test_a_link_that_waits_where_we_write_gets_nothing(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious", encoding="utf-8")
    shared = tmp_path / "shared"
    shared.mkdir()
    for name in ("outcome.json", ".outcome.json.partial", ".outcome.json.tmp", ".outcome.json.new"):
        (shared / name).symlink_to(victim)
    write_document({"exit_code": 0}, shared / "outcome.json")
    assert victim.read_text(encoding="utf-8") == "precious"
    assert not (shared / "outcome.json").is_symlink()
    assert '"exit_code": 0' in (shared / "outcome.json").read_text(encoding="utf-8")


def test_what_cannot_be_finished_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(OSError, match="there"):
        write_whole(tmp_path / "there", "text")
    assert [each.name for each in tmp_path.iterdir()] == ["there"]


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_whole(Path("/dev/null"), "text")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_what_a_person_has_opened_to_others_stays_open(tmp_path: Path) -> None:
    shared = tmp_path / "junit.xml"
    shared.touch()
    shared.chmod(0o644)
    with open_private(shared, "w") as file:
        file.write("x")
    assert stat.S_IMODE(shared.stat().st_mode) == 0o644
