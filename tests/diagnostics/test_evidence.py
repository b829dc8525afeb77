"""A document is read whole or refused with the path of the first wrong value."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.evidence import Evidence, EvidenceError


def doc(**parts: Any) -> dict[str, Any]:
    return {"schema": "evidence/1", **parts}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "expected an object, got []"),
        ({}, 'schema: expected "evidence/1", got null'),
        ({"schema": "evidence/2"}, 'schema: expected "evidence/1", got "evidence/2"'),
        (doc(tasks={}), "tasks: expected an array, got {}"),
        (doc(tasks=[{}, 3]), "tasks[1]: expected an object, got 3"),
        (
            doc(tasks=[{}, {}, {}, {"containers": [{"exitCode": "x"}]}]),
            'tasks[3].containers[0].exitCode: expected an integer, got "x"',
        ),
        (
            doc(tasks=[{"containers": [{"exitCode": True}]}]),
            "tasks[0].containers[0].exitCode: expected an integer, got true",
        ),
        (
            doc(service={"events": [{"createdAt": "noon"}]}),
            'service.events[0].createdAt: expected an ISO 8601 time, got "noon"',
        ),
        (doc(service={"deployments": [{"id": 5}]}), "service.deployments[0].id: expected a string, got 5"),
        (doc(logs=[{"events": [{"message": 1}]}]), "logs[0].events[0].message: expected a string, got 1"),
        (doc(logs=[{"events": ["x"]}]), 'logs[0].events[0]: expected an object, got "x"'),
        (
            doc(target_health=[{"descriptions": [{"Target": {"Port": "80"}}]}]),
            'target_health[0].descriptions[0].Target.Port: expected an integer, got "80"',
        ),
        (
            doc(captured_at="0001-01-01T00:00:00+14:00"),
            'captured_at: expected an ISO 8601 time, got "0001-01-01T00:00:00+14:00"',
        ),
        (doc(gaps=[{"what": []}]), "gaps[0].what: expected a string, got []"),
    ],
)
def test_the_first_wrong_value_is_named_with_its_path(document: object, said: str) -> None:
    with pytest.raises(EvidenceError) as refused:
        Evidence.parse(document)
    assert str(refused.value) == said


def test_everything_but_the_schema_may_be_absent_or_null() -> None:
    for document in (doc(), doc(service=None, tasks=None, logs=None, captured_at=None, task_definition=None)):
        evidence = Evidence.parse(document)
        assert (evidence.service, evidence.tasks, evidence.deployment_id, evidence.events) == (None, (), None, ())


def test_unknown_keys_are_kept_and_ignored() -> None:
    document = doc(weather="fine", tasks=[{"taskArn": "a/b", "mood": [1]}])
    evidence = Evidence.parse(document)
    assert evidence.document == document
    assert evidence.tasks[0].id == "b"


def test_times_become_aware_and_utc() -> None:
    evidence = Evidence.parse(
        doc(captured_at="2026-11-20T12:00:00+02:00", service={"events": [{"createdAt": "2026-11-20T10:00:00Z"}]})
    )
    assert evidence.captured_at is not None
    assert evidence.captured_at.isoformat() == "2026-11-20T10:00:00+00:00"
    assert evidence.service is not None
    assert evidence.service.events[0].at == evidence.captured_at


def test_events_and_tasks_of_other_deployments_are_left_out() -> None:
    evidence = Evidence.parse(
        doc(
            service={
                "deployments": [{"id": "ecs-svc/2", "status": "PRIMARY", "createdAt": "2026-11-20T10:00:00Z"}],
                "events": [
                    {"id": "b", "createdAt": "2026-11-20T10:00:05Z", "message": "new"},
                    {"id": "a", "createdAt": "2026-11-19T10:00:00Z", "message": "old"},
                ],
            },
            tasks=[
                {
                    "taskArn": "t/1",
                    "startedBy": "ecs-svc/1",
                    "lastStatus": "STOPPED",
                    "createdAt": "2026-11-19T10:00:00Z",
                },
                {
                    "taskArn": "t/2",
                    "startedBy": "ecs-svc/2",
                    "lastStatus": "STOPPED",
                    "createdAt": "2026-11-20T10:00:01Z",
                },
            ],
        )
    )
    assert [event.message for event in evidence.events] == ["new"]
    assert [task.id for task in evidence.stopped_tasks] == ["2"]


@pytest.mark.parametrize(
    ("task", "benign"),
    [
        (
            {
                "stoppedReason": "Scaling activity initiated by (deployment ecs-svc/1)",
                "stopCode": "ServiceSchedulerInitiated",
            },
            True,
        ),
        ({"stoppedReason": "drill", "stopCode": "UserInitiated"}, True),
        ({"stopCode": "SpotInterruption"}, True),
        ({"stoppedReason": "Essential container in task exited", "stopCode": "EssentialContainerExited"}, False),
        (
            {
                "stoppedReason": "Task failed ELB health checks in (target-group x)",
                "stopCode": "ServiceSchedulerInitiated",
            },
            False,
        ),
    ],
)
def test_benign_stops_are_no_failures(task: dict[str, str], benign: bool) -> None:
    evidence = Evidence.parse(doc(tasks=[{"lastStatus": "STOPPED", **task}]))
    assert len(evidence.stopped_tasks) == 1
    assert len(evidence.failed_tasks) == (0 if benign else 1)


def test_a_task_counts_as_stopped_as_soon_as_ecs_decided_it() -> None:
    evidence = Evidence.parse(
        doc(tasks=[{"lastStatus": "DEPROVISIONING", "desiredStatus": "STOPPED"}, {"lastStatus": "RUNNING"}])
    )
    assert (len(evidence.stopped_tasks), len(evidence.running)) == (1, 1)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["taskArn", "containers", "id", "events"]), inner)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["tasks", "service", "logs", "gaps", "captured_at", "target_health"]), json_values)
)
def test_any_document_is_read_or_refused_and_nothing_else(parts: dict[str, Any]) -> None:
    try:
        Evidence.parse(doc(**parts))
    except EvidenceError as error:
        refused = error
    else:
        return
    assert refused.path


def test_a_hundred_tasks_and_five_thousand_lines_are_read_in_a_fraction_of_a_look() -> None:
    at = "2026-11-20T10:00:00+00:00"
    tasks = [{"taskArn": f"t/{n}", "createdAt": at, "containers": [{"name": "app", "exitCode": 1}]} for n in range(100)]
    lines = [{"timestamp": at, "message": f"line {n} " * 12} for n in range(50)]
    document = json.loads(
        json.dumps(doc(tasks=tasks, logs=[{"task_arn": f"t/{n}", "events": lines} for n in range(100)]))
    )
    used = time.process_time()
    assert len(Evidence.parse(document).tasks) == 100
    assert time.process_time() - used < 0.3  # CPU time, so that a busy machine does not fail it


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"tasks": [{}, {"containers": [{}, {"exitCode": "1"}]}]}, "tasks[1].containers[1].exitCode"),
        ({"logs": [{"events": [{"message": "x"}] * 99_999 + [{"message": 7}]}]}, "logs[0].events[99999].message"),
        ({"service": {"events": [{}] * 100_000 + [{"createdAt": "today"}]}}, "service.events[100000].createdAt"),
        ({"tasks": [{"stoppedReason": ["x" * 1024 * 1024]}]}, "tasks[0].stoppedReason"),
        ({"captured_at": "2026-11-20T10:00:00\0Z"}, "captured_at"),
        ({"gaps": [{"what": {"\ud800": 1}}]}, "gaps[0].what"),
        (
            {"target_health": [{"descriptions": [{"Target": {"Port": True}}]}]},
            "target_health[0].descriptions[0].Target.Port",
        ),
    ],
)
def test_the_path_of_the_first_wrong_value_is_named_in_a_short_sentence(parts: dict[str, Any], path: str) -> None:
    with pytest.raises(EvidenceError) as refused:
        Evidence.parse(doc(**parts))
    assert refused.value.path == path
    assert len(str(refused.value)) < 200
    str(refused.value).encode("utf-8", "replace")


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1024 * 1024,
        "\0" * 1000,
        "error\0denied",
        "\ud800",
        "Fehler".encode("utf-16").decode("latin-1"),
        "\ufeff",
        "🚀",
    ],
    ids=["a megabyte", "NULs", "a NUL", "a lone surrogate", "UTF-16 taken for Latin-1", "a mark", "astral"],
)
def test_no_text_hurts_the_way_from_a_file_to_the_report(text: str) -> None:
    from diagnostics.explain import explain_stream
    from diagnostics.model import Diagnosis
    from diagnostics.render.json import to_json
    from diagnostics.render.plain import to_text

    task = {"taskArn": "t/1", "lastStatus": "STOPPED", "stoppedReason": text, "containers": [{"name": text[:9]}]}
    document = doc(tasks=[task], logs=[{"task_arn": "t/1", "events": [{"message": text}]}])
    (said,) = explain_stream([json.dumps(document)])
    assert isinstance(said, Diagnosis)
    assert len(to_text(said)) < 10_000
    assert json.loads(to_json(said))["schema"] == "diagnosis/1"
