"""One image of the sandbox's registry: what it does when it runs, and the manifest that a registry has of it."""

import hashlib
import json
import posixpath
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, TypeVar

from pydantic import Field, field_validator, model_validator

from sandbox.image_keys import (
    Answers,
    Codes,
    Disk,
    Ending,
    Listens,
    LogLine,
    Memory,
    Needs,
    OpenFiles,
    Signal,
    Status,
    Strict,
    TimedCode,
    TimedStatus,
)

_INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_MIB = 1024 * 1024
_Entry = TypeVar("_Entry", TimedStatus, TimedCode)
_EXPOSED = re.compile(r"(?P<port>\d{1,5})(?:/(?P<protocol>tcp|udp))?")
_PORTS = range(1, 65536)
_PATH = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}


class Image(Strict):
    """One image and what it does when it runs. Seconds count from the start of the process."""

    repository: str = Field(min_length=2)
    tag: str = Field(min_length=1)
    captured_with: str | None = None
    captured_by: str | None = None
    platforms: tuple[Literal["linux/amd64", "linux/arm64"], ...] = Field(min_length=1)
    size_mib: int = Field(gt=0)
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: int = Field(default=0, ge=0)
    programs: tuple[str, ...] | None = None
    not_executable: tuple[str, ...] = ()
    shell: Literal["dash", "busybox", "none"] = "dash"
    volumes: Mapping[str, int] = {}
    exposes: tuple[str, ...] = ()
    start_seconds: float | None = Field(default=None, ge=0)
    listens: Listens | None = None
    health: Mapping[str, Answers] = {}
    otherwise: Answers = (TimedStatus(at=0, status=404),)
    logs: tuple[LogLine, ...] = ()
    listening_log: str | None = None
    memory: Memory | None = None
    disk: Disk | None = None
    open_files: OpenFiles | None = None
    exits: Ending | None = None
    needs: Needs = Needs()
    sigterm: Signal | None = None
    container_health: Mapping[str, Codes] = {}

    @field_validator("exposes", mode="before")
    @classmethod
    def _as_builders_write_them(cls, value: Any) -> Any:
        return tuple(map(_exposed, value)) if isinstance(value, list | tuple) else value

    @model_validator(mode="after")
    def _listens_at_some_time(self) -> "Image":
        if (self.listens is None) != (self.start_seconds is None):
            raise ValueError("listens and start_seconds belong together")
        return self

    @property
    def name(self) -> str:
        """`repository:tag`."""
        return f"{self.repository}:{self.tag}"

    def status(self, path: str, seconds: float) -> Status:
        """Return what a path answers so long after the start, given that the program listens."""
        answers = self.health.get(path.partition("?")[0], self.otherwise)
        return _at(answers, seconds).status

    def exit_code(self, command: str, seconds: float) -> int | None:
        """Return what a command in the container exits with; None where the image does not know it."""
        codes = self.container_health.get(command)
        return _at(codes, seconds).code if codes else None

    def has(self, program: str) -> bool:
        """Tell whether an executable is in the image: by its name where it is on PATH, or by its path."""
        if self.programs is None or program in self.programs or program in self.not_executable:
            return True
        folder, name = posixpath.split(program)
        return folder in _PATH and name in self.programs

    def lines(self) -> list[tuple[float, str]]:
        """Return what it prints of itself before it listens and while it runs, as (seconds, line), in order."""
        until = self.start_seconds if self.start_seconds is not None else 1.0
        placed = [
            (log.at if log.at is not None else until * (index + 1) / (len(self.logs) + 2), log.line)
            for index, log in enumerate(self.logs)
        ]
        return sorted(placed, key=lambda entry: entry[0])

    @cached_property
    def manifest(self) -> str:
        """The manifest that a push sends: an OCI index where there are several platforms."""
        if len(self.manifests) == 1:
            return self.manifests[0]
        entries = []
        for platform, text in zip(self.platforms, self.manifests, strict=True):
            system, _, architecture = platform.partition("/")
            entries.append(
                {
                    "mediaType": MANIFEST,
                    "digest": digest_of(text),
                    "size": len(text),
                    "platform": {"architecture": architecture, "os": system},
                }
            )
        return json.dumps({"schemaVersion": 2, "mediaType": _INDEX, "manifests": entries})

    @cached_property
    def digest(self) -> str:
        """`sha256:…` of the manifest, as a registry computes it."""
        return digest_of(self.manifest)

    @cached_property
    def manifests(self) -> tuple[str, ...]:
        """The manifest of each platform."""
        return tuple(map(self._manifest, self.platforms, self.configs))

    @cached_property
    def configs(self) -> tuple[str, ...]:
        """What a builder writes as the configuration for each platform."""
        return tuple(map(self._config, self.platforms))

    def only(self, platform: str) -> "Image":
        """Return the image for one of its platforms alone."""
        # A copy would take the manifest along that was worked out for all platforms.
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return Image.model_construct(**{**given, "platforms": (platform,)})

    def _config(self, platform: str) -> str:
        # The keys: https://github.com/opencontainers/image-spec/blob/main/config.md
        system, _, architecture = platform.partition("/")
        given = {
            "ExposedPorts": {port: {} for port in self.exposes},
            "Entrypoint": list(self.entrypoint),
            "Cmd": list(self.command),
            "User": str(self.user) if self.user else "",
            "Volumes": {path: {} for path in self.volumes},
        }
        config = {key: value for key, value in given.items() if value}
        layers = {"type": "layers", "diff_ids": [self._layer(platform)]}
        return json.dumps({"architecture": architecture, "os": system, "config": config, "rootfs": layers})

    def _manifest(self, platform: str, config: str) -> str:
        described = {"mediaType": _CONFIG, "digest": digest_of(config), "size": len(config)}
        layer = {"mediaType": _LAYER, "digest": self._layer(platform), "size": self.size_mib * _MIB}
        return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": [layer]})

    def _layer(self, platform: str) -> str:
        return digest_of(f"layer {self._content}@{platform}")

    @cached_property
    def _content(self) -> str:
        # What it does is its content: an image that does something else has another digest.
        return self.model_dump_json(exclude={"platforms"})


def _exposed(value: object) -> object:
    """Return a port as a builder writes it, `8080/tcp` of `EXPOSE 8080`."""
    parts = _EXPOSED.fullmatch(str(value)) if isinstance(value, str | int) else None
    if parts is None or int(parts["port"]) not in _PORTS:
        raise ValueError(f"expected a port as `EXPOSE` has it, such as 8080 or 53/udp, and not {value!r}")
    return f"{int(parts['port'])}/{parts['protocol'] or 'tcp'}"


def _at(entries: tuple[_Entry, ...], seconds: float) -> _Entry:
    """Return the entry that holds at a time: the last that has begun, the first before that."""
    return next((entry for entry in reversed(entries) if entry.at <= seconds), entries[0])


def digest_of(text: str) -> str:
    """Return `sha256:…` of a text."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
