"""docs/iam.md lists exactly the actions that the diagnosis and the audit call."""

import importlib
import inspect
import json
import re
from pathlib import Path
from pkgutil import iter_modules, walk_packages
from types import ModuleType

import boto3

from automation import audit, preflight
from diagnostics import aws, aws_surroundings, collect_network

PAGE = Path(__file__).parents[1] / "docs" / "iam.md"
SERVICES = {
    "ecs": "ecs",
    "elbv2": "elasticloadbalancing",
    "logs": "logs",
    "ecr": "ecr",
    "secretsmanager": "secretsmanager",
    "ssm": "ssm",
    "iam": "iam",
    "cloudwatch": "cloudwatch",
    "ec2": "ec2",
    "application-autoscaling": "application-autoscaling",
    "events": "events",
    "kms": "kms",
    "sns": "sns",
    "sqs": "sqs",
    "wafv2": "wafv2",
}


def called(*modules: ModuleType) -> set[str]:
    """Return the actions whose methods are named in modules that talk to AWS, or hand them on."""
    sources = "".join(inspect.getsource(module) for module in modules)
    words = set(re.findall(r'"((?:batch|describe|get|list)(?:_\w+)+)"', sources))
    actions = set()
    for service, prefix in SERVICES.items():
        client = boto3.client(service, region_name="eu-west-1")
        named = {word for word in words if word in client.meta.method_to_api_mapping}
        actions |= {f"{prefix}:{client.meta.method_to_api_mapping[word]}" for word in named}
    return actions


def policies() -> list[set[str]]:
    """Return the actions of each policy on the page, in its order."""
    found = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [set(json.loads(each)["Statement"][0]["Action"]) for each in found]


def test_the_policy_and_the_table_hold_what_is_called_and_nothing_else() -> None:
    allowed = policies()[0]
    assert allowed == called(aws, aws_surroundings, collect_network)
    page = PAGE.read_text(encoding="utf-8")
    table = set(re.findall(r"`([a-z0-9]+:[A-Z]\w+)`", page.partition("\n\n|")[2].partition("\n\n")[0]))
    assert table == allowed


def test_the_policy_of_the_audit_holds_what_it_reads_and_nothing_else() -> None:
    modules = (importlib.import_module(f"automation.audit.{each.name}") for each in iter_modules(audit.__path__))
    assert policies()[2] == called(*modules)


def test_the_policy_of_the_preflight_holds_what_it_reads_besides_and_nothing_else() -> None:
    names = [each.name for each in walk_packages(preflight.__path__, f"{preflight.__name__}.")]
    sources = "".join(inspect.getsource(importlib.import_module(name)) for name in names)
    actions = set()
    for service, method in re.findall(r'(?:ask|pages)\(\s*"([\w-]+)",\s*"(\w+)"', sources):
        operations = boto3.client(service, region_name="eu-west-1").meta.method_to_api_mapping
        actions.add(f"{SERVICES.get(service, service.replace('-', ''))}:{operations[method]}")
    assert policies()[1] == actions - policies()[0]
    section = PAGE.read_text(encoding="utf-8").partition("## What the preflight reads")[2].partition("```")[0]
    assert set(re.findall(r"`([a-z0-9]+:[A-Z]\w+)`", section)) == policies()[1]
