"""Each check of what a task is made of refuses its failure before anything is deployed, and else is silent.

The plan is the example's, as the engine told it; a row changes it, or the account. AWS is moto with the sandbox's ECS
in this process, asked through `diagnostics.aws.Reader` alone.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from moto import mock_aws

from automation.engine.update import ServiceTarget
from automation.preflight.checks import (
    fargate_quota,
    fargate_size,
    image_exists,
    image_immutable,
    image_platform,
    image_pullable,
    log_group,
    secrets_exist,
    secrets_json_key,
    secrets_key,
    secrets_readable,
    task_roles,
)
from automation.preflight.model import Check, Report, Status
from automation.preflight.plan import UNKNOWN, Plan
from automation.preflight.running import run_preflight
from diagnostics.aws import Reader
from tests.automation.preflight.recording import (
    DEFINITION,
    INLINE,
    LOG_GROUP,
    ROLE,
    SERVICE,
    changed,
    recorded,
    with_container,
    without,
)
from tests.e2e.causes.account import ACCOUNT, REGION, REGISTRY, Account, download
from tests.sandbox.ecs.conftest import ROLE as EXECUTION_ROLE

CHECKS: tuple[Check, ...] = (
    image_exists, image_platform, image_immutable, task_roles, image_pullable, secrets_exist, secrets_json_key,
    secrets_readable, secrets_key, log_group, fargate_size, fargate_quota,
)  # fmt: skip
CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/main"
NO_SUCH_SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:shop/database-AbCdEf"
GOOD = "shop:good-1"
Change = Callable[[Account, Plan], Plan]


@dataclass
class Here:
    """The site of a service in this process."""

    reader: Reader

    def asks(self, target: ServiceTarget) -> Reader:
        del target
        return self.reader


@dataclass(frozen=True)
class Row:
    """What is changed, and the check that refuses it; "" where none does. `not_done` are those that cannot tell."""

    what: str
    change: Change
    refuses: str = ""
    not_done: frozenset[str] = frozenset()
    says: str = ""

    def __str__(self) -> str:
        return f"{self.refuses or 'silent'}: {self.what}"


def image(reference: str) -> Change:
    return lambda _, plan: with_container(plan, image=reference)


def container(**settings: Any) -> Change:
    return lambda _, plan: with_container(plan, **settings)


def definition(**inputs: Any) -> Change:
    return lambda _, plan: changed(plan, DEFINITION, **inputs)


def live_role(document: dict[str, Any] | None = None) -> Change:
    """Have the account's own execution role start the tasks, with these permissions."""

    def change(account: Account, plan: Plan) -> Plan:
        if document is not None:
            account.allow(document)
        return changed(plan, DEFINITION, executionRoleArn=EXECUTION_ROLE)

    return change


def both(*changes: Change) -> Change:
    def change(account: Account, plan: Plan) -> Plan:
        for each in changes:
            plan = each(account, plan)
        return plan

    return change


def allows(*actions: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource, **more}],
    }


PULL = ("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "logs:CreateLogStream")
READ = (*PULL, "secretsmanager:GetSecretValue", "ssm:GetParameters")


def secrets(*values_from: str) -> Change:
    named = [{"name": f"VALUE_{number}", "valueFrom": each} for number, each in enumerate(values_from)]
    return container(secrets=named)


def stored(**settings: Any) -> Change:
    """Have the container take a value of a secret that is there."""

    def change(account: Account, plan: Plan) -> Plan:
        arn = account.client("secretsmanager").create_secret(Name="db", SecretString="x", **settings)["ARN"]
        return secrets(arn)(account, plan)

    return change


def parameter(account: Account, plan: Plan) -> Plan:
    account.client("ssm").put_parameter(Name="/shop/url", Value="x", Type="SecureString")
    return secrets("/shop/url", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/shop/url")(account, plan)


def deleted_secret(account: Account, plan: Plan) -> Plan:
    plan = stored()(account, plan)
    account.client("secretsmanager").delete_secret(SecretId="db")
    return plan


def secret_without_a_value(account: Account, plan: Plan) -> Plan:
    arn = account.client("secretsmanager").create_secret(Name="empty")["ARN"]
    return secrets(arn)(account, plan)


def no_such_version(account: Account, plan: Plan) -> Plan:
    arn = account.client("secretsmanager").create_secret(Name="db", SecretString="x")["ARN"]
    return secrets(f"{arn}::AWSPREVIOUS:")(account, plan)


def json_key(key: str, stage: str = "", *before: str, value: str = '{"url": "x"}') -> Change:
    """Have the container take a key of a secret, which had other values before."""

    def change(account: Account, plan: Plan) -> Plan:
        manager = account.client("secretsmanager")
        first, *later = (*before, value)
        arn = manager.create_secret(Name="db", SecretString=first)["ARN"]
        for each in later:
            manager.put_secret_value(SecretId=arn, SecretString=each)
        return secrets(f"{arn}:{key}:{stage}:")(account, plan)

    return both(change, live_role(allows(*READ)))


def secret_of_its_own_policy(account: Account, plan: Plan) -> Plan:
    plan = stored()(account, plan)
    statement = {"Effect": "Allow", "Principal": {"AWS": EXECUTION_ROLE}, "Action": "secretsmanager:GetSecretValue"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]})
    account.client("secretsmanager").put_resource_policy(SecretId="db", ResourcePolicy=document)
    return plan


def locked(*, usable: bool = True, policy: dict[str, Any] | None = None) -> Change:
    """Have the container take a value that is encrypted with a key of one's own."""

    def change(account: Account, plan: Plan) -> Plan:
        kms = account.client("kms")
        given = {"Policy": json.dumps(policy)} if policy else {}
        key = kms.create_key(**given)["KeyMetadata"]
        plan = stored(KmsKeyId=key["Arn"])(account, plan)
        if not usable:
            kms.disable_key(KeyId=key["KeyId"])
        return plan

    return change


def mutable(account: Account, plan: Plan) -> Plan:
    account.client("ecr").put_image_tag_mutability(repositoryName="shop", imageTagMutability="MUTABLE")
    return plan


def built_for(*platforms: str, tag: str = "built") -> Change:
    """Push an index that names these platforms, and deploy it."""

    def change(account: Account, plan: Plan) -> Plan:
        parts = [each.split("/") for each in platforms]
        entries = [
            {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": f"sha256:{number:064}", "size": 1,
             "platform": dict(zip(("os", "architecture", "variant"), each, strict=False))}
            for number, each in enumerate(parts)
        ]  # fmt: skip
        media = "application/vnd.oci.image.index.v1+json"
        manifest = json.dumps({"schemaVersion": 2, "mediaType": media, "manifests": entries})
        account.client("ecr").put_image(
            repositoryName="shop", imageManifest=manifest, imageManifestMediaType=media, imageTag=tag
        )
        return image(f"{REGISTRY}/shop:{tag}" if tag != "latest" else f"{REGISTRY}/shop")(account, plan)

    return change


def of_one_platform(number: int) -> Change:
    """Deploy what the index of an image lists."""

    def change(account: Account, plan: Plan) -> Plan:
        listed = json.loads(account.catalogue[GOOD].manifest)["manifests"][number]
        return image(f"{REGISTRY}/shop@{listed['digest']}")(account, plan)

    return change


def manifest_alone(account: Account, plan: Plan) -> Plan:
    """Put a manifest of one platform into the registry whose configuration is not there."""
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": f"sha256:{7:064}", "size": 1}
    media = "application/vnd.oci.image.manifest.v1+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": media, "config": config, "layers": []})
    account.client("ecr").put_image(
        repositoryName="shop", imageManifest=manifest, imageManifestMediaType=media, imageTag="alone"
    )
    return image(f"{REGISTRY}/shop:alone")(account, plan)


def repository_deleted(account: Account, plan: Plan) -> Plan:
    account.client("ecr").delete_repository(repositoryName="shop", force=True)
    return plan


def repository_policy(effect: str) -> Change:
    def change(account: Account, plan: Plan) -> Plan:
        statement = {"Effect": effect, "Principal": {"AWS": EXECUTION_ROLE}, "Action": ["ecr:*"]}
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        account.client("ecr").set_repository_policy(repositoryName="shop", policyText=text)
        return plan

    return change


def by_digest(account: Account, plan: Plan) -> Plan:
    digest = account.catalogue[GOOD].digest
    return image(f"{REGISTRY}/shop@{digest}")(account, plan)


def mistrusted(account: Account, plan: Plan) -> Plan:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    account.client("iam").update_assume_role_policy(RoleName="execution", PolicyDocument=json.dumps(document))
    return live_role()(account, plan)


def trusts_another_account(_: Account, plan: Plan) -> Plan:
    trust = json.loads(plan.of_type(ROLE)[0].inputs["assumeRolePolicy"])
    trust["Statement"][0]["Condition"]["StringEquals"]["aws:SourceAccount"] = "210987654321"
    return changed(plan, ROLE, "execution", assumeRolePolicy=json.dumps(trust))


def group_made_by_the_driver(*actions: str) -> Change:
    options = {"awslogs-group": "/new", "awslogs-region": REGION, "awslogs-stream-prefix": "app"}
    driver = {"logDriver": "awslogs", "options": {**options, "awslogs-create-group": "true"}}
    return both(container(logConfiguration=driver), live_role(allows(*PULL, *actions)))


def logs_to(name: str) -> Change:
    options = {"awslogs-group": name, "awslogs-region": REGION, "awslogs-stream-prefix": "app"}
    return both(container(logConfiguration={"logDriver": "awslogs", "options": options}), live_role(allows(*PULL)))


def streams_of(prefix: str) -> Change:
    """Have the role write to the streams of one prefix alone."""
    streams = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:shop:log-stream:{prefix}/*"
    statements = (allows(*PULL[:-1]), allows("logs:CreateLogStream", resource=streams))
    whole = {"Version": "2012-10-17", "Statement": [each["Statement"][0] for each in statements]}
    return both(logs_to("shop"), live_role(whole))


def quota(vcpus: float | None, desired: int = 2) -> Change:
    def change(account: Account, plan: Plan) -> Plan:
        account.world.fargate.set_quota(ACCOUNT, REGION, vcpus)
        return changed(plan, SERVICE, desiredCount=desired)

    return change


def beside_what_runs(vcpus: float, least: int = 100) -> Change:
    """Two tasks of a quarter run, and another revision is to replace them within the quota."""

    def change(account: Account, _: Plan) -> Plan:
        account.run(GOOD, desiredCount=2)
        account.until(account.completed, within=900, by=5)
        account.world.fargate.set_quota(ACCOUNT, REGION, vcpus)
        plan = here(recorded("replace"), account)
        plan = changed(plan, SERVICE, desiredCount=2, deploymentMinimumHealthyPercent=least, cluster=CLUSTER)
        return live_role()(account, changed(plan, DEFINITION, taskRoleArn=None))

    return change


ROWS = (
    Row("the example", lambda _, plan: plan),
    Row("an image by its digest", by_digest),
    Row("no such tag", image(f"{REGISTRY}/shop:no-such-tag"), "image-exists", says="does not exist"),
    Row("no such digest", image(f"{REGISTRY}/shop@sha256:{'ab' * 32}"), "image-exists"),
    Row("the repository is gone", repository_deleted, "image-exists"),
    Row("built for another processor", built_for("linux/arm64", "linux/arm/v7"), "image-platform", says="linux/amd64"),
    Row("built for several", built_for("linux/arm64", "linux/amd64")),
    Row("an ARM task of an ARM image", both(built_for("linux/arm64/v8"), definition(
        runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}))),
    Row("one platform, which is another", image(f"{REGISTRY}/shop:arm64-only"), "image-platform", says="linux/arm64"),
    Row("one platform of an index, by its own digest", of_one_platform(0)),
    Row("another platform of an index, by its own digest", of_one_platform(1), "image-platform", says="linux/arm64"),
    Row("an ARM task of an image for ARM alone", both(image(f"{REGISTRY}/shop:arm64-only"), definition(
        runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}))),
    Row("one platform, and nobody knows which", manifest_alone, not_done=frozenset({"image-platform"})),
    Row("no tag", built_for("linux/amd64", tag="latest"), "image-immutable", says="`latest`"),
    Row("a tag of another registry", image("public.ecr.aws/nginx/nginx:1.27"), "image-immutable"),
    Row("a digest in another registry", image(f"public.ecr.aws/nginx/nginx@sha256:{'ab' * 32}"),
        not_done=frozenset({"image-exists", "image-platform"})),
    Row("a repository whose tags move", mutable, "image-immutable"),
    Row("a digest of a repository whose tags move", both(mutable, by_digest)),
    Row("no execution role", definition(executionRoleArn=None), "task-roles", says="its image is in ECR"),
    Row("a role that is not there", definition(executionRoleArn=f"{EXECUTION_ROLE}-2"), "task-roles"),
    Row("a task role that is not there", definition(taskRoleArn=f"{EXECUTION_ROLE}-2"), "task-roles"),
    Row("a role for another service", mistrusted, "task-roles", says="may not assume"),
    Row("a role for another account's tasks", trusts_another_account, "task-roles"),
    Row("a role that may do what it has to", live_role(allows(*PULL))),
    Row("a role that may not pull", live_role(allows("logs:*")), "image-pullable"),
    Row("a policy of the update that does not let it pull", lambda _, plan: changed(
        plan, INLINE, policy=json.dumps(allows("logs:*"))), "image-pullable"),
    Row("a policy of the update that is not known", lambda _, plan: changed(plan, INLINE, policy=UNKNOWN),
        not_done=frozenset({"image-pullable", "log-group"})),
    Row("a repository that lets the role pull", both(repository_policy("Allow"), live_role(allows(
        "ecr:GetAuthorizationToken", "logs:*")))),
    Row("a repository that denies the role", both(repository_policy("Deny"), live_role(allows(*PULL))),
        "image-pullable"),
    Row("a secret that is there", both(stored(), live_role(allows(*READ)))),
    Row("parameters that are there", both(parameter, live_role(allows(*READ)))),
    Row("a JSON key of no such secret", both(secrets(f"{NO_SUCH_SECRET}:url::"), live_role(allows(*READ))),
        "secrets-exist"),
    Row("no such secret", both(secrets(NO_SUCH_SECRET), live_role(allows(*READ))), "secrets-exist"),
    Row("no such parameter", both(secrets("/shop/url"), live_role(allows(*READ))), "secrets-exist"),
    Row("a secret that is marked for deletion", both(deleted_secret, live_role(allows(*READ))), "secrets-exist"),
    Row("a secret without a value", both(secret_without_a_value, live_role(allows(*READ))), "secrets-exist"),
    Row("no such version of a secret", both(no_such_version, live_role(allows(*READ))), "secrets-exist"),
    Row("a JSON key", json_key("url")),
    Row("no such JSON key", json_key("uri"), "secrets-json-key", says="has no JSON key `uri`"),
    Row("a JSON key of the version before", json_key("uri", "AWSPREVIOUS", '{"uri": "x"}')),
    Row("a JSON key that the version before had", json_key("uri", "", '{"uri": "x"}'), "secrets-json-key"),
    Row("a JSON key of a text", json_key("url", value="postgres://db"), "secrets-json-key", says="is not JSON"),
    Row("a secret that the role may not read", both(stored(), live_role(allows(*PULL))), "secrets-readable"),
    Row("a secret that the role made with it may not read", stored(), "secrets-readable"),
    Row("a parameter that the role may not read", both(parameter, live_role(allows(*PULL))), "secrets-readable"),
    Row("a secret that lets the role read it", both(secret_of_its_own_policy, live_role(allows(*PULL)))),
    Row("a key that the role may use", both(locked(), live_role(allows(*READ, "kms:Decrypt")))),
    Row("a key that it may use for Secrets Manager", both(locked(), live_role({"Version": "2012-10-17", "Statement": [
        *allows(*READ)["Statement"], *allows("kms:Decrypt", Condition={"StringEquals": {
            "kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}})["Statement"]]}))),
    Row("a key that it may use for another service", both(locked(), live_role({"Version": "2012-10-17", "Statement": [
        *allows(*READ)["Statement"], *allows("kms:Decrypt", Condition={"StringEquals": {
            "kms:ViaService": f"s3.{REGION}.amazonaws.com"}})["Statement"]]})), "secrets-key"),
    Row("a key that the role may not use", both(locked(), live_role(allows(*READ))), "secrets-key"),
    Row("a key that is disabled", both(locked(usable=False), live_role(allows(*READ, "kms:*"))), "secrets-key"),
    Row("a log group that is there", logs_to("shop")),
    Row("a role for this program's streams alone", streams_of("app")),
    Row("a role for another program's streams", streams_of("other"), "log-group"),
    Row("a cluster by its name", lambda _, plan: changed(plan, SERVICE, cluster="main", region=REGION)),
    Row("an image by ECR's name for IPv6", image(
        f"{ACCOUNT}.dkr-ecr.{REGION}.on.aws/shop:good-1")),
    Row("no such log group", logs_to("/gone"), "log-group"),
    Row("a log group whose name only begins so", logs_to("sho"), "log-group"),
    Row("the plan's log group is left out", lambda _, plan: without(plan, LOG_GROUP), "log-group"),
    Row("a log group that the driver makes", group_made_by_the_driver("logs:CreateLogGroup")),
    Row("a log group that the driver may not make", group_made_by_the_driver(), "log-group"),
    Row("a role that may not make streams", live_role(allows(*PULL[:-1])), "log-group"),
    Row("memory that Fargate does not have", definition(memory="300"), "fargate-size"),
    Row("a size in other words", definition(cpu=".5 vCPU", memory="1 GB")),
    Row("a cpu that Fargate does not have", definition(cpu="300"), "fargate-size"),
    Row("room for all tasks", quota(0.5)),
    Row("no room for all tasks", quota(0.25), "fargate-quota", says="0.5 vCPUs more"),
    Row("no tasks are wanted", quota(0.25, desired=0)),
    Row("room for one task beside those that run", beside_what_runs(0.75)),
    Row("no room beside those that run", beside_what_runs(0.5), "fargate-quota"),
    Row("no room, but old tasks may be stopped first", beside_what_runs(0.5, least=50)),
    Row("a value that is a secret", definition(containerDefinitions=UNKNOWN), not_done=frozenset({
        "image-exists", "image-platform", "image-immutable", "image-pullable", "secrets-exist", "secrets-json-key",
        "secrets-readable", "secrets-key", "log-group"})),
)  # fmt: skip


def here(plan: Plan, account: Account) -> Plan:
    """Return the example's plan as it would be in this account."""
    network = {"assignPublicIp": False, "subnets": [account.subnet], "securityGroups": UNKNOWN}
    return changed(plan, SERVICE, cluster=CLUSTER, networkConfiguration=network)


def check(account: Account, plan: Plan) -> Report:
    return run_preflight(plan, Here(account.reader), checks=CHECKS, read_secret_keys=True, limit=60, download=download)


@pytest.fixture
def account() -> Iterator[Account]:
    with mock_aws():
        yield Account()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_check_refuses_its_failure_and_no_other_one_does(row: Row, account: Account) -> None:
    report = check(account, row.change(account, here(recorded("create"), account)))
    told = [f"{each.check} {each.status}: {each.what} {each.evidence}" for each in report.findings]
    assert {each.check for each in report.refused} == ({row.refuses} if row.refuses else set()), told
    if not row.refuses:
        assert {each.check for each in report.of(Status.NOT_DONE)} == row.not_done, told
    assert all(each.fix and each.why for each in report.refused)
    assert any(row.says in each.what for each in report.refused) or not row.says, told


def test_the_digest_of_the_image_is_recorded(account: Account) -> None:
    report = check(account, here(recorded("create"), account))
    (found,) = report.recorded("shop")
    assert found.digest == account.catalogue[GOOD].digest
    assert found.image.endswith("/shop:good-1")


def test_nothing_is_asked_for_the_whole_value_of_a_secret(account: Account) -> None:
    check(account, both(stored(), live_role(allows(*READ)))(account, here(recorded("create"), account)))
    assert not {"GetSecretValue", "BatchGetSecretValue", "GetParameter", "GetParameters"} & set(
        account.reader.api_calls
    )
    assert {"DescribeSecret", "GetRole", "BatchGetImage"} <= set(account.reader.api_calls)


def test_every_check_here_has_a_row_that_it_refuses_and_one_that_is_near(account: Account) -> None:
    del account
    assert {row.refuses for row in ROWS} == {"", *(each.ID for each in CHECKS)}
    assert len({str(row) for row in ROWS}) == len(ROWS)
