"""docs/iam.md is made of the one list of permissions, and the list holds exactly the actions that the code calls."""

import inspect
import json
import re
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

import boto3
import pytest

import automation
import diagnostics
from automation import audit, permissions
from automation.permissions import PAGE, PERMISSIONS, POLICIES, Use, actions_of
from diagnostics import aws, aws_surroundings, collect_network

PREFIXES = {"elbv2": "elasticloadbalancing"}
"""IAM's name of a service where it is not boto3's."""
SERVICES = sorted(
    {PREFIXES.get(name, name) for name in (action.split(":")[0] for each in PERMISSIONS for action in each.actions)}
)
BOTO3_NAMES = {prefix: name for name, prefix in PREFIXES.items()}
_READ = re.compile(r'"((?:batch_get|describe|get|list)(?:_\w+)*)"')
_CALL = re.compile(r"self\._(\w+)\.(\w+)\(")
"""How a write is called: of a client by boto3's name of the service."""


def reads(*modules: ModuleType) -> set[str]:
    """Return the actions whose methods are named in modules that ask AWS, or hand them on."""
    words = {word for module in modules for word in _READ.findall(inspect.getsource(module))}
    return {action for word in words for action in _actions(word)}


def writes(*modules: ModuleType) -> set[str]:
    """Return the actions of the methods that modules call of their own clients."""
    found = {call for module in modules for call in _CALL.findall(inspect.getsource(module))}
    known = set(boto3.Session().get_available_services())
    calls = [(PREFIXES.get(name, name), method) for name, method in found if name in known]
    actions = {f"{service}:{name}" for service, method in calls if (name := _method(service, method))}
    return {action for action in actions if not is_read(action)}


def is_read(action: str) -> bool:
    return action.partition(":")[2].startswith(("BatchGet", "Describe", "Get", "List"))


def _actions(method: str) -> set[str]:
    return {f"{service}:{name}" for service in SERVICES if (name := _method(service, method))}


@cache
def _method(service: str, method: str) -> str | None:
    return _client(service).meta.method_to_api_mapping.get(method)  # type: ignore[no-any-return]


@cache
def _client(service: str) -> Any:
    return boto3.client(BOTO3_NAMES.get(service, service), region_name="eu-west-1")  # type: ignore[call-overload]


def modules(package: ModuleType) -> list[ModuleType]:
    """Return a package's modules that may talk to AWS."""
    found = walk_packages(package.__path__, f"{package.__name__}.")
    return [import_module(each.name) for each in found if not each.name.endswith(".__main__")]


def test_what_the_watch_reads_is_listed_and_nothing_else() -> None:
    assert set(actions_of(Use.WATCH, Use.FLEET)) == reads(aws, aws_surroundings, collect_network)


def test_what_the_audit_reads_is_listed_and_nothing_else() -> None:
    assert set(actions_of(Use.AUDIT)) == reads(*modules(audit))


def test_what_is_written_is_listed_and_nothing_else() -> None:
    assert writes(*modules(automation)) == {action for action in actions_of(*Use) if not is_read(action)}


def test_no_other_module_asks_for_what_is_not_listed() -> None:
    everywhere = reads(*modules(diagnostics), *modules(automation))
    assert everywhere <= set(actions_of(*Use))


@pytest.mark.parametrize("action", sorted({"secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters"}))
def test_no_value_of_a_secret_is_read(action: str) -> None:
    assert action not in actions_of(*Use)


def test_each_permission_says_when_and_what_is_lost_and_names_actions_once() -> None:
    for each in PERMISSIONS:
        assert each.uses
        assert each.when
        assert each.without
    named = [(use, action) for each in PERMISSIONS for use in each.uses for action in each.actions]
    assert len(named) == len(set(named))


def test_each_use_has_a_policy_and_the_last_one_is_for_everything() -> None:
    assert {use for each in POLICIES[:-1] for use in each.uses} == set(Use) == set(POLICIES[-1].uses)


def test_the_page_is_what_the_list_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == permissions.page(), "run `python -m automation.permissions`"
    found = re.findall(r"```json\n(.*?)```", permissions.page(), re.DOTALL)
    assert [json.loads(each) for each in found] == [each.to_document() for each in POLICIES]
