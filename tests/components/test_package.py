"""The package as others import it: fast, lazy, and usable as a plugin."""

import json
import subprocess
import sys
from pathlib import Path

import pulumi
import pytest

from benchmarks.component import MOST_MIB

ROOT = Path(__file__).parents[2]


def test_importing_the_package_imports_neither_pulumi_nor_anything_of_aws():
    code = "import components, sys; print(sorted(m for m in sys.modules if m.startswith(('pulumi', 'boto', 'grpc'))))"
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed == "[]\n"


def test_the_examples_graph_is_made_without_the_sdks_large_packages_and_within_its_memory():
    command = [sys.executable, "-m", "benchmarks.component", "given"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    measured = json.loads(printed)
    assert "ecs" in measured["packages"]
    assert not {"ec2", "ecr", "wafv2"} & set(measured["packages"])
    assert measured["mib"] <= MOST_MIB


def test_every_public_name_can_be_imported():
    import components

    for name in components.__all__:
        assert getattr(components, name).__name__ == name
    assert set(components.__all__) <= set(dir(components))


def test_an_unknown_name_is_an_attribute_error():
    import components

    with pytest.raises(AttributeError, match="no attribute 'Fargate'"):
        _ = components.Fargate


def test_the_documented_arguments_are_those_that_are_read():
    from collections.abc import Sequence
    from typing import get_args, get_origin, get_type_hints, is_typeddict

    from components.args import FargateServiceArgs
    from components.arguments import ARGUMENTS
    from components.reading import Group, ListOf

    def compare(documented, group):
        hints = get_type_hints(documented, localns={"Output": pulumi.Output, "T": pulumi.Output})
        assert set(hints) == set(group.keys)
        for name, hint in hints.items():
            reader = group.keys[name].reader
            if get_origin(hint) is Sequence and isinstance(reader, ListOf):
                hint, reader = get_args(hint)[0], reader.item  # noqa: PLW2901 - what the list is made of
            assert is_typeddict(hint) == isinstance(reader, Group), name
            if is_typeddict(hint):
                compare(hint, reader)
        assert documented.__required_keys__ == {name for name, key in group.keys.items() if key.required}

    compare(FargateServiceArgs, ARGUMENTS)


def test_programs_in_other_languages_get_the_same_component(run, balanced):
    from pulumi.provider.experimental.component import ComponentProvider

    from components import FargateService

    provider = ComponentProvider([FargateService], "failwell")
    balancer = balanced["load_balancer"]
    inputs = {
        "image": balanced["image"],
        "clusterArn": balanced["cluster_arn"],
        "vpcId": balanced["vpc_id"],
        "subnetIds": balanced["subnet_ids"],
        "containerPort": 5001.0,
        "environment": {"LOG_LEVEL": "info"},
        "loadBalancer": {
            "listenerArn": balancer["listener_arn"],
            "loadBalancerSecurityGroupId": balancer["load_balancer_security_group_id"],
            "listenerPriority": 100.0,
            "pathPatterns": ["/*"],
        },
        "targetGroup": {"healthCheck": {"interval": 15.0}},
        "autoscaling": {
            "minCapacity": 2.0,
            "scheduledActions": [{"name": "day", "schedule": "rate(1 day)", "maxCapacity": 9.0}],
        },
        "sidecars": [{"name": "proxy", "image": balanced["image"], "dependsOn": [{"containerName": "app"}]}],
        "taskRolePolicyStatements": [
            {
                "actions": ["s3:GetObject"],
                "resources": ["arn:aws:s3:::a"],
                "conditions": {"Bool": {"aws:SecureTransport": "true"}},
            }
        ],
    }
    graph = run(lambda: provider.construct("shop", "failwell:index:FargateService", inputs))
    assert '"containerPort": 5001,' in graph.one("TaskDefinition").inputs["containerDefinitions"]
    assert graph.one("TargetGroup").inputs["healthCheck"]["interval"] == 15
    assert graph.one("ScheduledAction").inputs["scalableTargetAction"] == {"maxCapacity": 9}
    assert graph.containers["proxy"]["dependsOn"] == [{"containerName": "app", "condition": "START"}]
    assert '"aws:SecureTransport"' in graph.one("RolePolicy", "task-policy").inputs["policy"]
    assert "expectedSettleMinutes" in graph.component.state


def test_every_argument_and_output_is_explained_to_other_languages():
    import json

    from pulumi.provider.experimental.component import ComponentProvider

    from components import Cluster, FargateService, Repository

    schema = json.loads(ComponentProvider([FargateService, Repository, Cluster], "failwell").schema)
    assert len(schema["resources"]) == 3
    properties = []
    for resource in schema["resources"].values():
        properties += [*resource["inputProperties"].items(), *resource["properties"].items()]
    for kind in schema["types"].values():
        properties += kind["properties"].items()
    assert [name for name, value in properties if not value.get("description")] == []
