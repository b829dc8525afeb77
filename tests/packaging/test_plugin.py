"""The component as a plugin: its schema, and a program in whatever language that constructs it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from automation.engine.install import Engine, language_host_path
from sandbox.process import Sandbox
from tests.packaging.conftest import PLUGIN_STACK, ROOT, Installed, Plain, plain_stack

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def plugin(installed: Installed) -> Path:
    """The plugin as the wheel carries it."""
    return installed.package


@pytest.fixture(scope="module")
def consumer(
    plugin: Path, installed: Installed, sandbox: Sandbox, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Plain:
    """A stack that constructs the component through the plugin."""
    folder = Path(shutil.copytree(PLUGIN_STACK, tmp_path_factory.mktemp("consumer") / "shop"))
    file = folder / "Pulumi.yaml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    document["plugins"] = {"providers": [{"name": "failwell", "path": str(plugin)}]}
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return plain_stack(folder, engine, sandbox, installed.python)


@pytest.mark.parametrize("where", ["checkout", "wheel", "a folder whose name is no module's"])
def test_the_engine_reads_the_plugins_schema(where: str, plugin: Path, engine: Engine, tmp_path: Path) -> None:
    folder = {"checkout": ROOT / "components", "wheel": plugin}.get(where, tmp_path / "resource-failwell-v0.1.0")
    if not folder.exists():
        shutil.copytree(ROOT / "components", folder)
    path = os.pathsep.join(filter(None, [language_host_path(engine), os.environ["PATH"]]))
    variables = {"PATH": path, "PULUMI_PYTHON_CMD": sys.executable, "PULUMI_HOME": str(tmp_path)}
    asked = subprocess.run(
        [engine.executable, "package", "get-schema", folder],
        capture_output=True,
        text=True,
        env=os.environ | variables,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    schema = json.loads(asked.stdout)
    assert schema["name"] == "failwell"
    import components

    assert schema["version"] == components.__version__
    resource = schema["resources"]["failwell:index:FargateService"]
    assert resource["isComponent"]
    assert {"image", "clusterArn", "vpcId", "subnetIds"} <= set(resource["requiredInputs"])


def test_a_program_constructs_it_without_the_package_and_is_told_why_it_fails(
    consumer: Plain, sandbox: Sandbox
) -> None:
    image = f"{sandbox.account}.dkr.ecr.{sandbox.region}.amazonaws.com/shop"
    first = consumer.up(image=f"{image}:good-1")
    assert first.went_well, first
    outputs = consumer.stack.outputs()
    assert (outputs["service"].value, outputs["container_port"].value) == ("shop", 5001)

    update = consumer.up(image=f"{image}:no-such-tag")
    assert not update.went_well
    (warning,) = update.warnings
    assert warning.startswith("error[image-not-found]: "), update
