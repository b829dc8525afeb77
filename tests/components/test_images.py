"""Which image references name one image for good."""

import pytest

from components.images import check, parse

DIGEST = "sha256:" + "0a" * 32
ECR = "210987654321.dkr.ecr.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    "reference",
    [
        f"{ECR}/shop:good-1",
        f"{ECR}/team/shop@{DIGEST}",
        "docker.io/library/nginx:1.29.1",
        "localhost:5000/shop:1",
        "registry:5000/a/b_c/d--e:V1.0_rc",
        "ghcr.io/team/shop:" + "1" * 128,
    ],
)
def test_a_full_reference_is_taken(reference):
    assert check(reference) is None


@pytest.mark.parametrize(
    "reference",
    [
        "shop:good-1",  # whose shop?
        "library/nginx:1.29",
        f"{ECR}/shop",
        f"{ECR}/shop:latest",
        f"{ECR}/Shop:1",
        f"{ECR}/shop:",
        f"{ECR}/shop@sha256:0a",
        f"{ECR}/shop:1@{DIGEST}",
        f"{ECR}/shop:1 ",
        f"https://{ECR}/shop:1",
        f"{ECR}//shop:1",
        f"{ECR}/shop:" + "1" * 129,
        "",
    ],
)
def test_a_reference_that_could_mean_another_image_is_refused(reference):
    complaint = check(reference)
    assert complaint is not None
    assert complaint.control == "DEP-15"


@pytest.mark.parametrize(
    ("registry", "partition"),
    [
        (ECR, "aws"),
        ("210987654321.dkr.ecr.cn-north-1.amazonaws.com.cn", "aws-cn"),
        ("210987654321.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "aws-us-gov"),
        ("210987654321.dkr-ecr.eu-west-1.on.aws", "aws"),
    ],
)
def test_a_repository_in_ecr_is_recognised(registry, partition):
    image = parse(f"{registry}/team/shop:1")
    assert image is not None
    assert image.ecr_repository is not None
    region = registry.split(".")[3] if ".dkr.ecr" in registry else registry.split(".")[2]
    assert image.ecr_repository.arn(partition) == f"arn:{partition}:ecr:{region}:210987654321:repository/team/shop"


@pytest.mark.parametrize("registry", ["docker.io", "public.ecr.aws", "210987654321.dkr.ecr.eu-west-1.example.com"])
def test_another_registry_is_not_taken_for_ecr(registry):
    image = parse(f"{registry}/shop:1")
    assert image is not None
    assert image.ecr_repository is None
