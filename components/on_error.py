"""A failed `pulumi up` explains itself: the service's error hook runs `failwell explain` and warns of what it says.

The tool is another program, in this environment or elsewhere, and runs as one: its packages never enter the stack's
process. The hook answers "do not retry" whatever happens. An error hook that raises takes the place of the provider's
own error (Pulumi 3.259, `pkg/resource/deploy/step.go`), so this one must not.
"""

import asyncio
import os
import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pulumi

from .provider_access import Access, read_access

WATCHED = "FAILWELL_WATCHED"
"""Set for a program whose update failwell itself watches and explains: there the hook would say it twice."""
SECONDS = 45.0
"""How long the hook may hold up the end of an update that has failed already."""
EXECUTABLE = "failwell"
_SERVICE_TYPE = "aws:ecs/service:Service"
_EXPLAINED = {"create", "update"}
"""The operations that deploy. A delete that failed is no deployment, and the engine's error says all there is."""

_names: Counter[str] = Counter()
"""The hooks of this process by name; the engine refuses a second one of the same name."""


def explains(name: str, parent: pulumi.Resource) -> pulumi.ResourceHookBinding | None:
    """Return the hook of the service in the component `name`; None where nobody needs it or the engine has none.

    Args:
        name: the component's.
        parent: the component, whose provider the service will have.
    """
    if os.environ.get(WATCHED) or not _engine_has_error_hooks():
        return None
    access = read_access(parent.get_provider(_SERVICE_TYPE))
    # The engine calls back outside of the program's context, in which alone `pulumi.log` knows the engine.
    program = copy_context()

    async def explain(failed: pulumi.ErrorHookArgs) -> bool:
        try:
            if said := await asyncio.wait_for(_say(failed, access), SECONDS):
                program.copy().run(pulumi.log.warn, said)
        except Exception as surprise:  # noqa: BLE001 - see above: the update's own error must stay the error
            program.copy().run(pulumi.log.debug, f"failwell explain: {type(surprise).__name__}: {surprise}")
        return False

    return pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(_unique(f"{name}-explain"), explain)])


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


async def _say(failed: pulumi.ErrorHookArgs, access: pulumi.Output[Access]) -> str | None:
    """Return what to say of a failed operation: the explanation, or the command that would give it."""
    if failed.failed_operation not in _EXPLAINED:
        return None
    inputs = failed.new_inputs or {}
    cluster, service = await _plain(inputs.get("cluster")), await _plain(inputs.get("name"))
    known = await access.future(with_unknowns=False)
    if not (isinstance(cluster, str) and isinstance(service, str) and known):
        return None
    asked = _question(cluster, service, await _plain(inputs.get("region")), known)
    problem = "it is not installed"
    for executable in _executables():
        said, problem = await _run([executable, *asked], known.environment(os.environ))
        if said:
            return said
    command = shlex.join([EXECUTABLE, *asked])
    return f"why the deployment failed, `{command}` tells ({problem}; `pip install 'failwell[tool]'` installs it)"


async def _plain(value: Any) -> Any:
    """Return an input's value; the engine hands a secret one as an output."""
    return await value.future() if isinstance(value, pulumi.Output) else value


def _question(cluster: str, service: str, region: Any, access: Access) -> list[str]:
    """Return the arguments of the command.

    The cluster goes as its ARN where the stack names it so: another account's is refused then, and not mistaken.
    """
    parts = cluster.split(":")
    of_cluster = parts[3] if cluster.startswith("arn:") and len(parts) > 3 else None  # noqa: PLR2004 - arn:…:service:region
    asked = ["explain", "--cluster", cluster, "--service", service]
    for option, value in (
        ("--region", region or of_cluster or access.region),
        ("--profile", access.profile),
        ("--role-arn", access.role_arn),
    ):
        asked += [option, str(value)] if value else []
    return asked


def _executables() -> Sequence[str]:
    """Return the commands of that name: the one of this environment, which may lack the tool's packages, and PATH's."""
    own = Path(sys.executable).with_name(EXECUTABLE)
    found = [str(own) if os.access(own, os.X_OK) else None, shutil.which(EXECUTABLE)]
    return list(dict.fromkeys(each for each in found if each))


async def _run(command: Sequence[str], environment: Mapping[str, str]) -> tuple[str, str]:
    """Run a command; return what it printed if it went well, and its last complaint."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(environment),
    )
    try:
        printed, complained = await process.communicate()
    except asyncio.CancelledError:  # out of time
        process.kill()
        await process.wait()
        raise
    complaints = complained.decode(errors="replace").strip().splitlines()
    if process.returncode == 0:
        return printed.decode(errors="replace").strip(), ""
    return "", complaints[-1] if complaints else f"it ended with exit code {process.returncode}"
