"""One look costs what it must, a failing read is a gap, and what does not change is read once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from diagnostics.collect import Collector
from diagnostics.evidence import Evidence
from diagnostics.unchanged import UNCHANGED_FOR


@pytest.fixture
def collector(reader: Any, clock: Any) -> Collector:
    return Collector(reader, "prod", "web", clock)


def failing(reader: Any, aws: Any, status: str = "ROLLBACK_SUCCESSFUL") -> None:
    """Let revision 2 have failed, and revision 1 serve again."""
    reader.deployments.insert(0, aws.service_deployment("second", aws.old, aws.new, status))
    stopped = aws.now - timedelta(seconds=20)
    reader.tasks.append(aws.task(2, aws.new, "STOPPED", stoppedAt=stopped, stopCode="EssentialContainerExited"))
    reader.logs[f"web/app/{2:032x}"] = [{"timestamp": 1763632800000, "message": "boom"}]


def test_a_look_holds_what_the_document_promises(collector: Collector, aws: Any) -> None:
    evidence = collector.collect()
    assert evidence.gaps == ()
    assert evidence.deployment_id == aws.old
    assert evidence.task_definition is not None
    assert [task.started_by for task in evidence.tasks] == [aws.old]
    assert evidence.target_health[0].name == "web"
    assert evidence.document["captured_at"] == aws.now.isoformat()
    assert Evidence.parse(dict(evidence.document)) == evidence


ALWAYS = {"DescribeServices": 1, "DescribeTasks": 1, "DescribeTargetHealth": 1}
WHERE_SOMETHING_CHANGED = ALWAYS | {"ListTasks": 2, "DescribeServiceDeployments": 1}


def test_a_second_look_costs_only_what_the_service_shows_no_change_of(
    collector: Collector, reader: Any, aws: Any
) -> None:
    first = collector.collect(aws.old)
    reader.api_calls.clear()
    second = collector.collect(aws.old)
    assert reader.api_calls == ALWAYS
    assert second.document == first.document


@pytest.mark.parametrize(
    "change",
    [
        lambda reader, _: reader.service.update(pendingCount=1),
        lambda reader, _: reader.service["deployments"][0].update(failedTasks=1),
        lambda reader, _: reader.service["deployments"][0].update(rolloutState="COMPLETED", rolloutStateReason="x"),
        lambda reader, _: reader.service.update(events=[{"id": "new", "message": "(service web) …"}]),
        lambda _, clock: clock.advance(UNCHANGED_FOR.total_seconds()),
    ],
    ids=["a count", "a failed task", "a state", "an event", "nothing for five seconds"],
)
def test_what_a_change_of_the_service_may_be_about_is_read_again(
    collector: Collector, reader: Any, clock: Any, aws: Any, change: Callable[[Any, Any], object]
) -> None:
    collector.collect(aws.old)
    reader.api_calls.clear()
    change(reader, clock)
    collector.collect(aws.old)
    assert reader.api_calls == WHERE_SOMETHING_CHANGED


def test_a_known_task_that_stops_is_seen_though_the_service_shows_no_change(
    collector: Collector, reader: Any, aws: Any
) -> None:
    collector.collect(aws.old)
    reader.tasks[0] |= {"lastStatus": "STOPPED", "desiredStatus": "STOPPED", "stoppedReason": "OutOfMemoryError"}
    assert [task.stopped_reason for task in collector.collect(aws.old).stopped_tasks] == ["OutOfMemoryError"]


def test_a_service_deployment_with_alarms_is_read_in_each_look(collector: Collector, reader: Any, aws: Any) -> None:
    reader.service["deploymentConfiguration"] = {"alarms": {"enable": True, "alarmNames": ["errors"]}}
    collector.collect(aws.old)
    reader.api_calls.clear()
    collector.collect(aws.old)
    assert reader.api_calls["DescribeServiceDeployments"] == 1


def test_targets_are_read_again_once_a_task_of_the_deployment_runs(collector: Collector, reader: Any, aws: Any) -> None:
    reader.tasks[0].pop("startedAt", None)
    for expected in (1, 0, 0):
        reader.api_calls.clear()
        collector.collect(aws.old)
        assert reader.api_calls["DescribeTargetHealth"] == expected
    reader.tasks[0]["startedAt"] = aws.now
    reader.api_calls.clear()
    collector.collect(aws.old)
    assert reader.api_calls["DescribeTargetHealth"] == 1


def test_after_a_rollback_the_deployment_that_failed_is_looked_at(collector: Collector, reader: Any, aws: Any) -> None:
    failing(reader, aws)
    evidence = collector.collect()
    assert evidence.deployment_id == aws.new
    assert [task.started_by for task in evidence.deployment_tasks] == [aws.new]
    assert [line.message for log in evidence.logs for line in log.lines] == ["boom"]
    assert evidence.task_definition is not None
    assert evidence.previous_task_definition is not None
    assert (evidence.task_definition.name, evidence.previous_task_definition.name) == ("web:2", "web:1")


def test_the_tasks_of_what_serves_again_are_in_the_same_look(collector: Collector, reader: Any, aws: Any) -> None:
    failing(reader, aws)
    assert {task.started_by for task in collector.collect(aws.new).tasks} == {aws.old, aws.new}


@pytest.mark.parametrize(
    "operation",
    [
        "ListTasks",
        "DescribeTasks",
        "ListServiceDeployments",
        "DescribeTargetHealth",
        "DescribeTargetGroups",
        "DescribeTaskDefinition",
        "DescribeServiceDeployments",
        "DescribeServiceRevisions",
        "DescribeServices",
        "GetLogEvents",
    ],
)
def test_a_failing_read_is_a_gap_with_the_apis_answer(
    collector: Collector, reader: Any, aws: Any, operation: str
) -> None:
    failing(reader, aws)
    reader.refused[operation] = "AccessDeniedException"
    gaps = collector.collect().gaps
    assert f"{operation}: AccessDeniedException: no" in {gap.why for gap in gaps}
    reader.refused.clear()
    mended = collector.collect()
    assert mended.gaps == ()
    assert mended.task_definition is not None
    assert mended.target_groups
    assert mended.service_revisions


def test_a_service_that_is_not_there_is_a_gap(reader: Any, clock: Any) -> None:
    reader.service = None
    evidence = Collector(reader, "prod", "web", clock).collect()
    assert evidence.service is None
    assert [(gap.what, gap.why) for gap in evidence.gaps] == [
        ("service web", "DescribeServices: MISSING in cluster prod")
    ]


def test_throttling_is_remembered_for_a_while(collector: Collector, reader: Any, clock: Any) -> None:
    assert not collector.noted.throttled(clock.now())
    reader.refused["DescribeTargetHealth"] = "ThrottlingException"
    collector.collect()
    assert collector.noted.throttled(clock.now())
    assert not collector.noted.throttled(clock.now() + timedelta(seconds=31))


def test_the_newest_tasks_log_is_read_in_each_look_and_that_of_one_that_stops_at_once(
    collector: Collector, reader: Any, clock: Any, aws: Any
) -> None:
    newer = aws.task(2, aws.old, "RUNNING", createdAt=reader.tasks[0]["createdAt"] + timedelta(seconds=9))
    reader.tasks.append(newer)
    reader.health = [aws.target(1, "unhealthy"), aws.target(2, "unhealthy")]
    old, new = (f"web/app/{number:032x}" for number in (1, 2))
    said = {stream: [{"timestamp": 1763632800000, "message": "starting"}] for stream in (old, new)}
    reader.logs |= said
    assert words(collector.collect(aws.old)) == {old: ["starting"], new: ["starting"]}
    for stream in said:
        reader.logs[stream].append({"timestamp": 1763632801000, "message": "TypeError: no"})
    clock.advance(1)
    assert words(collector.collect(aws.old)) == {old: ["starting"], new: ["starting", "TypeError: no"]}
    assert reader.api_calls["GetLogEvents"] == 3
    reader.tasks[0] |= {"desiredStatus": "STOPPED", "stoppedReason": "Essential container in task exited"}
    clock.advance(1)
    assert words(collector.collect(aws.old))[old] == ["starting", "TypeError: no"]


def words(evidence: Evidence) -> dict[str, list[str]]:
    """Return the lines of each stream."""
    return {log.stream: [line.message for line in log.lines] for log in evidence.logs}


def test_the_log_of_a_stopped_task_is_read_again_until_it_is_surely_complete(
    collector: Collector, reader: Any, clock: Any, aws: Any
) -> None:
    failing(reader, aws)
    reader.tasks[1] |= {"stoppedAt": clock.now()}
    counts = []
    for seconds in (0, 2, 4, 6, 20, 20):
        clock.advance(seconds)
        collector.collect(aws.new)
        counts.append(reader.api_calls["GetLogEvents"])
    assert counts == [1, 2, 3, 4, 4, 4]


def test_a_stream_that_is_not_there_yet_is_no_gap(collector: Collector, reader: Any, aws: Any) -> None:
    from diagnostics.reads import Answer, ReadError

    failing(reader, aws)

    class NoStream(type(reader)):  # type: ignore[misc]
        def get_log_events(self, *_: object, **__: object) -> list[Any]:
            raise ReadError(
                Answer("GetLogEvents", "ResourceNotFoundException", "The specified log stream does not exist.")
            )

    quiet = NoStream(**{name: getattr(reader, name) for name in ("service", "tasks", "deployments", "health")})
    assert Collector(quiet, "prod", "web", collector.clock).collect().gaps == ()


def test_a_log_group_that_is_not_there_is_told_once_the_task_is_over(
    collector: Collector, reader: Any, clock: Any, aws: Any
) -> None:
    failing(reader, aws)
    reader.refused["GetLogEvents"] = "ResourceNotFoundException"
    reader.tasks[1] |= {"stoppedAt": clock.now()}
    assert collector.collect().gaps == ()
    clock.advance(20)
    assert [gap.why for gap in collector.collect().gaps] == ["GetLogEvents: ResourceNotFoundException: no"]


def test_tasks_that_never_ran_and_tasks_that_are_healthy_have_no_log_to_read(reader: Any, clock: Any, aws: Any) -> None:
    never = aws.task(2, aws.old, "STOPPED")
    del never["startedAt"]
    reader.tasks.append(never)
    Collector(reader, "prod", "web", clock).collect()
    assert reader.api_calls["GetLogEvents"] == 0


def test_a_running_task_whose_target_is_not_healthy_has_its_log_read(reader: Any, clock: Any, aws: Any) -> None:
    reader.health = [aws.target(1, "unhealthy")]
    reader.logs[f"web/app/{1:032x}"] = [{"timestamp": 1763632800000, "message": "listening on 5201"}]
    evidence = Collector(reader, "prod", "web", clock).collect()
    assert [line.message for log in evidence.logs for line in log.lines] == ["listening on 5201"]


def test_what_is_kept_does_not_grow_with_tasks_that_ecs_forgot(collector: Collector, reader: Any, aws: Any) -> None:
    for number in range(2, 60):
        reader.tasks = [aws.task(number, aws.old, "STOPPED", stoppedAt=aws.now - timedelta(minutes=1))]
        collector.collect(aws.old)
    assert len(collector._stopped) == 1
    assert len(collector._logs._kept) == 1


def test_of_earlier_lines_those_that_say_something_are_kept_and_noise_is_cut(
    collector: Collector, reader: Any, aws: Any
) -> None:
    failing(reader, aws)
    messages = [f"request {n} done" for n in range(400)]
    messages[120] = "FATAL: password authentication failed"
    lines = [{"timestamp": 1763632800000 + n, "message": message} for n, message in enumerate(messages)]
    reader.logs[f"web/app/{2:032x}"] = lines
    (log,) = collector.collect().logs
    kept = [line.message for line in log.lines]
    assert kept[:5] == [messages[n] for n in range(118, 123)]
    assert kept[5:] == messages[300:]


def test_a_log_that_is_all_trouble_is_still_bounded(collector: Collector, reader: Any, aws: Any) -> None:
    failing(reader, aws)
    lines = [{"timestamp": 1763632800000 + n, "message": f"error {n}"} for n in range(400)]
    reader.logs[f"web/app/{2:032x}"] = lines
    (log,) = collector.collect().logs
    assert [line.message for line in log.lines] == [f"error {n}" for n in range(200, 400)]


def test_both_target_groups_are_looked_at_where_requests_move_between_two(collector: Collector, reader: Any) -> None:
    green = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/green/0f"
    reader.service["loadBalancers"][0]["advancedConfiguration"] = {"alternateTargetGroupArn": green}
    evidence = collector.collect()
    assert [each.target_group_arn for each in evidence.target_health][1:] == [green]
    assert evidence.service is not None
    assert evidence.service.load_balancers[0].alternate_target_group_arn == green
