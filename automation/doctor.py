"""`doctor`: what a deployment needs of this machine and account, what of it is missing, and how to get it."""

import email.utils
import os
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from diagnostics.names import COMMAND
from diagnostics.reads import ReadError, Shape

OLDEST_PYTHON = (3, 11)
ROOM_FOR_RUNS = 200 * 2**20
"""Bytes: recordings and reports of some hundred runs."""
SKEW = 240.0
"""Seconds: AWS refuses a signature that is more than 5 minutes off.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
"""
_MADE_UP = "failwell-doctor"
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
_NOT_SIGNED = frozenset({"NoCredentialsError", "NoRegionError", "ExpiredToken", "ExpiredTokenException"})


class State(StrEnum):
    """What a check came to."""

    OK = "ok"
    MISSING = "missing"
    """A deployment needs it."""
    WITHOUT = "without"
    """It goes without; `fix` says what is lost, or what is done instead."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    id: str
    state: State
    found: str
    fix: str = ""
    """What to do; "" where nothing is."""

    def to_document(self) -> dict[str, str]:
        """Return it as `doctor --format json` prints it."""
        return {"id": self.id, "state": self.state.value, "found": self.found, "fix": self.fix}


@dataclass(frozen=True)
class Place:
    """Where it is looked, with everything that a check asks passed in."""

    project: Path
    cache: Path
    environment: Mapping[str, str]
    ask: Callable[..., Shape]
    """`ask("sts", "get_caller_identity")`: boto3's answer, or `ReadError`."""
    region: str | None
    backend: Callable[[], tuple[str, str | None]]
    """The backend's URL and the selected stack; raises where the engine cannot tell."""
    date: Callable[[str], str | None]
    """The Date header that an address answers with; raises OSError where it cannot be reached."""
    now: Callable[[], datetime]
    """The clock that requests are signed by: this machine's, or the sandbox's own, which signs nothing."""


def examine(place: Place) -> tuple[Check, ...]:
    """Look at everything, at once; a check that breaks is itself something missing."""
    groups: Sequence[Callable[[Place], Iterator[Check]]] = (
        _python,
        _engine,
        _project,
        _plugin,
        _backend,
        _credentials,
        _permissions,
        _clock,
        _room,
    )
    with ThreadPoolExecutor(len(groups)) as pool:
        return tuple(check for found in pool.map(lambda group: _whole(group, place), groups) for check in found)


def date_of(address: str) -> str | None:
    """Return the Date header that an address answers with, whatever its status is."""
    request = urllib.request.Request(address, method="HEAD")  # noqa: S310 - AWS's own address, or the sandbox's
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 # nosec B310
            return str(answer.headers["Date"])
    except urllib.error.HTTPError as refused:
        return refused.headers["Date"]


def _whole(group: Callable[[Place], Iterator[Check]], place: Place) -> list[Check]:
    found: list[Check] = []
    try:
        found.extend(group(place))
    except Exception as surprise:  # noqa: BLE001 - the other checks are told all the same
        name = group.__name__.strip("_")
        found.append(Check(name, State.MISSING, f"could not be looked at: {type(surprise).__name__}: {surprise}"))
    return found


def _python(_place: Place) -> Iterator[Check]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    enough = sys.version_info[:2] >= OLDEST_PYTHON
    wanted = ".".join(str(part) for part in OLDEST_PYTHON)
    yield Check("python", *_ok(enough, f"{version} ({sys.executable})", f"install Python {wanted} or newer"))
    missing = [name for name in ("pulumi", "boto3", "grpc") if find_spec(name) is None]
    yield Check(
        "packages",
        *_ok(
            not missing,
            f"not installed: {', '.join(missing)}" if missing else "all there",
            "pip install 'failwell[tool]'",
        ),
    )
    lacks = [name for name in ("moto", "pydantic") if find_spec(name) is None]
    sandbox = (
        ("its packages are there", "") if not lacks else ("not installed", "pip install 'failwell[sandbox]' for it")
    )
    yield Check("sandbox", State.WITHOUT if lacks else State.OK, *sandbox)


def _engine(place: Place) -> Iterator[Check]:
    from automation.engine.install import LANGUAGE_HOST, find_engine

    engine = find_engine(place.cache)
    if engine is None:
        on_path = shutil.which("pulumi")
        found = f"{on_path} is too old or does not run" if on_path else "there is no Pulumi CLI"
        yield Check("engine", State.MISSING, found, f"{COMMAND} engine install")
        return
    yield Check("engine", State.OK, f"Pulumi {engine.version} at {engine.executable} ({engine.source})")
    beside = f"{engine.executable.parent}{os.pathsep}{place.environment.get('PATH', os.defpath)}"
    host = shutil.which(LANGUAGE_HOST, path=beside)
    found = str(host) if host else "none of its own: the one for Python that comes with this tool is used"
    yield Check("language host", State.OK if host else State.WITHOUT, found)


def _project(place: Place) -> Iterator[Check]:
    from automation.engine.project import read_project
    from automation.errors import UsageError

    try:
        project = read_project(place.project)
    except UsageError as problem:
        yield Check("project", State.MISSING, str(problem), "name the folder of a Pulumi project with `--project`")
    else:
        yield Check("project", State.OK, f"{project.name} ({project.runtime}) in {project.directory}")


def _plugin(place: Place) -> Iterator[Check]:
    home = Path(place.environment.get("PULUMI_HOME") or Path.home() / ".pulumi")
    there = sorted(folder.name for folder in (home / "plugins").glob("resource-aws-v*") if folder.is_dir())
    if there:
        yield Check("provider plugin", State.OK, f"{', '.join(there)} in {home / 'plugins'}")
    elif place.environment.get("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "").lower() in {"1", "true"}:
        yield Check(
            "provider plugin", State.MISSING, f"none in {home / 'plugins'}", "pulumi plugin install resource aws"
        )
    else:
        yield Check("provider plugin", State.WITHOUT, f"none in {home / 'plugins'}", "the engine downloads it once")


def _backend(place: Place) -> Iterator[Check]:
    try:
        url, stack = place.backend()
    except Exception as problem:  # noqa: BLE001 - whatever the engine says, it is what the person needs to read
        said = [line.partition("error:")[2].strip() for line in str(problem).splitlines() if "error:" in line]
        yield Check("backend", State.MISSING, (said or [str(problem)])[-1], "pulumi login")
        return
    yield Check("backend", State.OK, url)
    yield Check(
        "stack", *_ok(bool(stack), stack or "none is selected", "pulumi stack select, or name one with `--stack`")
    )
    if url.startswith("https://"):
        return
    given = [
        each for each in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE") if each in place.environment
    ]
    if given:
        yield Check("passphrase", State.OK, f"{given[0]} is set")
    else:
        fix = "set PULUMI_CONFIG_PASSPHRASE (it may be empty), unless the stack's secrets are another provider's"
        yield Check("passphrase", State.WITHOUT, "not set", fix)


def _credentials(place: Place) -> Iterator[Check]:
    yield Check("region", *_ok(bool(place.region), place.region or "none is set", "set AWS_REGION"))
    try:
        caller = place.ask("sts", "get_caller_identity")
    except ReadError as refusal:
        fix = "aws sso login, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        yield Check("credentials", State.MISSING, str(refusal.answer), fix)
    else:
        yield Check("credentials", State.OK, str(caller["Arn"]))


def _permissions(place: Place) -> Iterator[Check]:
    """Ask one read of each group for something made up: only a denial tells that it may not be asked."""
    for group, lost, service, method, arguments in GROUPS:
        state, found, fix = State.OK, "may be read", ""
        try:
            place.ask(service, method, **arguments)
        except ReadError as refusal:
            if refusal.answer.code in _DENIED:
                state = State.MISSING if group == "ecs" else State.WITHOUT
                found, fix = str(refusal.answer.message), f"{lost}; docs/iam.md lists what to allow"
            elif refusal.answer.code in _NOT_SIGNED:
                return  # the check of the credentials says it
        yield Check(f"permissions: {group}", state, found, fix)


def _clock(place: Place) -> Iterator[Check]:
    address = place.environment.get("AWS_ENDPOINT_URL") or f"https://sts.{place.region or 'us-east-1'}.amazonaws.com"
    try:
        said = place.date(address)
    except OSError as problem:
        yield Check("AWS", State.MISSING, f"{address} cannot be reached: {problem}", "look at proxy and network")
        return
    if said is None:
        return
    off = (place.now() - email.utils.parsedate_to_datetime(said)).total_seconds()
    fix = "set the machine's clock: AWS refuses signatures that are 5 minutes off"
    yield Check("clock", *_ok(abs(off) < SKEW, f"{abs(off):.0f} s off AWS's", fix))


def _room(place: Place) -> Iterator[Check]:
    for name, folder in (("project's files", place.project / ".failwell"), ("engine's cache", place.cache)):
        there = next(each for each in (folder, *folder.parents) if each.is_dir())
        try:
            with tempfile.TemporaryFile(dir=there):
                pass
        except OSError as problem:
            yield Check(name, State.MISSING, f"{there} cannot be written: {problem.strerror}", "make it writable")
            continue
        free = shutil.disk_usage(there).free
        yield Check(name, *_ok(free >= ROOM_FOR_RUNS, f"{free / 2**30:.1f} GiB free in {there}", "make room"))


def _ok(fine: bool, found: str, fix: str) -> tuple[State, str, str]:  # noqa: FBT001 - the condition is what it is about
    return (State.OK, found, "") if fine else (State.MISSING, found, fix)


_ARN = f"arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/{_MADE_UP}/0000000000000000"
GROUPS: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    ("ecs", "nothing can be watched without it", "ecs", "describe_services", {"services": [_MADE_UP]}),
    ("targets", "targets are not explained", "elbv2", "describe_target_health", {"TargetGroupArn": _ARN}),
    (
        "logs",
        "the program's last words are not read",
        "logs",
        "get_log_events",
        {"logGroupName": _MADE_UP, "logStreamName": _MADE_UP},
    ),
    (
        "registry",
        "images are not explained",
        "ecr",
        "batch_get_image",
        {"repositoryName": _MADE_UP, "imageIds": [{"imageTag": _MADE_UP}]},
    ),
    ("secrets", "secrets are not explained", "secretsmanager", "describe_secret", {"SecretId": _MADE_UP}),
    ("parameters", "parameters are not explained", "ssm", "describe_parameters", {"MaxResults": 1}),
    ("roles", "roles are not explained", "iam", "get_role", {"RoleName": _MADE_UP}),
    ("alarms", "alarms are not explained", "cloudwatch", "describe_alarms", {"AlarmNames": [_MADE_UP]}),
    ("network", "the network is not explained", "ec2", "describe_subnets", {"MaxResults": 5}),
)
"""A read of each group (docs/iam.md): the group, what is lost without it, boto3's service, method and arguments."""
