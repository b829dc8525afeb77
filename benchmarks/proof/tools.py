"""The tools that are compared, each started as its users start it."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from automation.engine.install import Engine, ensure_engine, language_host_path
from automation.engine.project import read_project, settings_of_run, write_settings
from automation.engine.workspace import WATCHED, open_stack
from benchmarks.proof.install import AWSCLI, ECS_DEPLOY, MCP, installed
from benchmarks.proof.stage import Case, Stage
from components import __version__

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).with_name("program")
SCRIPTS = Path(__file__).with_name("scripts")
MINUTES = 30
"""What each tool that has a time-out is given, in minutes of ECS's clock."""
WITH_KEYS = "--read-secret-keys"
"""What we are given so that the JSON keys of secrets are checked too, which needs a permission of its own."""


@dataclass(frozen=True)
class Launch:
    """Commands that run one after the other, as long as each ends with 0."""

    commands: Sequence[Sequence[str]]
    environment: Mapping[str, str]
    directory: Path


@dataclass(frozen=True)
class Tool:
    """One way to deploy.

    Attributes:
        how: one sentence for the page.
        launch: gives the commands that deploy what a file describes.
        first: gives the commands that make a service with its first revision, where the tool has to know of it.
        after_failure: whether it deploys nothing and is asked once ECS has ended the deployment.
        verdict: whether its exit code says how the deployment ended.
        refuses: whether it may refuse before anything is touched; then `launch` is asked again, not to.
        at_once: how many run at a time: ECS's request limits hold for all callers of an account together.
        scales: whether its polling follows the clock of a sandbox that is faster than real time.
        unchecked: gives the same without the checks that refuse.
        kinds: the failures that it meets, where these are not all.
    """

    id: str
    name: str
    version: str
    how: str
    launch: Callable[[Stage, Case, Path], Launch]
    first: Callable[[Stage, Case, Path], Launch] | None = None
    after_failure: bool = False
    verdict: bool = True
    refuses: bool = False
    at_once: int = 8
    scales: bool = False
    unchecked: Callable[[Launch], Launch] = field(default=lambda launch: launch)
    kinds: Sequence[str] | None = None


def aws_environment(stage: Stage, key: str) -> dict[str, str]:
    """Return an environment that knows the sandbox and nothing of this machine's but its programs."""
    aws = {name: value for name, value in stage.sandbox.environment().items() if name.startswith("AWS_") and value}
    aws = {name: value for name, value in aws.items() if name not in {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}}
    home = stage.directory / "home"
    home.mkdir(exist_ok=True)
    base = {"PATH": os.environ["PATH"], "HOME": str(home), "NO_PROXY": "127.0.0.1", "LC_ALL": "C.UTF-8"}
    return {**base, **aws, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": key, "PYTHONUNBUFFERED": "1"}


def _registered(stage: Stage, spec: Path) -> str:
    return stage.register(json.loads(spec.read_text(encoding="utf-8"))["definition"])


# --- tools of the engine


def engine_environment(stage: Stage, engine: Engine) -> dict[str, str]:
    """Return what plain `pulumi up` needs: the sandbox's provider and state, and no hook of failwell."""
    path = [language_host_path(engine), str(engine.executable.parent), os.environ["PATH"]]
    return {
        **os.environ,
        **stage.sandbox.environment(),
        "PATH": os.pathsep.join(filter(None, path)),
        "PULUMI_PYTHON_CMD": sys.executable,
        WATCHED: "true",
    }


def make_project(stage: Stage) -> None:
    """Put the program of the services into the stage's folder."""
    for name in ("Pulumi.yaml", "__main__.py"):
        if not (stage.directory / name).exists():
            (stage.directory / name).symlink_to(PROGRAM / name)


def plain_up(stage: Stage, case: Case, spec: Path, *, wait: bool = True) -> Launch:
    """Return `pulumi up` of the case's stack, which is made where there is none."""
    make_project(stage)
    engine, project = ensure_engine(lambda _what, _share: None), read_project(stage.directory)
    open_stack(project, case.name, engine, stage.sandbox.environment(), create=True)
    given = [f"spec={spec}", f"wait={str(wait).lower()}"]
    file = stage.directory / "settings" / f"Pulumi.{case.name}.yaml"
    write_settings(settings_of_run(project, case.name, given, stage.defaults), file)
    command = ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--color", "never"]
    command += ["--stack", case.name, "--config-file", str(file)]
    return Launch([command], engine_environment(stage, engine), stage.directory)


def first_up(stage: Stage, case: Case, spec: Path) -> Launch:
    """Return the same, where nobody waits for the service."""
    return plain_up(stage, case, spec, wait=False)


def failwell_up(stage: Stage, case: Case, spec: Path) -> Launch:
    """Return `deploy.py up` of the case's stack, with its checks before the update."""
    make_project(stage)
    command = [sys.executable, str(ROOT / "deploy.py"), "up", "--sandbox", "--project", str(stage.directory)]
    command += ["--stack", case.name, "--config", f"spec={spec}", "--timeout", str(MINUTES), WITH_KEYS]
    return Launch([command], {**os.environ, "NO_COLOR": "1"}, stage.directory)


def _without_checks(launch: Launch) -> Launch:
    return Launch([[*launch.commands[0], "--no-preflight"]], launch.environment, launch.directory)


# --- tools of the API


def aws_wait(stage: Stage, case: Case, spec: Path) -> Launch:
    """Return `aws ecs update-service` and `aws ecs wait services-stable`."""
    aws = str(installed(AWSCLI) / "aws")
    where = ["--cluster", case.cluster]
    update = [aws, "ecs", "update-service", *where, "--service", case.name]
    update += ["--task-definition", _registered(stage, spec), "--query", "service.deployments[0].id"]
    wait = [aws, "ecs", "wait", "services-stable", *where, "--services", case.name]
    return Launch([update, wait], aws_environment(stage, case.name), stage.directory)


def ecs_deploy(stage: Stage, case: Case, spec: Path) -> Launch:
    """Return fabfuel's `ecs deploy` of a registered task definition."""
    command = [str(installed(ECS_DEPLOY) / "ecs"), "deploy", case.cluster, case.name]
    command += ["--task", _registered(stage, spec), "--timeout", str(MINUTES * 60)]
    return Launch([command], aws_environment(stage, case.name), stage.directory)


def action_waiter(stage: Stage, case: Case, spec: Path) -> Launch:
    """Return the script that waits as the action of GitHub does."""
    command = [sys.executable, str(SCRIPTS / "action_waiter.py"), case.cluster, case.name]
    command += [_registered(stage, spec), str(stage.speed)]
    return Launch([command], aws_environment(stage, case.name), stage.directory)


def ask_mcp(stage: Stage, case: Case, _spec: Path) -> Launch:
    """Return the questions to the MCP server."""
    command = [str(installed(MCP) / "python"), str(SCRIPTS / "ask_mcp.py"), case.cluster, case.name]
    quiet = {"ALLOW_SENSITIVE_DATA": "true", "FASTMCP_LOG_LEVEL": "ERROR", "FASTMCP_CHECK_FOR_UPDATES": "off"}
    return Launch([command], {**aws_environment(stage, case.name), **quiet}, stage.directory)


def _pinned(requirement: str) -> str:
    return requirement.partition("==")[2]


def tools() -> tuple[Tool, ...]:
    """Return the tools that need no binary to be named."""
    engine = f"engine {ensure_engine(lambda _what, _share: None).version}"
    return (
        Tool(
            "failwell",
            "`deploy.py up`",
            __version__,
            f"a Pulumi stack with the service and its task definition, `deploy.py up {WITH_KEYS}`",
            failwell_up,
            first=first_up,
            refuses=True,
            at_once=9,
            scales=True,
            unchecked=_without_checks,
        ),
        Tool(
            "pulumi",
            "`pulumi up`",
            engine,
            "the same stack, plain `pulumi up` with `waitForSteadyState`, on the sandbox's stand-in for the `aws` "
            "provider, which waits as pulumi-aws 7.51.1 does",
            plain_up,
            first=first_up,
            at_once=20,
            scales=True,
        ),
        Tool(
            "aws-wait",
            "`aws ecs wait`",
            _pinned(AWSCLI),
            "`aws ecs update-service`, then `aws ecs wait services-stable`, with its own 40 looks every 15 s",
            aws_wait,
            at_once=20,
        ),
        Tool(
            "ecs-deploy",
            "ecs-deploy (fabfuel)",
            _pinned(ECS_DEPLOY),
            f"`ecs deploy --task … --timeout {MINUTES * 60}`, looking every second",
            ecs_deploy,
        ),
        Tool(
            "action",
            "waiter of the GitHub action",
            f"boto3 {version('boto3')}",
            "a script that deploys and waits as amazon-ecs-deploy-task-definition 2.6.2 does, not the action itself",
            action_waiter,
            at_once=20,
            scales=True,
        ),
        Tool(
            "mcp",
            "ECS MCP server",
            _pinned(MCP),
            "awslabs.ecs-mcp-server: all six troubleshooting actions, asked once ECS has ended the deployment; its "
            "time is that from the question, and it has no verdict",
            ask_mcp,
            after_failure=True,
            verdict=False,
            at_once=20,
        ),
    )
