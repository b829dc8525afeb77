"""A plain `pulumi up` of a deployment that fails says why, in the update's own diagnostics."""

from pathlib import Path

import pytest

from automation.engine import Engine
from sandbox.process import Sandbox
from tests.packaging.conftest import Installed, plain_stack

pytestmark = pytest.mark.e2e


def test_a_failed_update_explains_itself_and_ends_as_it_would(
    installed: Installed, project: Path, sandbox: Sandbox, engine: Engine
) -> None:
    plain = plain_stack(project, engine, sandbox, installed.python)
    went_well, said = plain.up(image="shop:good-1")
    assert went_well, said
    assert plain.stack.outputs()["owners"].value == ["the stack"]
    went_well, said = plain.up(image="shop:no-such-tag")
    print(said)
    assert not went_well
    assert "warning: error[image-not-found]: " in said
