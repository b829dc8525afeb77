"""A failed `pulumi up` explains itself: the service's error hook runs `failwell explain` and warns of what it says.

The tool is another program, in this environment or elsewhere, and runs as one: its packages never enter the stack's
process. The hook answers "do not retry" whatever happens. An error hook that raises takes the place of the provider's
own error (Pulumi 3.259, `pkg/resource/deploy/step.go`), so this one must not.
"""

import asyncio
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from .provider_access import Access, read_access

WATCHED = "FAILWELL_WATCHED"
"""Set for a program whose update failwell itself watches and explains: there the hook would say it twice."""
SECONDS = 45.0
"""How long the command may hold up the end of an update that has failed already."""
_GRACE_SECONDS = 5.0
"""How much longer the hook waits for what the command's end and the program's own threads take."""
EXECUTABLE = "failwell"
_SERVICE_TYPE = "aws:ecs/service:Service"
_DEPLOYING = {"create", "update"}
"""The operations that deploy. A delete that failed is no deployment, and the engine's error says all there is."""
_REFUSED = re.compile(r"operation error ECS: (?:Create|Update)Service\b")
"""
The provider's words where ECS took no deployment on: the error of the AWS SDK for Go v2 (smithy-go `OperationError`).
It says why by itself, and what there is to explain is an earlier deployment. A wait that failed is worded otherwise.
"""

_names: Counter[str] = Counter()
"""The hooks of this process by name; the engine refuses a second one of the same name."""


def explains(component: pulumi.Resource) -> pulumi.ResourceHookBinding | None:
    """Return the hook of a component's service, which has its provider; None where nobody needs it or can have it."""
    if os.environ.get(WATCHED) or not _engine_has_error_hooks():
        return None
    # The engine calls back outside of the program's context, in which alone `pulumi.log` knows the engine.
    program = copy_context()
    explain = Explainer(
        read_access(component.get_provider(_SERVICE_TYPE)),
        warn=lambda said: program.copy().run(pulumi.log.warn, said),
        debug=lambda said: program.copy().run(pulumi.log.debug, said),
    )
    name = _unique(f"{component.pulumi_resource_name}-explain")
    return pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(name, explain)])


@dataclass(frozen=True)
class Explainer:
    """The hook: asks the tool about the service that failed, and passes on what it says."""

    access: pulumi.Output[Access]
    """Whom the service's provider talks to."""
    warn: Callable[[str], None]
    debug: Callable[[str], None]
    seconds: float = SECONDS
    executables: Callable[[], Sequence[str]] = lambda: _executables(Path(sys.executable), os.environ.get("PATH"))
    """Finds the tool's commands, the first to be tried first."""

    async def __call__(self, failed: pulumi.ErrorHookArgs) -> bool:
        """Explain, in time or not at all. The answer is that the operation shall not be tried again."""
        try:
            if said := await asyncio.wait_for(self._say(failed), self.seconds + _GRACE_SECONDS):
                self.warn(said)
        except Exception as surprise:  # noqa: BLE001 - see above: the update's own error must stay the error
            with suppress(Exception):  # an engine that is gone takes no message
                self.debug(f"failwell explain: {type(surprise).__name__}: {surprise}")
        return False

    async def _say(self, failed: pulumi.ErrorHookArgs) -> str | None:
        """Return what to say of a failed operation: the explanation, or the command that would give it."""
        if failed.failed_operation not in _DEPLOYING or any(map(_REFUSED.search, failed.errors[:1])):
            return None
        inputs = failed.new_inputs or {}
        cluster, service, region = (inputs.get(name) for name in ("cluster", "name", "region"))
        access = await self.access.future(with_unknowns=False)
        # A secret comes as an output, and must not be printed; the explanation would name it.
        if not (isinstance(cluster, str) and isinstance(service, str) and access):
            return None
        asked = question(cluster, service, region, access)
        again = shlex.join([EXECUTABLE, *asked])
        environment = access.environment(os.environ) | {"NO_COLOR": "1"}
        until = time.monotonic() + self.seconds
        problem = "it is not installed here: `pip install 'failwell[tool]'`"
        for executable in self.executables():
            left = until - time.monotonic()
            if left <= 0:
                break
            said, problem = await asyncio.to_thread(_run, [executable, *asked], environment, left)
            if said:
                return f"{said}\nhelp: to look again, run `{again}`"
        return f"why the deployment failed, `{again}` tells; {problem}"


def _engine_has_error_hooks() -> bool:
    """Tell whether the engine takes error hooks (Pulumi 3.238); the SDK refuses a resource that has one elsewhere."""
    try:
        from pulumi.runtime.proto import resource_pb2
        from pulumi.runtime.settings import monitor_supports_feature

        return bool(monitor_supports_feature(resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS))
    except (ImportError, AttributeError):  # an SDK that calls it something else: no hook is better than no stack
        return False


def _unique(name: str) -> str:
    _names[name] += 1
    return name if _names[name] == 1 else f"{name}-{_names[name]}"


def question(cluster: str, service: str, region: Any, access: Access) -> list[str]:
    """Return the arguments of the command.

    The cluster goes as its ARN where the stack names it so: another account's is refused then, and not mistaken.
    """
    parts = cluster.split(":")
    of_cluster = parts[3] if cluster.startswith("arn:") and len(parts) > 3 else None  # noqa: PLR2004 - arn:…:service:region
    of_service = region if isinstance(region, str) else None
    asked = ["explain", "--cluster", cluster, "--service", service]
    for option, value in (
        ("--region", of_service or of_cluster or access.region),
        ("--profile", access.profile),
        ("--role-arn", access.role_arn),
    ):
        asked += [option, value] if value else []
    return asked


def _executables(python: Path, path: str | None) -> Sequence[str]:
    """Return the commands of that name: the one of this environment, which may lack the tool's packages, and PATH's."""
    own = python.with_name(EXECUTABLE)
    found = [str(own) if os.access(own, os.X_OK) else None, shutil.which(EXECUTABLE, path=path)]
    return list(dict.fromkeys(each for each in found if each))


def _run(command: Sequence[str], environment: Mapping[str, str], seconds: float) -> tuple[str, str]:
    """Run a command; return what it printed if it went well, or else "" and what went wrong, as its last line says."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # a group of its own: what it starts, to fetch credentials for example, ends with it
    ) as process:
        try:
            printed, complained = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return "", f"it did not end within {seconds:.0f} s"
    complaints = complained.strip().splitlines()
    if process.returncode == 0:
        return printed.strip(), ""
    return "", complaints[-1] if complaints else f"it ended with exit code {process.returncode}"
