import json
from typing import Any

import pytest

REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop"
ROLE = "arn:aws:iam::123456789012:role/execution"
INIT = "ResourceInitializationError: "
PULL = INIT + "unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve "
UNASSUMABLE = (
    "failed to launch a task with (error ECS was unable to assume the role '{role}' that was provided for this task. "
    "Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user "
    "has permissions to pass this role.)."
)
NO_SECRET = "ResourceNotFoundException: Secrets Manager can't find the specified secret"
VERSION = "00000000-0000-4000-8000-000000000000"
EVERYTHING = ["ecr:*", "logs:*", "secretsmanager:*", "ssm:*", "kms:*"]


def grant(*actions: str, resource: Any = "*", effect: str = "Allow") -> dict[str, Any]:
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def all_but(action: str) -> dict[str, Any]:
    document = grant(*EVERYTHING)
    document["Statement"].append({"Effect": "Deny", "Action": action, "Resource": "*"})
    return document


def settle(world: Any) -> None:
    """Wait until what was just changed in IAM has reached the tasks."""
    world.step(61)


def stopped(
    world: Any, container: dict[str, Any] | None = None, tag: str = "good-1", **settings: Any
) -> dict[str, Any]:
    """Deploy, and return the first task that stops, with its id in place of `TASK`."""
    world.create(world.register(tag, container, **settings))
    world.until(lambda: world.tasks("STOPPED"), within=400)
    task: dict[str, Any] = world.tasks("STOPPED")[0]
    assert task["stopCode"] == "TaskFailedToStart"
    return task


def words(task: dict[str, Any]) -> str:
    return str(task["stoppedReason"]).replace(task["taskArn"].rpartition("/")[2], "TASK")


def user(action: str, resource: str) -> str:
    session = "arn:aws:sts::123456789012:assumed-role/execution/TASK"
    return (
        f"User: {session} is not authorized to perform: {action} on resource: {resource} because no identity-based "
        f"policy allows the {action} action"
    )


@pytest.mark.parametrize("kind", ["executionRoleArn", "taskRoleArn"])
def test_a_role_that_does_not_exist_cannot_be_assumed(world: Any, kind: str) -> None:
    missing = ROLE.replace("execution", "nobody")
    world.create(world.register("good-1", **{kind: missing}), deploymentConfiguration={})
    world.until(lambda: UNASSUMABLE.format(role=missing) in world.messages(), within=20)
    assert not world.tasks()
    assert not world.tasks("STOPPED")
    assert world.primary()["failedTasks"] == 1
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    world.client("iam").create_role(RoleName="nobody", AssumeRolePolicyDocument=document)
    world.allow(grant(*EVERYTHING), "nobody")
    world.until(world.completed, within=400)
    # Waits of an attempt: issue 927 of pulumi-awsx, 29 seconds.
    assert world.messages().count(UNASSUMABLE.format(role=missing)) == 1


def test_a_role_that_trusts_another_service_or_account_fails_the_deployment(world: Any) -> None:
    condition = {"StringEquals": {"aws:SourceAccount": "999999999999"}}
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [{**trust, "Condition": condition}]})
    world.client("iam").update_assume_role_policy(RoleName="execution", PolicyDocument=document)
    settle(world)
    world.create(world.register("good-1"))
    world.until(lambda: world.primary()["rolloutState"] == "FAILED", within=900)
    assert not world.tasks("STOPPED")
    assert world.rollouts()[0]["deploymentCircuitBreaker"]["failureCount"] == 3
    network = {"awsvpcConfiguration": {"subnets": [world.subnet]}}
    with pytest.raises(world.ecs.exceptions.ClientException, match="ECS was unable to assume the role"):
        world.ecs.run_task(cluster="main", taskDefinition="shop", networkConfiguration=network)


def test_a_role_may_not_get_a_token_for_the_registry(world: Any) -> None:
    world.allow(grant("logs:*", "ecr:Batch*"))
    settle(world)
    task = stopped(world)
    reason = words(task)
    assert reason.startswith(
        PULL
        + "ecr registry auth: service call has been retried 1 time(s): operation error ECR: GetAuthorizationToken, "
        "https response error StatusCode: 400, RequestID: "
    )
    assert reason.endswith("api error AccessDeniedException: " + user("ecr:GetAuthorizationToken", "*"))
    assert f"was unable to place a task. Reason: {task['stoppedReason']}." in world.messages()


def test_a_role_may_not_read_the_repository(world: Any) -> None:
    document = grant("ecr:*", resource="arn:aws:ecr:eu-west-1:123456789012:repository/other")
    world.allow({**document, "Statement": [*document["Statement"], *grant("ecr:GetA*", "logs:*")["Statement"]]})
    settle(world)
    task = stopped(world)
    url = f"https://{REGISTRY.replace('/shop', '')}/v2/shop/manifests/good-1"
    assert task["stoppedReason"] == (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
        f"{REGISTRY}:good-1: unexpected status from HEAD request to {url}: 403 Forbidden"
    )
    assert task["containers"][0]["reason"] == task["stoppedReason"]


def test_a_role_may_read_the_manifest_but_not_the_layers(world: Any) -> None:
    world.allow(all_but("ecr:GetDownloadUrlForLayer"))
    settle(world)
    reason = stopped(world)["stoppedReason"]
    assert reason.startswith(
        "CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: httpReadSeeker: failed open: "
        f"unexpected status code https://{REGISTRY.replace('/shop', '/v2/shop')}/blobs/sha256:"
    )
    assert reason.endswith(": 403 Forbidden")


def test_the_repository_s_own_policy_denies(world: Any) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    world.client("ecr").set_repository_policy(repositoryName="shop", policyText=document)
    assert stopped(world)["stoppedReason"].endswith("manifests/good-1: 403 Forbidden")


@pytest.mark.parametrize(("shared", "ending"), [(False, "403 Forbidden"), (True, "2.0: not found")])
def test_a_repository_of_another_account_needs_a_policy_of_its_own(world: Any, shared: bool, ending: str) -> None:
    from moto.ecr.models import ecr_backends

    other = ecr_backends["999999999999"]["eu-west-1"]
    repository = other.create_repository("shop", "999999999999", {"encryptionType": "AES256"}, "{}", "MUTABLE", [])
    if shared:
        allow = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "ecr:*"}
        repository.policy = json.dumps({"Statement": [allow]})
    image = "999999999999.dkr.ecr.eu-west-1.amazonaws.com/shop:2.0"
    assert stopped(world, {"image": image})["stoppedReason"].endswith(ending)


def test_a_secret_that_the_role_may_not_read(world: Any) -> None:
    arn = world.client("secretsmanager").create_secret(Name="db", SecretString="x")["ARN"]
    world.allow(grant("ecr:*", "logs:*"))
    settle(world)
    reason = words(stopped(world, {"secrets": [{"name": "DB", "valueFrom": arn}]}))
    assert reason.startswith(
        f"{PULL}secret from asm: service call has been retried 1 time(s): failed to fetch secret {arn} from secrets "
        "manager: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: "
    )
    assert reason.endswith("api error AccessDeniedException: " + user("secretsmanager:GetSecretValue", arn))


@pytest.mark.parametrize("by_arn", [True, False])
def test_a_parameter_that_the_role_may_not_read(world: Any, by_arn: bool) -> None:
    world.client("ssm").put_parameter(Name="/shop/url", Value="x", Type="String")
    world.allow(grant("ecr:*", "logs:*"))
    settle(world)
    arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/url"
    reason = words(stopped(world, {"secrets": [{"name": "DB", "valueFrom": arn if by_arn else "/shop/url"}]}))
    assert reason.startswith(f"{PULL}secrets from ssm: service call has been retried 1 time(s): operation error SSM: ")
    assert reason.endswith("api error AccessDeniedException: " + user("ssm:GetParameters", arn))


def test_a_secret_under_a_key_of_the_customer_needs_the_key_too(world: Any) -> None:
    key = world.client("kms").create_key()["KeyMetadata"]["KeyId"]
    world.client("kms").create_alias(AliasName="alias/shop", TargetKeyId=key)
    secrets = world.client("secretsmanager")
    arn = secrets.create_secret(Name="db", SecretString="x", KmsKeyId="alias/shop")["ARN"]
    task = stopped(world, {"secrets": [{"name": "DB", "valueFrom": arn}]})
    assert task["stoppedReason"].endswith("api error AccessDeniedException: Access to KMS is not allowed")
    via = {"StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}}
    document = grant(*EVERYTHING)
    document["Statement"][0]["Condition"] = {**via, "Null": {"kms:ViaService": "false"}}
    document["Statement"] += grant("ecr:*", "logs:*", "secretsmanager:*")["Statement"]
    world.allow(document)
    world.until(world.completed, within=900)


def test_a_parameter_under_a_key_that_is_disabled(world: Any) -> None:
    key = world.client("kms").create_key()["KeyMetadata"]["KeyId"]
    world.client("ssm").put_parameter(Name="url", Value="x", Type="SecureString", KeyId=key)
    world.client("kms").disable_key(KeyId=key)
    world.allow(grant(*EVERYTHING))
    settle(world)
    reason = stopped(world, {"secrets": [{"name": "DB", "valueFrom": "url"}]})["stoppedReason"]
    assert "AccessDeniedException: The ciphertext refers to a customer master key that does not exist" in reason


def test_a_key_s_policy_that_names_nobody_locks_the_secret(world: Any) -> None:
    someone = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/admin"}, "Action": "kms:*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**someone, "Resource": "*"}]})
    key = world.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    arn = world.client("secretsmanager").create_secret(Name="db", SecretString="x", KmsKeyId=key)["ARN"]
    world.allow(grant(*EVERYTHING))
    settle(world)
    reason = stopped(world, {"secrets": [{"name": "DB", "valueFrom": arn}]})["stoppedReason"]
    assert reason.endswith("Access to KMS is not allowed")


@pytest.mark.parametrize(
    ("suffix", "said"),
    [
        ("::AWSPREVIOUS:", f"{NO_SECRET} value for staging label: AWSPREVIOUS"),
        (f":::{VERSION}", f"{NO_SECRET} value for VersionId: {VERSION}"),
        (":uri::", "retrieved secret from Secrets Manager did not contain json key uri"),
        (":url:AWSCURRENT:", None),
    ],
)
def test_a_secret_by_its_stage_version_and_key(world: Any, suffix: str, said: str | None) -> None:
    arn = world.client("secretsmanager").create_secret(Name="db", SecretString='{"url": "x"}')["ARN"]
    secret = {"secrets": [{"name": "DB", "valueFrom": arn + suffix}]}
    if said:
        assert stopped(world, secret)["stoppedReason"].endswith(said)
    else:
        world.create(world.register("good-1", secret))
        world.until(world.completed, within=300)


def test_an_older_version_of_a_secret_is_found_by_its_id_and_its_stage(world: Any) -> None:
    secrets = world.client("secretsmanager")
    made = secrets.create_secret(Name="db", SecretString='{"old": "x"}')
    secrets.put_secret_value(SecretId="db", SecretString='{"new": "x"}')
    values = [f"{made['ARN']}:old::{made['VersionId']}", f"{made['ARN']}:old:AWSPREVIOUS:", f"{made['ARN']}:new::"]
    secret = {"secrets": [{"name": f"DB{n}", "valueFrom": value} for n, value in enumerate(values)]}
    world.create(world.register("good-1", secret))
    world.until(world.completed, within=300)


def test_a_secret_that_is_marked_for_deletion(world: Any) -> None:
    secrets = world.client("secretsmanager")
    arn = secrets.create_secret(Name="db", SecretString="x")["ARN"]
    secrets.delete_secret(SecretId="db", RecoveryWindowInDays=7)
    reason = stopped(world, {"secrets": [{"name": "DB", "valueFrom": arn}]})["stoppedReason"]
    assert reason.endswith(
        "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion."
    )


def test_a_role_may_not_make_a_log_stream(world: Any) -> None:
    world.allow(grant("ecr:*"))
    settle(world)
    reason = words(stopped(world))
    stream = "arn:aws:logs:eu-west-1:123456789012:log-group:shop:log-stream:shop/app/TASK"
    assert reason.startswith(
        INIT
        + "failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log "
        "stream: AccessDeniedException: " + user("logs:CreateLogStream", stream) + " status code: 400, request id: "
    )
    assert reason.endswith(" : exit status 1")


def options(group: str, **more: str) -> dict[str, Any]:
    given = {"awslogs-group": group, "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "shop", **more}
    return {"logConfiguration": {"logDriver": "awslogs", "options": given}}


def test_a_log_group_is_made_where_the_role_may(world: Any) -> None:
    world.create(world.register("good-1", options("new", **{"awslogs-create-group": "true"})))
    world.until(world.completed, within=300)
    assert world.logs.describe_log_groups(logGroupNamePrefix="new")["logGroups"]


def test_a_log_group_is_not_made_where_the_role_may_not(world: Any) -> None:
    world.allow(all_but("logs:CreateLogGroup"))
    settle(world)
    reason = stopped(world, options("new", **{"awslogs-create-group": "true"}))["stoppedReason"]
    assert "failed to create Cloudwatch log group: AccessDeniedException: User: " in reason
    where = "on resource: arn:aws:logs:eu-west-1:123456789012:log-group:new:log-stream: with an explicit deny"
    assert where in reason


def test_lines_are_lost_where_the_role_may_not_put_them(world: Any) -> None:
    world.allow(all_but("logs:PutLogEvents"))
    settle(world)
    world.create(world.register("good-1"))
    world.until(world.completed, within=300)
    assert not world.logs.describe_log_streams(logGroupName="shop")["logStreams"]


def test_the_role_s_boundary_bounds_it(world: Any) -> None:
    iam = world.client("iam")
    policy = iam.create_policy(PolicyName="bound", PolicyDocument=json.dumps(grant("logs:*")))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="execution", PermissionsBoundary=policy)
    settle(world)
    said = "because no permissions boundary allows the ecr:GetAuthorizationToken action"
    assert stopped(world)["stoppedReason"].endswith(said)


def test_a_policy_of_the_customer_counts_by_its_default_version(world: Any) -> None:
    iam = world.client("iam")
    arn = iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(grant("iam:*")))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="execution", PolicyArn=arn)
    iam.delete_role_policy(RoleName="execution", PolicyName="all")
    settle(world)
    assert "ecr:GetAuthorizationToken" in stopped(world)["stoppedReason"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(grant(*EVERYTHING)), SetAsDefault=True)
    world.until(world.completed, within=900)
