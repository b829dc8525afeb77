"""The package as others import it: fast, lazy, and usable as a plugin."""

import subprocess
import sys
from pathlib import Path

import pulumi
import pytest

ROOT = Path(__file__).parents[2]


def test_importing_the_package_imports_neither_pulumi_nor_anything_of_aws():
    code = "import components, sys; print(sorted(m for m in sys.modules if m.startswith(('pulumi', 'boto', 'grpc'))))"
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed == "[]\n"


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
    from typing import get_type_hints, is_typeddict

    from components.args import FargateServiceArgs
    from components.arguments import ARGUMENTS
    from components.reading import Group

    def compare(documented, group):
        hints = get_type_hints(documented, localns={"Output": pulumi.Output, "T": pulumi.Output})
        assert set(hints) == set(group.keys)
        for name, hint in hints.items():
            assert is_typeddict(hint) == isinstance(group.keys[name].reader, Group)
            if is_typeddict(hint):
                compare(hint, group.keys[name].reader)
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
    }
    graph = run(lambda: provider.construct("shop", "failwell:index:FargateService", inputs))
    assert '"containerPort": 5001,' in graph.one("TaskDefinition").inputs["containerDefinitions"]
    assert graph.one("TargetGroup").inputs["healthCheck"]["interval"] == 15
    assert "expectedSettleMinutes" in graph.component.state


def test_every_argument_and_output_is_explained_to_other_languages():
    import json

    from pulumi.provider.experimental.component import ComponentProvider

    from components import FargateService

    schema = json.loads(ComponentProvider([FargateService], "failwell").schema)
    resource = schema["resources"]["failwell:index:FargateService"]
    properties = [*resource["inputProperties"].items(), *resource["properties"].items()]
    for kind in schema["types"].values():
        properties += kind["properties"].items()
    assert [name for name, value in properties if not value.get("description")] == []
