"""The command line itself: what it prints, where, and how it exits."""

import errno
import gzip
import json
import lzma
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from commands.saying import told_by_the_machine

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests" / "diagnostics" / "rules"


def deploy(*arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, ROOT / "deploy.py", *arguments]
    environment = os.environ | {"NO_COLOR": "1"}
    return subprocess.run(command, input=given, capture_output=True, text=True, env=environment, check=False)


def documents(rule: str) -> list[str]:
    return [
        json.dumps(json.loads(path.read_text(encoding="utf-8"))) for path in sorted((CASES / rule).glob("hit-*.json"))
    ]


def test_documents_on_standard_input_become_one_diagnosis_a_line() -> None:
    asked = documents("image-not-found")
    run = deploy("explain", "--evidence", "-", "--format", "json", given="\n".join(asked) + "\n")
    assert run.returncode == 0, run.stderr
    said = [json.loads(line) for line in run.stdout.splitlines()]
    assert [each["root_cause"] for each in said] == ["image-not-found"] * len(asked)


def test_a_document_in_a_file_is_explained_as_text(tmp_path: Path) -> None:
    file = tmp_path / "evidence.json"
    file.write_text(documents("secret-not-found")[0], encoding="utf-8")
    run = deploy("explain", "--evidence", str(file))
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("error[secret-not-found]: ")
    assert "\x1b" not in run.stdout


def test_a_refused_document_does_not_hide_the_others() -> None:
    asked = [documents("image-not-found")[0], '{"schema": "evidence/1", "tasks": 3}']
    run = deploy("explain", "--evidence", "-", "--format", "json", given="\n".join(asked) + "\n")
    assert run.returncode == 2
    said = [json.loads(line) for line in run.stdout.splitlines()]
    assert [each["root_cause"] for each in said] == ["image-not-found", None]
    assert "tasks" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("explain",), "either --evidence FILE or --cluster C --service S"),
        (("explain", "--evidence", "-", "--region", "eu-west-1"), "are for a live service outside the sandbox"),
        (("explain", "--service", "shop", "--sandbox", "--profile", "prod"), "for a live service outside the sandbox"),
        (
            ("watch", "--service", "shop", "--sandbox", "--region", "eu-west-1"),
            "for a live service outside the sandbox",
        ),
        (("audit", "--service", "shop", "--sandbox", "--role-arn", "x"), "for a live service outside the sandbox"),
        (("explain", "--evidence", "nowhere.json"), "--evidence nowhere.json: cannot be read: No such file"),
        (("rules", "no-such-rule"), "there is no rule `no-such-rule`"),
        (("up", "--project", "nowhere"), "there is no such folder"),
        (("up", "--config", "imag=x"), "did you mean `image`?"),
        (("up", "--report", "docs"), "--report docs: is a folder; name a file, such as docs/report.html"),
        (("watch", "--service", "shop", "--format", "html"), "'html' is not one of"),
        (("up", "--speed", "0"), "--speed"),
        (("audit",), "--service"),
        (("audit", "--service", "shop", "--waivers", "nowhere.json"), "nowhere.json: cannot be read: No such file"),
        (("audit", "--service", "shop", "--waivers", "README.md"), "README.md: is not JSON"),
    ],
)
def test_wrong_usage_exits_2_with_a_sentence(arguments: tuple[str, ...], says: str) -> None:
    run = deploy(*arguments)
    assert run.returncode == 2, run.stderr
    assert says in run.stderr
    assert "Traceback" not in run.stderr
    assert run.stdout == ""


@pytest.mark.parametrize("command", [("sandbox", "start"), ("sandbox", "status"), ("repair", "--sandbox")])
def test_what_the_machine_refuses_is_one_sentence_and_exits_1(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    (tmp_path / ".failwell").touch()  # a file where its folder belongs; the superuser too is refused
    run = deploy(*command, "--project", str(tmp_path))
    assert run.returncode == 1
    assert run.stderr.startswith(f"error: {tmp_path}/.failwell"), run.stderr
    assert "move away the file that stands where a folder belongs" in run.stderr
    assert run.stderr.count("\n") == 1, run.stderr


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_disk_that_refuses_is_told_by_its_file_and_by_what_to_do(number: int) -> None:
    told = told_by_the_machine(OSError(number, os.strerror(number), "/home/me/.failwell/runs"))
    assert told.startswith(f"/home/me/.failwell/runs: {os.strerror(number)}")
    assert ("run the command again" in told) is (number != errno.EIO)
    half_written = told_by_the_machine(OSError(number, os.strerror(number)))
    assert half_written.startswith(f"a file or a connection of this process: {os.strerror(number)}")


def test_a_disk_that_is_full_before_the_run_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    command = [sys.executable, ROOT / "deploy.py", "sandbox", "start", "--project", tmp_path]
    full = (
        "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    run = subprocess.run([sys.executable, "-c", full, *command], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith("error: a file or a connection of this process: "), run.stderr
    assert "File too large; raise the limit" in run.stderr
    assert "Traceback" not in run.stderr


ELSEWHERE = ("--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:9", "--profile", "no-such")


def test_a_recording_is_explained_as_one_page_also_when_it_is_compressed(tmp_path: Path) -> None:
    story = ROOT / "tests" / "diagnostics" / "stories" / "no-such-tag-doomed.jsonl"
    plain = deploy("explain", "--evidence", str(story), "--format", "html")
    assert plain.returncode == 0, plain.stderr
    assert plain.stdout.startswith("<!doctype html>")
    assert plain.stdout.count("<h1>") == 1
    assert "image-not-found" in plain.stdout
    packed = tmp_path / "story.jsonl.xz"
    packed.write_bytes(lzma.compress(story.read_bytes()))
    assert deploy("explain", "--evidence", str(packed)).stdout.startswith("error[image-not-found]")


@pytest.mark.parametrize("name", ["cut.jsonl.xz", "cut.jsonl.gz", "other.jsonl.xz", "other.jsonl.gz"])
def test_a_file_that_cannot_be_unpacked_is_refused(tmp_path: Path, name: str) -> None:
    document = json.dumps({"schema": "evidence/1", "gaps": [{"what": "x", "why": "y"}]}).encode()
    pack = lzma.compress if name.endswith("xz") else gzip.compress
    (tmp_path / name).write_bytes(pack(document)[:-9] if name.startswith("cut") else document)
    run = deploy("explain", "--evidence", str(tmp_path / name))
    assert run.returncode == 2, run.stdout
    assert "cannot be unpacked" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_refused_document_is_a_page_too_and_exits_2() -> None:
    run = deploy("explain", "--evidence", "-", "--format", "html", given="[]\n")
    assert run.returncode == 2
    assert "the evidence is refused: expected an object" in run.stderr
    assert "the evidence could not be read" in run.stdout


def test_a_live_service_that_cannot_be_read_is_unknown_and_says_where_it_was_asked_for() -> None:
    run = deploy("explain", "--service", "shop", *ELSEWHERE)
    assert run.returncode == 0, run.stderr
    assert "no-such" in run.stdout, "the profile was used"


def test_audit_asks_as_it_is_told_too() -> None:
    run = deploy("audit", "--service", "shop", *ELSEWHERE)
    assert run.returncode == 2
    assert "no-such" in run.stderr, "the profile was used"


def test_a_rules_page_is_its_modules_docstring() -> None:
    run = deploy("rules", "out-of-memory")
    assert run.returncode == 0, run.stderr
    assert "## What to do" in run.stdout
    assert "out-of-memory" in deploy("rules").stdout


def test_help_imports_neither_pulumi_nor_boto3_nor_moto() -> None:
    code = (
        "import sys; sys.argv = ['deploy.py', '--help']; import deploy\n"
        "try:\n    deploy.main()\nexcept SystemExit: pass\n"
        "print([name for name in ('pulumi', 'boto3', 'moto', 'grpc', 'pydantic') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


def test_a_no_changes_nothing() -> None:
    """The question is asked on a terminal; AWS, which is nowhere here, is not asked at all."""
    ours, theirs = pty.openpty()
    command = [sys.executable, ROOT / "deploy.py", "watch", "--service", "shop", "--abort"]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        os.write(ours, b"n\n")
        printed, asked = running.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert (running.returncode, printed.strip()) == (3, "nothing was changed")
    assert "stop deployments in the cluster default that are doomed? [y/N]" in asked
