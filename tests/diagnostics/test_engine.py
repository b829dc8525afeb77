"""Causes before symptoms, one death is not two, wrappers decide nothing, and a broken rule takes nothing down."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from diagnostics import explain
from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence
from diagnostics.model import Diagnosis, Finding, Quote, Verdict

AT = "2026-11-20T10:{:02d}:00+00:00"


def rule(rule_id: str, verdict: Verdict, **finding: Any) -> Any:
    found = Finding(**{"what": rule_id, "why": "w", "fix": "f", "evidence": (Quote("s", "q"),)} | finding)
    return SimpleNamespace(ID=rule_id, VERDICT=verdict, match=lambda _: found, __doc__="")


def silent() -> Any:
    return SimpleNamespace(ID="silent", VERDICT=Verdict.DOOMED, match=lambda _: None, __doc__="")


def broken() -> Any:
    def match(_: Evidence) -> Finding | None:
        raise KeyError("x")

    return SimpleNamespace(ID="broken", VERDICT=Verdict.DOOMED, match=match, __doc__="")


def evidence(**parts: Any) -> Evidence:
    return Evidence.parse({"schema": "evidence/1", **parts})


def stopped(number: int, minute: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "taskArn": f"t/{number}",
        "startedBy": "ecs-svc/1",
        "lastStatus": "STOPPED",
        "stoppedAt": AT.format(minute),
        **more,
    }


def test_of_two_that_match_the_one_further_up_the_table_is_the_cause() -> None:
    diagnosis = diagnose(evidence(), [silent(), rule("cause", Verdict.DOOMED), rule("symptom", Verdict.DOOMED)])
    assert (diagnosis.root_cause, diagnosis.also_seen, diagnosis.verdict) == ("cause", ("symptom",), Verdict.DOOMED)


def test_what_is_doomed_is_said_before_what_is_only_suspect() -> None:
    diagnosis = diagnose(evidence(), [rule("may-recover", Verdict.SUSPECT), rule("certain", Verdict.DOOMED)])
    assert (diagnosis.root_cause, diagnosis.also_seen) == ("certain", ("may-recover",))


def test_a_deeper_cause_that_is_suspect_of_the_same_deaths_is_the_cause_and_as_certain() -> None:
    deeper = rule("deeper", Verdict.SUSPECT, tasks=("t/1",))
    symptom = rule("symptom", Verdict.SUSPECT, tasks=("t/1",), repeats="what is not there stays away")
    other = rule("symptom", Verdict.SUSPECT, tasks=("t/2",), repeats="what is not there stays away")
    seen = evidence(tasks=[stopped(1), stopped(2)])
    diagnosis = diagnose(seen, [deeper, symptom])
    assert (diagnosis.root_cause, diagnosis.also_seen, diagnosis.verdict) == ("deeper", ("symptom",), Verdict.DOOMED)
    assert diagnosis.why.endswith("; what is not there stays away")
    assert diagnose(seen, [deeper, other]).root_cause == "symptom"


def test_what_may_still_settle_holds_back_the_doom_of_what_it_explains() -> None:
    cause = rule("cause", Verdict.DOOMED, tasks=("t/1", "t/2"), settles_after=timedelta(hours=1))
    symptom = rule("symptom", Verdict.SUSPECT, tasks=("t/1", "t/2"))
    diagnosis = diagnose(evidence(tasks=[stopped(1), stopped(2)]), [cause, symptom])
    assert (diagnosis.root_cause, diagnosis.verdict) == ("cause", Verdict.SUSPECT)


def test_a_rule_that_raises_is_logged_and_skipped(caplog: pytest.LogCaptureFixture) -> None:
    diagnosis = diagnose(evidence(), [broken(), rule("cause", Verdict.DOOMED)])
    assert diagnosis.root_cause == "cause"
    assert "rule broken failed" in caplog.text


@pytest.mark.parametrize(
    ("tasks", "verdict"), [(("t/1",), "suspect"), (("t/1", "t/1"), "suspect"), (("t/1", "t/2"), "doomed")]
)
def test_one_death_is_suspect_and_two_alike_are_doomed(tasks: tuple[str, ...], verdict: str) -> None:
    seen = evidence(tasks=[stopped(1), stopped(2)])
    assert diagnose(seen, [rule("dies", Verdict.SUSPECT, tasks=tasks)]).verdict == verdict


def test_a_healthy_task_of_the_deployment_keeps_two_deaths_suspect() -> None:
    well = {"taskArn": "t/3", "startedBy": "ecs-svc/1", "lastStatus": "RUNNING", "healthStatus": "HEALTHY"}
    seen = evidence(tasks=[stopped(1), stopped(2), well])
    assert diagnose(seen, [rule("dies", Verdict.SUSPECT, tasks=("t/1", "t/2"))]).verdict is Verdict.SUSPECT


def test_a_healthy_task_of_another_deployment_does_not_save_this_one() -> None:
    well = {
        "taskArn": "t/3",
        "startedBy": "ecs-svc/0",
        "lastStatus": "RUNNING",
        "healthStatus": "HEALTHY",
        "createdAt": "2026-11-01T10:00:00Z",
    }
    seen = evidence(tasks=[stopped(1, createdAt=AT.format(0)), stopped(2, createdAt=AT.format(0)), well])
    assert diagnose(seen, [rule("dies", Verdict.SUSPECT, tasks=("t/1", "t/2"))]).verdict is Verdict.DOOMED


def test_behind_a_load_balancer_only_a_healthy_target_makes_a_task_healthy() -> None:
    dead = [stopped(1), stopped(2)]
    running = {"taskArn": "t/3", "startedBy": "ecs-svc/1", "lastStatus": "RUNNING", "startedAt": AT.format(0)}
    seen = {"captured_at": AT.format(30), "tasks": [*dead, running]}
    rules = [rule("dies", Verdict.SUSPECT, tasks=("t/1", "t/2"))]
    assert diagnose(evidence(**seen), rules).verdict is Verdict.SUSPECT
    balanced = {"serviceName": "web", "loadBalancers": [{"targetGroupArn": "g"}]}
    assert diagnose(evidence(**seen, service=balanced), rules).verdict is Verdict.DOOMED


def test_a_steady_state_between_two_deaths_keeps_them_suspect() -> None:
    steady = {"id": "1", "createdAt": AT.format(20), "message": "(service web) has reached a steady state."}
    for minute, verdict in ((40, Verdict.SUSPECT), (10, Verdict.DOOMED)):
        seen = evidence(service={"events": [steady]}, tasks=[stopped(1, 1), stopped(2, minute)])
        assert diagnose(seen, [rule("dies", Verdict.SUSPECT, tasks=("t/1", "t/2"))]).verdict is verdict


WRAPPERS = [
    {
        "tasks": [
            stopped(1, stoppedReason="Essential container in task exited", containers=[{"name": "app", "exitCode": 1}])
        ]
    },
    {
        "service": {
            "events": [{"message": "(service web) (deployment ecs-svc/1) deployment failed: tasks failed to start."}]
        }
    },
    {"service": {"events": [{"message": "(service web) is unable to consistently start tasks successfully."}]}},
    {
        "service": {
            "deployments": [
                {
                    "id": "ecs-svc/1",
                    "status": "PRIMARY",
                    "rolloutState": "FAILED",
                    "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start.",
                }
            ]
        }
    },
    {
        "tasks": [
            stopped(1, stoppedReason="Essential container in task exited", containers=[{"name": "app", "exitCode": 42}])
        ]
    },
    {
        "tasks": [stopped(1, containers=[{"name": "app", "exitCode": 1, "reason": "exited with code 1"}])],
        "logs": [
            {
                "task_arn": "t/1",
                "container": "app",
                "events": [
                    {"message": "> orders@2.8.0 start"},
                    {"message": "npm error Lifecycle script `start` failed with error:"},
                    {"message": "npm error code 1"},
                    {"message": "error Command failed with exit code 1."},
                ],
            }
        ],
    },
    {"errors": [{"message": "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'."}]},
    {"errors": [{"message": "exceeded max wait time for ServicesStable waiter"}]},
    {"errors": [{"message": "Waiter ServicesStable failed: Max attempts exceeded"}]},
    {
        "errors": [
            {"message": "##[error]Resource is not in the state servicesStable\nprocess completed with exit code 1"}
        ]
    },
    {"errors": [{"message": "The following resource(s) failed to create: [Service]. Rollback requested by user."}]},
    {"errors": [{"message": "Resource creation cancelled"}]},
    {"tasks": [stopped(1, stoppedReason="STOPPED(Essential container in task exited)")]},
    {"tasks": [stopped(1, stoppedReason="Task failed to start", stopCode="TaskFailedToStart")]},
    {
        "service_deployment": {
            "status": "ROLLBACK_SUCCESSFUL",
            "statusReason": "Service deployment rolled back because the circuit breaker threshold was exceeded.",
        }
    },
]


@pytest.mark.parametrize("parts", WRAPPERS)
def test_wrappers_alone_are_insufficient_evidence_and_never_doomed(parts: dict[str, Any]) -> None:
    diagnosis = diagnose(evidence(**parts))
    assert (diagnosis.root_cause, diagnosis.verdict) == ("insufficient-evidence", Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (
            {"service": {"events": [{"message": "(service web) was unable to place a task because its quux is odd."}]}},
            "its quux is odd",
        ),
        (
            {
                "tasks": [
                    stopped(
                        1,
                        stoppedReason="Essential container in task exited",
                        containers=[{"name": "app", "exitCode": 1, "reason": "NewRuntimeError: never seen"}],
                    )
                ]
            },
            "NewRuntimeError: never seen",
        ),
        ({"errors": [{"code": "SomethingNew", "message": "never seen"}]}, "SomethingNew: never seen"),
    ],
)
def test_a_failure_that_no_rule_knows_is_told_in_ecs_own_words(parts: dict[str, Any], words: str) -> None:
    diagnosis = diagnose(evidence(**parts))
    assert (diagnosis.root_cause, diagnosis.verdict) == (None, Verdict.UNKNOWN)
    assert diagnosis.what.startswith("no rule knows this failure; ECS said: ")
    assert words in diagnosis.what


def test_a_telling_log_line_is_more_than_wrappers() -> None:
    log = {"task_arn": "t/1", "container": "app", "events": [{"message": "error: the licences are starting up"}]}
    diagnosis = diagnose(evidence(tasks=[stopped(1, stoppedReason="Essential container in task exited")], logs=[log]))
    assert diagnosis.root_cause is None
    assert "licences are starting up" in diagnosis.what


def test_ordinary_events_are_no_failure() -> None:
    events = [
        {"message": "(service web) has started 1 tasks: (task abc)."},
        {"message": "(service web) has reached a steady state."},
    ]
    diagnosis = diagnose(evidence(service={"serviceName": "web", "events": events}))
    assert (diagnosis.what, diagnosis.evidence) == ("nothing has failed so far", ())


def test_a_primary_deployment_that_serves_is_healthy(serving_document: Callable[[], dict[str, Any]]) -> None:
    diagnosis = diagnose(Evidence.parse(serving_document()), [rule("past", Verdict.SUSPECT)])
    assert (diagnosis.verdict, diagnosis.root_cause, diagnosis.also_seen) == (Verdict.HEALTHY, None, ("past",))
    assert "`web:1` serves: 1 of 1 tasks run, 1 of 1 targets healthy" in diagnosis.what


def test_a_failed_deployment_is_explained_although_the_one_before_serves_again(
    serving_document: Callable[[], dict[str, Any]], aws: Any
) -> None:
    document = serving_document()
    document["service_deployment"]["targetServiceRevision"] = {"arn": aws.revision(aws.new)}
    diagnosis = diagnose(Evidence.parse(document), [rule("cause", Verdict.DOOMED)])
    assert (diagnosis.verdict, diagnosis.deployment) == (Verdict.DOOMED, aws.new)


def test_where_and_gaps_are_carried(serving_document: Callable[[], dict[str, Any]], aws: Any) -> None:
    document = serving_document() | {"gaps": [{"what": "logs", "why": "GetLogEvents: AccessDenied: no"}]}
    diagnosis = diagnose(Evidence.parse(document))
    assert (diagnosis.service, diagnosis.cluster, diagnosis.deployment) == ("web", "prod", aws.old)
    assert [gap.what for gap in diagnosis.gaps] == ["logs"]


@pytest.mark.parametrize(
    "line", ["a" * 300_000, "x.y" * 60_000 + ": ", "failed to resolve ref " + "x " * 50_000, "GET /" + "| - " * 30_000]
)
def test_a_line_of_any_length_does_not_hold_the_watch_up(line: str) -> None:
    task = stopped(1, stoppedReason=line, containers=[{"name": "app", "exitCode": 1, "reason": line}])
    log = {"task_arn": "t/1", "container": "app", "events": [{"message": line}]}
    used = time.process_time()
    diagnose(evidence(tasks=[task], logs=[log], service={"events": [{"message": line}]}))
    assert time.process_time() - used < 2  # CPU time; a pattern that tries everything takes minutes


def test_quotes_lose_credentials() -> None:
    told = Finding(what="x", why="y", fix="z", evidence=(Quote("log", "postgres://app:hunter22@db/1"),))
    seen = SimpleNamespace(ID="leaks", VERDICT=Verdict.DOOMED, match=lambda _: told, __doc__="")
    assert diagnose(evidence(), [seen]).evidence[0].quote == "postgres://app:***@db/1"


def _schema() -> Any:
    from pathlib import Path

    return json.loads((Path(explain.__file__).parent / "schemas" / "diagnosis-1.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "parts", [{}, *WRAPPERS, {"errors": [{"message": "never seen"}], "gaps": [{"what": "a", "why": "b"}]}]
)
def test_every_diagnosis_is_of_the_documented_shape(parts: dict[str, Any]) -> None:
    jsonschema.validate(diagnose(evidence(**parts)).to_document(), _schema())


def test_the_schema_refuses_what_is_not_a_diagnosis() -> None:
    good = Diagnosis(Verdict.DOOMED, "a", "b", "c", root_cause="out-of-memory").to_document()
    jsonschema.validate(good, _schema())
    for wrong in (
        {"verdict": "maybe"},
        {"root_cause": "Out_Of"},
        {"root_cause": "insufficient-evidence"},
        {"gaps": [{"what": "x"}]},
        {"more": 1},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(good | wrong, _schema())
