"""`up` with its preflight on the real engine: what cannot work is refused before anything is touched."""

import json
from pathlib import Path

import jsonschema
import pytest

from tests.e2e.conftest import ROOT, Checkout, Run

pytestmark = pytest.mark.e2e

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


def schema(name: str) -> object:
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def test_what_cannot_work_is_refused_before_anything_is_touched_and_what_works_is_deployed(checkout: Checkout) -> None:
    refused = up(checkout, "shop:no-such-tag")
    assert refused.exit_code == 3, refused
    assert "error[image-exists]: the image `123456789012.dkr.ecr." in refused.output
    assert refused.outcome["services"] == []
    assert checkout.state().get("resources", []) == [], "a first deployment: nothing was made"

    first = up(checkout, "shop:good-1")
    assert first.exit_code == 0, first
    found = first.outcome["preflight"]
    jsonschema.validate(first.outcome, schema("outcome-1"))
    jsonschema.validate(found, schema("preflight-1"))
    assert not found["refused"]
    assert {each["status"] for each in found["findings"]} == {"ok"}, found
    assert [each["digest"] for each in found["images"]] == [first.service["digest"]]
    assert first.outcome["gaps"] == []

    before = checkout.state()
    second = up(checkout, "shop:needs-secret", "--config", NO_SUCH_SECRET)
    assert second.exit_code == 3, second
    jsonschema.validate(second.outcome, schema("outcome-1"))
    assert "error[secrets-exist]" in second.output
    assert "nothing was changed" in second.output
    assert checkout.state() == before

    left_out = up(checkout, "shop:no-such-tag", "--skip-check", "image-exists")
    assert left_out.exit_code == 4, left_out
    assert left_out.outcome["diagnosis"]["root_cause"] == "image-not-found"
    skipped = [each["check"] for each in left_out.outcome["preflight"]["findings"] if each["status"] == "skipped"]
    assert skipped == ["image-exists"]


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
