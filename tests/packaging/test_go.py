"""A stack in Go: the SDK made from the plugin's schema compiles, and a program that uses it constructs the component.

Pulumi's own code generator and Automation API come as Go modules, so that no language plugin for Go is needed. The
first build takes minutes; `make go` runs this.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from automation.engine.install import Engine, language_host_path
from sandbox.process import Sandbox
from tests.packaging.conftest import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.skipif("FAILWELL_GO" not in os.environ, reason="make go runs it")]
_PLUGIN = ROOT / "components"


def _run(*command: str | Path, cwd: Path, given: str = "", more: dict[str, str] | None = None) -> str:
    variables = os.environ | {"GOFLAGS": "-buildvcs=false"} | (more or {})
    ran = subprocess.run(command, cwd=cwd, input=given, capture_output=True, text=True, env=variables, check=False)
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def _environment(engine: Engine) -> dict[str, str]:
    folders = [language_host_path(engine), str(engine.executable.parent), os.environ["PATH"]]
    return {"PATH": os.pathsep.join(filter(None, folders)), "PULUMI_PYTHON_CMD": sys.executable}


@pytest.fixture
def stack(engine: Engine, tmp_path: Path) -> Path:
    """The program, built with the SDK that was made from the schema of the plugin as it is."""
    for name in ("generate", "stack"):
        shutil.copytree(Path(__file__).with_name("go") / name, tmp_path / name)
        if name == "generate":
            _run("go", "mod", "tidy", cwd=tmp_path / name)
    schema = _run("pulumi", "package", "get-schema", _PLUGIN, cwd=tmp_path, more=_environment(engine))
    (tmp_path / "schema.json").write_text(schema, encoding="utf-8")
    _run("go", "run", ".", tmp_path / "schema.json", tmp_path / "stack", cwd=tmp_path / "generate")
    _run("go", "mod", "tidy", cwd=tmp_path / "stack")
    _run("go", "build", "-o", "program", ".", cwd=tmp_path / "stack")
    return tmp_path / "stack" / "program"


def test_a_program_in_go_constructs_the_component(
    stack: Path, engine: Engine, sandbox: Sandbox, tmp_path: Path
) -> None:
    defaults: dict[str, Any] = sandbox.defaults()
    given = {
        "Plugin": str(_PLUGIN),
        "Image": f"{sandbox.account}.dkr.ecr.{sandbox.region}.amazonaws.com/shop:good-1",
        "ClusterArn": defaults["cluster_arn"],
        "VpcId": defaults["vpc_id"],
        "SubnetIds": defaults["subnet_ids"],
        "ListenerArn": defaults["listener_arn"],
        "LoadBalancerSecurityGroupId": defaults["load_balancer_security_group_id"],
        "Config": {"aws:region": sandbox.region},
    }
    more = sandbox.environment() | _environment(engine)
    outputs = json.loads(_run(stack, cwd=tmp_path, given=json.dumps(given), more=more))
    assert outputs == {"service": "shop", "container_port": 5001}
