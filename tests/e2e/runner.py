"""Runs a composite action as GitHub's runner would: expressions, environment files, commands in the output, masks."""

import os
import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.automation.ci.commands_of_github import Output, parse_outputs


@dataclass
class Used:
    """What came of a step that uses the action."""

    ok: bool = True
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    ran: dict[str, int] = field(default_factory=dict)
    """The exit code of each step of the action that was not left out."""
    said: Output = field(default_factory=Output)

    @property
    def log(self) -> str:
        return "\n".join(self.said.log)


class Runner:
    """One job on one machine.

    Args:
        action: the folder of the action.
        temp: `RUNNER_TEMP`, which all steps of the job share.
        environment: of the machine and the job.
        github: the context `github`; `event` in it is the payload.
        secrets: texts that the log does not show.
    """

    def __init__(
        self,
        action: Path,
        temp: Path,
        environment: Mapping[str, str],
        github: Mapping[str, Any],
        secrets: Sequence[str] = (),
    ) -> None:
        self._action, self._temp = action, temp
        self._environment, self._github, self._secrets = environment, github, secrets
        self._definition = yaml.safe_load((action / "action.yml").read_text(encoding="utf-8"))

    def use(self, **given: str) -> Used:
        """Run the steps of the action; an input is written as Python writes names, `skip_checks`."""
        known = self._definition["inputs"]
        inputs = {name: self._filled(each["default"], {}) for name, each in known.items()}
        asked = {name.replace("_", "-"): value for name, value in given.items()}
        assert asked.keys() <= known.keys()
        inputs |= asked
        used, steps = Used(), {}
        for step in self._definition["runs"]["steps"]:
            context = {"inputs": inputs, "github": self._github, "steps": steps}
            condition = step.get("if", "success()").removeprefix("${{").removesuffix("}}")
            if "()" not in condition:
                condition = f"success() && ({condition})"
            if _true(Expression(condition, context, ok=used.ok).value()):
                outputs = self._run(step, context, used)
                if "id" in step:
                    steps[step["id"]] = {"outputs": outputs}
        for name, each in self._definition["outputs"].items():
            used.outputs[name] = self._filled(each["value"], {"steps": steps})
        return used

    def _run(self, step: Mapping[str, Any], context: Mapping[str, Any], used: Used) -> dict[str, str]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]
        script = self._temp / f"{uuid.uuid4()}.sh"
        script.write_text(step["run"], encoding="utf-8")
        files = {name: self._temp / f"{name}_{uuid.uuid4()}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.touch()
        environment = {
            **self._environment,
            "GITHUB_ACTIONS": "true",
            "CI": "true",
            "GITHUB_ACTION_PATH": str(self._action),
            "RUNNER_TEMP": str(self._temp),
            **{name: str(file) for name, file in files.items()},
            **{name: self._filled(value, context) for name, value in step.get("env", {}).items()},
        }
        code = self._execute(["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)], environment, used.said)
        used.ran[step["name"]] = code
        used.ok = used.ok and code == 0
        used.summary += self._masked(files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8"))
        return parse_outputs(files["GITHUB_OUTPUT"].read_text(encoding="utf-8"))

    def _execute(self, command: Sequence[str], environment: Mapping[str, str], said: Output) -> int:
        """Run a command; both streams are read as they come, and are one log."""
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        turn = threading.Lock()

        def read(stream: Any) -> None:
            for line in stream:
                with turn:
                    said.take(self._masked(line.rstrip("\n")))

        with subprocess.Popen(command, env=environment, text=True, **streams) as process:
            readers = [threading.Thread(target=read, args=(each,)) for each in (process.stdout, process.stderr)]
            for reader in readers:
                reader.start()
            for reader in readers:
                reader.join(timeout=240)
            return process.wait(timeout=240)

    def _masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def _filled(self, text: str, context: Mapping[str, Any]) -> str:
        whole = {"github": self._github, **context}
        return re.sub(r"\$\{\{(.*?)\}\}", lambda found: _text(Expression(found[1], whole).value()), str(text))


class Expression:
    """An expression of GitHub Actions: what is needed of the language, evaluated as it is read."""

    _TOKEN = re.compile(
        r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<name>[A-Za-z_][\w.-]*(?:\(\))?)|(?P<sign>&&|\|\||==|!=|[!()]))"
    )

    def __init__(self, text: str, context: Mapping[str, Any], *, ok: bool = True) -> None:
        self._tokens = list(self._TOKEN.finditer(text))
        assert "".join(found[0] for found in self._tokens).strip() == text.strip(), f"not understood: {text}"
        self._context = context
        self._functions: dict[str, Callable[[], bool]] = {
            "success()": lambda: ok,
            "failure()": lambda: not ok,
            "always()": lambda: True,
            "cancelled()": lambda: False,
        }

    def value(self) -> Any:
        """Return the value of the whole."""
        found = self._or()
        assert not self._tokens, "more than an expression"
        return found

    def _next(self, *signs: str) -> bool:
        return bool(self._tokens) and self._tokens[0]["sign"] in signs

    def _or(self) -> Any:
        left = self._and()
        while self._next("||"):
            self._tokens.pop(0)
            right = self._and()
            left = left if _true(left) else right
        return left

    def _and(self) -> Any:
        left = self._equal()
        while self._next("&&"):
            self._tokens.pop(0)
            right = self._equal()
            left = right if _true(left) else left
        return left

    def _equal(self) -> Any:
        left = self._not()
        while self._next("==", "!="):
            same = self._tokens.pop(0)["sign"] == "=="
            right = self._not()
            left = (_text(left).lower() == _text(right).lower()) is same
        return left

    def _not(self) -> Any:
        if self._next("!"):
            self._tokens.pop(0)
            return not _true(self._not())
        if self._next("("):
            self._tokens.pop(0)
            inside = self._or()
            assert self._tokens.pop(0)["sign"] == ")"
            return inside
        token = self._tokens.pop(0)
        if token["text"]:
            return token["text"][1:-1].replace("''", "'")
        if token["name"] in self._functions:
            return self._functions[token["name"]]()
        found: Any = self._context
        for key in token["name"].split("."):
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


def _true(value: Any) -> bool:
    return value not in (None, "", 0)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def machine(folder: Path, packages: str) -> dict[str, str]:
    """Return the environment of a machine whose `python3` makes environments that have these packages already."""
    (folder / "bin").mkdir(parents=True)
    python = folder / "bin" / "python3"
    python.write_text(
        "#!/bin/bash\n"
        f'"{sys.executable}" "$@" || exit\n'
        'if [[ "$1 $2" == "-m venv" ]]; then\n'
        f'  for site in "$3"/lib/python*/site-packages; do echo "{packages}" > "$site/packages.pth"; done\n'
        "fi\n",
        encoding="utf-8",
    )
    python.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "PULUMI_", "AWS_"))}
    return {**kept, "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
