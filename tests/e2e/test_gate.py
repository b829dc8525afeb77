"""`preview`, `gate` and `up --require-new-revision` on the real engine: what they say, and that nothing is changed."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jsonschema
import pytest
from referencing import Registry, Resource

from tests.e2e.conftest import ROOT, Checkout, Run

pytestmark = pytest.mark.e2e

SCHEMAS = ROOT / "automation" / "schemas"


@pytest.fixture(scope="module")
def kept(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of a sandbox that keeps what changes it: each change of AWS is a line of it."""
    directory = tmp_path_factory.mktemp("kept")
    started = checkout.deploy("sandbox", "start", "--project", str(checkout.directory), "--keep", str(directory))
    assert started.exit_code == 0, started
    return directory


def changes(directory: Path) -> list[str]:
    """Return the operations that the sandbox kept, but for reads that it keeps for what they meet first."""
    entries = [json.loads(line) for line in (directory / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    operations = [_operation(each) for each in entries if "request" in each]
    return [each for each in operations if not each.startswith(_READS)]


_READS = ("Describe", "Get", "List", "BatchGet")


def _operation(entry: dict[str, Any]) -> str:
    """Return what a kept request asks for: in a header, or in the form that is sent."""
    target: str = entry["request"].get("HTTP_X_AMZ_TARGET", "")
    form = parse_qs(entry.get("body") or "")
    return target.rpartition(".")[2] or form.get("Action", [entry["request"]["PATH_INFO"]])[0]


def ask(checkout: Checkout, command: str, image: str, *arguments: str) -> Run:
    where = ("--project", str(checkout.directory), "--sandbox", "--stack", "sandbox", "--config", f"image={image}")
    run = checkout.deploy(command, *where, *arguments)
    assert run.output or "json" not in arguments, run
    return Run(run.exit_code, run.output, run.errors, json.loads(run.output) if "json" in arguments else {})


def check(document: dict[str, Any]) -> None:
    """Hold a preview against its schema, which names those of its parts."""
    schemas = {name: json.loads((SCHEMAS / name).read_text(encoding="utf-8")) for name in _NAMES}
    registry = Registry().with_resources((name, Resource.from_contents(each)) for name, each in schemas.items())
    jsonschema.Draft202012Validator(schemas["preview-1.json"], registry=registry).validate(document)


_NAMES = ("preview-1.json", "preflight-1.json", "gate-1.json")


def test_a_preview_changes_nothing_and_the_gate_asks_for_a_new_revision(checkout: Checkout, kept: Path) -> None:
    assert changes(kept) == []
    first = ask(checkout, "preview", "shop:good-1", "--format", "json")
    assert first.exit_code == 0, first
    check(first.outcome)
    assert {each["operation"] for each in first.outcome["resources"]} == {"create"}
    assert first.outcome["services"] == [{"service": "shop", "revision": None, "changes": [], "unseen": None}]
    assert changes(kept) == [], "a preview changes nothing in AWS"

    up = checkout.up("shop:good-1")
    assert up.exit_code == 0, up
    after, state = changes(kept), checkout.state()
    assert {"CreateService", "RegisterTaskDefinition", "CreateTargetGroup"} <= set(after), "what changes it is kept"

    again = ask(checkout, "gate", "shop:good-1")
    assert again.exit_code == 3, again
    assert "error[new-revision]: no new revision of `shop` is deployed: `shop:1` stays" in again.output
    required = ask(checkout, "up", "shop:good-1", "--require-new-revision")
    assert required.exit_code == 3, required
    assert "error[new-revision]" in required.output
    new = ask(checkout, "gate", "shop:good-2", "--format", "json")
    assert new.exit_code == 0, new
    assert new.outcome["new_revision"]

    refused = ask(
        checkout, "preview", "shop:no-such-tag", "--config", "environment.GREETING=unspoken", "--format", "json"
    )
    assert refused.exit_code == 3, refused
    check(refused.outcome)
    (service,) = refused.outcome["services"]
    fields = {each["path"]: (each["before"], each["after"]) for each in service["changes"]}
    assert service["revision"] == "shop:1"
    assert set(fields) == {"containerDefinitions[app].image", "containerDefinitions[app].environment.GREETING"}
    assert "unspoken" not in refused.output
    assert [each["check"] for each in refused.outcome["preflight"]["findings"] if each["status"] == "refused"] == [
        "image-exists"
    ]

    assert changes(kept) == after, "neither preview nor gate nor a refused update changes anything in AWS"
    assert checkout.state() == state
    unchanged = ask(checkout, "up", "shop:good-1")
    assert unchanged.exit_code == 0, unchanged
