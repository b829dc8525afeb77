"""The checks of images: there, pullable with the execution role, for the task's platform, and of a tag that stays."""

import json
from typing import Any

import pytest

from automation.preflight.checks import image_exists, image_immutable, image_platform, image_pullable
from automation.preflight.model import Check, Finding, Status
from automation.preflight.plan import SECRET, UNKNOWN, Hidden
from automation.preflight.subject import Subject
from tests.automation.preflight.answers import ACCOUNT, IMAGE, REGION, Answers, anyone, error, role, statement, subject
from tests.automation.preflight.stage import planned

DIGEST, AMD, ARM = (f"sha256:{digit * 64}" for digit in "123")
ELSEWHERE = {"name": "proxy", "image": "ghcr.io/example/proxy:2"}
REPOSITORY = "aws:ecr/repository:Repository"
PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
TOKEN = "ecr:GetAuthorizationToken"
NO_POLICY = {"get_repository_policy": error("RepositoryPolicyNotFoundException")}


def image(manifest: str | None = None) -> dict[str, Any]:
    listed = [{"digest": AMD, "platform": {"os": "linux", "architecture": "amd64"}}]
    listed += [{"digest": ARM, "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}}]
    text = json.dumps({"manifests": listed}) if manifest is None else manifest
    return {"batch_get_image": {"images": [{"imageId": {"imageDigest": DIGEST}, "imageManifest": text}]}}


def missing(code: str) -> dict[str, Any]:
    return {"batch_get_image": {"images": [], "failures": [{"failureCode": code, "failureReason": "Image not found"}]}}


def found(check: Check, looked_at: Subject, answers: dict[str, Any]) -> list[Finding]:
    return list(check.run(looked_at, Answers(answers).reads()))


def said(check: Check, looked_at: Subject, answers: dict[str, Any]) -> list[tuple[Status, str]]:
    return [(each.status, each.what) for each in found(check, looked_at, answers)]


@pytest.mark.parametrize("check", [image_exists, image_pullable, image_platform, image_immutable])
@pytest.mark.parametrize(("hidden", "words"), [(SECRET, "a secret value"), (UNKNOWN, UNKNOWN.value)])
def test_containers_that_are_not_seen_are_not_checked(check: Check, hidden: Hidden, words: str) -> None:
    assert said(check, subject(hidden=hidden), {}) == [(Status.NOT_DONE, f"the containers are {words}")]


def test_containers_that_could_not_be_read_are_said_with_awss_answer() -> None:
    gaps = (("the task definition", error("AccessDeniedException").answer),)
    ((status, what),) = said(image_exists, subject(hidden=UNKNOWN, gaps=gaps), {})
    assert (status, what.partition(":")[0]) == (Status.NOT_DONE, "the task definition could not be read")


def test_an_image_that_is_there_is_recorded_with_its_digest_and_its_manifests() -> None:
    (each,) = found(image_exists, subject(), image())
    assert (each.status, each.what) == (Status.OK, f"`{IMAGE}` is `{DIGEST}`")
    (recorded,) = each.recorded
    assert (recorded.container, recorded.digest, recorded.manifests) == ("app", DIGEST, (AMD, ARM))


@pytest.mark.parametrize("manifest", ["", "no json", "[]", '{"config": {}}'])
def test_an_image_that_is_no_index_has_no_manifests(manifest: str) -> None:
    (each,) = found(image_exists, subject(), image(manifest))
    assert (each.status, each.recorded[0].manifests) == (Status.OK, ())


def test_an_image_that_ecr_does_not_have_is_refused_with_what_it_has() -> None:
    (each,) = found(image_exists, subject(), missing("ImageNotFound"))
    assert (each.status, each.what) == (Status.REFUSED, f"the image `{IMAGE}` does not exist")
    assert "--repository-name shop" in each.fix
    assert "ImageNotFound: Image not found" in each.evidence[0].quote
    assert each.why == "the registry answered, and a pull of what it does not have cannot succeed"


def test_a_repository_that_the_update_makes_has_no_image_yet() -> None:
    made = planned(REPOSITORY, "shop", "create", {"name": "shop"})
    other = planned(REPOSITORY, "other", "create", {"name": "other"})
    gone = {"batch_get_image": error("RepositoryNotFoundException")}
    (each,) = found(image_exists, subject(plan=(other, made)), gone)
    assert each.why.startswith("the repository is made by this very update")
    (each,) = found(image_exists, subject(plan=(other,)), gone)
    assert each.why.startswith("the registry answered")


@pytest.mark.parametrize("answers", [{}, missing("KmsError")], ids=["refused", "another failure"])
def test_what_ecr_does_not_say_is_not_done(answers: dict[str, Any]) -> None:
    assert said(image_exists, subject(), answers) == [
        (Status.NOT_DONE, f"ECR did not say whether `{IMAGE}` exists"),
    ]


def test_other_registries_are_not_asked_and_a_digest_is_recorded_all_the_same() -> None:
    pinned = {"name": "proxy", "image": f"ghcr.io/example/proxy@{DIGEST}"}
    by_tag, by_digest = found(image_exists, subject(ELSEWHERE, pinned), {})
    assert {each.status for each in (by_tag, by_digest)} == {Status.NOT_DONE}
    assert by_tag.recorded == ()
    assert [each.digest for each in by_digest.recorded] == [DIGEST]


def test_a_role_with_what_a_pull_needs_may_pull() -> None:
    assert said(image_pullable, subject(), role(policy=statement(TOKEN, *PULL)) | NO_POLICY) == []


@pytest.mark.parametrize(
    ("given", "missing_actions"),
    [(PULL, [TOKEN]), ((TOKEN, PULL[0]), [PULL[1]]), ((TOKEN,), list(PULL)), ((), [TOKEN, *PULL])],
)
def test_each_action_that_the_role_lacks_is_refused_with_the_statement_to_add(
    given: tuple[str, ...], missing_actions: list[str]
) -> None:
    each = found(image_pullable, subject(), role(policy=statement(*given) if given else None) | NO_POLICY)
    assert [one.status for one in each] == [Status.REFUSED] * len(missing_actions)
    for one, action in zip(each, missing_actions, strict=True):
        assert one.what == f"the execution role `execution` may not pull `{IMAGE}` (`{action}`)"
        resource = "*" if action == TOKEN else f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/shop"
        assert f'"Action": "{action}", "Resource": "{resource}"' in one.fix


def test_a_repositorys_policy_lets_the_role_pull_or_denies_it() -> None:
    lets = role(policy=statement(TOKEN)) | {"get_repository_policy": {"policyText": anyone(*PULL)}}
    assert said(image_pullable, subject(), lets) == []
    denying = {"get_repository_policy": {"policyText": anyone(PULL[0], effect="Deny")}}
    each = found(image_pullable, subject(), role(policy=statement(TOKEN, *PULL)) | denying)
    assert [(one.status, "BatchGetImage" in one.what) for one in each] == [(Status.REFUSED, True)]


def test_a_repositorys_policy_that_cannot_be_read_leaves_it_open() -> None:
    each = found(image_pullable, subject(), role(policy=statement(TOKEN, *PULL)))
    assert [one.status for one in each] == [Status.NOT_DONE] * 2
    assert "not authorized to perform get_repository_policy" in each[0].evidence[0].quote


def test_without_a_role_or_an_image_in_ecr_there_is_nothing_to_pull_with() -> None:
    assert said(image_pullable, subject(definition={}), {}) == []
    assert said(image_pullable, subject(ELSEWHERE), {}) == []
    assert said(image_pullable, subject(inputs={"launchType": "EC2"}), {}) == []
    assert said(image_pullable, subject(), {"get_role": error("NoSuchEntity")}) == []
    hidden = said(image_pullable, subject(definition={"executionRoleArn": SECRET}), {})
    assert hidden == [(Status.NOT_DONE, "the execution role is a secret value")]


@pytest.mark.parametrize(
    ("platform", "manifest", "words"),
    [
        (None, None, None),
        ({"cpuArchitecture": "ARM64"}, None, None),
        ({"cpuArchitecture": "ARM64"}, json.dumps({"manifests": [{"platform": {"os": "linux"}}]}), "built for linux"),
        (None, json.dumps({"manifests": [{"platform": {"os": "linux", "architecture": "arm64"}}]}), "linux/arm64, and"),
    ],
)
def test_an_index_has_to_name_the_tasks_platform(platform: Any, manifest: str | None, words: str | None) -> None:
    looked_at = subject(definition={"runtimePlatform": platform})
    each = found(image_platform, looked_at, image(manifest))
    assert [one.status for one in each] == ([Status.REFUSED] if words else [])
    for one in each:
        assert words in one.what
        assert "docker buildx build --platform linux/" in one.fix


@pytest.mark.parametrize(
    ("platform", "words"),
    [
        (SECRET, "the task's platform is a secret value"),
        ({"cpuArchitecture": UNKNOWN}, f"the task's platform is {UNKNOWN.value}"),
        ({"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, "the platform `WINDOWS_SERVER_2022_CORE/X86_64` is"),
        ({"cpuArchitecture": "RISCV"}, "the platform `LINUX/RISCV` is not one that is compared"),
    ],
)
def test_a_platform_that_is_not_seen_or_not_known_is_not_compared(platform: Any, words: str) -> None:
    ((status, what),) = said(image_platform, subject(definition={"runtimePlatform": platform}), image())
    assert status is Status.NOT_DONE
    assert what.startswith(words)


def test_what_names_no_platform_is_not_compared_and_says_why() -> None:
    known = f"`{IMAGE}` was not compared with `linux/amd64`: "
    assert said(image_platform, subject(), image("{}")) == [
        (Status.NOT_DONE, f"{known}neither its manifest nor its configuration names a platform"),
    ]
    assert said(image_platform, subject(), {}) == [(Status.NOT_DONE, f"{known}ECR did not show it")]
    ((status, what),) = said(image_platform, subject(ELSEWHERE), {})
    assert (status, "other registries are not asked" in what) == (Status.NOT_DONE, True)


def repository(mutability: str | None, *filters: str) -> dict[str, Any]:
    excluded = [{"filterType": "WILDCARD", "filter": each} for each in filters]
    settings = {"imageTagMutability": mutability, "imageTagMutabilityExclusionFilters": excluded}
    return {"describe_repositories": {"repositories": [settings]}}


@pytest.mark.parametrize(
    ("answers", "refused"),
    [
        (repository("IMMUTABLE"), False),
        (repository("MUTABLE"), True),
        (repository(None), True),
        (repository("IMMUTABLE_WITH_EXCLUSION", "dev-*"), False),
        (repository("IMMUTABLE_WITH_EXCLUSION", "dev-*", "1.*"), True),
        (repository("MUTABLE_WITH_EXCLUSION", "1.*"), False),
        (repository("MUTABLE_WITH_EXCLUSION", "1_*"), True),
        ({"describe_repositories": error("RepositoryNotFoundException")}, False),
    ],
)
def test_a_tag_has_to_be_one_that_cannot_be_moved(answers: dict[str, Any], *, refused: bool) -> None:
    each = found(image_immutable, subject(), answers)
    assert [one.status for one in each] == ([Status.REFUSED] if refused else [])
    for one in each:
        assert f"`{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop@sha256:…`" in one.fix


def test_what_the_update_makes_of_the_repository_counts() -> None:
    immutable = planned(REPOSITORY, "shop", "update", {"name": "shop", "imageTagMutability": "IMMUTABLE"})
    assert said(image_immutable, subject(plan=(immutable,)), repository("MUTABLE")) == []


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("ghcr.io/example/shop", "is whatever `latest` is"),
        (IMAGE.replace("1.4.2", "latest"), "is whatever `latest` is"),
        ("localhost:5000/shop:2", "is a tag that its registry lets be moved"),
        (f"{IMAGE}@{DIGEST}", None),
        (f"ghcr.io/example/shop@{DIGEST}", None),
    ],
)
def test_latest_and_other_registries_tags_move_and_a_digest_does_not(reference: str, words: str | None) -> None:
    each = said(image_immutable, subject({"name": "app", "image": reference}), repository("IMMUTABLE"))
    assert [(status, what.endswith(words or "")) for status, what in each] == (
        [(Status.REFUSED, True)] if words else []
    )
