"""A refusal in words that no rule knows is told by its shape and its nouns; what names nothing is told by neither."""

import pytest

from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence
from diagnostics.model import Verdict
from diagnostics.refused_calls import refusal_by_its_shape
from diagnostics.rules import RULES

TASK = "arn:aws:ecs:eu-west-1:123456789012:task/live/0123456789abcdef0123456789abcdef"


def refused(message: str) -> Evidence:
    return Evidence.parse({"schema": "evidence/1", "errors": [{"operation": None, "code": None, "message": message}]})


def stopped(reason: str) -> Evidence:
    task = {"taskArn": TASK, "lastStatus": "STOPPED", "stoppedReason": reason, "containers": [{"name": "orders"}]}
    return Evidence.parse({"schema": "evidence/1", "tasks": [task]})


def by_its_shape(evidence: Evidence) -> str:
    refusal = refusal_by_its_shape(evidence)
    return refusal.rule_id if refusal else ""


CLI = "An error occurred (InvalidParameterException) when calling the {} operation: {}"
HANDLER = (
    'Resource handler returned message: "Invalid request provided: UpdateService error: {} (Service: AmazonECS; Status'
    ' Code: 400; Error Code: InvalidParameterException; Request ID: 5d6c)" (HandlerErrorCode: InvalidRequest)'
)
GO = "Error: updating ECS Service (subnet-role-secrets): operation error ECS: UpdateService, https response error {}"


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (CLI.format("CreateService", "The quux of the service is not one that is taken."), "deployment-blocked"),
        (CLI.format("RunTask", "The quux is not one that is taken."), "task-definition-invalid"),
        (CLI.format("CreateService", "The loadBalancers of the quux are too quuxy."), "load-balancer-config-invalid"),
        (HANDLER.format("The subnets are quuxed."), "network-configuration-invalid"),
        (HANDLER.format("The container's quux may not be that."), "task-definition-invalid"),
        (
            GO.format("StatusCode: 400, InvalidParameterException: The quux is at odds."),
            "deployment-blocked",
        ),
        (GO.format("StatusCode: 400, ClientException: A volume may not be quuxed."), "volume-configuration-invalid"),
        (
            "An error occurred (406) when calling the RegisterTaskDefinition operation: quux the networkMode",
            "task-definition-invalid",
        ),
        (
            "An error occurred (QuuxLimitExceeded) when calling the UpdateService operation: No more quuxes.",
            "account-quota-reached",
        ),
        (
            "Parameter validation failed:\nInvalid type for parameter quux, value: 1, valid types: subnet",
            "deployment-blocked",
        ),
        ("No quux is set for it. Remove the capacity provider and try again.", "ec2-insufficient-resources"),
        ('Resource handler returned message: "Quux" (HandlerErrorCode: ServiceLimitExceeded)', "account-quota-reached"),
        ('Resource handler returned message: "Quux" (HandlerErrorCode: NotUpdatable)', "deployment-blocked"),
        ('Inappropriate value for attribute "subnets": set of string required.', "network-configuration-invalid"),
        (
            'Parameter validation failed:\nUnknown parameter in deploymentConfiguration: "quux", must be one of: quuz',
            "deployment-blocked",
        ),
        (
            'returned message: "The quux of it is taken. (Service: AmazonElasticFileSystem; Status Code: 400)"',
            "volume-configuration-invalid",
        ),
    ],
)
def test_a_refused_call_is_told_by_what_it_is_about(message: str, cause: str) -> None:
    evidence = refused(message)
    assert by_its_shape(evidence) == cause
    diagnosis = diagnose(evidence)
    assert (diagnosis.root_cause, diagnosis.verdict) == (cause, Verdict.SUSPECT)
    assert diagnosis.evidence


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("CannotCreateContainerError: API error (500): expected quux", "task-definition-invalid"),
        ("CannotStartContainerError: Error response from daemon: the quux is down", "aws-internal-error"),
        ("CannotCreateContainerError: API error (500): devicemapper: Error of a quux", "aws-internal-error"),
    ],
)
def test_a_container_that_cannot_be_made_is_told_by_the_agents_error(reason: str, cause: str) -> None:
    diagnosis = diagnose(stopped(reason))
    assert (diagnosis.root_cause, diagnosis.verdict) == (cause, Verdict.SUSPECT)


@pytest.mark.parametrize(
    "message",
    [
        'Error: InvalidParameterException:  "orders"',
        CLI.format("DescribeTasks", "Tasks cannot be empty."),
        "Error: error creating ECS service: InvalidParameterException",
        "Invalid request provided: CreateCluster Invalid Request",
        'Resource handler returned message: "Invalid request provided" (HandlerErrorCode: InvalidRequest)',
        "An error occurred (InvalidParameterException) when calling the UpdateService operation",
        "Error: Run task failed: [null]",
        "Error: Resource is not in the state servicesStable",
        "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'. (HandlerErrorCode: Quux)",
        "CannotStartContainerError: OCI runtime create failed: container_linux.go:380: starting container process",
    ],
)
def test_what_names_nothing_is_not_told_by_its_shape(message: str) -> None:
    assert by_its_shape(refused(message)) == ""
    assert by_its_shape(stopped(message)) == ""


def test_what_a_rule_knows_is_not_told_by_its_shape() -> None:
    known = refused(CLI.format("UpdateService", "5 active deployments exist, unable to create new deployment."))
    assert diagnose(known).root_cause == "deployment-blocked"
    assert "active deployments" not in diagnose(known).what
    alone = [rule for rule in RULES if rule.ID != "deployment-blocked"]
    assert diagnose(known, alone).root_cause is None
