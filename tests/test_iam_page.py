"""docs/iam.md is made of the one list of permissions, and the list holds exactly the actions that the code calls."""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import pairwise
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

import boto3
import pytest

import automation
import diagnostics
from automation import audit, doctor, preflight
from automation.history import shared
from automation.mending import finding
from automation.permissions import PERMISSIONS, POLICIES, Use, actions_of
from automation.permissions.page import PAGE, page
from diagnostics import aws, aws_surroundings, collect_network

PREFIXES = {"elbv2": "elasticloadbalancing", "service-quotas": "servicequotas"}
"""IAM's name of a service where it is not boto3's."""
OTHERWISE = {"s3:ListObjectsV2": "s3:ListBucket"}
"""IAM's name of an action where it is not the operation's."""
SERVICES = sorted({action.partition(":")[0] for each in PERMISSIONS for action in each.actions})
BOTO3_NAMES = {prefix: name for name, prefix in PREFIXES.items()}
MEANT = {"list_services": "ecs", "list_objects_v2": "s3"}
"""Of which service a method is that several have, where the code does not name it beside."""
WITH_ANOTHER = {"iam:PassRole", "kms:Decrypt"}
"""No operations of ours: IAM asks for the first with UpdateService, KMS for the second with GetSecretValue."""
OF_VALUES = {"secretsmanager:GetSecretValue", "kms:Decrypt"}
"""What values of secrets are read with; only where `--read-secret-keys` is given."""
_READ = re.compile(r"(?:batch_get|describe|get|list)(?:_\w+)*")
_WITHOUT_A_NEED = {"sts"}


def reads(*modules: ModuleType) -> set[str]:
    """Return the actions whose methods are named in modules that ask AWS, or hand them on.

    A service that stands before the method, as in `ask("ecs", "describe_tasks")`, is the one that is meant.
    """
    exact: set[tuple[str, str]] = set()
    words: set[str] = set()
    for module in modules:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            pairs = set(_pairs(node))
            exact |= pairs
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _READ.fullmatch(node.value):
                words.add(node.value)
    words -= {method for _, method in exact}
    exact |= {(MEANT[word], word) for word in words & set(MEANT)}
    words -= set(MEANT)
    named = {_action(service, method) for service, method in exact}
    return {each for each in named if each} | {action for word in words for action in _actions(word)}


def _pairs(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield boto3's service and method, where they stand side by side in a call or a tuple."""
    parts = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
    texts = [each.value if isinstance(each, ast.Constant) else None for each in parts]
    for service, method in pairwise(texts):
        named = isinstance(service, str) and service in _available() - _WITHOUT_A_NEED
        if named and isinstance(method, str) and _READ.fullmatch(method):
            yield str(service), method


def _action(service: str, method: str) -> str | None:
    prefix = PREFIXES.get(service, service)
    name = _method(prefix, method)
    return OTHERWISE.get(f"{prefix}:{name}", f"{prefix}:{name}") if name else None


def calls(*modules: ModuleType) -> set[str]:
    """Return the actions of the methods that modules call of their own clients, by boto3's name of the service."""
    found: set[str] = set()
    for module in modules:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            service = node.func.value.attr.lstrip("_") if isinstance(node.func.value, ast.Attribute) else ""
            method = node.func.attr
            if method == "get_paginator" and isinstance(node.args[0], ast.Constant):
                method = str(node.args[0].value)
            if service in _available() and (action := _action(service, method)):
                found.add(action)
    return found


@cache
def _available() -> frozenset[str]:
    return frozenset(boto3.Session().get_available_services())


def is_read(action: str) -> bool:
    return action.partition(":")[2].startswith(("BatchGet", "Describe", "Get", "List", "Query"))


def _actions(method: str) -> set[str]:
    return {f"{service}:{name}" for service in SERVICES if (name := _method(service, method))}


@cache
def _method(service: str, method: str) -> str | None:
    return _client(service).meta.method_to_api_mapping.get(method)  # type: ignore[no-any-return]


@cache
def _client(service: str) -> Any:
    return boto3.client(BOTO3_NAMES.get(service, service), region_name="eu-west-1")  # type: ignore[call-overload]


def modules(package: ModuleType) -> list[ModuleType]:
    """Return a package's modules."""
    found = walk_packages(package.__path__, f"{package.__name__}.")
    return [import_module(each.name) for each in found if not each.name.endswith(".__main__")]


SURROUNDINGS = (aws_surroundings, collect_network)


def test_what_the_watch_reads_is_listed_and_nothing_else() -> None:
    assert set(actions_of(Use.WATCH, Use.FLEET)) == reads(aws, *SURROUNDINGS)


def test_what_the_preflight_reads_is_listed_and_nothing_else() -> None:
    named = reads(*modules(preflight), *SURROUNDINGS)
    assert set(actions_of(Use.PREFLIGHT)) == named - OF_VALUES
    assert set(actions_of(Use.JSON_KEYS)) == (named & OF_VALUES) | (WITH_ANOTHER & OF_VALUES)


def test_what_the_doctor_reads_is_of_the_watch() -> None:
    assert reads(doctor) <= set(actions_of(Use.WATCH))


def test_what_repair_looks_for_is_listed_and_nothing_else() -> None:
    written_and_scaled = {"ecs:UpdateService", "application-autoscaling:DescribeScalableTargets"}
    assert set(actions_of(Use.REPAIR)) == reads(finding) | written_and_scaled


def test_what_the_audit_reads_is_listed_and_nothing_else() -> None:
    assert set(actions_of(Use.AUDIT)) == reads(*modules(audit))


def test_what_the_shared_stores_of_records_ask_is_listed_and_nothing_else() -> None:
    assert set(actions_of(Use.HISTORY_S3, Use.HISTORY_DYNAMODB)) == calls(shared)


def test_what_is_written_is_listed_and_nothing_else() -> None:
    written = {action for action in actions_of(*Use) if not is_read(action)} - WITH_ANOTHER
    assert {action for action in calls(*modules(automation)) if not is_read(action)} == written


def test_no_other_module_asks_for_what_is_not_listed() -> None:
    everywhere = reads(*modules(diagnostics), *modules(automation))
    assert everywhere <= set(actions_of(*Use))


@pytest.mark.parametrize(
    "action", ["secretsmanager:BatchGetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]
)
def test_no_value_of_a_parameter_and_no_batch_of_secrets_is_read(action: str) -> None:
    assert action not in actions_of(*Use)


def test_values_of_secrets_are_read_in_one_place_with_a_policy_of_its_own() -> None:
    others = [each for each in Use if each is not Use.JSON_KEYS]
    assert not OF_VALUES & set(actions_of(*others))
    assert [each.sid for each in POLICIES if OF_VALUES & set(each.actions)] == ["FailwellSecretKeys"]
    everywhere = {*modules(diagnostics), *modules(automation)}
    assert [each.__name__ for each in everywhere if reads(each) & OF_VALUES] == ["automation.preflight.reading"]


def test_the_policy_of_values_names_the_secrets() -> None:
    (policy,) = [each for each in POLICIES if each.uses == (Use.JSON_KEYS,)]
    assert all(each.startswith("arn:") and not each.endswith("*") for each in policy.resources)


def test_each_permission_says_when_and_what_is_lost_and_names_actions_once() -> None:
    for each in PERMISSIONS:
        assert each.uses
        assert each.when
        assert each.without
    named = [(use, action) for each in PERMISSIONS for use in each.uses for action in each.actions]
    assert len(named) == len(set(named))


def test_each_use_has_a_policy_and_the_last_one_is_for_everything_but_values() -> None:
    assert {use for each in POLICIES[:-1] for use in each.uses} == set(Use) == {*POLICIES[-1].uses, Use.JSON_KEYS}


def test_the_page_is_what_the_list_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m automation.permissions`"
    found = re.findall(r"```json\n(.*?)```", page(), re.DOTALL)
    assert [json.loads(each) for each in found] == [each.to_document() for each in POLICIES]
