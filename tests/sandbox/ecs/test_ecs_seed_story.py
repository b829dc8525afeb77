"""The three rows of the seed story, and what repeats and what does not, on the stepped clock."""

import json
from itertools import pairwise
from typing import Any

import pytest

from sandbox.images import Catalogue, load_catalogue

REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
DONE = {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}
GRACE = {"healthCheckGracePeriodSeconds": 60}
MINUTE = 60
HOUR = 3600


def done(world: Any) -> bool:
    return world.rollouts()[0]["status"] in DONE


def push_latest(world: Any, tag: str) -> str:
    """Push an image of the catalogue as `moving:latest`; the tag moves where it is there already."""
    ecr = world.client("ecr")
    if not any(each["repositoryName"] == "moving" for each in ecr.describe_repositories()["repositories"]):
        ecr.create_repository(repositoryName="moving", imageTagMutability="MUTABLE")
    image = next(each for each in load_catalogue().images if (each.repository, each.tag) == ("shop", tag))
    kind = json.loads(image.manifest)["mediaType"]
    given = {"repositoryName": "moving", "imageManifest": image.manifest, "imageManifestMediaType": kind}
    # A tag of its own besides: moto forgets an image that its only tag has left, and ECR keeps it.
    digest = ecr.put_image(**given, imageTag=tag)["image"]["imageId"]["imageDigest"]
    ecr.put_image(**given, imageTag="latest")
    return str(digest)


def latest(world: Any) -> str:
    return world.register("unused", {"image": f"{REGISTRY}/moving:latest"})


@pytest.mark.parametrize("tag", ["port-5201", "crash-on-start"])
def test_a_broken_image_behind_an_unchanged_tag_and_task_definition_is_never_rolled_back(world: Any, tag: str) -> None:
    push_latest(world, "good-1")
    world.create(latest(world), world.target_group(), desiredCount=0, **GRACE)
    world.until(world.completed, within=200)
    push_latest(world, tag)
    world.update(desiredCount=2)
    for _ in range(24):
        world.step(HOUR / 4)
        assert [each["status"] for each in world.rollouts()] == ["SUCCESSFUL"]
        assert world.primary()["rolloutState"] == "COMPLETED"
    said = " ".join(world.messages())
    assert said.count("has started") > 10
    assert "rolling back" not in said
    assert world.primary()["failedTasks"] > 20


def test_a_forced_deployment_of_a_moved_tag_is_rolled_back_to_the_digest_that_worked(world: Any) -> None:
    good = push_latest(world, "good-1")
    world.create(latest(world), world.target_group(), **GRACE)
    world.until(world.completed, within=200)
    bad = push_latest(world, "crash-on-start")
    world.update(forceNewDeployment=True)
    world.until(lambda: done(world), within=20 * MINUTE, by=5)
    assert world.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL"
    assert {task["containers"][0].get("imageDigest") for task in world.tasks()} == {good}
    world.ecs.stop_task(cluster="main", task=world.tasks()[0]["taskArn"])
    world.until(lambda: world.service()["runningCount"] == 1 and world.tasks()[0].get("startedAt"), within=200)
    assert world.tasks()[0]["containers"][0]["imageDigest"] == good
    assert good != bad


@pytest.mark.parametrize("tag", ["port-5201", "crash-on-start"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_changed_task_definition_at_desired_1_is_rolled_back_after_8_to_20_minutes(
    make_world: Any, tag: str, seed: int
) -> None:
    world = make_world(seed)
    world.create(world.register("good-1"), world.target_group(), **GRACE)
    world.until(world.completed, within=200)
    world.update(taskDefinition=world.register(tag))
    waited = world.until(lambda: world.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL", within=20 * MINUTE, by=5)
    assert 8 * MINUTE <= waited <= 20 * MINUTE


def sized(size_mib: int) -> Catalogue:
    """The catalogue with images of this size in the repository `shop`."""
    images = load_catalogue().images
    return Catalogue(
        each.model_copy(update={"size_mib": size_mib}) if each.repository == "shop" else each for each in images
    )


@pytest.mark.parametrize(
    ("tag", "size_mib", "least", "most"),
    [
        ("port-5201", 96, 3, 5),
        ("port-5201", 413, 3, 5),
        ("crash-on-start", 413, 3, 5),  # the image of the only transcript that shows a pull's size
        ("crash-on-start", 96, 2.5, 3),
    ],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_at_desired_5_the_rollback_is_there_after_3_to_5_minutes_and_a_small_image_that_crashes_sooner(
    make_world: Any, tag: str, size_mib: int, least: float, most: float, seed: int
) -> None:
    world = make_world(seed, catalogue=sized(size_mib))
    world.create(world.register("good-1"), world.target_group(), desiredCount=5, **GRACE)
    world.until(world.completed, within=400)
    world.update(taskDefinition=world.register(tag))
    waited = world.until(lambda: world.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL", within=most * MINUTE, by=5)
    assert least * MINUTE <= waited <= most * MINUTE


def test_what_was_not_launched_yet_does_not_wait_for_the_first_tasks_crash(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group(), desiredCount=5, **GRACE)
    world.until(world.completed, within=400)
    world.update(taskDefinition=world.register("crash-on-start"))
    first = world.primary()["createdAt"]
    world.until(lambda: world.primary()["failedTasks"] >= 3, within=150)
    started = [each for each in world.service()["events"] if each["createdAt"] > first and "started" in each["message"]]
    assert [each["message"].split("has started ")[1][0] for each in reversed(started)] == ["1", "4"]


def test_the_attempts_of_an_unhealthy_image_are_as_far_apart_as_the_survey_saw(world: Any) -> None:
    """Transcript 68436144412, survey 2026-11-20: unhealthy at 1:51, 5:38 and 9:03 with a grace period of 60 s."""
    world.create(world.register("good-1"), world.target_group(), **GRACE)
    world.until(world.completed, within=200)
    world.update(taskDefinition=world.register("health-500"))
    world.until(lambda: done(world), within=20 * MINUTE, by=5)
    times = [each["createdAt"] for each in world.service()["events"] if "due to (reason" in each["message"]]
    gaps = [(late - early).total_seconds() for late, early in pairwise(times)]
    assert len(gaps) == 2
    assert all(190 <= gap <= 240 for gap in gaps), gaps


def test_the_steady_state_is_reported_again_every_six_hours(world: Any) -> None:
    world.create(world.register("good-1"), world.target_group())
    world.until(world.completed, within=200)
    world.step(13 * HOUR)
    times = [each["createdAt"] for each in world.service()["events"] if "steady state" in each["message"]]
    assert [(late - early).total_seconds() for late, early in pairwise(times)] == [
        6 * HOUR,
        pytest.approx(6 * HOUR, abs=1),
    ]


def test_a_warning_is_not_repeated_within_six_hours_but_after_them(world: Any) -> None:
    off = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    world.create(world.register("no-such"), world.target_group(), deploymentConfiguration=off)
    world.step(5.5 * HOUR)
    warning = "is unable to consistently start tasks successfully."
    assert world.messages().count(warning) == 1
    assert sum("unable to place a task" in message for message in world.messages()) == 1
    world.step(1.5 * HOUR)
    assert world.messages().count(warning) == 2


def test_the_gaps_between_failed_starts_grow_to_27_minutes_and_no_further(world: Any) -> None:
    off = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    world.create(world.register("no-such"), world.target_group(), deploymentConfiguration=off)
    world.step(10 * HOUR)
    starts = [each["createdAt"] for each in reversed(world.service()["events"]) if "has started" in each["message"]]
    gaps = [(late - early).total_seconds() / MINUTE for early, late in pairwise(starts)]
    assert gaps[0] < 4 < gaps[1] < 8
    assert all(23 <= gap <= 32 for gap in gaps[8:]), gaps
    assert len(gaps) > 20
