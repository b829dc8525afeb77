"""Back to what was proven, both ways, on the real engine; and the records that this rests on, here and in S3."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.e2e.conftest import ROOT, Checkout, Run

pytestmark = pytest.mark.e2e

SCHEMA = json.loads((ROOT / "automation" / "schemas" / "history-1.json").read_text(encoding="utf-8"))
EXPORT = 'pulumi.export("url"'
STORE = "s3://records/e2e"


class Repository(Checkout):
    """A checkout whose program is a file of its own, in a repository, with records in S3."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        for name in ("Pulumi.yaml", "__main__.py"):
            text = (ROOT / name).read_text(encoding="utf-8")
            (directory / name).unlink()
            (directory / name).write_text(text, encoding="utf-8")
        with (directory / "Pulumi.yaml").open("a", encoding="utf-8") as settings:
            settings.write(f"\nfailwell:\n  history: {STORE}\n")
        (directory / ".gitignore").write_text(".failwell/\n__pycache__/\noutcome.json\nPulumi.sandbox.yaml\n")
        self.git("init", "-q", "-b", "main")
        self.git("add", "-A")
        self.git("commit", "-qm", "one")

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
        subprocess.run(["git", "-C", str(self.directory), *who, *arguments], check=True, capture_output=True)

    def aws(self, *arguments: str) -> str:
        """Run the AWS CLI against the sandbox."""
        command = [sys.executable, "-m", "awscli", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=self.environment(), check=True).stdout

    def rollback(self, *arguments: str) -> Run:
        file = self.directory / "outcome.json"
        file.unlink(missing_ok=True)
        where = ("--project", str(self.directory), "--sandbox", "--json", str(file))
        run = self.deploy("rollback", *where, *arguments)
        outcome = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        return Run(run.exit_code, run.output, run.errors, outcome)

    def records(self, *arguments: str) -> list[dict[str, Any]]:
        """Return what `history` says, newest first."""
        run = self.deploy("history", "--project", str(self.directory), "--sandbox", "--json", *arguments)
        assert run.exit_code == 0, run
        return [json.loads(line) for line in run.output.splitlines()]

    def in_state(self) -> tuple[str, Any]:
        """Return the service's task definition in the state, and the stack's output `marker`."""
        resources = self.state()["resources"]
        service = next(each for each in resources if each["type"] == "aws:ecs/service:Service")
        stack = next(each for each in resources if each["type"] == "pulumi:pulumi:Stack")
        return service["outputs"]["taskDefinition"], stack["outputs"].get("marker")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Any:
    made = Repository(tmp_path_factory.mktemp("project"))
    yield made
    made.deploy("sandbox", "stop", "--project", str(made.directory))


def back_to_what_was_proven_both_ways(checkout: Repository) -> None:
    # The bucket is not there yet: the record is kept here, and the deployment is none the worse.
    (checkout.directory / "new.py").write_text("# not committed yet\n", encoding="utf-8")
    first = checkout.up("shop:good-1")
    assert first.exit_code == 0, first
    assert "this run's record is not kept everywhere: s3://records/e2e: cannot be written" in first.errors
    checkout.aws(
        "s3api", "create-bucket", "--bucket", "records", "--create-bucket-configuration", "LocationConstraint=eu-west-1"
    )
    refused = checkout.rollback()
    assert refused.exit_code == 3, refused
    assert "no revision of shop is recorded as proven to serve before `shop:1`" in refused.errors

    program = checkout.directory / "__main__.py"
    text = program.read_text(encoding="utf-8")
    program.write_text(text.replace(EXPORT, f'pulumi.export("marker", "two")\n{EXPORT}'), encoding="utf-8")
    checkout.git("add", "-A")
    checkout.git("commit", "-qm", "two")
    second = checkout.up("shop:good-2")
    assert second.exit_code == 0, second
    assert checkout.in_state() == (second.service["revision_after"], "two")

    # A file differed from the first run's commit, so the program cannot be run as it was.
    report = checkout.directory / ".failwell" / "rollback.html"
    by_service = checkout.rollback("--report", str(report))
    assert by_service.exit_code == 0, by_service
    assert "the program is not run again: files differed from the commit" in by_service.errors
    assert by_service.service["revision_after"] == first.service["revision_after"]
    assert by_service.service["digest"] == first.service["digest"]
    assert "shop serves shop:1" in by_service.output
    assert "shop serves shop:1" in report.read_text(encoding="utf-8")
    assert "the next `deploy.py up` deploys the program's version again" in by_service.output
    assert checkout.in_state() == (first.service["revision_after"], "two")

    program.write_text(text, encoding="utf-8")
    checkout.git("commit", "-qam", "three")
    by_program = checkout.rollback("--to", second.service["revision_after"])
    assert by_program.exit_code == 0, by_program
    assert by_program.service["digest"] == second.service["digest"]
    assert checkout.in_state() == (by_program.service["revision_after"], "two"), "the program is that of its commit"
    assert not (checkout.directory / ".failwell" / "rollback").exists()
    assert checkout.state().get("pending_operations", []) == []

    records = checkout.records()
    for each in records:
        jsonschema.validate(each, SCHEMA)
    assert [(each["command"], each["services"][0]["result"], each["exit_code"]) for each in reversed(records)] == [
        ("up", "serving", 0),
        ("up", "serving", 0),
        ("rollback", "serving", 0),
        ("rollback", "serving", 0),
    ]
    again, back, newer, older = records
    assert [each["rolled_back"] and each["rolled_back"]["by"] for each in (back, again)] == ["service", "program"]
    assert (again["commit"], again["configuration"]) == (newer["commit"], newer["configuration"])
    assert (back["commit"], back["configuration"]) == (older["commit"], older["configuration"])
    listed = checkout.aws(
        "s3api", "list-objects-v2", "--bucket", "records", "--query", "Contents[].Key", "--output", "json"
    )
    assert sorted(json.loads(listed)) == sorted(f"e2e/shop/sandbox/{each['id']}.json" for each in records[:-1])
    assert len(checkout.records("--history", "local", "--limit", "50")) == len(records)


def what_cannot_be_deployed_any_more_is_refused(checkout: Repository) -> None:
    if len(checkout.records()) < 2:  # where this test runs alone
        assert checkout.up("shop:good-1").exit_code == checkout.up("shop:good-2").exit_code == 0
    current = checkout.in_state()[0]
    target = next(
        each["services"][0] for each in checkout.records() if each["services"][0]["revision_after"] != current
    )
    image = ("--repository-name", "shop", "--image-ids", f"imageDigest={target['digest']}")
    checkout.aws("ecr", "batch-delete-image", *image)
    gone = checkout.rollback("--to", target["revision_after"])
    assert gone.exit_code == 3, gone
    assert "is not in ECR any more" in gone.errors
    checkout.aws("ecs", "deregister-task-definition", "--task-definition", target["revision_after"])
    inactive = checkout.rollback("--to", target["revision_after"])
    assert inactive.exit_code == 3, inactive
    assert "is INACTIVE" in inactive.errors
    assert checkout.in_state()[0] == current


def test_a_rollback_goes_back_to_what_was_proven_and_is_refused_where_that_is_gone(checkout: Repository) -> None:
    back_to_what_was_proven_both_ways(checkout)
    what_cannot_be_deployed_any_more_is_refused(checkout)
