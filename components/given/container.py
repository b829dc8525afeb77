"""What a team may say about a container, the application's or a sidecar's."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NotRequired, TypedDict

import pulumi

from .. import checks, images, names
from ..reading import Flag, Group, Key, ListOf, MapOf, Text, Whole, groups


class ContainerHealthCheckArgs(TypedDict):
    """A command inside the container that tells whether it works."""

    command: pulumi.Input[Sequence[pulumi.Input[str]]]
    """The command, after `CMD` (run as it is) or `CMD-SHELL` (run by the container's shell)."""
    interval: NotRequired[pulumi.Input[int]]
    """Seconds between two runs, 5 to 300. Default: 10."""
    timeout: NotRequired[pulumi.Input[int]]
    """Seconds until a run without an answer has failed, 2 to 60; less than the interval. Default: 5."""
    retries: NotRequired[pulumi.Input[int]]
    """How many runs in a row must fail before the container is unhealthy, 1 to 10. Default: 3."""
    start_period: NotRequired[pulumi.Input[int]]
    """Seconds after the start in which failures do not count, 0 to 300. Default: 0."""


class RestartPolicyArgs(TypedDict):
    """Restarts of a container inside its running task. They hide crashes from the circuit breaker: off by default."""

    restart_attempt_period: NotRequired[pulumi.Input[int]]
    """Seconds that the container must have run to be restarted, 60 to 1800. Default: 300."""
    ignored_exit_codes: NotRequired[pulumi.Input[Sequence[pulumi.Input[int]]]]
    """Exit codes after which it is not restarted. Default: none."""


class UlimitArgs(TypedDict):
    """A limit of the operating system. Fargate has one that can be set: the number of open files, `nofile`."""

    name: pulumi.Input[str]
    """The limit: `nofile`."""
    soft_limit: pulumi.Input[int]
    """What the program begins with."""
    hard_limit: pulumi.Input[int]
    """What the program may raise it to."""


class ContainerDependencyArgs(TypedDict):
    """Another container of the task that must be ready before this one starts."""

    container_name: str
    """The other container: `app`, or the name of a sidecar."""
    condition: NotRequired[str]
    """What it must have reached: `START`, `COMPLETE`, `SUCCESS` or `HEALTHY`. Default: `START`."""


class SidecarArgs(TypedDict):
    """A container beside the application's, hardened in the same way."""

    name: str
    """The container's name, of letters, digits, hyphens and underscores; not `app`."""
    image: pulumi.Input[str]
    """The image, by digest or by a tag of a repository whose tags are immutable."""
    essential: NotRequired[pulumi.Input[bool]]
    """Whether the task ends with this container. Default: true."""
    cpu: NotRequired[pulumi.Input[int]]
    """The share of the task's CPU units that is kept for the container. Default: none."""
    memory: NotRequired[pulumi.Input[int]]
    """The memory in MiB at which the container is killed. Default: the task's."""
    container_port: NotRequired[pulumi.Input[int]]
    """The port on which the container listens, 1024 to 65535. Default: none."""
    command: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """What is run instead of the image's own command."""
    entry_point: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """What is run instead of the image's own entry point."""
    working_directory: NotRequired[pulumi.Input[str]]
    """The directory that the command starts in. Default: the image's."""
    environment: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Environment variables that anyone may read. Credentials are refused: give them in `secrets`. Default: none."""
    secrets: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Environment variables that ECS fills: name to the full ARN of a secret or SSM parameter. Default: none."""
    user: NotRequired[pulumi.Input[str]]
    """The user, or `user:group`, that the container runs as; not root. Default: `1000:1000`."""
    writable_paths: NotRequired[Sequence[str]]
    """The directories that the container may write to, each on a volume of its own. Default: none."""
    stop_timeout: NotRequired[pulumi.Input[int]]
    """Seconds between SIGTERM and SIGKILL, 30 to 120. Default: 60."""
    start_timeout: NotRequired[pulumi.Input[int]]
    """Seconds that containers which depend on this one wait for it, 2 to 120. Default: ECS's own."""
    init_process_enabled: NotRequired[pulumi.Input[bool]]
    """Whether an init process passes signals on and collects dead children. Default: true."""
    restart_policy: NotRequired[RestartPolicyArgs]
    """Restarts of the container inside its running task. Default: none."""
    health_check: NotRequired[ContainerHealthCheckArgs]
    """A command inside the container that tells whether it works. Default: none."""
    ulimits: NotRequired[Sequence[UlimitArgs]]
    """Limits of the operating system. Default: Fargate's own."""
    depends_on: NotRequired[Sequence[ContainerDependencyArgs]]
    """Containers that must be ready before this one starts. Default: none."""


_WORDS = ListOf(item=Text(empty=True), least=1)
_PORT_WHY = ": a container that has no capabilities and is not root cannot bind a lower port"
PORT = Key(Whole(low=1024, high=65535, lowest=1, control="TSK-04", why=_PORT_WHY))
_MOST_FILES = 1_048_576  # a container of Fargate cannot have more open files, whatever it asks for

_HEALTH_CHECK = {
    "command": Key(ListOf(item=Text(), least=2, check=checks.check_health_command), required=True),
    # AWS's own 30 s would need a minute and a half to see a broken container.
    "interval": Key(Whole(low=5, high=300), default=10),
    "timeout": Key(Whole(low=2, high=60), default=5),
    "retries": Key(Whole(low=1, high=10), default=3),
    "start_period": Key(Whole(low=0, high=300), default=0),
}
_RESTART_POLICY = {
    "restart_attempt_period": Key(Whole(low=60, high=1800, control="TSK-15"), default=300),
    "ignored_exit_codes": Key(ListOf(item=Whole(low=0, high=255)), default=[]),
}
_ULIMIT = {
    "name": Key(Text(check=checks.one_of("nofile")), required=True),
    "soft_limit": Key(Whole(low=1, high=_MOST_FILES), required=True),
    "hard_limit": Key(Whole(low=1, high=_MOST_FILES), required=True),
}
_DEPENDENCY = {
    "container_name": Key(Text(plain=True), required=True),
    "condition": Key(Text(plain=True, check=checks.one_of("START", "COMPLETE", "SUCCESS", "HEALTHY")), default="START"),
}
CONTAINER: Mapping[str, Key] = {
    "image": Key(Text(check=images.check), required=True),
    "container_port": PORT,
    "command": Key(_WORDS),
    "entry_point": Key(_WORDS),
    "working_directory": Key(Text(check=checks.check_directory)),
    "environment": Key(
        MapOf(
            value=Text(numbers=True, empty=True, secret=checks.SECRET),
            entry=checks.check_environment,
            secret=checks.SECRET,
        ),
        default={},
    ),
    "secrets": Key(MapOf(value=Text(check=names.check_secret_arn), entry=checks.check_variable), default={}),
    "user": Key(Text(check=checks.check_user), default="1000:1000"),
    "writable_paths": Key(ListOf(item=Text(check=checks.check_writable_path, plain=True), plain=True), default=[]),
    # Long enough to end the requests in flight after the load balancer has stopped sending new ones.
    "stop_timeout": Key(Whole(low=30, high=120, lowest=1, control="TSK-10"), default=60),
    "start_timeout": Key(Whole(low=2, high=120)),
    "init_process_enabled": Key(Flag(), default=True),
    "restart_policy": Key(Group(keys=_RESTART_POLICY)),
    "health_check": Key(Group(keys=_HEALTH_CHECK)),
    "ulimits": groups(_ULIMIT),
    "depends_on": groups(_DEPENDENCY),
}
SIDECARS = groups(
    {
        "name": Key(Text(plain=True, check=partial(checks.check_name, "container")), required=True),
        "essential": Key(Flag(), default=True),
        "cpu": Key(Whole(low=1, high=32768)),
        "memory": Key(Whole(low=6, high=249856)),
        **CONTAINER,
    }
)
