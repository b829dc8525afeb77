"""Wrong usage: exit code 2, one clear sentence each, no traceback, and nothing touched."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Checkout

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--config", "imag=shop:good-1"), "did you mean `image`?"),
        (("--config", "image=shop:good-1", "--config", "container_port=many"), "expected a value of type integer"),
        (("--config", "image=shop:good-1", "--config", "container_port=99999"), "container_port"),
        (("--config", "image=shop:good-1", "--config", "cpu=300"), "cpu"),
        (("--config", "image=shop:latest"), "latest"),
        ((), "has no value for `image`"),
        (("--config", "image=shop:good-1", "--stack", "acme/dev"), "write `dev`"),
    ],
)
def test_wrong_configuration_is_refused_in_a_sentence(
    checkout: Checkout, arguments: tuple[str, ...], says: str
) -> None:
    run = checkout.deploy("up", "--project", str(checkout.directory), "--sandbox", "--quiet", *arguments)
    assert run.exit_code == 2, run
    assert says in run.errors, run
    assert "Traceback" not in run.errors + run.output, run


@pytest.mark.parametrize(
    ("text", "says"), [(None, "no Pulumi.yaml"), ("name: [", "is not YAML"), ("a: 1", "`name` is missing")]
)
def test_a_project_that_cannot_be_read_is_refused(
    checkout: Checkout, tmp_path: Path, text: str | None, says: str
) -> None:
    if text is not None:
        (tmp_path / "Pulumi.yaml").write_text(text, encoding="utf-8")
    run = checkout.deploy("up", "--project", str(tmp_path), "--sandbox")
    assert run.exit_code == 2, run
    assert says in run.errors, run
    assert "Traceback" not in run.errors + run.output, run
    assert not (tmp_path / ".failwell").exists(), "nothing is left behind"


def test_without_a_terminal_a_change_needs_yes(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    run = checkout.deploy("destroy", "--project", str(checkout.directory), "--stack", "nowhere")
    assert run.exit_code == 2, run
    assert "there is no such stack" in run.errors, run
