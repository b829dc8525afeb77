"""docs/iam.md lists exactly the actions that the diagnosis calls."""

import inspect
import json
import re
from pathlib import Path

import boto3

from diagnostics import aws, aws_surroundings

PAGE = Path(__file__).parents[2] / "docs" / "iam.md"
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
}


def called() -> set[str]:
    """Return the actions whose methods are named in the modules that talk to AWS, or handed to them."""
    from diagnostics import collect_network

    sources = "".join(inspect.getsource(module) for module in (aws, aws_surroundings, collect_network))
    words = set(re.findall(r'"((?:batch|describe|get|list)(?:_\w+)+)"', sources))
    actions = set()
    for service, prefix in SERVICES.items():
        client = boto3.client(service, region_name="eu-west-1")
        named = {word for word in words if word in client.meta.method_to_api_mapping}
        actions |= {f"{prefix}:{client.meta.method_to_api_mapping[word]}" for word in named}
    return actions


def test_the_policy_and_the_table_hold_what_is_called_and_nothing_else() -> None:
    page = PAGE.read_text(encoding="utf-8")
    found = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert found
    allowed = set(json.loads(found[1])["Statement"][0]["Action"])
    assert allowed == called()
    table = set(re.findall(r"`([a-z0-9]+:[A-Z]\w+)`", page.partition("\n\n|")[2].partition("\n\n")[0]))
    assert table == allowed
