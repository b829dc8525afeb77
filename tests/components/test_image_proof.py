"""A tag is deployed only where its repository says that it stays what it is."""

import pulumi
import pytest

from components.errors import ArgumentError
from components.images import check_immutable

LOOK = "aws:ecr/getRepository:getRepository"
DIGEST = "sha256:" + "0a" * 32
TAG = "210987654321.dkr.ecr.us-gov-west-1.amazonaws.com/team/shop:1.4.2"


def repository(mutability, *patterns):
    filters = [{"filter": pattern, "filterType": "WILDCARD"} for pattern in patterns]
    return {LOOK: {"imageTagMutability": mutability, "imageTagMutabilityExclusionFilters": filters}}


@pytest.fixture
def deploy_into(run, worker):
    """Make a worker where the image's repository is as given."""
    from components import FargateService

    def make(answers, **changes):
        return run(lambda: FargateService("shop", {**worker, **changes}), answers)

    return make


def test_a_tag_of_an_immutable_repository_is_deployed(deploy_into):
    assert deploy_into(repository("IMMUTABLE")).container["image"] == TAG


def test_a_tag_that_is_not_excluded_is_deployed(deploy_into):
    assert deploy_into(repository("IMMUTABLE_WITH_EXCLUSION", "dev-*", "latest")).container["image"] == TAG


@pytest.mark.parametrize(
    ("mutability", "patterns"),
    [
        ("MUTABLE", []),
        ("IMMUTABLE_WITH_EXCLUSION", ["*"]),
        ("IMMUTABLE_WITH_EXCLUSION", ["dev-*", "1.*"]),
        ("MUTABLE_WITH_EXCLUSION", ["1.*"]),
        ("MUTABLE_WITH_EXCLUSION", ["dev-*"]),
        ("SOMETHING_NEW", []),
    ],
)
def test_a_tag_that_can_be_moved_is_refused_before_the_task_definition_is_made(deploy_into, mutability, patterns):
    with pytest.raises(ArgumentError) as caught:
        deploy_into(repository(mutability, *patterns))
    (problem,) = caught.value.problems
    assert problem.path == "image"
    assert problem.complaint.control == "DEP-15"
    assert "@sha256:" in problem.complaint.instead


def test_a_digest_needs_no_proof(deploy_into):
    image = f"ghcr.io/team/shop@{DIGEST}"
    assert deploy_into({LOOK: {}}, image=image).container["image"] == image


def test_the_image_of_a_sidecar_needs_the_same_proof(deploy_into):
    sidecar = {"name": "proxy", "image": TAG.replace("shop", "proxy")}
    with pytest.raises(ArgumentError) as caught:
        deploy_into(repository("MUTABLE"), image=f"ghcr.io/team/shop@{DIGEST}", sidecars=[sidecar])
    assert [problem.path for problem in caught.value.problems] == ["sidecars[0].image"]


def test_a_repository_of_the_same_program_is_asked_when_it_is_there(deploy_into):
    arn = pulumi.Output.from_input("arn:aws-us-gov:ecr:us-gov-west-1:210987654321:repository/team/shop")
    with pytest.raises(ArgumentError, match="MUTABLE"):
        deploy_into(repository("MUTABLE"), image=pulumi.Output.from_input(TAG), image_repository_arn=arn)


def test_a_registry_that_is_no_known_name_of_ecr_is_proven_by_its_repository(deploy_into):
    arn = "arn:aws-us-gov:ecr:us-gov-west-1:210987654321:repository/shop"
    given = {"image": "registry.example.com/shop:1", "image_repository_arn": arn}
    assert deploy_into(repository("IMMUTABLE"), **given).container["image"] == "registry.example.com/shop:1"
    with pytest.raises(ArgumentError):
        deploy_into(repository("MUTABLE"), **given)


@pytest.mark.parametrize(("pattern", "excluded"), [("1.4.*", True), ("*2", True), ("1*4*2", True), ("1.4", False)])
def test_a_star_of_a_filter_stands_for_any_text(pattern, excluded):
    complaint = check_immutable(TAG, "IMMUTABLE_WITH_EXCLUSION", [pattern])
    assert (complaint is not None) == excluded


def test_a_dot_of_a_filter_is_a_dot():
    assert check_immutable(TAG, "IMMUTABLE_WITH_EXCLUSION", ["1x4x2", "1.4.."]) is None
