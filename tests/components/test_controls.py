"""Every control passes where it should, fails where it should, and never passes what it cannot see."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.controls import CONTROLS, ELSEWHERE, UNKNOWN, Level, Resource, Stack, State, check, failures
from components.controls import types as t
from components.controls.engine import judge
from components.controls.page import PAGE, written
from tests.components.hardened import (
    ACCOUNT,
    BALANCER,
    DEAD,
    EXECUTION,
    SERVICE_ARN,
    TOPIC,
    TRUST,
    Hardened,
    allow,
    arn,
    document,
)

Change = Callable[[Hardened], Any]


def states(stack: Stack, control: str) -> set[State]:
    return {finding.state for finding in judge([each for each in CONTROLS if each.id == control], stack)}


def set_in(resource: str, path: str, value: object) -> Change:
    """Set a value of a resource's inputs; None removes it."""

    def change(stack: Hardened) -> None:
        *way, last = path.split(".")
        place: Any = stack[resource]
        for key in way:
            place = place[int(key)] if key.isdigit() else place[key]
        if value is None:
            del place[last]
        else:
            place[last] = value

    return change


def container(**changes: object) -> Change:
    return lambda stack: stack.container(**changes)


def options(**changes: str | None) -> Change:
    merged: dict[str, str | None] = {"mode": "non-blocking", "max-buffer-size": "25m", **changes}
    kept = {key: value for key, value in merged.items() if value is not None}
    return container(logConfiguration={"logDriver": "awslogs", "options": kept})


def policy(resource: str, *statements: dict[str, Any], key: str = "policy") -> Change:
    return set_in(resource, key, document(*statements))


def event(**changes: object) -> Change:
    pattern: dict[str, object] = {
        "detail-type": ["ECS Deployment State Change"],
        "resources": [SERVICE_ARN, arn("ecs", "service/blue/web")],
        **changes,
    }
    return set_in("rule", "eventPattern", json.dumps({key: value for key, value in pattern.items() if value}))


def rule_beside(service: str = "", **detail: object) -> Change:
    """A second rule of deployments: of the same services, or of another one."""
    resources = [arn("ecs", f"service/blue/{service}")] if service else [SERVICE_ARN, arn("ecs", "service/blue/web")]
    pattern = {"detail-type": ["ECS Deployment State Change"], "resources": resources, "detail": detail}
    return lambda stack: stack.add("beside", t.EVENT_RULE, {"name": "beside", "eventPattern": json.dumps(pattern)})


def lifecycle(number: int, tags: str = "untagged") -> Change:
    selection = {"tagStatus": tags, "countType": "imageCountMoreThan", "countNumber": number}
    return set_in("lifecycle", "policy", json.dumps({"rules": [{"selection": selection}]}))


def exclusions(*filters: str) -> Change:
    def change(stack: Hardened) -> None:
        stack["repository"]["imageTagMutability"] = "IMMUTABLE_WITH_EXCLUSION"
        stack["repository"]["imageTagMutabilityExclusionFilters"] = [
            {"filter": each, "filterType": "WILDCARD"} for each in filters
        ]

    return change


def public(*, web_acl: str = "") -> Change:
    def change(stack: Hardened) -> None:
        stack["balancer"]["internal"] = False
        if web_acl:
            stack.add("acl", t.WEB_ACL_ASSOCIATION, {"resourceArn": web_acl, "webAclArn": "acl"})

    return change


def execution_policy(*statements: dict[str, Any]) -> Change:
    """Change the execution role's policy to one that still reads the secret."""
    read = allow(Action=["secretsmanager:GetSecretValue"], Resource=[arn("secretsmanager", "secret:shop/*")])
    return policy("starts", read, *statements)


def attached(stack: Hardened) -> None:
    managed = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    stack.add("managed", t.ROLE_ATTACHMENT, {"role": "shop-execution", "policyArn": managed})


def exec_on(*, recorded: bool) -> Change:
    def change(stack: Hardened) -> None:
        stack["service"]["enableExecuteCommand"] = True
        if recorded:
            stack["cluster"]["configuration"]["executeCommandConfiguration"] = {"logging": "OVERRIDE", "kmsKeyId": "k"}

    return change


def scaling(least: int) -> Change:
    def change(stack: Hardened) -> None:
        stack["service"]["desiredCount"] = 1
        stack.add("scaling", t.SCALABLE_TARGET, {"resourceId": "service/blue/shop", "minCapacity": least})

    return change


def leaves_late(stack: Hardened) -> None:
    stack.container(stopTimeout=30)
    stack["targets"]["deregistrationDelay"] = 45


def request_count_scaling(stack: Hardened) -> None:
    metric = {"predefinedMetricSpecification": {"predefinedMetricType": "ALBRequestCountPerTarget"}}
    stack.add("requests", t.SCALING_POLICY, {"targetTrackingScalingPolicyConfiguration": metric})


def trust(**changes: Any) -> Change:
    statement = {**json.loads(TRUST)["Statement"][0], **changes}
    return set_in("execution", "assumeRolePolicy", document(statement))


_CONDITION = json.loads(TRUST)["Statement"][0]["Condition"]
_OPEN = allow(Principal="*", Action="*", Resource="*")
_TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
_EVENTS = allow(Principal={"Service": "events.amazonaws.com"}, Action="kms:Decrypt", Resource="*")
_SOURCE = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}

FAILING: list[tuple[str, Change, str]] = [
    (
        "DEP-01",
        set_in("service", "deploymentCircuitBreaker.rollback", value=False),
        "deploymentCircuitBreaker.rollback",
    ),
    ("DEP-01", set_in("service", "deploymentCircuitBreaker", None), "deploymentCircuitBreaker.enable"),
    ("DEP-02", set_in("service", "alarms", None), "alarms.enable"),
    ("DEP-02", set_in("service", "alarms.rollback", value=False), "alarms.rollback"),
    ("DEP-03", set_in("service", "alarms.alarmNames", ["shop-errors", "gone"]), "alarms.alarmNames[1]"),
    ("DEP-05", set_in("alarm", "treatMissingData", None), "treatMissingData"),
    ("DEP-05", set_in("alarm", "treatMissingData", "breaching"), "treatMissingData"),
    ("DEP-06", set_in("alarm", "evaluationPeriods", 6), "evaluationPeriods"),
    ("DEP-06", set_in("alarm", "datapointsToAlarm", 4), "datapointsToAlarm"),
    ("DEP-07", set_in("service", "deploymentConfiguration", {}), "deploymentConfiguration.strategy"),
    ("DEP-08", set_in("service", "deploymentMinimumHealthyPercent", 50), "deploymentMinimumHealthyPercent"),
    ("DEP-08", set_in("service", "deploymentMaximumPercent", 100), "deploymentMaximumPercent"),
    ("DEP-08", set_in("service", "deploymentMaximumPercent", 149), "deploymentMaximumPercent"),
    ("DEP-09", set_in("service", "availabilityZoneRebalancing", None), "availabilityZoneRebalancing"),
    ("DEP-10", set_in("service", "desiredCount", 1), "desiredCount"),
    ("DEP-10", set_in("service", "networkConfiguration.subnets", ["subnet-a"]), "networkConfiguration.subnets"),
    ("DEP-10", scaling(1), "minCapacity of its scalable target"),
    ("DEP-11", set_in("service", "deploymentController", None), "deploymentController.type"),
    ("DEP-12", set_in("service", "healthCheckGracePeriodSeconds", None), "healthCheckGracePeriodSeconds"),
    ("DEP-12", set_in("service", "healthCheckGracePeriodSeconds", 3600), "healthCheckGracePeriodSeconds"),
    ("DEP-13", set_in("targets", "healthCheck.interval", 30), "healthCheck.interval"),
    ("DEP-13", set_in("targets", "healthCheck.timeout", 10), "healthCheck.timeout"),
    ("DEP-13", set_in("targets", "healthCheck.path", "/"), "healthCheck.path"),
    ("DEP-13", set_in("targets", "healthCheck.matcher", "200-499"), "healthCheck.matcher"),
    ("DEP-13", set_in("targets", "healthCheck.healthyThreshold", 5), "healthCheck.healthyThreshold"),
    ("DEP-14", set_in("targets", "deregistrationDelay", 300), "deregistrationDelay"),
    ("DEP-14", set_in("targets", "deregistrationDelay", None), "deregistrationDelay"),
    ("DEP-14", leaves_late, "deregistrationDelay"),
    ("DEP-15", container(image="nginx"), "containerDefinitions[0].image"),
    ("DEP-15", container(image="registry.example.com/team/shop:1.4.2"), "containerDefinitions[0].image"),
    ("DEP-16", container(versionConsistency="disabled"), "containerDefinitions[0].versionConsistency"),
    ("DEP-17", set_in("task", "skipDestroy", None), "skipDestroy"),
    ("DEP-17", set_in("task", "trackLatest", value=True), "trackLatest"),
    ("DEP-18", set_in("service", "waitForSteadyState", None), "waitForSteadyState"),
    ("DEP-20", set_in("schedule", "scalableTargetAction.minCapacity", 0), "scalableTargetAction.minCapacity"),
    ("DEP-20", scaling(0), "minCapacity"),
    ("DEP-22", set_in("service", "forceNewDeployment", value=True), "forceNewDeployment"),
    ("DEP-23", set_in("service", "sigintRollback", value=True), "sigintRollback"),
    ("DEP-24", set_in("service", "platformVersion", "1.3.0"), "platformVersion"),
    ("DEP-25", set_in("service", "capacityProviderStrategies.0.base", 0), "capacityProviderStrategies"),
    ("DEP-26", set_in("shifting", "loadBalancers.0.advancedConfiguration.roleArn", None), ""),
    (
        "DEP-26",
        set_in("shifting", "deploymentConfiguration.lifecycleHooks.0.timeoutConfiguration.action", "CONTINUE"),
        "deploymentConfiguration.lifecycleHooks[0].timeoutConfiguration.action",
    ),
    ("DEP-26", request_count_scaling, "strategy"),
    ("TSK-01", container(privileged=True), "containerDefinitions[0].privileged"),
    ("TSK-02", container(readonlyRootFilesystem=None), "containerDefinitions[0].readonlyRootFilesystem"),
    ("TSK-03", container(user=None), "containerDefinitions[0].user"),
    ("TSK-03", container(user="0"), "containerDefinitions[0].user"),
    ("TSK-03", container(user="root:app"), "containerDefinitions[0].user"),
    ("TSK-03", container(user="1000:0"), "containerDefinitions[0].user"),
    ("TSK-04", container(linuxParameters={"initProcessEnabled": True}), ""),
    (
        "TSK-04",
        container(
            linuxParameters={
                "capabilities": {"drop": ["ALL"], "add": ["SYS_PTRACE", "NET_ADMIN"]},
                "initProcessEnabled": True,
            }
        ),
        "containerDefinitions[0].linuxParameters.capabilities.add",
    ),
    ("TSK-05", set_in("task", "networkMode", "host"), "networkMode"),
    ("TSK-05", set_in("task", "pidMode", "host"), "pidMode"),
    ("TSK-05", set_in("task", "ipcMode", "host"), "ipcMode"),
    (
        "TSK-06",
        container(environment=[{"name": "A", "value": "b"}, {"name": "DB_PASSWORD", "value": "hunter2"}]),
        "containerDefinitions[0].environment[1].value",
    ),
    (
        "TSK-06",
        container(environment=[{"name": "DATABASE_URL", "value": "postgres://app:hunter2@db/shop"}]),
        "containerDefinitions[0].environment[0].value",
    ),
    (
        "TSK-07",
        container(secrets=[{"name": "A", "valueFrom": "shop/a"}]),
        "containerDefinitions[0].secrets[0].valueFrom",
    ),
    (
        "TSK-07",
        container(secrets=[{"name": "A", "valueFrom": arn("secretsmanager", "secret:other-Ab12Cd")}]),
        "containerDefinitions[0].secrets[0].valueFrom",
    ),
    ("TSK-08", container(logConfiguration=None), "containerDefinitions[0].logConfiguration"),
    ("TSK-08", options(mode="blocking"), "containerDefinitions[0].logConfiguration.options.mode"),
    ("TSK-08", options(mode=None), "containerDefinitions[0].logConfiguration.options.mode"),
    ("TSK-08", options(**{"max-buffer-size": None}), ""),
    ("TSK-09", container(linuxParameters={"capabilities": {"drop": ["ALL"]}}), ""),
    ("TSK-10", container(stopTimeout=None, portMappings=[]), "containerDefinitions[0].stopTimeout"),
    ("TSK-11", exec_on(recorded=False), "enableExecuteCommand"),
    ("TSK-12", container(mountPoints=[{"sourceVolume": "x", "containerPath": "/x"}]), ""),
    ("TSK-12", container(mountPoints=[{"sourceVolume": "tmp", "containerPath": "/"}]), ""),
    ("TSK-13", set_in("task", "memory", "512"), "memory"),
    ("TSK-13", set_in("task", "cpu", None), "cpu"),
    ("TSK-14", set_in("task", "volumes.1.efsVolumeConfiguration.transitEncryption", "DISABLED"), ""),
    ("TSK-14", set_in("task", "volumes.1.efsVolumeConfiguration.authorizationConfig", None), ""),
    ("TSK-15", container(restartPolicy={"enabled": True}), "containerDefinitions[0].restartPolicy.enabled"),
    ("TSK-16", set_in("task", "enableFaultInjection", value=True), "enableFaultInjection"),
    ("TSK-17", set_in("task", "taskRoleArn", EXECUTION), "taskRoleArn"),
    ("TSK-17", set_in("task", "executionRoleArn", None), "executionRoleArn"),
    ("TSK-18", container(image="registry.example.com/team/shop:latest"), "containerDefinitions[0].image"),
    ("NET-01", set_in("service", "networkConfiguration.assignPublicIp", value=True), ""),
    ("NET-01", set_in("service", "networkConfiguration.assignPublicIp", None), ""),
    ("NET-03", set_in("ingress", "cidrIpv4", "10.0.0.0/8"), "cidrIpv4"),
    ("NET-03", set_in("ingress", "toPort", 8090), "fromPort"),
    ("NET-03", set_in("ingress", "ipProtocol", "-1"), "ipProtocol"),
    (
        "NET-03",
        set_in(
            "group",
            "ingress",
            [{"protocol": "tcp", "fromPort": 8080, "toPort": 8080, "cidrBlocks": ["0.0.0.0/0"], "description": "x"}],
        ),
        "ingress[0].cidrIpv4",
    ),
    ("NET-04", set_in("egress", "ipProtocol", "-1"), "cidrIpv4"),
    ("NET-04", set_in("egress", "toPort", 65535), "cidrIpv4"),
    (
        "NET-04",
        set_in("group", "egress", [{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"], "description": "all"}]),
        "egress[0].cidrIpv4",
    ),
    ("NET-05", set_in("ingress", "description", None), "description"),
    ("CLU-01", set_in("cluster", "settings", [{"name": "containerInsights", "value": "disabled"}]), "settings"),
    ("CLU-02", set_in("task", "tags", {}), "tags"),
    ("CLU-02", set_in("service", "propagateTags", "NONE"), "propagateTags"),
    ("CLU-03", set_in("cluster", "configuration", {}), ""),
    ("ELB-01", set_in("listener", "protocol", "HTTP"), "protocol"),
    ("ELB-01", set_in("listener", "certificateArn", None), "certificateArn"),
    ("ELB-02", set_in("listener", "sslPolicy", "ELBSecurityPolicy-TLS13-1-2-2021-06"), "sslPolicy"),
    ("ELB-02", set_in("listener", "sslPolicy", None), "sslPolicy"),
    ("ELB-03", set_in("balancer", "dropInvalidHeaderFields", None), "dropInvalidHeaderFields"),
    ("ELB-04", set_in("balancer", "desyncMitigationMode", "monitor"), "desyncMitigationMode"),
    ("ELB-05", set_in("balancer", "enableDeletionProtection", None), "enableDeletionProtection"),
    ("ELB-06", set_in("balancer", "accessLogs", {"enabled": False, "bucket": "logs"}), "accessLogs"),
    ("ELB-07", set_in("balancer", "subnets", ["subnet-a"]), "subnets"),
    ("ELB-08", public(web_acl=f"{BALANCER}-other"), ""),
    ("ELB-09", public(web_acl=BALANCER), "internal"),
    ("ELB-10", set_in("targets", "protocol", "HTTP"), "protocol"),
    ("ELB-11", set_in("listener", "routingHttpResponseServerEnabled", None), "routingHttpResponseServerEnabled"),
    ("ELB-12", set_in("targets", "healthCheck", {}), "healthCheck.path"),
    ("ECR-01", set_in("repository", "imageTagMutability", "MUTABLE"), "imageTagMutability"),
    ("ECR-01", exclusions("*"), "imageTagMutabilityExclusionFilters"),
    ("ECR-01", exclusions("dev-*", "1.*"), "imageTagMutabilityExclusionFilters"),
    ("ECR-02", set_in("repository", "imageScanningConfiguration", None), "imageScanningConfiguration.scanOnPush"),
    ("ECR-03", lambda stack: stack.remove("lifecycle"), ""),
    ("ECR-03", lifecycle(1), "policy"),
    ("ECR-04", set_in("repository", "encryptionConfigurations", [{"encryptionType": "AES256"}]), ""),
    ("ECR-05", policy("pulls", _OPEN), "policy"),
    ("LOG-01", set_in("logs", "retentionInDays", 30), "retentionInDays"),
    ("LOG-02", set_in("logs", "kmsKeyId", None), "kmsKeyId"),
    ("ALM-01", set_in("alarm", "alarmActions", []), "alarmActions"),
    ("ALM-01", set_in("alarm", "actionsEnabled", value=False), "actionsEnabled"),
    ("EVT-01", lambda stack: (stack.remove("rule"), stack.remove("target")), ""),
    ("EVT-01", set_in("rule", "state", "DISABLED"), "event rule rule, state"),
    ("EVT-01", event(resources=None), "event rule rule, eventPattern.resources"),
    ("EVT-01", event(resources=[SERVICE_ARN.replace("shop", "other")]), "event rule rule, eventPattern.resources"),
    ("EVT-02", set_in("target", "deadLetterConfig", None), "deadLetterConfig.arn"),
    ("EVT-02", set_in("target", "retryPolicy", None), "retryPolicy"),
    ("EVT-03", event(detail={"eventName": ["SERVICE_DEPLOYMENT_COMPLETED"]}), "eventPattern.detail.eventName"),
    ("EVT-03", rule_beside("another", eventName=["SERVICE_DEPLOYMENT_IN_PROGRESS"]), "eventPattern.detail.eventName"),
    ("SNS-01", set_in("topic", "kmsMasterKeyId", None), "kmsMasterKeyId"),
    ("SNS-01", set_in("topic", "kmsMasterKeyId", "alias/aws/sns"), "kmsMasterKeyId"),
    ("SNS-02", policy("publishers", _TLS, allow(Principal="*", Action="sns:Publish", Resource=TOPIC)), "policy"),
    (
        "SNS-02",
        policy(
            "publishers", allow(Principal={"Service": "events.amazonaws.com"}, Action="sns:Publish", Resource=TOPIC)
        ),
        "policy",
    ),
    (
        "SNS-02",
        policy("publishers", _TLS, allow(Principal={"Service": "s3.amazonaws.com"}, Action="sns:Publish")),
        "policy",
    ),
    ("SQS-01", set_in("queue", "sqsManagedSseEnabled", None), "sqsManagedSseEnabled"),
    ("SQS-01", policy("queue", _TLS, _OPEN), "policy"),
    ("SQS-01", set_in("queue", "policy", None), "policy"),
    ("SQS-01", set_in("queue", "redrivePolicy", None), "redrivePolicy"),
    ("KMS-01", set_in("key", "enableKeyRotation", None), "enableKeyRotation"),
    ("KMS-01", policy("key", _OPEN), "policy"),
    ("KMS-01", policy("key", {**_EVENTS, "Condition": _SOURCE}), "policy"),
    ("KMS-01", policy("key", {**_EVENTS, "Principal": {"Service": "cloudwatch.amazonaws.com"}}), "policy"),
    ("IAM-01", trust(Condition={"StringEquals": _CONDITION["StringEquals"]}), "assumeRolePolicy"),
    ("IAM-01", trust(Condition={"ArnLike": _CONDITION["ArnLike"]}), "assumeRolePolicy"),
    ("IAM-01", trust(Condition={**_CONDITION, "ArnLike": {"aws:SourceArn": "arn:aws:ecs:*:*:*"}}), "assumeRolePolicy"),
    (
        "IAM-01",
        trust(Principal={"Service": ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com"]}),
        "assumeRolePolicy",
    ),
    ("IAM-02", execution_policy(allow(Action="logs:PutLogEvents", Resource="*")), "policy, statement 1"),
    ("IAM-02", execution_policy(allow(Action="ecr:*", Resource=arn("ecr", "repository/a"))), "policy, statement 1"),
    ("IAM-02", attached, "policyArn"),
    ("IAM-03", set_in("execution", "permissionsBoundary", None), "permissionsBoundary"),
]

TOGETHER = {
    ("DEP-07", "DEP-06"), ("DEP-10", "DEP-20"), ("DEP-12", "DEP-13"), ("DEP-15", "TSK-18"), ("TSK-18", "DEP-15"),
    ("TSK-17", "IAM-02"), ("ELB-12", "DEP-13"), ("ELB-12", "ELB-10"), ("ELB-08", "ELB-09"), ("DEP-20", "DEP-10"),
    ("ECR-01", "DEP-15"), ("TSK-17", "TSK-07"),
}  # fmt: skip
"""Controls that fail together because one change breaks both."""

PASSING: list[tuple[str, Change]] = [
    ("DEP-05", set_in("alarm", "treatMissingData", "ignore")),
    ("DEP-06", set_in("service", "deploymentConfiguration", {"strategy": "ROLLING"})),
    ("DEP-08", set_in("service", "deploymentMinimumHealthyPercent", None)),
    ("DEP-10", scaling(2)),
    ("DEP-13", set_in("targets", "healthCheck.matcher", "200-299")),
    ("DEP-13", set_in("targets", "healthCheck.matcher", "200,204")),
    ("DEP-14", container(stopTimeout=30, portMappings=[])),
    ("DEP-15", container(image="registry.example.com/team/shop@sha256:" + "0a" * 32)),
    ("DEP-16", container(versionConsistency=None)),
    ("DEP-24", set_in("service", "platformVersion", "LATEST")),
    ("TSK-02", container(readonlyRootFilesystem="true")),
    ("TSK-03", container(user="app")),
    ("TSK-04", container(linuxParameters={"capabilities": {"drop": ["ALL"], "add": ["SYS_PTRACE"]}})),
    ("TSK-06", container(environment=[{"name": "PASSWORD_MIN_LENGTH", "value": "12"}])),
    ("TSK-11", exec_on(recorded=True)),
    ("NET-01", set_in("service", "networkConfiguration.assignPublicIp", "DISABLED")),
    ("NET-03", set_in("ingress", "securityGroupId", "sg-balancer")),
    ("NET-04", set_in("egress", "cidrIpv4", "10.0.0.0/8")),
    ("ELB-04", set_in("balancer", "desyncMitigationMode", None)),
    ("ELB-08", public(web_acl=BALANCER)),
    ("ECR-01", exclusions("dev-*")),
    ("ECR-03", lifecycle(20)),
    ("EVT-01", event(resources=[{"wildcard": "arn:aws:ecs:*:*:service/blue/*"}])),
    ("EVT-03", event(detail=None)),
    ("EVT-03", rule_beside(eventName=["SERVICE_DEPLOYMENT_IN_PROGRESS"])),
    ("IAM-01", trust(Action=["sts:AssumeRole"])),
    (
        "SQS-01",
        policy("queue", {**_TLS, "Condition": {"Bool": {"aws:SecureTransport": False}}}),
    ),
]


def test_every_row_of_the_checklist_is_a_control_once() -> None:
    ids = [control.id for control in CONTROLS]
    assert ids == sorted(set(ids))
    assert not set(ids) & set(ELSEWHERE)


def test_a_hardened_stack_fails_nothing_and_everything_was_looked_at() -> None:
    findings = check(Hardened().stack())
    assert failures(findings) == []
    odd = {finding.control.id: finding.state for finding in findings if finding.state is not State.PASSED}
    assert odd == {"ELB-08": State.NOT_APPLICABLE}  # the load balancer is not on the internet


def test_every_control_has_a_failing_case() -> None:
    assert {control for control, _, _ in FAILING} == {control.id for control in CONTROLS}


def ids(cases: list[Any]) -> list[str]:
    return [f"{case[0]}-{number}" for number, case in enumerate(cases)]


@pytest.mark.parametrize(("control", "change", "path"), FAILING, ids=ids(FAILING))
def test_it_fails_where_it_should_and_alone(control: str, change: Change, path: str) -> None:
    stack = Hardened()
    change(stack)
    failed = failures(check(stack.stack()))
    mine = [finding for finding in failed if finding.control.id == control]
    assert mine, f"{control} stays silent"
    assert any(path in finding.path for finding in mine), [finding.path for finding in mine]
    assert all(finding.message and finding.resource for finding in mine)
    others = {(control, finding.control.id) for finding in failed if finding.control.id != control}
    assert others <= TOGETHER


@pytest.mark.parametrize(("control", "change"), PASSING, ids=ids(PASSING))
def test_it_stays_silent_where_it_should(control: str, change: Change) -> None:
    stack = Hardened()
    change(stack)
    assert states(stack.stack(), control) <= {State.PASSED, State.NOT_APPLICABLE}
    assert State.PASSED in states(stack.stack(), control)


def _unknown(resource: Resource, key: str) -> Resource:
    return Resource(resource.type, resource.name, {**resource.inputs, key: UNKNOWN}, resource.names)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_what_is_secret_or_not_known_never_passes(control: Any) -> None:
    """Whatever single input is hidden, a resource that failed before is never passed."""
    for wanted, change, _ in FAILING:
        if wanted != control.id:
            continue
        made = Hardened()
        change(made)
        stack = made.stack()
        for place, resource in enumerate(stack.resources):
            for key in resource.inputs:
                hidden = (*stack.resources[:place], _unknown(resource, key), *stack.resources[place + 1 :])
                found = states(Stack(hidden, stack.whole), control.id)
                assert found & {State.FAILED, State.NOT_CHECKED, State.NOT_APPLICABLE}, (resource.name, key)


def test_a_secret_container_is_not_checked_and_hides_no_other() -> None:
    made = Hardened()
    made["task"]["containerDefinitions"] = [
        {"name": "a", "user": UNKNOWN},
        {"name": "b", "user": "root", "environment": [{"name": "A", "value": UNKNOWN}]},
    ]
    found = {(f.control.id, f.path): f.state for f in check(made.stack()) if f.resource == "task"}
    assert found["TSK-03", "containerDefinitions[0].user"] is State.NOT_CHECKED
    assert found["TSK-03", "containerDefinitions[1].user"] is State.FAILED
    assert found["TSK-06", "containerDefinitions[1].environment[0].value"] is State.NOT_CHECKED


def test_a_value_of_the_environment_is_never_shown() -> None:
    made = Hardened()
    made.container(
        environment=[{"name": "API_KEY", "value": "hunter2"}, {"name": "URL", "value": "http://a:hunter2@b"}]
    )
    assert "hunter2" not in repr([finding.message for finding in check(made.stack())])


def test_text_that_is_no_json_fails_with_its_place() -> None:
    made = Hardened()
    made["task"]["containerDefinitions"] = "[{"
    (found,) = [f for f in failures(check(made.stack())) if f.control.id == "TSK-02"]
    assert (found.path, found.message) == ("containerDefinitions", "is not JSON")


def test_what_may_be_elsewhere_is_not_missing() -> None:
    made = Hardened()
    made.remove("rule")
    made.remove("target")
    made.remove("alarm")
    made.remove("repository")
    found = {f.control.id: f.state for f in check(made.stack(whole=frozenset())) if f.resource in {"service", "task"}}
    assert found["EVT-01"] is State.NOT_CHECKED
    assert found["DEP-03"] is State.NOT_CHECKED
    assert found["DEP-15"] is State.NOT_CHECKED


def test_a_worker_needs_no_deployment_alarms_and_no_grace_period() -> None:
    made = Hardened()
    made["service"].update(loadBalancers=[], alarms={"alarmNames": [], "enable": False, "rollback": False})
    made["service"].pop("healthCheckGracePeriodSeconds")
    assert not [f for f in failures(check(made.stack())) if f.resource == "service"]


def test_a_dead_letter_queue_needs_none_of_its_own() -> None:
    made = Hardened()
    made["target"]["deadLetterConfig"] = {"arn": DEAD}
    made.remove("queue")
    assert not [f for f in failures(check(made.stack())) if f.control.id == "SQS-01"]


def test_a_redirect_to_https_is_a_listener_that_may_stay() -> None:
    made = Hardened()
    redirect = {"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}
    made.add("plain", t.LISTENER, {"protocol": "HTTP", "port": 80, "defaultActions": [redirect]})
    assert failures(check(made.stack())) == []


def test_every_control_says_why_and_what_to_write() -> None:
    for control in CONTROLS:
        assert control.requires, control.id
        assert control.reason, control.id
        assert control.instead, control.id
        assert not control.requires.endswith("."), control.id
        assert control.level in Level


def test_the_table_of_the_page_is_the_list() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert "<!-- controls -->\n| control |" in page
    assert page == written(page), "run `python -m components.controls.page`"
