"""A watch finds the update's own deployment, says when it is doomed, survives the rollback, and never raises."""

from datetime import timedelta
from typing import Any

import pytest

from diagnostics.collect import Collector
from diagnostics.model import Diagnosis, Verdict
from diagnostics.unchanged import UNCHANGED_FOR
from diagnostics.watch import Watch, WatchState

PULL = (
    "CannotPullContainerError: pull image manifest has been retried 7 time(s):"
    " failed to resolve ref shop:2: shop:2: not found"
)


@pytest.fixture
def watch(reader: Any, clock: Any, aws: Any) -> Watch:
    watch = Watch(Collector(reader, "prod", "web", clock), clock, aws.definition(2), jitter=lambda: 0.0)
    watch.begin()
    clock.advance(1)
    return watch


def update(reader: Any, clock: Any, aws: Any, **new: Any) -> None:
    """Let UpdateService have been called: revision 2 is PRIMARY."""
    fresh = {"runningCount": 0, "pendingCount": 1, "createdAt": clock.now(), "state": "IN_PROGRESS"} | new
    reader.service["deployments"] = [aws.deployment(aws.new, 2, **fresh), aws.deployment(aws.old, 1, "ACTIVE")]
    status = "SUCCESSFUL" if fresh["state"] == "COMPLETED" else "IN_PROGRESS"
    reader.deployments = [aws.service_deployment("second", aws.old, aws.new, status), *reader.deployments]


def complete(reader: Any, aws: Any) -> None:
    reader.service["deployments"] = [aws.deployment(aws.new, 2)]
    reader.deployments[0] |= {"status": "SUCCESSFUL"}


def roll_back(reader: Any, aws: Any) -> None:
    reader.service["deployments"] = [aws.deployment(aws.old, 1)]
    reader.deployments[0] |= {"status": "ROLLBACK_SUCCESSFUL"}


def test_the_baseline_is_what_served_before(watch: Watch, aws: Any) -> None:
    baseline = watch.baseline
    assert baseline is not None
    assert (baseline.exists, baseline.read, baseline.deployment_id) == (True, True, aws.old)
    assert (baseline.task_definition, baseline.desired, baseline.running) == (aws.definition(1), 1, 1)


def test_until_the_update_made_a_deployment_the_watch_waits(watch: Watch) -> None:
    look = watch.look()
    assert (look.state, look.deployment_id, look.diagnosis.verdict) == (WatchState.WAITING, None, Verdict.UNKNOWN)


def test_a_new_deployment_of_the_wanted_revision_is_mine_until_it_serves(
    watch: Watch, reader: Any, clock: Any, aws: Any
) -> None:
    update(reader, clock, aws)
    look = watch.look()
    assert (look.state, look.deployment_id, look.created_at) == (WatchState.IN_PROGRESS, aws.new, clock.now())
    complete(reader, aws)
    reader.tasks, reader.health = [aws.task(2, aws.new)], [aws.target(2)]
    look = watch.look()
    assert (look.state, look.serving.proven, look.serving.revision) == (WatchState.SERVING, True, "web:2")
    assert look.diagnosis.verdict is Verdict.HEALTHY


SECRET = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable"
    " to retrieve secret from asm: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/exec/1 is not"
    " authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:eu-west-1:1:secret:db"
)


def test_a_cause_is_told_once_as_suspected_before_what_stands_around_is_read(
    watch: Watch, reader: Any, clock: Any, aws: Any
) -> None:
    told: list[tuple[Diagnosis, int]] = []
    watch.name_early(lambda diagnosis: told.append((diagnosis, reader.surroundings.asked.total())))
    update(reader, clock, aws)
    reader.definition = {"executionRoleArn": "arn:aws:iam::123456789012:role/exec"}
    watch.look()
    reader.tasks.append(aws.task(2, aws.new, "STOPPED", startedAt=None, stoppedReason=SECRET))
    reader.service["deployments"][0]["failedTasks"] = 1
    look = watch.look()
    assert reader.surroundings.asked["GetRole"] == 1
    watch.look()
    ((diagnosis, asked),) = told
    assert (diagnosis.verdict, asked) == (Verdict.SUSPECT, 0)
    assert diagnosis.root_cause == look.diagnosis.root_cause == "secrets-permission-denied"


def test_nothing_is_told_early_where_nothing_more_is_read_of_it(
    watch: Watch, reader: Any, clock: Any, aws: Any
) -> None:
    told: list[Diagnosis] = []
    watch.name_early(told.append)
    update(reader, clock, aws)
    killed = "OutOfMemoryError: Container killed due to memory usage"
    reader.tasks.append(aws.task(2, aws.new, "STOPPED", stoppedReason=killed))
    assert watch.look().diagnosis.root_cause == "out-of-memory"
    assert told == []


def test_whoever_is_told_early_and_fails_costs_no_look(watch: Watch, reader: Any, clock: Any, aws: Any) -> None:
    watch.name_early(lambda _: 1 / 0)  # type: ignore[arg-type, return-value]
    update(reader, clock, aws)
    reader.tasks.append(aws.task(2, aws.new, "STOPPED", startedAt=None, stoppedReason=PULL))
    look = watch.look()
    assert (look.state, look.gaps) == (WatchState.DOOMED, ())


def test_a_deployment_of_another_revision_is_not_mine(watch: Watch, reader: Any, aws: Any) -> None:
    reader.service["deployments"] = [aws.deployment("ecs-svc/3", 3, state="IN_PROGRESS")]
    assert watch.look().state is WatchState.WAITING


def test_the_same_revision_deployed_again_is_not_taken_for_the_old_deployment(
    reader: Any, clock: Any, aws: Any
) -> None:
    watch = Watch(Collector(reader, "prod", "web", clock), clock, aws.definition(1))
    watch.begin()
    assert watch.look().state is WatchState.WAITING
    reader.service["deployments"].insert(0, aws.deployment(aws.new, 1, state="IN_PROGRESS", createdAt=clock.now()))
    reader.service["deployments"][1]["status"] = "ACTIVE"
    assert watch.look().deployment_id == aws.new


def test_a_service_that_does_not_exist_yet_has_a_baseline_without_it(reader: Any, clock: Any, aws: Any) -> None:
    first, reader.service = reader.service, None
    watch = Watch(Collector(reader, "prod", "web", clock), clock)
    assert watch.begin().exists is False
    assert watch.look().state is WatchState.WAITING
    reader.service = first
    look = watch.look()
    assert (look.state, look.deployment_id) == (WatchState.SERVING, aws.old)


def test_a_baseline_that_comes_after_the_update_still_tells_old_from_new(reader: Any, clock: Any, aws: Any) -> None:
    began = clock.elapsed()
    clock.advance(1)
    update(reader, clock, aws)
    clock.advance(1)
    watch = Watch(Collector(reader, "prod", "web", clock), clock, aws.definition(2), since=began)
    baseline = watch.begin()
    assert (baseline.deployment_id, baseline.task_definition) == (aws.old, aws.definition(1))
    assert watch.look().deployment_id == aws.new


def test_a_service_that_the_update_has_just_made_was_not_there_before(reader: Any, clock: Any, aws: Any) -> None:
    began = clock.elapsed()
    clock.advance(1)
    reader.service["deployments"] = [aws.deployment(aws.new, 1, state="IN_PROGRESS", createdAt=clock.now())]
    watch = Watch(Collector(reader, "prod", "web", clock), clock, aws.definition(1), since=began)
    baseline = watch.begin()
    assert (baseline.exists, baseline.read, baseline.task_definition) == (False, True, None)
    assert watch.look().deployment_id == aws.new


def test_where_the_baseline_could_not_be_read_only_a_later_creation_makes_it_mine(
    reader: Any, clock: Any, aws: Any
) -> None:
    watch = Watch(Collector(reader, "prod", "web", clock), clock)
    reader.refused["DescribeServices"] = "AccessDeniedException"
    assert watch.begin().read is False
    reader.refused.clear()
    assert watch.look().state is WatchState.WAITING
    clock.advance(5)
    update(reader, clock, aws)
    assert watch.look().deployment_id == aws.new


def test_a_doomed_deployment_is_said_with_its_times_and_the_explanation_survives_the_rollback(
    watch: Watch, reader: Any, clock: Any, aws: Any
) -> None:
    update(reader, clock, aws)
    created = clock.now()
    watch.look()
    clock.advance(50)
    reader.tasks.append(
        aws.task(2, aws.new, "STOPPED", stopCode="TaskFailedToStart", stoppedReason=PULL, startedAt=None)
    )
    look = watch.look()
    assert (look.state, look.diagnosis.root_cause) == (WatchState.DOOMED, "image-not-found")
    assert (look.created_at, look.first_evidence_at, look.explained_at) == (created, clock.now(), clock.now())
    clock.advance(40)
    roll_back(reader, aws)
    reader.tasks.pop()
    later = watch.look()
    assert (later.state, later.diagnosis.root_cause) == (WatchState.ROLLED_BACK, "image-not-found")
    assert later.explained_at == look.explained_at
    assert (later.serving.proven, later.serving.revision) == (False, "web:1")
    assert later.created_at == created


def test_a_rollback_that_was_quicker_than_the_first_look_is_still_seen(
    watch: Watch, reader: Any, clock: Any, aws: Any
) -> None:
    update(reader, clock, aws)
    reader.service["deployments"] = [
        aws.deployment(aws.old, 1, state="IN_PROGRESS"),
        aws.deployment(aws.new, 2, "ACTIVE", "FAILED", createdAt=clock.now()),
    ]
    look = watch.look()
    assert (look.deployment_id, look.state) == (aws.new, WatchState.FAILED)
    roll_back(reader, aws)
    assert watch.look().state is WatchState.ROLLED_BACK


def test_a_deployment_that_ecs_gave_up_without_a_way_back_failed(
    watch: Watch, reader: Any, clock: Any, aws: Any
) -> None:
    update(reader, clock, aws, state="FAILED")
    assert watch.look().state is WatchState.FAILED


def test_a_deployment_that_another_one_replaced_failed(watch: Watch, reader: Any, clock: Any, aws: Any) -> None:
    update(reader, clock, aws)
    watch.look()
    reader.service["deployments"] = [aws.deployment("ecs-svc/3", 3, state="IN_PROGRESS")]
    assert watch.look().state is WatchState.FAILED


def test_completed_with_nothing_wanted_is_its_own_state(watch: Watch, reader: Any, clock: Any, aws: Any) -> None:
    update(reader, clock, aws, state="COMPLETED", desiredCount=0)
    reader.service |= {"desiredCount": 0, "runningCount": 0}
    assert watch.look().state is WatchState.AT_ZERO


def test_an_answer_without_sense_is_a_look_with_a_gap(watch: Watch, reader: Any) -> None:
    reader.service["deployments"] = 7
    look = watch.look()
    assert look.state is WatchState.WAITING
    assert [gap.what for gap in look.gaps] == ["service"]


def test_an_unexpected_error_is_a_look_with_a_gap(watch: Watch) -> None:
    class Broken:
        def describe(self) -> Any:
            raise RuntimeError("nobody thought of this")

    watch.collector = Broken()  # type: ignore[assignment]
    look = watch.look()
    assert look.state is WatchState.WAITING
    assert [gap.what for gap in look.gaps] == ["this look"]


def test_a_broken_look_does_not_forget_what_was_doomed(watch: Watch, reader: Any, clock: Any, aws: Any) -> None:
    update(reader, clock, aws)
    reader.tasks.append(aws.task(2, aws.new, "STOPPED", stopCode="TaskFailedToStart", stoppedReason=PULL))
    assert watch.look().state is WatchState.DOOMED
    reader.tasks = None
    look = watch.look()
    assert (look.state, look.diagnosis.root_cause) == (WatchState.DOOMED, "image-not-found")
    assert look.gaps
    assert look.gaps[0] in look.diagnosis.gaps


def test_a_baseline_that_fails_unexpectedly_is_taken_as_unread(reader: Any, clock: Any) -> None:
    reader.service = 7
    baseline = Watch(Collector(reader, "prod", "web", clock), clock).begin()
    assert (baseline.exists, baseline.read, len(baseline.gaps)) == (False, False, 1)


def test_looks_come_faster_only_until_something_is_known_or_two_minutes_have_passed(
    watch: Watch, reader: Any, clock: Any, aws: Any
) -> None:
    update(reader, clock, aws)
    watch.look()
    assert watch.interval == 1
    clock.advance(121)
    watch.look()
    assert watch.interval == 2


def test_looks_come_no_faster_once_a_cause_is_suspected(watch: Watch, reader: Any, clock: Any, aws: Any) -> None:
    update(reader, clock, aws)
    reader.tasks.append(aws.task(2, aws.new, "STOPPED", startedAt=None, stoppedReason=SECRET))
    look = watch.look()
    assert (look.state, look.diagnosis.verdict, watch.interval) == (WatchState.IN_PROGRESS, Verdict.SUSPECT, 2)


def test_looks_come_faster_while_the_first_tasks_start_and_slower_when_throttled(
    watch: Watch, reader: Any, clock: Any, aws: Any
) -> None:
    watch.look()
    assert watch.interval == 2
    update(reader, clock, aws)
    watch.look()
    assert watch.interval == 1
    reader.refused["DescribeTasks"] = "ThrottlingException"
    watch.look()
    assert watch.interval == 2
    watch.look()
    assert watch.interval == 4
    for _ in range(9):
        watch.look()
    assert watch.interval == 16
    reader.refused.clear()
    reader.tasks.append(aws.task(2, aws.new))
    reader.service |= {"runningCount": 2}
    watch.look()
    assert watch.interval == 4, "the throttling is still remembered"
    clock.advance(31)
    watch.look()
    assert watch.interval == 2


def test_attached_to_a_running_deployment_it_is_mine_at_once(reader: Any, clock: Any, aws: Any) -> None:
    watch = Watch(Collector(reader, "prod", "web", clock), clock)
    watch.attach()
    assert watch.look().deployment_id == aws.old


def test_a_suspect_that_recovers_is_healthy_in_the_end(watch: Watch, reader: Any, clock: Any, aws: Any) -> None:
    update(reader, clock, aws)
    reader.tasks = [aws.task(2, aws.new, startedAt=clock.now())]
    reader.health = [
        {
            "Target": {"Id": "10.0.0.2", "Port": 5001},
            "TargetHealth": {
                "State": "unhealthy",
                "Reason": "Target.ResponseCodeMismatch",
                "Description": "Health checks failed with these codes: [503]",
            },
        }
    ]
    reader.service["healthCheckGracePeriodSeconds"] = 60
    clock.advance(20)
    assert watch.look().diagnosis.verdict is Verdict.SUSPECT
    clock.advance(20)
    reader.health = [aws.target(2)]
    complete(reader, aws)
    look = watch.look()
    assert (look.state, look.diagnosis.verdict) == (WatchState.SERVING, Verdict.HEALTHY)
    assert look.first_evidence_at is not None
    assert look.first_evidence_at < look.at - timedelta(seconds=10)


def test_a_late_baseline_of_a_service_at_zero_knows_that_the_service_was_there(
    reader: Any, clock: Any, aws: Any
) -> None:
    began = clock.now()
    watch = Watch(Collector(reader, "prod", "web", clock), clock, aws.definition(2), since=clock.elapsed())
    clock.advance(5)
    fresh = aws.deployment(aws.new, 2, state="IN_PROGRESS", desiredCount=0, runningCount=0, createdAt=clock.now())
    reader.service |= {"deployments": [fresh], "desiredCount": 0, "createdAt": began - timedelta(days=1)}
    assert watch.begin().exists
    reader.service["createdAt"] = clock.now()
    assert not watch.begin().exists


def test_a_deployment_that_another_one_replaces_between_two_reads_of_a_look_is_not_seen_as_having_no_way_back(
    watch: Watch, reader: Any, clock: Any, aws: Any
) -> None:
    update(reader, clock, aws)
    assert watch.look().state is WatchState.IN_PROGRESS
    theirs = "ecs-svc/3333333333333333333"
    describe = reader.describe_service_deployment

    def replaced(arn: str) -> Any:
        reader.deployments[0] |= {"status": "STOPPED"}
        fresh = aws.deployment(theirs, 1, state="IN_PROGRESS", createdAt=clock.now())
        reader.service["deployments"] = [
            fresh,
            *(each | {"status": "ACTIVE"} for each in reader.service["deployments"]),
        ]
        reader.describe_service_deployment = describe
        return describe(arn)

    reader.describe_service_deployment = replaced
    clock.advance(UNCHANGED_FOR.total_seconds())
    look = watch.look()
    assert look.evidence.service_deployment is not None
    assert look.evidence.service_deployment.status == "STOPPED"
    assert look.evidence.primary is not None
    assert (look.state, look.deployment_id, look.evidence.primary.id) == (WatchState.FAILED, aws.new, theirs)
    calls = reader.api_calls["DescribeServices"]
    watch.look()
    assert reader.api_calls["DescribeServices"] == calls + 1, "what had ended before the look is not looked at twice"
