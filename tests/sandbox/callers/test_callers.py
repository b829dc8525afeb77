"""What callers with keys of their own may do in a running sandbox, and AWS's words where they may not."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.process import RefusedError, Sandbox
from sandbox.server import connector
from tests.sandbox.sandbox_callers import Caller, make_role_session, make_user, policy, without_one

ACCOUNT = "123456789012"
ECS = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:"
EVERYTHING = policy({"Action": "*", "Resource": "*"})
TASKS = {"Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture
def user(running: Sandbox) -> Callable[..., Caller]:
    return lambda *documents: make_user(running, *documents)


@pytest.fixture(scope="module")
def task_role(connect: Callable[[str], Any]) -> str:
    role = connect("iam").create_role(RoleName="passed", AssumeRolePolicyDocument=json.dumps(policy(TASKS)))
    return str(role["Role"]["Arn"])


def said(call: Callable[..., Any], **arguments: Any) -> tuple[int, str, str]:
    """What a refused call answers: status, code and message."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"], error["Error"]["Message"]


def register(caller: Caller, **more: Any) -> Any:
    given = {
        "family": "passing",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{"name": "app", "image": "shop:good-1"}],
    }
    return caller.client("ecs").register_task_definition(**given, **more)


# --- who is evaluated


def test_a_user_without_a_policy_may_do_nothing_but_ask_who_it_is(user: Callable[..., Caller]) -> None:
    caller = user()
    assert said(caller.client("ecs").list_clusters)[1] == "AccessDeniedException"
    assert caller.client("sts").get_caller_identity()["Arn"].endswith(f":user/{caller.name}")


def test_a_key_that_nobody_made_may_do_everything_unless_everybody_is_evaluated(
    running: Sandbox, evaluating: Callable[[str], str]
) -> None:
    stranger = Caller(running, "", "AKIAIOSFODNN7EXAMPLE", "secret")
    assert stranger.client("ecs").list_clusters()["clusterArns"]
    assert evaluating("everybody") == "everybody"
    invalid = "The security token included in the request is invalid."
    assert said(stranger.client("ecs").list_clusters) == (400, "UnrecognizedClientException", invalid)
    assert said(stranger.client("iam").list_roles) == (403, "InvalidClientTokenId", invalid)
    assert said(stranger.client("ec2").describe_vpcs)[:2] == (401, "AuthFailure")
    assert connector(running.endpoint)("ecs").list_clusters()["clusterArns"], "the sandbox's own key is the root user's"


def test_nobody_is_evaluated_where_it_is_switched_off(
    user: Callable[..., Caller], evaluating: Callable[[str], str]
) -> None:
    evaluating("nobody")
    assert user().client("ecs").list_clusters()["clusterArns"]


def test_there_is_no_other_answer_to_who_is_evaluated(running: Sandbox) -> None:
    with pytest.raises(RefusedError, match='"nobody", "known", "everybody"'):
        running.evaluate("some")


def test_an_inactive_key_is_none(running: Sandbox, user: Callable[..., Caller]) -> None:
    caller = user(EVERYTHING)
    caller.client("ecs").list_clusters()
    iam = connector(running.endpoint)("iam")
    iam.update_access_key(UserName=caller.name, AccessKeyId=caller.access_key, Status="Inactive")
    assert said(caller.client("ecs").list_clusters)[1] == "UnrecognizedClientException"


@pytest.fixture
def evaluating(running: Sandbox) -> Iterator[Callable[[str], str]]:
    yield running.evaluate
    running.evaluate("known")


# --- what is attached


def test_policies_of_a_user_and_of_its_groups_count_inline_and_attached(
    running: Sandbox, user: Callable[..., Caller]
) -> None:
    iam = connector(running.endpoint)("iam")
    caller = user()
    group = f"group-{caller.name}"
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=caller.name)
    clusters = policy({"Action": "ecs:ListClusters", "Resource": "*"})
    ecs, ec2, elb = caller.client("ecs"), caller.client("ec2"), caller.client("elbv2")
    said(ecs.list_clusters)
    iam.put_group_policy(GroupName=group, PolicyName="p", PolicyDocument=json.dumps(clusters))
    ecs.list_clusters()
    said(ec2.describe_vpcs)
    iam.attach_group_policy(GroupName=group, PolicyArn="arn:aws:iam::aws:policy/AmazonVPCReadOnlyAccess")
    ec2.describe_vpcs()
    said(elb.describe_load_balancers)
    made = iam.create_policy(
        PolicyName=f"own-{caller.name}",
        PolicyDocument=json.dumps(policy({"Action": "elasticloadbalancing:Describe*", "Resource": "*"})),
    )
    iam.attach_user_policy(UserName=caller.name, PolicyArn=made["Policy"]["Arn"])
    elb.describe_load_balancers()
    denied = policy({"Effect": "Deny", "Action": "ecs:*", "Resource": "*"})
    iam.put_user_policy(UserName=caller.name, PolicyName="never", PolicyDocument=json.dumps(denied))
    assert said(ecs.list_clusters)[2].endswith(
        "ecs:ListClusters on resource: * with an explicit deny in an identity-based policy"
    )


def test_a_session_of_a_role_may_what_its_role_and_its_session_policy_may(running: Sandbox) -> None:
    reads = policy({"Action": ["ecs:List*", "ec2:Describe*"], "Resource": "*"})
    whole = make_role_session(running, reads)
    whole.client("ecs").list_clusters()
    assert said(whole.client("ecs").describe_clusters, clusters=["sandbox"])[2] == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{whole.name}/ci is not authorized to perform: ecs:DescribeClusters "
        f"on resource: {ECS}cluster/sandbox because no identity-based policy allows the ecs:DescribeClusters action"
    )
    narrowed = make_role_session(running, reads, Policy=json.dumps(policy({"Action": "ec2:*", "Resource": "*"})))
    narrowed.client("ec2").describe_vpcs()
    assert said(narrowed.client("ecs").list_clusters)[2].endswith(
        "because no session policy allows the ecs:ListClusters action"
    )


def test_a_boundary_limits_a_user_and_a_role(running: Sandbox, user: Callable[..., Caller]) -> None:
    iam = connector(running.endpoint)("iam")
    caller = user(EVERYTHING)
    role = make_role_session(running, EVERYTHING)
    bound = iam.create_policy(
        PolicyName=f"bound-{caller.name}",
        PolicyDocument=json.dumps(policy({"Action": "ec2:*", "Resource": "*"})),
    )["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName=caller.name, PermissionsBoundary=bound)
    iam.put_role_permissions_boundary(RoleName=role.name, PermissionsBoundary=bound)
    for each in (caller, role):
        each.client("ec2").describe_vpcs()
        assert said(each.client("ecs").list_clusters)[2].endswith(
            "because no permissions boundary allows the ecs:ListClusters action"
        )
    iam.delete_user_permissions_boundary(UserName=caller.name)
    caller.client("ecs").list_clusters()


def test_a_role_is_assumed_where_it_trusts_the_caller_and_the_caller_may(running: Sandbox) -> None:
    iam = connector(running.endpoint)("iam")
    caller = make_user(running)
    other = make_user(running, policy({"Action": "sts:AssumeRole", "Resource": "*"}))

    def role(name: str, principal: str) -> str:
        trust = policy({"Principal": {"AWS": principal}, "Action": "sts:AssumeRole"})
        made = iam.create_role(RoleName=f"{name}-{caller.name}", AssumeRolePolicyDocument=json.dumps(trust))
        return str(made["Role"]["Arn"])

    def assume(who: Caller, arn: str) -> Any:
        return who.client("sts").assume_role(RoleArn=arn, RoleSessionName="ci")["Credentials"]

    account = role("account", f"arn:aws:iam::{ACCOUNT}:root")
    named = role("named", f"arn:aws:iam::{ACCOUNT}:user/{caller.name}")
    assume(caller, named)
    assume(other, account)
    assert said(assume, who=caller, arn=account) == (
        403,
        "AccessDenied",
        (
            f"User: arn:aws:iam::{ACCOUNT}:user/{caller.name} is not authorized to perform: sts:AssumeRole on "
            f"resource: {account}"
        ),
    )
    assert said(assume, who=other, arn=named)[1] == "AccessDenied", "a policy of one's own is not enough"


# --- conditions


def test_conditions_see_the_cluster_the_tags_and_the_region(running: Sandbox, user: Callable[..., Caller]) -> None:
    ecs = connector(running.endpoint)("ecs")
    arn = ecs.create_cluster(clusterName="tagged", tags=[{"key": "team", "value": "shop"}])["cluster"]["clusterArn"]
    own = {"StringEquals": {"aws:ResourceTag/team": "shop"}}
    listing = {"ArnEquals": {"ecs:cluster": arn}}
    caller = user(
        policy(
            {"Action": "ecs:DescribeClusters", "Resource": "*", "Condition": own},
            {"Action": "ecs:ListServices", "Resource": "*", "Condition": listing},
            {
                "Action": "ecs:CreateCluster",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:RequestTag/team": "shop", "aws:RequestedRegion": "eu-west-1"}},
            },
            {
                "Action": "ecs:TagResource",
                "Resource": "*",
                "Condition": {"StringEquals": {"ecs:CreateAction": "CreateCluster"}},
            },
        )
    ).client("ecs")
    caller.describe_clusters(clusters=["tagged"])
    said(caller.describe_clusters, clusters=["sandbox"])
    caller.list_services(cluster="tagged")
    said(caller.list_services, cluster="sandbox")
    caller.create_cluster(clusterName="tagged-2", tags=[{"key": "team", "value": "shop"}])
    said(caller.create_cluster, clusterName="tagged-3", tags=[{"key": "team", "value": "other"}])
    said(caller.create_cluster, clusterName="tagged-3")
    assert "ecs:TagResource" in said(caller.tag_resource, resourceArn=arn, tags=[{"key": "a", "value": "b"}])[2]


# --- what comes with an operation


def test_a_role_is_passed_only_by_who_may_pass_it_to_ecs_tasks(user: Callable[..., Caller], task_role: str) -> None:
    registers = {"Action": "ecs:RegisterTaskDefinition", "Resource": f"{ECS}task-definition/passing:*"}
    without = user(policy(registers))
    register(without)
    refused = (
        f"User: arn:aws:iam::{ACCOUNT}:user/{without.name} is not authorized to perform: iam:PassRole on resource: "
        f"{task_role} because no identity-based policy allows the iam:PassRole action"
    )
    for parameter in ("taskRoleArn", "executionRoleArn"):
        assert said(register, caller=without, **{parameter: task_role}) == (400, "AccessDeniedException", refused)
    to = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    register(
        user(policy(registers, {"Action": "iam:PassRole", "Resource": task_role, "Condition": to})),
        taskRoleArn=task_role,
    )
    elsewhere = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    wrong = user(policy(registers, {"Action": "iam:PassRole", "Resource": task_role, "Condition": elsewhere}))
    assert "iam:PassRole" in said(register, caller=wrong, taskRoleArn=task_role)[2]


@pytest.mark.parametrize("operation", ["run_task", "create_service"])
def test_whoever_starts_tasks_passes_the_roles_of_the_task_definition(
    running: Sandbox, user: Callable[..., Caller], task_role: str, operation: str
) -> None:
    root = Caller(running, "root", "sandbox", "sandbox")
    definition = register(root, taskRoleArn=task_role)["taskDefinition"]["taskDefinitionArn"]
    network = {"awsvpcConfiguration": {"subnets": running.defaults()["subnet_ids"]}}
    given = {
        "cluster": "sandbox",
        "taskDefinition": definition,
        "networkConfiguration": network,
        "launchType": "FARGATE",
    }
    if operation == "create_service":
        given |= {"serviceName": "passing", "desiredCount": 0}
    starts = {"Action": ["ecs:RunTask", "ecs:CreateService"], "Resource": "*"}
    assert "iam:PassRole" in said(getattr(user(policy(starts)).client("ecs"), operation), **given)[2]
    passes = {"Action": "iam:PassRole", "Resource": task_role}
    getattr(user(policy(starts, passes)).client("ecs"), operation)(**given)
    if operation == "create_service":
        root.client("ecs").delete_service(cluster="sandbox", service="passing", force=True)


def test_a_family_without_a_revision_is_its_latest_one(running: Sandbox, user: Callable[..., Caller]) -> None:
    register(Caller(running, "root", "sandbox", "sandbox"))
    network = {"awsvpcConfiguration": {"subnets": running.defaults()["subnet_ids"]}}
    given = {
        "cluster": "sandbox",
        "taskDefinition": "passing",
        "networkConfiguration": network,
        "launchType": "FARGATE",
    }
    role = {"Action": "iam:PassRole", "Resource": "*"}
    family = user(policy(role, {"Action": "ecs:RunTask", "Resource": f"{ECS}task-definition/passing"}))
    assert "ecs:RunTask" in said(family.client("ecs").run_task, **given)[2]
    every = user(policy(role, {"Action": "ecs:RunTask", "Resource": f"{ECS}task-definition/passing:*"}))
    assert every.client("ecs").run_task(**given)["tasks"]


# --- words of each service


@dataclass(frozen=True)
class Refused:
    """How a call of a service is refused; `on` is the resource as its sentence names it, None where it does not."""

    service: str
    operation: str
    status: int
    code: str
    action: str
    on: str | None
    given: dict[str, Any] = field(default_factory=dict)


HERE = f"eu-west-1:{ACCOUNT}"
BALANCERS = "elasticloadbalancing:DescribeLoadBalancers"
SCALING = "application-autoscaling:DescribeScalableTargets"
JSON = (400, "AccessDeniedException")
WORDS = (
    Refused("ec2", "describe_vpcs", 403, "UnauthorizedOperation", "ec2:DescribeVpcs", None),
    Refused("elbv2", "describe_load_balancers", 403, "AccessDenied", BALANCERS, None),
    Refused("iam", "get_role", 403, "AccessDenied", "iam:GetRole", "role r", {"RoleName": "r"}),
    Refused(
        "sns", "create_topic", 403, "AuthorizationError", "SNS:CreateTopic", f"arn:aws:sns:{HERE}:t", {"Name": "t"}
    ),
    Refused("sqs", "create_queue", 403, "AccessDenied", "sqs:createqueue", f"arn:aws:sqs:{HERE}:q", {"QueueName": "q"}),
    Refused(
        "cloudwatch",
        "describe_alarms",
        403,
        "AccessDenied",
        "cloudwatch:DescribeAlarms",
        f"arn:aws:cloudwatch:{HERE}:alarm:*",
    ),
    Refused(
        "logs", "describe_log_groups", *JSON, "logs:DescribeLogGroups", f"arn:aws:logs:{HERE}:log-group::log-stream:"
    ),
    Refused("ecr", "get_authorization_token", *JSON, "ecr:GetAuthorizationToken", "*"),
    Refused("kms", "create_key", *JSON, "kms:CreateKey", "*"),
    Refused("ssm", "get_parameter", *JSON, "ssm:GetParameter", f"arn:aws:ssm:{HERE}:parameter/a", {"Name": "/a"}),
    Refused(
        "secretsmanager",
        "get_secret_value",
        *JSON,
        "secretsmanager:GetSecretValue",
        f"arn:aws:secretsmanager:{HERE}:secret:s",
        {"SecretId": "s"},
    ),
    Refused(
        "events",
        "put_rule",
        *JSON,
        "events:PutRule",
        f"arn:aws:events:{HERE}:rule/r",
        {"Name": "r", "State": "ENABLED"},
    ),
    Refused("servicediscovery", "list_namespaces", *JSON, "servicediscovery:ListNamespaces", "*"),
    Refused("application-autoscaling", "describe_scalable_targets", *JSON, SCALING, "*", {"ServiceNamespace": "ecs"}),
)


@pytest.mark.parametrize("refused", WORDS, ids=lambda refused: refused.service)
def test_each_service_refuses_in_its_own_words(user: Callable[..., Caller], refused: Refused) -> None:
    caller = user()
    prefix = "You are not authorized to perform this operation. " if refused.service == "ec2" else ""
    on = f" on resource: {refused.on}" if refused.on else ""
    assert said(getattr(caller.client(refused.service), refused.operation), **refused.given) == (
        refused.status,
        refused.code,
        (
            f"{prefix}User: arn:aws:iam::{ACCOUNT}:user/{caller.name} is not authorized to perform: "
            f"{refused.action}{on} because no identity-based policy allows the {refused.action} action"
        ),
    )


def test_no_statement_of_a_minimal_policy_can_be_spared(running: Sandbox) -> None:
    minimal = policy(
        {"Sid": "Look", "Action": "ecs:DescribeClusters", "Resource": f"{ECS}cluster/sandbox"},
        {"Sid": "Tasks", "Action": "ecs:ListTasks", "Resource": "*"},
    )

    def refused(caller: Caller) -> str | None:
        try:
            caller.client("ecs").describe_clusters(clusters=["sandbox"])
            caller.client("ecs").list_tasks(cluster="sandbox")
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return None

    assert refused(make_user(running, minimal)) is None
    left = {sid: refused(make_user(running, rest)) for sid, rest in without_one(minimal)}
    assert left == {"Look": "AccessDeniedException", "Tasks": "AccessDeniedException"}
