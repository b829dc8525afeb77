"""The checks of what a task takes before it starts: secrets, parameters, their keys, log groups, and the roles."""

from typing import Any

import pytest

from automation.preflight.checks import log_group, secrets_exist, secrets_key, secrets_readable, task_roles
from automation.preflight.model import Check, Finding, Status
from automation.preflight.plan import SECRET, UNKNOWN
from automation.preflight.subject import Subject
from tests.automation.preflight.answers import ACCOUNT, REGION, ROLE, Answers, anyone, error, role, statement, subject
from tests.automation.preflight.stage import planned

ARN = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:shop/database-AbC12d"
PARAMETER = "/shop/token"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd"
THERE = {"describe_secret": {"ARN": ARN, "VersionIdsToStages": {"v2": ["AWSCURRENT"], "v1": ["AWSPREVIOUS"]}}}
GROUP = {"logDriver": "awslogs", "options": {"awslogs-group": "shop", "awslogs-region": REGION}}


def takes(*references: str, **more: Any) -> Subject:
    secrets = [{"name": f"VALUE_{number}", "valueFrom": each} for number, each in enumerate(references)]
    return subject({"name": "app", "image": "ghcr.io/example/shop:1", "secrets": secrets}, **more)


def logs(*, given: dict[str, Any] | None = None, **options: str) -> Subject:
    logging = {**GROUP, "options": GROUP["options"] | options} if given is None else given
    return subject({"name": "app", "image": "ghcr.io/example/shop:1", "logConfiguration": logging})


def found(check: Check, looked_at: Subject, *answers: dict[str, Any]) -> list[Finding]:
    table = {name: answer for each in answers for name, answer in each.items()}
    return list(check.run(looked_at, Answers(table).reads()))


def said(check: Check, looked_at: Subject, *answers: dict[str, Any]) -> list[tuple[Status, str]]:
    return [(each.status, each.what) for each in found(check, looked_at, *answers)]


def parameter(**more: str) -> dict[str, Any]:
    return {"describe_parameters": {"Parameters": [{"Name": PARAMETER, "Type": "SecureString", **more}]}}


def encrypted(policy: Any, **metadata: str) -> dict[str, Any]:
    described = {"KeyMetadata": {"Arn": KEY, "KeyManager": "CUSTOMER", "KeyState": "Enabled", **metadata}}
    secret = {"describe_secret": {**THERE["describe_secret"], "KmsKeyId": KEY}}
    return {**secret, "describe_key": described, "get_key_policy": policy}


def test_what_is_there_passes() -> None:
    assert said(secrets_exist, takes(ARN, PARAMETER), THERE, parameter()) == []


@pytest.mark.parametrize(
    ("reference", "answers", "words", "fix"),
    [
        (ARN, {"describe_secret": error("ResourceNotFoundException")}, f"the secret `{ARN}` does not", "list-secrets"),
        (
            PARAMETER,
            {"describe_parameters": {"Parameters": []}},
            f"the parameter `{PARAMETER}` does not",
            f"--name {PARAMETER} ",
        ),
        (
            ARN,
            {"describe_secret": {"ARN": ARN, "DeletedDate": "2026-11-20"}},
            f"the secret `{ARN}` is marked for deletion",
            f"restore-secret --secret-id {ARN}",
        ),
        (ARN, {"describe_secret": {"ARN": ARN}}, "has no version `AWSCURRENT`", f"--secret-id {ARN}"),
        (f"{ARN}::GREEN:", THERE, "has no version `GREEN`", "put-secret-value"),
        (f"{ARN}::AWSCURRENT:v1", THERE, "has no version `v1 and AWSCURRENT`", "put-secret-value"),
    ],
)
def test_what_is_not_there_or_has_no_value_is_refused(
    reference: str, answers: dict[str, Any], words: str, fix: str
) -> None:
    (each,) = found(secrets_exist, takes(reference), answers)
    assert each.status is Status.REFUSED
    assert words in each.what
    assert fix in each.fix
    assert each.why


@pytest.mark.parametrize("reference", [f"{ARN}::AWSPREVIOUS:", f"{ARN}:::v1", f"{ARN}::AWSCURRENT:v2"])
def test_another_version_that_is_there_passes(reference: str) -> None:
    assert said(secrets_exist, takes(reference), THERE) == []


def test_what_cannot_be_known_is_not_done() -> None:
    assert said(secrets_exist, takes(ARN), {}) == [
        (Status.NOT_DONE, f"the secret `{ARN}` was not looked up: AWS did not let it be read")
    ]
    assert said(secrets_exist, takes(f"{ARN}:::v0"), THERE) == [
        (Status.NOT_DONE, f"the secret `{ARN}` does not list its version `v0`")
    ]


@pytest.mark.parametrize(
    ("type_", "inputs", "reference"),
    [
        ("aws:secretsmanager/secretVersion:SecretVersion", {"secretId": ARN}, ARN),
        ("aws:ssm/parameter:Parameter", {"name": PARAMETER}, PARAMETER),
    ],
)
def test_what_the_update_makes_is_not_asked_for(type_: str, inputs: dict[str, str], reference: str) -> None:
    assert said(secrets_exist, takes(reference, plan=(planned(type_, "x", "create", inputs),)), {}) == []
    assert said(secrets_exist, takes(reference, plan=(planned(type_, "x", "same", inputs),)), {}) != []


@pytest.mark.parametrize("check", [secrets_exist, secrets_key, secrets_readable, log_group])
def test_containers_that_are_not_seen_are_not_checked(check: Check) -> None:
    assert said(check, subject(hidden=SECRET)) == [(Status.NOT_DONE, "the containers are a secret value")]


@pytest.mark.parametrize(
    ("policy", "own", "status"),
    [
        (statement("secretsmanager:GetSecretValue"), {}, None),
        (statement("secretsmanager:GetSecretValue", resource=ARN), {}, None),
        (statement("secretsmanager:GetSecretValue", resource=f"{ARN}x"), {}, Status.REFUSED),
        (None, {}, Status.REFUSED),
        (None, {"ResourcePolicy": anyone("secretsmanager:GetSecretValue")}, None),
        (
            statement("secretsmanager:GetSecretValue"),
            {"ResourcePolicy": anyone("secretsmanager:GetSecretValue", effect="Deny")},
            Status.REFUSED,
        ),
        (statement("secretsmanager:GetSecretValue", effect="Deny"), {}, Status.REFUSED),
    ],
)
def test_the_roles_and_the_secrets_policies_say_who_may_read(policy: Any, own: Any, status: Status | None) -> None:
    each = found(secrets_readable, takes(ARN), THERE, role(policy=policy), {"get_resource_policy": own})
    assert [one.status for one in each] == ([status] if status else [])
    for one in each:
        assert "the execution role `execution` may not read the secret" in one.what
        assert f'"Action": "secretsmanager:GetSecretValue", "Resource": "{ARN}"' in one.fix
        assert ("remove the statement that denies it" in one.fix) is ("Deny" in f"{policy}{own}")


def test_a_secrets_policy_that_cannot_be_read_leaves_it_open() -> None:
    allowed = role(policy=statement("secretsmanager:GetSecretValue"))
    (each,) = found(secrets_readable, takes(ARN), THERE, allowed)
    assert each.status is Status.NOT_DONE
    assert "not authorized to perform get_resource_policy" in each.evidence[0].quote
    assert (
        said(secrets_readable, takes(ARN), allowed, {"get_resource_policy": error("ResourceNotFoundException")}) == []
    )


def test_a_parameter_is_read_with_its_own_action() -> None:
    assert said(secrets_readable, takes(PARAMETER), role(policy=statement("ssm:GetParameters"))) == []
    (each,) = found(secrets_readable, takes(PARAMETER), role(policy=statement("ssm:GetParameter")))
    assert f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/shop/token" in each.fix


def test_without_secrets_or_a_role_there_is_nothing_to_read_with() -> None:
    assert said(secrets_readable, takes(), {}) == []
    assert said(secrets_readable, takes(ARN, definition={}), {}) == []
    assert said(secrets_readable, takes(ARN), {"get_role": error("NoSuchEntity")}) == []
    hidden = takes(ARN, definition={"executionRoleArn": SECRET})
    for check in (secrets_readable, secrets_key):
        answers = encrypted({"Policy": anyone("kms:Decrypt")})
        assert said(check, hidden, answers) == [(Status.NOT_DONE, "the execution role is a secret value")]


@pytest.mark.parametrize("key", [None, "alias/aws/secretsmanager"])
def test_a_key_of_aws_needs_no_permission(key: str | None) -> None:
    secret = {"describe_secret": {**THERE["describe_secret"], "KmsKeyId": key}}
    assert said(secrets_key, takes(ARN), secret) == []
    assert said(secrets_key, takes(ARN), encrypted({}, KeyManager="AWS")) == []
    plain = {"describe_parameters": {"Parameters": [{"Name": PARAMETER, "Type": "String", "KeyId": KEY}]}}
    assert said(secrets_key, takes(PARAMETER), plain) == []


@pytest.mark.parametrize(
    ("own", "policy", "status"),
    [
        (None, anyone("kms:Decrypt"), None),
        (None, anyone("kms:Encrypt"), Status.REFUSED),
        (statement("kms:Decrypt"), anyone("kms:Encrypt"), Status.REFUSED),
        (statement("kms:Decrypt", effect="Deny"), anyone("kms:Decrypt"), Status.REFUSED),
    ],
)
def test_the_keys_policy_lets_the_role_decrypt(own: Any, policy: str, status: Status | None) -> None:
    each = found(secrets_key, takes(ARN), encrypted({"Policy": policy}), role(policy=own))
    assert [one.status for one in each] == ([status] if status else [])
    for one in each:
        assert f'"Action": "kms:Decrypt", "Resource": "{KEY}"' in one.fix


def test_a_keys_policy_that_cannot_be_read_leaves_it_open() -> None:
    refusal = error("AccessDeniedException", "no kms:GetKeyPolicy")
    (each,) = found(secrets_key, takes(ARN), encrypted(refusal), role(policy=statement("kms:Decrypt")))
    assert (each.status, each.evidence[0].quote) == (Status.NOT_DONE, "AccessDeniedException: no kms:GetKeyPolicy")


def test_a_key_that_cannot_be_used_is_refused_with_its_state() -> None:
    (each,) = found(secrets_key, takes(ARN), encrypted({}, KeyState="PendingDeletion"))
    assert each.what == f"the key `{KEY}` of the secret `{ARN}` is in the state `PendingDeletion`"
    gone = encrypted({}) | {"describe_key": error("NotFoundException", "Key does not exist")}
    (each,) = found(secrets_key, takes(ARN), gone)
    assert (each.status, each.evidence[0].quote) == (Status.REFUSED, "Key does not exist")
    denied = encrypted({}) | {"describe_key": error("AccessDeniedException")}
    assert said(secrets_key, takes(ARN), denied) == [(Status.NOT_DONE, f"the key `{KEY}` of `{ARN}` was not read")]


def test_a_parameters_own_key_is_asked_about() -> None:
    described = {"KeyMetadata": {"Arn": KEY, "KeyManager": "CUSTOMER", "KeyState": "Disabled"}}
    (each,) = found(secrets_key, takes(PARAMETER), parameter(KeyId=KEY), {"describe_key": described})
    assert each.what == f"the key `{KEY}` of the parameter `{PARAMETER}` is in the state `Disabled`"


STREAM, MAKE = "logs:CreateLogStream", "logs:CreateLogGroup"
HAS_GROUP = {"describe_log_groups": {"logGroups": [{"logGroupName": "shop"}]}}
HAS_ANOTHER = {"describe_log_groups": {"logGroups": [{"logGroupName": "shop-old"}]}}


def test_a_group_that_is_there_and_may_be_written_to_passes() -> None:
    assert said(log_group, logs(), HAS_GROUP, role(policy=statement(STREAM))) == []
    stream = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:shop:log-stream:web/app/*"
    narrow = role(policy=statement(STREAM, resource=stream))
    assert said(log_group, logs(**{"awslogs-stream-prefix": "web"}), HAS_GROUP, narrow) == []
    assert said(log_group, logs(), HAS_GROUP, narrow) != []


def test_a_group_that_is_not_there_is_refused_unless_it_is_made() -> None:
    (each,) = found(log_group, logs(), HAS_ANOTHER, role(policy=statement(STREAM)))
    assert (each.status, each.what) == (Status.REFUSED, "the log group `shop` does not exist")
    assert "--log-group-name shop" in each.fix
    makes = logs(**{"awslogs-create-group": "true"})
    assert said(log_group, makes, HAS_ANOTHER, role(policy=statement(STREAM, MAKE))) == []
    (each,) = found(log_group, makes, HAS_ANOTHER, role(policy=statement(STREAM)))
    assert f"may not do `{MAKE}` on the log group `shop`" in each.what
    group = planned("aws:cloudwatch/logGroup:LogGroup", "logs", "create", {"name": "shop"})
    app = {"name": "app", "logConfiguration": GROUP}
    assert said(log_group, subject(app, plan=(group,)), role(policy=statement(STREAM))) == []


def test_a_role_that_may_not_write_or_is_not_seen_is_said() -> None:
    (each,) = found(log_group, logs(), HAS_GROUP, role())
    assert (each.status, f"may not do `{STREAM}`" in each.what) == (Status.REFUSED, True)
    assert f'"Resource": "arn:aws:logs:{REGION}:{ACCOUNT}:log-group:shop:*"' in each.fix
    app = {"name": "app", "logConfiguration": GROUP}
    hidden = subject(app, definition={"executionRoleArn": UNKNOWN})
    assert said(log_group, hidden, HAS_GROUP) == [(Status.NOT_DONE, f"the execution role is {UNKNOWN.value}")]
    assert said(log_group, subject(app, definition={}), HAS_GROUP) == []


def test_each_group_is_asked_for_once_and_other_drivers_not_at_all() -> None:
    containers = ({"name": name, "logConfiguration": GROUP} for name in ("app", "proxy"))
    assert len(found(log_group, subject(*containers), HAS_ANOTHER)) == 1
    for given in ({"logDriver": "awsfirelens"}, {"logDriver": "awslogs"}, {}):
        assert said(log_group, logs(given=given), HAS_ANOTHER) == []


def test_roles_that_ecs_may_assume_pass() -> None:
    both = subject(definition={"executionRoleArn": ROLE, "taskRoleArn": ROLE})
    assert said(task_roles, both, role()) == []


def test_a_role_that_is_not_there_or_trusts_somebody_else_is_refused() -> None:
    both = subject(definition={"executionRoleArn": ROLE, "taskRoleArn": ROLE.replace("execution", "shop")})
    assert said(task_roles, both, {"get_role": error("NoSuchEntity")}) == [
        (Status.REFUSED, "the execution role `execution` does not exist"),
        (Status.REFUSED, "the task role `shop` does not exist"),
    ]
    for each in found(task_roles, both, role(trusted="ec2.amazonaws.com")):
        assert each.what.startswith("ECS's tasks may not assume the ")
        assert '"Service": "ecs-tasks.amazonaws.com"' in each.fix


@pytest.mark.parametrize(
    ("container", "needs"),
    [
        ({"image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop:1"}, "its image is in ECR"),
        ({"image": "nginx", "secrets": [{"name": "A", "valueFrom": ARN}]}, "it takes values from a secret store"),
        ({"image": "nginx", "logConfiguration": GROUP}, "it logs with awslogs"),
        ({"image": "nginx", "logConfiguration": {"logDriver": "awsfirelens"}}, None),
    ],
)
def test_a_task_without_an_execution_role_must_not_need_one(container: dict[str, Any], needs: str | None) -> None:
    given = subject({"name": "app", **container}, definition={})
    expected = [(Status.REFUSED, f"the task definition has no execution role, and {needs}")] if needs else []
    assert said(task_roles, given) == expected
    on_hosts = subject({"name": "app", **container}, definition={}, inputs={"launchType": "EC2"})
    assert said(task_roles, on_hosts) == []


def test_a_role_that_is_not_seen_is_not_checked() -> None:
    hidden = subject(definition={"executionRoleArn": SECRET})
    assert said(task_roles, hidden) == [(Status.NOT_DONE, "the execution role is a secret value")]
