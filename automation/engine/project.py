"""Reads a Pulumi project and the configuration of one run: what the keys are, which are wrong, which are missing."""

import difflib
import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from automation.errors import UsageError
from diagnostics.private_files import write_whole

_STACK_NAME = re.compile(r"^[A-Za-z0-9_.-]{1,100}$")
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
"""The types that Pulumi.yaml can declare, as YAML reads them."""


@dataclass(frozen=True)
class Declared:
    """A configuration key as Pulumi.yaml declares it."""

    name: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True)
class Project:
    """A Pulumi project on disk."""

    directory: Path
    name: str
    runtime: str
    virtualenv: str | None
    declared: Mapping[str, Declared]
    """Its configuration keys; empty where it declares none, and then any key goes."""
    settings_folder: str = ""
    """Where its stacks' settings are, from `directory`: `stackConfigDir` of its `Pulumi.yaml`."""
    suffix: str = ".yaml"
    """How the names of its settings end, as that of the project's own file does."""

    def settings_file(self, stack: str) -> Path:
        """Return where a stack's settings are; of a full name (`org/project/stack`) the end counts."""
        return self.directory / self.settings_folder / f"Pulumi.{stack.rsplit('/', 1)[-1]}{self.suffix}"

    history: str | None = None
    """Where it wants its records shared: `failwell.history` of `Pulumi.yaml`."""
    source: Path | None = None
    """Where its program runs, where that is not `directory`: an earlier commit of it."""

    def python(self) -> str:
        """Return the interpreter that the program runs with: its own virtual environment's, or else this one."""
        if self.virtualenv:
            own = self.directory / self.virtualenv / "bin" / "python"
            if own.exists():
                return str(own)
        return sys.executable


def read_project(directory: Path) -> Project:
    """Read `Pulumi.yaml` in `directory`.

    Raises:
        UsageError: there is none, or it cannot be read, or it is not a project.
    """
    if not directory.is_dir():
        raise UsageError(f"--project {directory}: there is no such folder")
    names = (f"Pulumi{suffix}" for suffix in (".yaml", ".yml", ".json"))  # JSON is YAML
    path = next((path for name in names if (path := directory / name).exists()), None)
    if path is None:
        raise UsageError(f"--project {directory}: there is no Pulumi.yaml in it; name the folder that holds one")
    document = _read_yaml(path)
    runtime = document.get("runtime")
    options = runtime.get("options", {}) if isinstance(runtime, dict) else {}
    runtime_name = runtime.get("name") if isinstance(runtime, dict) else runtime
    for key, value in (("name", document.get("name")), ("runtime", runtime_name)):
        if not isinstance(value, str) or not value:
            raise UsageError(f"{path}: `{key}` is missing; a Pulumi project has a `name` and a `runtime`")
    config = document.get("config")
    if not isinstance(document.get("stackConfigDir"), str | None):
        raise UsageError(f"{path}: `stackConfigDir` must be text, the folder of the stacks' settings")
    # `config` was the name of `stackConfigDir` once, and the engine still takes a text for that.
    folder = document.get("stackConfigDir") or (config if isinstance(config, str) else "")
    declared = _declared({} if isinstance(config, str) else config, str(document["name"]), path)
    virtualenv = options.get("virtualenv") if isinstance(options, dict) else None
    if not isinstance(virtualenv, str | None):
        raise UsageError(f"{path}: `runtime.options.virtualenv` must be text; write for example `virtualenv: .venv`")
    history = _history(document.get("failwell"), path)
    return Project(
        directory=directory.resolve(),
        name=str(document["name"]),
        runtime=str(runtime_name),
        virtualenv=virtualenv,
        declared=declared,
        settings_folder=str(folder),
        suffix=path.suffix,
        history=history,
    )


def check_stack_name(stack: str, backend: str | None) -> None:
    """Refuse a stack name that this backend cannot have.

    Raises:
        UsageError: the name has a slash on a backend without organizations, or characters that no stack has.
    """
    own_backend = backend is not None and not backend.startswith(("https://", "http://"))
    if "/" in stack and own_backend and not stack.startswith("organization/"):  # what such a backend calls all of them
        raise UsageError(
            f"--stack {stack}: the backend {backend} has no organizations, so a stack name has no slash; "
            f"write `{stack.rsplit('/', 1)[-1]}`"
        )
    if not all(_STACK_NAME.match(part) for part in stack.split("/")):
        raise UsageError(
            f"--stack {stack}: a stack name has letters, digits, `-`, `_` and `.`, at most 100; write for example `dev`"
        )


def check_given(project: Project, given: Iterable[str]) -> None:
    """Refuse keys and values that are wrong whatever the stack's own settings are.

    Raises:
        UsageError: see `settings_of_run`.
    """
    scratch: dict[str, Any] = {}
    for assignment in given:
        _assign(project, scratch, assignment)


def settings_of_run(project: Project, stack: str, given: Iterable[str], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stack's settings with this run's configuration in them, as `Pulumi.STACK.yaml` writes it.

    `defaults` are used for keys that neither the stack nor the run sets. `given` are `KEY=VALUE`, where KEY may be a
    path into a map (`secrets.NAME`) and VALUE is read as the declared type.

    Raises:
        UsageError: a key that the project does not declare, a value of another type, a required key without a value.
    """
    settings = stack_settings(project, stack)
    config: dict[str, Any] = dict(settings.get("config") or {})
    qualified = {f"{project.name}:{key}" for key in project.declared}
    for name, value in defaults.items():
        key = _qualify(project, name)
        if key in qualified or ":" in name:
            config.setdefault(key, value)
    for assignment in given:
        _assign(project, config, assignment)
    if not settings.get("environment"):  # what Pulumi ESC's environments bring, the engine alone knows
        _check_required(project, config, stack)
    return settings | {"config": config}


def stack_settings(project: Project, stack: str) -> dict[str, Any]:
    """Return what the stack's own settings hold; nothing where there are none.

    Raises:
        UsageError: they cannot be read.
    """
    path = project.settings_file(stack)
    settings = _read_yaml(path) if path.exists() else {}
    config = settings.get("config")
    if config is not None and not (isinstance(config, dict) and all(isinstance(key, str) for key in config)):
        raise UsageError(
            f"{path}: `config` must be a map of keys; write for example `config: {{{project.name}:KEY: VALUE}}`"
        )
    return settings


def write_settings(settings: Mapping[str, Any], path: Path) -> Path:
    """Write a run's settings where `--config-file` finds them, and return the path."""
    write_whole(path, yaml.safe_dump(dict(settings), sort_keys=True))  # it may hold encrypted secrets and their salt
    return path


def _assign(project: Project, config: dict[str, Any], assignment: str) -> None:
    name, equals, text = assignment.partition("=")
    if not equals or not name:
        raise UsageError(f"--config {assignment}: expected KEY=VALUE, for example `--config image=shop:good-1`")
    head, *path = name.split(".") if ":" not in name else [name]
    declared = _declaration(project, head, assignment)
    key = _qualify(project, head)
    if not path:
        config[key] = _typed(text, declared.type if declared else "string", assignment)
        return
    if declared and declared.type != "object":
        raise UsageError(
            f"--config {assignment}: `{head}` is of type {declared.type} and has no entries; write `{head}=…`"
        )
    holder, place = config, key
    for step in path:
        entry = holder.get(place) or {}
        if not isinstance(entry, dict):
            raise UsageError(f"--config {assignment}: the stack's settings have no map at `{place}`; write `{head}=…`")
        holder[place] = dict(entry)
        holder, place = holder[place], step
    holder[place] = text


def _declaration(project: Project, name: str, assignment: str) -> Declared | None:
    plain = name.removeprefix(f"{project.name}:")
    if not project.declared or ":" in plain:
        return None
    if plain in project.declared:
        return project.declared[plain]
    near = difflib.get_close_matches(plain, project.declared, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"it has {', '.join(sorted(project.declared))}"
    raise UsageError(f"--config {assignment}: the project {project.name} has no configuration key `{plain}`; {hint}")


def _typed(text: str, kind: str, assignment: str) -> Any:
    if kind == "string":
        return text
    if kind == "array" and not text.lstrip().startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        value = text
    if not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
        example = {"integer": "5001", "boolean": "true", "array": "a,b", "object": json.dumps({"NAME": "value"})}[kind]
        raise UsageError(f"--config {assignment}: expected a value of type {kind}, for example `{example}`")
    return value


def _check_required(project: Project, config: Mapping[str, Any], stack: str) -> None:
    missing = [d for d in project.declared.values() if d.required and f"{project.name}:{d.name}" not in config]
    if missing:
        what = "; ".join(f"`{d.name}` ({d.description or d.type})" for d in missing)
        example = missing[0].name
        raise UsageError(
            f"stack {stack} has no value for {what}; give it with `--config {example}=…`, "
            f"or keep it with `pulumi config set {example} …`"
        )


def _history(ours: Any, path: Path) -> str | None:
    history = ours.get("history") if isinstance(ours, dict) else ours
    if history is not None and not (isinstance(history, str) and isinstance(ours, dict)):
        raise UsageError(
            f"{path}: `failwell` must be a map; write for example `failwell: {{history: s3://bucket/prefix}}`"
        )
    return history


def _declared(config: Any, project: str, path: Path) -> dict[str, Declared]:
    if config is None:
        return {}
    if not isinstance(config, dict):
        raise UsageError(f"{path}: `config` must be a map of keys")
    found: dict[str, Declared] = {}
    for key, entry in config.items():
        name = str(key).removeprefix(f"{project}:")
        if ":" in name:
            continue  # a provider's key, such as aws:region
        if not isinstance(entry, dict):
            found[name] = Declared(name, "string", required=False, description="")
            continue
        kind = str(entry.get("type", "string"))
        found[name] = Declared(
            name,
            kind if kind in _TYPES else "string",
            "default" not in entry and "value" not in entry,
            str(entry.get("description", "")),
        )
    return found


def _qualify(project: Project, name: str) -> str:
    return name if ":" in name else f"{project.name}:{name}"


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise UsageError(f"{path}: cannot be read: {problem.strerror}") from problem
    except (yaml.YAMLError, ValueError, RecursionError) as problem:  # a date of month 13 is a ValueError
        first = str(problem).splitlines() or [""]
        where = (
            f" (line {problem.problem_mark.line + 1})"
            if isinstance(problem, yaml.MarkedYAMLError) and problem.problem_mark
            else ""
        )
        raise UsageError(f"{path}: is not YAML{where}: {first[0]}") from problem
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise UsageError(f"{path}: expected a map of keys, found {type(document).__name__}")
    return document
