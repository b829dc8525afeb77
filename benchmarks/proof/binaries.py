"""Peers that come as a binary, which somebody names: `TERRAFORM=/path/to/terraform`, `ECSPRESSO=/path/to/ecspresso`.

Terraform installs its provider from the registry, or from the mirror in the folder that `TERRAFORM_PLUGINS` names. The
provider takes half a gibibyte for each run, so it meets a few of the failures only.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.proof.stage import Case, Stage
from benchmarks.proof.tools import MINUTES, Launch, Tool, aws_environment

_PROVIDER = "5.100.0"
_FEW = ("image-missing", "crash", "port", "healthy")


def named_binaries() -> list[str]:
    """Return the variables that name binaries, with the binaries' names alone."""
    return [f"{name}={Path(os.environ[name]).name}" for name in ("TERRAFORM", "ECSPRESSO") if os.environ.get(name)]


def named_tools() -> tuple[Tool, ...]:
    """Return the tools whose binaries the environment names."""
    found = []
    if terraform := os.environ.get("TERRAFORM"):
        found.append(
            Tool(
                "terraform",
                "`terraform apply`",
                f"{_version(terraform, 'version')}, provider {_PROVIDER}",
                f"the service and its task definition in a configuration with `wait_for_steady_state`, time-out "
                f"{MINUTES} minutes",
                lambda stage, case, spec: terraform_apply(terraform, stage, case, spec, wait=True),
                first=lambda stage, case, spec: terraform_apply(terraform, stage, case, spec, wait=False),
                kinds=_FEW,
                at_once=4,
            )
        )
    if ecspresso := os.environ.get("ECSPRESSO"):
        found.append(
            Tool(
                "ecspresso",
                "ecspresso",
                _version(ecspresso, "version"),
                f"`ecspresso deploy` of both definitions as files, time-out {MINUTES} minutes",
                lambda stage, case, spec: ecspresso_deploy(ecspresso, stage, case, spec),
                at_once=20,
            )
        )
    return tuple(found)


def _version(binary: str, argument: str) -> str:
    said = subprocess.run([binary, argument], capture_output=True, text=True, check=False).stdout
    return said.splitlines()[0].strip() if said.strip() else "of no stated version"


def terraform_apply(binary: str, stage: Stage, case: Case, spec: Path, *, wait: bool) -> Launch:
    """Return `terraform apply` in a folder of the case's own; its first one also initializes the folder."""
    folder = stage.directory / "terraform" / case.name
    commands: list[list[str]] = []
    if not folder.exists():
        folder.mkdir(parents=True)
        mirror = os.environ.get("TERRAFORM_PLUGINS")
        commands.append([binary, "init", "-input=false", "-no-color", *([f"-plugin-dir={mirror}"] if mirror else [])])
    configuration = terraform_configuration(stage.read_spec(spec), stage.sandbox.region, wait=wait)
    (folder / "main.tf.json").write_text(json.dumps(configuration, indent=1), encoding="utf-8")
    commands.append([binary, "apply", "-auto-approve", "-input=false", "-no-color"])
    environment = {**aws_environment(stage, case.name), "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    return Launch(commands, environment, folder)


def terraform_configuration(spec: Mapping[str, Any], region: str, *, wait: bool) -> dict[str, Any]:
    """Return the service and its task definition as Terraform's JSON has them."""
    task, service = spec["definition"], spec["service"]
    network = service["networkConfiguration"]["awsvpcConfiguration"]
    provider = {"region": region, "skip_metadata_api_check": True, "skip_requesting_account_id": False}
    definition = {
        "family": task["family"],
        "cpu": task["cpu"],
        "memory": task["memory"],
        "network_mode": task["networkMode"],
        "requires_compatibilities": task["requiresCompatibilities"],
        "execution_role_arn": task["executionRoleArn"],
        "task_role_arn": task.get("taskRoleArn"),
        "container_definitions": json.dumps(task["containerDefinitions"]),
        "skip_destroy": True,
    }
    block = {
        "name": service["serviceName"],
        "cluster": service["cluster"],
        "task_definition": "${aws_ecs_task_definition.it.arn}",
        "desired_count": service["desiredCount"],
        "launch_type": "FARGATE",
        "health_check_grace_period_seconds": service["healthCheckGracePeriodSeconds"],
        "network_configuration": {"subnets": network["subnets"], "security_groups": network["securityGroups"]},
        "load_balancer": [
            {
                "target_group_arn": each["targetGroupArn"],
                "container_name": each["containerName"],
                "container_port": each["containerPort"],
            }
            for each in service["loadBalancers"]
        ],
        "deployment_circuit_breaker": service["deploymentConfiguration"]["deploymentCircuitBreaker"],
        "wait_for_steady_state": wait,
        "timeouts": {"update": f"{MINUTES}m"},
    }
    source = {"aws": {"source": "hashicorp/aws", "version": _PROVIDER}}
    return {
        "terraform": {"required_providers": source},
        "provider": {"aws": provider},
        "resource": {"aws_ecs_task_definition": {"it": definition}, "aws_ecs_service": {"it": block}},
    }


def ecspresso_deploy(binary: str, stage: Stage, case: Case, spec: Path) -> Launch:
    """Return `ecspresso deploy`, whose files are ECS's own requests."""
    folder = stage.directory / "ecspresso" / case.name
    folder.mkdir(parents=True, exist_ok=True)
    both = stage.read_spec(spec)
    (folder / "task.json").write_text(json.dumps(both["definition"]), encoding="utf-8")
    (folder / "service.json").write_text(json.dumps(both["service"]), encoding="utf-8")
    settings = {
        "region": stage.sandbox.region,
        "cluster": case.cluster,
        "service": case.name,
        "service_definition": "service.json",
        "task_definition": "task.json",
        "timeout": f"{MINUTES}m",
    }
    (folder / "ecspresso.yml").write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
    command = [binary, "deploy", "--config", "ecspresso.yml"]
    return Launch([command], aws_environment(stage, case.name), folder)
