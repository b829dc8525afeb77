"""Controls over the registry that images come from, and over log groups."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from .. import images
from .container import containers
from .model import Control, Fault, Level, Resource, Stack
from .policies import open_to_all
from .types import LIFECYCLE_POLICY, LOG_GROUP, REPOSITORY, REPOSITORY_POLICY, TASK_DEFINITION

YEAR = 365
_ENOUGH_IMAGES = 10
"""Images that must stay for rollbacks; our figure, no text of AWS has one."""


def _tags_of(repository: Resource, stack: Stack) -> Iterator[str]:
    for definition in stack.of(TASK_DEFINITION):
        for container in containers(definition):
            image = images.parse(container["image"].text)
            ours = image and image.ecr_repository and image.ecr_repository.name == repository["name"].text
            if image and ours and image.tag:
                yield image.tag


def _immutable(repository: Resource, stack: Stack) -> Iterator[Fault]:
    mutability = repository["imageTagMutability"].text
    if mutability == "IMMUTABLE":
        return
    if mutability != "IMMUTABLE_WITH_EXCLUSION":
        yield Fault("imageTagMutability", f"is {mutability or 'not set'}")
        return
    filters = [each["filter"].text for each in repository["imageTagMutabilityExclusionFilters"].items]
    if "*" in filters:
        yield Fault("imageTagMutabilityExclusionFilters", "leave out every tag")
    for tag in _tags_of(repository, stack):
        if any(fnmatchcase(tag, pattern) for pattern in filters if pattern != "*"):
            yield Fault("imageTagMutabilityExclusionFilters", f"leave out the deployed tag `{tag}`")


def _scanned(repository: Resource, _stack: Stack) -> Iterator[Fault]:
    if not repository["imageScanningConfiguration"]["scanOnPush"].true:
        yield Fault("imageScanningConfiguration.scanOnPush", "is not true")


def _expires(repository: Resource, stack: Stack) -> Iterator[Fault]:
    policies = stack.need(LIFECYCLE_POLICY)
    mine = [
        each
        for each in policies
        if each["repository"].text == repository["name"].text or repository.is_named_by(each["repository"])
    ]
    if not mine:
        yield Fault("", "has no lifecycle policy")


def _keeps_enough(policy: Resource, _stack: Stack) -> Iterator[Fault]:
    for rule in policy["policy"].json["rules"].items:
        selection = rule["selection"]
        count = selection["countNumber"].number or 0
        if selection["countType"].text == "imageCountMoreThan" and count < _ENOUGH_IMAGES:
            kind = selection["tagStatus"].text or "any"
            yield Fault("policy", f"keeps {count:g} images ({kind}): the one to roll back to may be gone")


def _own_key(repository: Resource, _stack: Stack) -> Iterator[Fault]:
    kinds = [each["encryptionType"].text for each in repository["encryptionConfigurations"].items]
    if not {"KMS", "KMS_DSSE"} & set(kinds):
        yield Fault("encryptionConfigurations", "are not of KMS")


def _private(policy: Resource, _stack: Stack) -> Iterator[Fault]:
    yield from (Fault("policy", "allows everybody") for _ in open_to_all(policy["policy"]))


def _kept(group: Resource, _stack: Stack) -> Iterator[Fault]:
    days = group["retentionInDays"].number
    if days and days < YEAR:
        yield Fault("retentionInDays", f"is {days:g}")


def _encrypted(group: Resource, _stack: Stack) -> Iterator[Fault]:
    if not group["kmsKeyId"]:
        yield Fault("kmsKeyId", "is not set")


_ECR, _LOGS = (REPOSITORY,), (LOG_GROUP,)

CONTROLS = (
    Control(
        id="ECR-01",
        level=Level.MUST,
        requires="tags cannot be moved",
        reason="a tag that is moved makes another program of the same revision",
        instead="imageTagMutability: IMMUTABLE",
        catalogues=("FSBP ECR.2", "CKV_AWS_51", "prowler ecr_repositories_tag_immutability", "trivy AWS-0031"),
        types=_ECR,
        judge=_immutable,
    ),
    Control(
        id="ECR-02",
        level=Level.DEFAULT,
        requires="images are scanned when they are pushed",
        reason="known holes are found before they run",
        instead="imageScanningConfiguration: {scanOnPush: true}",
        catalogues=(
            "FSBP ECR.1",
            "CKV_AWS_163",
            "prowler ecr_repositories_scan_images_on_push_enabled",
            "trivy AWS-0030",
        ),
        types=_ECR,
        judge=_scanned,
    ),
    Control(
        id="ECR-03",
        level=Level.DEFAULT,
        requires="old images expire, and enough stay to roll back to",
        reason="a rollback needs its image; a policy that keeps one untagged image deletes what a digest names",
        instead=f"an aws.ecr.LifecyclePolicy that keeps {_ENOUGH_IMAGES} images or more",
        catalogues=("FSBP ECR.3", "prowler ecr_repositories_lifecycle_policy_enabled"),
        types=(REPOSITORY, LIFECYCLE_POLICY),
        judge=lambda each, stack: (_expires if each.type == REPOSITORY else _keeps_enough)(each, stack),
    ),
    Control(
        id="ECR-04",
        level=Level.DEFAULT,
        requires="images are encrypted with a key of one's own",
        reason="a key of one's own can be taken away and its use is recorded",
        instead="encryptionConfigurations: [{encryptionType: KMS, kmsKey: KEY}]",
        catalogues=("FSBP ECR.5", "CKV_AWS_136", "trivy AWS-0033"),
        types=_ECR,
        judge=_own_key,
    ),
    Control(
        id="ECR-05",
        level=Level.MUST,
        requires="not everybody may pull from, or push to, the repository",
        reason="whoever may push decides what runs",
        instead="principals by name in its policy",
        catalogues=("CKV_AWS_32", "trivy AWS-0032", "prowler ecr_repositories_not_publicly_accessible"),
        types=(REPOSITORY_POLICY,),
        judge=_private,
    ),
    Control(
        id="LOG-01",
        level=Level.DEFAULT,
        requires="log lines are kept for a year or longer",
        reason="an incident is often found months later",
        instead="retentionInDays: 365",
        catalogues=(
            "FSBP CloudWatch.16",
            "CKV_AWS_66",
            "CKV_AWS_338",
            "prowler cloudwatch_log_group_retention_policy_specific_days_enabled",
        ),
        types=_LOGS,
        judge=_kept,
    ),
    Control(
        id="LOG-02",
        level=Level.DEFAULT,
        requires="log lines are encrypted with a key of one's own",
        reason="a key of one's own can be taken away and its use is recorded",
        instead="kmsKeyId: KEY",
        catalogues=("CKV_AWS_158", "prowler cloudwatch_log_group_kms_encryption_enabled", "trivy AWS-0017"),
        types=_LOGS,
        judge=_encrypted,
    ),
)
