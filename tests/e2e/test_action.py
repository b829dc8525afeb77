"""The composite action as a runner runs it, on the sandbox: previews of a branch and a fork, good and bad updates."""

import json
import os
import re
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from junitparser import JUnitXml

from sandbox import place, process
from tests.automation.ci.github_server import TOKEN, GitHub, event_of, serving
from tests.e2e.conftest import ROOT, Checkout
from tests.e2e.runner import Runner, Used, machine

pytestmark = pytest.mark.e2e

SECRET = "correct-horse-battery-staple"
CANARY = "canary-7f3a9c"
"""The value of a secret, which no variable of the job holds."""
HOSTILE_IMAGE = """
images:
  - repository: shop
    tag: hostile
    platforms: [linux/amd64]
    size_mib: 10
    exits:
      after: 2
      code: 1
      logs:
        - "::error title=injected::by a log line"
        - "listening ##[error]injected by a log line"
        - "::set-output name=result::proven"
        - "::stop-commands::mine"
        - "</code> @octocat <img src=x> ``` [a](https://evil.example)"
        - "Traceback (most recent call last):"
        - "  File \\"/app/main.py\\", line 1, in <module>"
        - "RuntimeError: ::error::injected @octocat correct-horse-battery-staple"
"""


@pytest.fixture(scope="module")
def github() -> Iterator[GitHub]:
    with serving(GitHub()) as server:
        yield server


class Repository:
    """A repository whose workflows use the action."""

    def __init__(self, checkout: Checkout, github: GitHub, folder: Path) -> None:
        self.checkout, self.github, self.folder = checkout, github, folder
        self._machine = machine(folder / "machine", sysconfig.get_path("purelib"))
        self._temp = folder / "temp"
        self._temp.mkdir()

    def use(self, event: dict[str, Any] | None = None, environment: dict[str, str] | None = None, **given: str) -> Used:
        """Run the action in a job that the event began; none is a push."""
        payload = self.folder / "event.json"
        payload.write_text(json.dumps(event or {"ref": "refs/heads/main"}), encoding="utf-8")
        name = "pull_request" if event else "push"
        job = {
            **self._machine,
            "GITHUB_REPOSITORY": self.github.repository,
            "GITHUB_API_URL": self.github.url,
            "GITHUB_EVENT_PATH": str(payload),
            "GITHUB_EVENT_NAME": name,
            "DATABASE_PASSWORD": SECRET,
            **(environment or {}),
        }
        context = {"token": TOKEN, "event_name": name, "event": event or {}}
        runner = Runner(ROOT, self._temp, job, context, (TOKEN,))
        used = runner.use(project=str(self.checkout.directory), **given)
        assert TOKEN not in str(used)
        return used

    def exported(self) -> tuple[dict[str, str], str]:
        """Return what a role's credentials would be for AWS, and the configuration that makes the example fit."""
        local = process.find(place.place_of(self.checkout.directory).directory)
        assert local is not None
        values = {key: each if isinstance(each, str) else json.dumps(each) for key, each in local.defaults().items()}
        return local.environment(), "\n".join(f"{key}={each}" for key, each in values.items())


@pytest.fixture(scope="module")
def repository(checkout: Checkout, github: GitHub, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(checkout, github, tmp_path_factory.mktemp("runner"))


def secret_without_its_key(environment: dict[str, str]) -> str:
    """Make a secret in the sandbox, and return the setting that takes a key of it that it does not have."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-west-1"}
    manager = boto3.client("secretsmanager", endpoint_url=environment["AWS_ENDPOINT_URL"], **keys)  # type: ignore[call-overload]
    made = manager.create_secret(Name="shop/api", SecretString=json.dumps({"key": CANARY}))
    return f"secrets.KEY={made['ARN']}:keys::"


def one_annotation(used: Used) -> tuple[str, str, str]:
    (said,) = used.said.annotations
    assert used.said.stopped is None, "commands are read again after the step"
    return said.name, said.properties["title"], said.data


def test_a_deployment_serves_and_its_previews_are_one_comment(repository: Repository, github: GitHub) -> None:
    deployed = repository.use(command="up", stack="sandbox", sandbox="true", config="image=shop:good-1\n")
    assert deployed.ok, deployed.log
    kind, title, text = one_annotation(deployed)
    assert (kind, title) == ("notice", "proven (sandbox)")
    assert text.startswith("shop serves shop:1 ")
    assert deployed.outputs["result"] == "proven"
    assert deployed.outputs["exit-code"] == "0"
    (service,) = json.loads(deployed.outputs["services"])
    assert (service["name"], service["result"], service["revision"]) == ("shop", "serving", "shop:1")
    assert "## `sandbox`: shop serves shop:1" in deployed.summary
    assert JUnitXml.fromfile(deployed.outputs["junit"]).failures == 0

    branch = event_of(github.repository, github.repository)
    environment, settings = repository.exported()
    hostile = "environment.TITLE=$(touch PWNED) `touch PWNED`; touch PWNED #\"'\\ @octocat ::set-output name=x::y"
    given = {"command": "preview", "stack": "sandbox", "config": f"image=shop:good-2\n{settings}\n{hostile}"}
    first = repository.use(branch, environment, **given)
    assert first.ok, first.log
    assert one_annotation(first)[:2] == ("notice", "preview (sandbox)")
    assert first.outputs["new-revision"] == "true"
    (comment,) = github.comments
    assert comment["body"] in first.summary + "\n"
    assert "| `app` | `image` |" in comment["body"]
    assert "| `app` | `imageDigest` | `sha256:" in comment["body"]
    assert "| `app` | `environment.TITLE` | (none) | `set` |" in comment["body"]
    assert "touch" not in comment["body"], "no value of a variable is shown"
    assert "### Hardening controls" in comment["body"]

    keys = {
        "read_secret_keys": "true",
        "config": f"{settings}\nimage=shop:no-such-tag\n{secret_without_its_key(environment)}",
    }
    again = repository.use(branch, environment, command="preview", stack="sandbox", **keys)
    assert not again.ok
    assert again.ran["Run failwell"] == 3
    assert again.ran["Comment on the pull request"] == 0
    assert one_annotation(again)[:2] == ("error", "image-exists (shop)")
    assert [each["id"] for each in github.comments] == [comment["id"]], "the same comment is updated"
    assert "`up` would refuse it" in github.comments[0]["body"]
    assert "has no JSON key" in github.comments[0]["body"]
    assert CANARY not in again.log + again.summary + github.comments[0]["body"]

    for folder in (ROOT, repository.checkout.directory, repository.folder, Path.cwd()):
        assert not (folder / "PWNED").exists()


def test_a_fork_gets_a_preview_without_credentials(repository: Repository, github: GitHub) -> None:
    github.may_write, before = False, len(github.comments)
    fork = event_of(github.repository, "somebody/shop", ref="$(touch PWNED)")
    used = repository.use(fork, command="preview", sandbox="true", config="image=shop:good-2")
    github.may_write = True
    assert used.ok, used.log
    assert used.ran["Comment on the pull request"] == 0
    assert "a fork may not write: the preview is in the job's summary" in used.log
    assert "## Preview of `shop`, stack `sandbox`: ready" in used.summary
    assert len(github.comments) == before


def test_a_bad_deployment_is_one_annotation_whatever_its_program_prints(repository: Repository) -> None:
    images = repository.folder / "images.yaml"
    images.write_text(HOSTILE_IMAGE, encoding="utf-8")
    where = ("--project", str(repository.checkout.directory))
    added = repository.checkout.deploy("sandbox", "images", *where, "--add", str(images))
    assert added.exit_code == 0, added
    bad = repository.use(command="up", stack="sandbox", sandbox="true", config="image=shop:hostile")
    assert not bad.ok
    assert bad.ran["Run failwell"] in {4, 5}, bad.log
    kind, title, text = one_annotation(bad)
    assert (kind, title) == ("error", "app-crash-exception (shop)")
    assert "RuntimeError" in text
    assert bad.outputs["root-cause"] == "app-crash-exception"
    assert bad.outputs["result"] == "rolled-back"
    assert "::error title=injected::by a log line" in bad.log or "injected" in bad.summary, "it is shown, as text"
    assert SECRET not in bad.summary + str(bad.outputs) + Path(bad.outputs["junit"]).read_text(encoding="utf-8")
    report = JUnitXml.fromfile(bad.outputs["junit"])
    assert report.failures == 1
    assert {each.name for each in bad.said.commands} == {"group", "endgroup", "error"}


def test_the_commands_of_the_page_do_what_it_says(repository: Repository, github: GitHub) -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    commands = dict.fromkeys(found.strip() for found in re.findall(r"^(?: +- )?(failwell [^#\n]+)", page, re.MULTILINE))
    assert len(commands) == 6
    where = repository.folder / "page"
    where.mkdir()
    for command in commands:
        _, *arguments = shlex.split(command)
        if arguments[0] != "ci":
            image = "shop:good-2" if arguments[0] == "up" else "shop:good-1"
            arguments += ["--sandbox", f"--project={repository.checkout.directory}", f"--config=image={image}"]
        payload = where / "event.json"
        payload.write_text(json.dumps(event_of(github.repository, github.repository)), encoding="utf-8")
        environment = {
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": github.repository,
            "GITHUB_API_URL": github.url,
            "GITHUB_EVENT_PATH": str(payload),
            "GITLAB_CI": "true" if "--dotenv" in arguments else "false",
        }
        run = subprocess.run(
            [sys.executable, ROOT / "deploy.py", *arguments],
            cwd=where,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )
        assert run.returncode == 0, f"{command}\n{run.stdout}{run.stderr}"
        assert ("section_start" in run.stdout) == ("--dotenv" in arguments)
    variables = dict(line.split("=", 1) for line in (where / "failwell.env").read_text(encoding="utf-8").splitlines())
    listed = set(re.findall(r"`(FAILWELL_\w+)`", page))
    assert set(variables) == listed
    assert variables["FAILWELL_RESULT"] == "proven"
    assert JUnitXml.fromfile(str(where / "failwell.xml")).tests >= 1
    assert (where / "comment.md").read_text(encoding="utf-8") == github.comments[0]["body"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"command": "up; touch PWNED"}, "the input command is to be preview, gate or up"),
        ({"command": "preview", "config": "$(touch PWNED)"}, "$(touch PWNED)"),
        ({"command": "preview", "stack": "`touch PWNED`\n::error::injected"}, "stack"),
    ],
)
def test_wrong_inputs_are_one_annotation_and_no_script(
    repository: Repository, given: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    used = repository.use(sandbox="true", **given)
    assert used.ran["Run failwell"] == 2, used.log
    assert says in one_annotation(used)[2]
    assert not list(tmp_path.iterdir())
