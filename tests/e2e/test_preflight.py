"""`up` with its preflight on the real engine: what cannot work is refused before anything is touched."""

import json
import os
import shlex
from pathlib import Path

import boto3
import jsonschema
import pytest

from automation.engine.install import ensure_engine
from sandbox import place, process
from tests.e2e.conftest import ROOT, Checkout, Run

pytestmark = pytest.mark.e2e

CANARY = "canary-7f3a9c"
"""The value of a secret that is there; nothing may say or keep it."""
SCHEMAS = ROOT / "automation" / "schemas"
NO_SUCH_SECRET = "secrets.DATABASE_URL=arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/database-AbCdEf"


def up(checkout: Checkout, image: str, *arguments: str) -> Run:
    """Run `up` as a person does: with its preflight."""
    file = checkout.directory / "outcome.json"
    file.unlink(missing_ok=True)
    where = ("--project", str(checkout.directory), "--sandbox", "--stack", "sandbox", "--json", str(file))
    run = checkout.deploy("up", *where, "--config", f"image={image}", *arguments)
    outcome = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return Run(run.exit_code, run.output, run.errors, outcome)


def stored(checkout: Checkout) -> str:
    """Make a secret in the sandbox that runs; return its ARN."""
    found = process.find(place.place_of(checkout.directory).directory)
    assert found
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    manager = boto3.client("secretsmanager", region_name=found.region, endpoint_url=found.endpoint, **keys)  # type: ignore[call-overload]
    return str(manager.create_secret(Name="shop/api", SecretString=json.dumps({"key": CANARY}))["ARN"])


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a CLI first on PATH that notes its arguments, a line for each start; return that file."""
    file, cli = tmp_path / "calls", tmp_path / "bin" / "pulumi"
    engine = ensure_engine(lambda _what, _share: None)
    cli.parent.mkdir()
    cli.write_text(
        f'#!/bin/sh\necho "$*" >> {shlex.quote(str(file))}\nexec {shlex.quote(str(engine.executable))} "$@"\n'
    )
    cli.chmod(0o700)
    monkeypatch.setenv("PATH", f"{cli.parent}{os.pathsep}{os.environ['PATH']}")
    return file


def schema(name: str) -> object:
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def test_what_cannot_work_is_refused_before_anything_is_touched_and_what_works_is_deployed(
    checkout: Checkout, calls: Path
) -> None:
    refused = up(checkout, "shop:no-such-tag")
    assert refused.exit_code == 3, refused
    assert "error[image-exists]: the image `123456789012.dkr.ecr." in refused.output
    assert refused.outcome["services"] == []
    assert checkout.state().get("resources", []) == [], "a first deployment: nothing was made"

    secret = stored(checkout)
    calls.unlink()
    first = up(checkout, "shop:good-1", "--config", f"secrets.KEY={secret}:key::", "--read-secret-keys", "--verbose")
    assert first.exit_code == 0, first
    found = first.outcome["preflight"]
    jsonschema.validate(first.outcome, schema("outcome-1"))
    jsonschema.validate(found, schema("preflight-1"))
    assert not found["refused"]
    assert {each["status"] for each in found["findings"]} == {"ok"}, found
    assert [each["digest"] for each in found["images"]] == [first.service["digest"]]
    assert first.outcome["gaps"] == []
    started = [line.removeprefix("--non-interactive ").split()[0] for line in calls.read_text().splitlines()]
    assert started == ["version", "preview", "up"], "each start of the CLI takes time: plain `pulumi up` is one"

    before = checkout.state()
    missing = ("--config", NO_SUCH_SECRET, "--config", f"secrets.KEY={secret}:keys::")
    second = up(checkout, "shop:needs-secret", *missing, "--read-secret-keys", "--verbose")
    assert second.exit_code == 3, second
    jsonschema.validate(second.outcome, schema("outcome-1"))
    assert "error[secrets-exist]" in second.output
    assert f"error[secrets-json-key]: the secret `{secret}` has no JSON key `keys`" in second.output
    assert "name `key` in `valueFrom`" in second.output
    assert "nothing was changed" in second.output
    assert checkout.state() == before

    left_out = up(checkout, "shop:no-such-tag", "--skip-check", "image-exists")
    assert left_out.exit_code == 4, left_out
    assert left_out.outcome["diagnosis"]["root_cause"] == "image-not-found"
    skipped = [each["check"] for each in left_out.outcome["preflight"]["findings"] if each["status"] == "skipped"]
    assert skipped == ["image-exists"]

    assert CANARY not in "".join(map(str, (first, second, left_out)))
    files = [each for each in checkout.directory.rglob("*") if each.is_file() and not each.is_symlink()]
    assert all(any(kind in str(each) for each in files) for kind in ("outcome", "evidence", "history", "stacks"))
    assert not [each for each in files if CANARY.encode() in each.read_bytes()], "nor does the sandbox, in any file"


def test_a_check_that_there_is_not_is_refused_with_the_nearest(checkout: Checkout) -> None:
    run = up(checkout, "shop:good-1", "--skip-check", "image-exist")
    assert run.exit_code == 2, run
    assert "did you mean `image-exists`" in run.errors


def test_a_program_that_cannot_be_previewed_ends_as_its_update_would(checkout: Checkout) -> None:
    broken = up(
        checkout, "shop:good-1", "--config", "way_out=nowhere", "--config", "vpc_id=", "--config", "subnet_ids=[]"
    )
    assert broken.exit_code == 1, broken
    assert "write nat or endpoints" in broken.errors
    refused = up(checkout, "shop:good-1", "--config", "cpu=300")
    assert refused.exit_code == 2, refused
    assert "error[invalid-arguments]" in refused.errors
    assert not list(Path(checkout.directory / ".failwell" / "runs").glob("*/*")), "the settings of runs are removed"
