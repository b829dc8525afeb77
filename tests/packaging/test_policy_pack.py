"""The policy pack on the real engine: a stack that does not use the component is held against the controls.

The pack's SDK pins other versions of gRPC and protobuf than Pulumi's own, so it has an environment of its own, which
`make policy` makes before it runs this.
"""

import os
import shutil
from pathlib import Path

import pytest

from automation.engine.install import Engine
from sandbox.process import Sandbox
from tests.packaging.conftest import ROOT, Plain, plain_stack

PYTHON = os.environ.get("FAILWELL_POLICY_PYTHON", "")
"""The interpreter of an environment that has components/policy/requirements.txt."""

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(not PYTHON, reason="make policy runs it")]
_PACK = ROOT / "components" / "policy"
_STACK = Path(__file__).with_name("policy_stack")


@pytest.fixture
def stack(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Plain:
    folder = Path(shutil.copytree(_STACK, tmp_path / "shop"))
    return plain_stack(folder, engine, sandbox, Path(PYTHON))


def test_a_preview_that_breaks_what_must_hold_is_stopped_by_the_pack(stack: Plain) -> None:
    refused = stack.preview(policy_packs=[str(_PACK)], mutability="MUTABLE")
    assert not refused.went_well
    assert "imageTagMutability is MUTABLE" in str(refused)
    assert "ecr-01" in str(refused).lower()

    kept = stack.preview(policy_packs=[str(_PACK)], mutability="IMMUTABLE")
    assert kept.went_well, kept
