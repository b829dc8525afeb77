"""A recording holds each look once, without credentials, and reads back as one story."""

import io
import json
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from diagnostics.evidence import Evidence, EvidenceError
from diagnostics.explain import explain_stream, refused
from diagnostics.model import Diagnosis, Verdict
from diagnostics.recorder import Recorder, read_documents

Make = Callable[[], dict[str, Any]]
PULL = "CannotPullContainerError: failed to resolve ref shop:2: shop:2: not found"


def failed(reason: str = PULL) -> dict[str, Any]:
    return {"schema": "evidence/1", "tasks": [{"taskArn": "t/1", "lastStatus": "STOPPED", "stoppedReason": reason}]}


def healthy(make: Make) -> dict[str, Any]:
    return make()


def lines(*documents: object) -> io.StringIO:
    return io.StringIO("".join(json.dumps(each) + "\n" for each in documents))


HEADER = {"schema": "recording/1"}


def test_looks_are_written_as_lines_after_one_header(tmp_path: Path, serving_document: Make) -> None:
    recorder = Recorder(tmp_path / "evidence" / "run.jsonl")
    first, second = serving_document(), failed()
    assert recorder.write(Evidence.parse(first))
    assert recorder.write(Evidence.parse(second))
    written = [json.loads(line) for line in recorder.path.read_text(encoding="utf-8").splitlines()]
    assert [each["schema"] for each in written] == ["recording/1", "evidence/1", "evidence/1"]
    assert (written[0]["service"], written[1:]) == ("web", [first, second])


def test_a_look_that_differs_only_in_its_time_is_left_out(tmp_path: Path, serving_document: Make) -> None:
    recorder = Recorder(tmp_path / "run.jsonl")
    first = serving_document()
    later = first | {"captured_at": "2026-11-20T11:11:11+00:00"}
    assert [recorder.write(Evidence.parse(each)) for each in (first, later, failed(), first)] == [
        True,
        False,
        True,
        True,
    ]


def test_a_look_that_a_full_disk_cuts_off_costs_no_other_one(tmp_path: Path, serving_document: Make) -> None:
    recorder = Recorder(tmp_path / "run.jsonl")
    first, second = serving_document(), failed()
    with room_in_files(20), pytest.raises(OSError, match="too large"):
        recorder.write(Evidence.parse(first))
    assert recorder.write(Evidence.parse(first))
    with room_in_files(recorder.path.stat().st_size + 20), pytest.raises(OSError, match="too large"):
        recorder.write(Evidence.parse(second))
    assert recorder.write(Evidence.parse(second))
    written = [json.loads(line) for line in recorder.path.read_text(encoding="utf-8").splitlines()]
    assert [each["schema"] for each in written] == ["recording/1", "evidence/1", "evidence/1"]


@contextmanager
def room_in_files(size: int) -> Iterator[None]:
    """Have the kernel cut off what is written beyond a size, as a disk does that becomes full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_credentials_are_masked_before_anything_is_written(tmp_path: Path, serving_document: Make) -> None:
    document = serving_document()
    document["task_definition"]["containerDefinitions"][0]["environment"] = [
        {"name": "DB_PASSWORD", "value": "correct-horse"}
    ]
    document["logs"] = [
        {"task_arn": "t", "container": "app", "events": [{"message": "login with correct-horse failed"}]}
    ]
    recorder = Recorder(tmp_path / "run.jsonl")
    recorder.write(Evidence.parse(document))
    assert "correct-horse" not in recorder.path.read_text(encoding="utf-8")


def test_a_recording_reads_back_as_its_documents(tmp_path: Path, serving_document: Make) -> None:
    recorder = Recorder(tmp_path / "run.jsonl")
    recorder.write(Evidence.parse(serving_document()))
    with recorder.path.open(encoding="utf-8") as file:
        opened = read_documents(file)
        assert opened.header is not None
        assert [each.document for each in opened.documents if isinstance(each, Evidence)] == [serving_document()]


def test_a_recording_is_one_story_with_one_diagnosis() -> None:
    rolled_back = {"schema": "evidence/1", "captured_at": "2026-11-20T11:00:00Z"}
    told = list(explain_stream(lines(HEADER, rolled_back, failed(), rolled_back)))
    assert [each.root_cause for each in told if isinstance(each, Diagnosis)] == ["image-not-found"]


def test_a_recording_of_a_deployment_that_recovered_is_healthy(serving_document: Make) -> None:
    told = list(explain_stream(lines(HEADER, failed(), serving_document())))
    assert [each.verdict for each in told if isinstance(each, Diagnosis)] == [Verdict.HEALTHY]


def test_a_cut_off_last_line_of_a_recording_is_a_gap() -> None:
    stream = io.StringIO(lines(HEADER, failed()).getvalue() + '{"schema": "evid')
    (told,) = explain_stream(stream)
    assert isinstance(told, Diagnosis)
    assert told.root_cause == "image-not-found"
    assert told.gaps[0].what == "look on line 3 of the recording"


def test_documents_without_a_header_are_explained_one_by_one_in_order() -> None:
    told = list(explain_stream(lines(failed(), {"schema": "evidence/1"}, failed("Essential container in task exited"))))
    assert [each.root_cause for each in told if isinstance(each, Diagnosis)] == [
        "image-not-found",
        None,
        "insufficient-evidence",
    ]


def test_each_document_is_explained_before_the_next_is_read() -> None:
    asked = []

    def source() -> Any:
        for n in range(3):
            asked.append(n)
            yield json.dumps(failed()) + "\n"

    next(explain_stream(source()))
    assert asked == [0]


def test_one_document_may_stand_on_several_lines() -> None:
    (told,) = explain_stream(io.StringIO(json.dumps(failed(), indent=2)))
    assert isinstance(told, Diagnosis)
    assert told.root_cause == "image-not-found"


def test_what_cannot_be_read_is_refused_in_its_place() -> None:
    stream = io.StringIO(
        "\n".join(
            [
                json.dumps(failed()),
                "nonsense",
                "[]",
                '{"schema": "evidence/9"}',
                "[" * 100_000,
                "",
                json.dumps(failed()),
            ]
        )
    )
    told = list(explain_stream(stream))
    assert [type(each) for each in told] == [Diagnosis, *[EvidenceError] * 4, Diagnosis]
    assert "not JSON" in str(told[1])


def test_a_first_line_that_is_no_json_does_not_hide_the_others() -> None:
    told = list(explain_stream(io.StringIO("nonsense\n" + json.dumps(failed()))))
    assert [type(each) for each in told] == [EvidenceError, Diagnosis]


def test_nothing_at_all_is_refused() -> None:
    for empty in (io.StringIO(""), io.StringIO("\n \n"), lines(HEADER)):
        (told,) = explain_stream(empty)
        assert isinstance(told, EvidenceError)


def test_a_stream_that_is_not_text_is_refused() -> None:
    stream = io.TextIOWrapper(io.BytesIO(json.dumps(failed()).encode() + b"\n\xff\xfe\n"), encoding="utf-8")
    told = list(explain_stream(stream))
    assert isinstance(told[-1], EvidenceError)


def test_a_refused_document_is_said_as_unknown_with_a_gap() -> None:
    said = refused(EvidenceError("tasks", "expected an array, got 3"))
    assert (said.verdict, said.root_cause, said.gaps[0].why) == (
        Verdict.UNKNOWN,
        None,
        "tasks: expected an array, got 3",
    )


def test_a_recording_is_bounded_and_what_turns_the_story_still_finds_room(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "run.jsonl", largest=20_000)

    def look(number: int, tasks: int) -> Evidence:
        stopped = [{"taskArn": f"t/{n}", "lastStatus": "STOPPED", "stoppedReason": PULL} for n in range(tasks)]
        return Evidence.parse({"schema": "evidence/1", "tasks": stopped, "noise": f"{number} " + "x" * 400})

    written = [recorder.write(look(number, 1)) for number in range(200)]
    assert any(written)
    assert not written[-1]
    assert recorder.path.stat().st_size <= 15_000
    assert recorder.write(look(200, 2))
    for number in range(200):
        recorder.write(look(number, number + 3))
    assert recorder.path.stat().st_size <= 20_000
    with recorder.path.open(encoding="utf-8") as stream:
        (told,) = explain_stream(stream)
    assert isinstance(told, Diagnosis)
    assert told.root_cause == "image-not-found"
