"""The options that several commands share, each with its sentence."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from automation.ci.systems import System

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT if (ROOT / "Pulumi.yaml").is_file() else Path()
"""The project that is meant where none is named: the checkout's example, or else the current folder's."""

ProjectOption = Annotated[
    Path,
    typer.Option(
        "--project",
        help="The folder of the Pulumi project.",
        show_default="this checkout's example" if PROJECT == ROOT else "the current folder",
    ),
]
StackOption = Annotated[str | None, typer.Option("--stack", help="The stack; the selected one where none is named.")]
SandboxOption = Annotated[bool, typer.Option("--sandbox", help="Run against the local sandbox instead of AWS.")]
SpeedOption = Annotated[
    float | None,
    typer.Option(
        "--speed", help="How many times faster than real time a new sandbox's clock runs.", min=1, show_default="60"
    ),
]
ConfigOption = Annotated[
    list[str] | None,
    typer.Option("--config", metavar="KEY=VALUE", help="Configuration for this run only; repeat it."),
]
SkipCheckOption = Annotated[
    list[str] | None,
    typer.Option("--skip-check", metavar="ID", help="Leave out one check before the update; repeat it."),
]
ReadSecretKeysOption = Annotated[
    bool,
    typer.Option(
        "--read-secret-keys",
        help="Read the secrets of which containers take JSON keys, to check that the keys are there.",
    ),
]
CiOption = Annotated[
    System | None,
    typer.Option("--ci", help="Whose formats to speak besides.", show_default="the CI system that runs this, or plain"),
]
RegionOption = Annotated[str | None, typer.Option("--region", help="The region; the environment's by default.")]
ProfileOption = Annotated[str | None, typer.Option("--profile", help="A profile of the AWS configuration.")]
RoleArnOption = Annotated[str | None, typer.Option("--role-arn", help="A role to assume first.")]
EndpointUrlOption = Annotated[str | None, typer.Option("--endpoint-url", help="Where AWS's API answers.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before changing something.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", help="Print ECS's events and the engine's warnings too.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Print the result alone.")]


class ExplainFormat(StrEnum):
    """How `explain` prints."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"
    HTML = "html"


class FailureFormat(StrEnum):
    """How `watch` prints a failure, as soon as it is one; a page is made of a whole story."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"


class PlainFormat(StrEnum):
    """How a command without a report prints."""

    TEXT = "text"
    JSON = "json"


class OnInterrupt(StrEnum):
    """What becomes of a deployment that is not doomed, where an interrupt finds nobody to ask."""

    LEAVE = "leave"
    ROLLBACK = "rollback"


class OnFirstFailure(StrEnum):
    """What becomes of a first deployment that failed."""

    LEAVE = "leave"
    SCALE_TO_ZERO = "scale-to-zero"


FormatOption = Annotated[PlainFormat, typer.Option("--format", help="How to print it.")]
OnInterruptOption = Annotated[
    OnInterrupt,
    typer.Option(
        "--on-interrupt", help="What SIGTERM, a lost terminal or Ctrl-C without one does to a healthy deployment."
    ),
]
FirstFailureOption = Annotated[
    OnFirstFailure,
    typer.Option("--first-failure", help="What becomes of a first deployment that failed: nothing serves then."),
]
TimeoutOption = Annotated[float, typer.Option("--timeout", help="Minutes of ECS's clock.", min=1)]
NoAbortOption = Annotated[
    bool, typer.Option("--no-abort", help="Explain, but leave the end to ECS's own circuit breaker.")
]
OutcomeOption = Annotated[Path | None, typer.Option("--json", help="Write the outcome to this file.")]
ReportOption = Annotated[
    Path | None, typer.Option("--report", metavar="FILE.html", help="Write the report to this file: one HTML page.")
]
