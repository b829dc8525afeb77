"""Mutation testing of rules, proof and abort: how many small changes of the code do its own tests notice?

    python -m benchmarks.mutation --mutants PYTHON [--seed S] [--rules N] [--others N] [--only GROUP] [--again]
        [--output FILE]

PYTHON is of an environment with cosmic-ray, whose operators make the mutants (`mutants.py`); `make mutation` has one.
Each mutant is loaded in a process of its own instead of the module, and the tests of that module run until one fails.
A mutant that cannot even be imported proves nothing about tests, and counts for nothing; one that runs for ever is
noticed. The tree itself is never changed. With `--again` and the seed and numbers of a result, only what survived then
is run: what new tests notice of it is added, and the rest of the result stays as it is.
"""

import argparse
import importlib
import json
import os
import resource
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_name("results") / "mutation.json"
EXPLAINED = Path(__file__).with_name("survivors.json")
"""Survivors that change nothing that anybody could notice: `MODULE: LINE -> WHAT IT BECOMES`, and why."""
GROUPS = {
    "proof": (
        ("diagnostics/serving.py", "automation/proof/proving.py"),
        (
            "tests/diagnostics/test_serving.py",
            "tests/diagnostics/test_serving_more.py",
            "tests/automation/proof/test_proving.py",
        ),
    ),
    "abort": (
        ("automation/ending/abort.py", "automation/ending/abort_states.py"),
        ("tests/automation/ending/test_abort.py",),
    ),
}
_INCOMPETENT = 99
_CPU_SECONDS = 60
_NOTHING_RAN = 5
"""pytest's exit code where no test was chosen."""
_THIRD_PARTY = ("pytest", "boto3", "botocore.session", "pulumi.automation", "rich.console", "yaml")
RULE_TESTS = ("tests/diagnostics/rules/test_rules.py",)


@dataclass(frozen=True)
class Mutant:
    """A change of a module, and what its tests made of it."""

    module: str
    line: int
    operator: str
    code: str
    """The line that was changed, as it is in the module."""
    becomes: str
    ended: str = ""
    """`killed`, `survived` or `incompetent`."""

    @property
    def key(self) -> str:
        """What tells it from others, whatever is added above it."""
        return f"{self.module}: {self.code} -> {self.becomes}"


def main() -> None:
    """Draw mutants, run them, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=Path, required=True, help="the Python of an environment with cosmic-ray")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rules", type=int, default=2, help="mutants of each rule")
    parser.add_argument("--others", type=int, default=40, help="mutants of each other module")
    parser.add_argument("--only", choices=[*GROUPS, "rules"], help="one group; the others' results stay")
    parser.add_argument("--again", action="store_true", help="only the survivors of the last result, after new tests")
    parser.add_argument("--output", type=Path, default=RESULTS)
    given = parser.parse_args()
    os.chdir(ROOT)
    last = _result(given.output)["groups"] if given.again else {}
    for name in _THIRD_PARTY:  # once, and not again in each process
        importlib.import_module(name)
    rules = sorted(str(path) for path in Path("diagnostics/rules").glob("*.py") if path.stem != "__init__")
    for group, (modules, tests) in (GROUPS | {"rules": (tuple(rules), RULE_TESTS)}).items():
        if given.only in {None, group}:
            count = given.rules if group == "rules" else given.others
            _check(modules[0], tests)
            drawn = list(_drawn(given.mutants, modules, count, given.seed))
            if given.again:
                drawn = _survivors_of(drawn, last[group])
            mutants = list(_run_all(drawn, tests))
            _write(given.output, group, mutants, given)


def _drawn(python: Path, modules: Sequence[str], count: int, seed: int) -> Iterator[dict[str, Any]]:
    command = [python, Path(__file__).with_name("mutants.py"), "--seed", str(seed), "--count", str(count), *modules]
    drawn = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    yield from (json.loads(line) for line in drawn.splitlines())


def _survivors_of(drawn: Sequence[dict[str, Any]], last: dict[str, Any]) -> list[dict[str, Any]]:
    """Return those of the mutants that survived the last time.

    Several mutants of one line may look alike, so they are told apart by their operator and by how many there are.
    """
    survived = Counter((each["module"], each["line"], each["operator"], each["becomes"]) for each in last["survivors"])
    found = []
    for each in drawn:
        key = (each["module"], each["line"], each["operator"], each["becomes"])
        if survived[key]:
            survived[key] -= 1
            found.append(each)
    if survived.total():
        missing = next(iter(+survived))
        sys.exit(f"{missing}: survived the last time and is not drawn now: the seed, a number or the module is another")
    return found


def _run_all(drawn: Sequence[dict[str, Any]], tests: Sequence[str]) -> Iterator[Mutant]:
    for made in drawn:
        module, number = made["module"], made["line"]
        code = Path(module).read_text(encoding="utf-8").splitlines()[number - 1].strip()
        chosen = ["-k", Path(module).stem.replace("_", "-")] if "/rules/" in module else []
        ended = _run(module, made["source"], [*tests, *chosen])
        print(f"{ended:12} {module}:{number} {made['operator']}: {code}", flush=True)
        yield Mutant(module, number, made["operator"], code, made["becomes"], ended)


def _check(module: str, tests: Sequence[str]) -> None:
    """End where tests fail of a module as it is: then they would notice every change."""
    if _run(module, Path(module).read_text(encoding="utf-8"), tests) != "survived":
        sys.exit(f"{' '.join(tests)}: fails though nothing was changed; no mutant says anything then")


def _run(module: str, source: str, tests: Sequence[str]) -> str:
    child = os.fork()
    if child == 0:
        _in_child(module, source, tests)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code == _NOTHING_RAN:
        sys.exit(f"{module}: none of {' '.join(tests)} is its own")
    return {0: "survived", _INCOMPETENT: "incompetent"}.get(code, "killed")


def _in_child(module: str, source: str, tests: Sequence[str]) -> NoReturn:
    code = _INCOMPETENT
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
        signal.alarm(_CPU_SECONDS * 10)  # one that only waits is ended too
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        path, name = ROOT / module, module.removesuffix(".py").replace("/", ".")
        compiled = compile(source, path, "exec")
        plain = SourceFileLoader.get_code

        def get_code(loader: SourceFileLoader, fullname: str) -> Any:
            return compiled if Path(loader.path) == path else plain(loader, fullname)

        SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
        sys.path.insert(0, str(ROOT))
        importlib.import_module(name)
        import pytest

        code = 1
        code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]))
    finally:
        os._exit(code)


def _result(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = {"schema": "mutation/1", "groups": {}}
    if path.exists():
        document = json.loads(path.read_text(encoding="utf-8"))
    return document


def _write(path: Path, group: str, mutants: Sequence[Mutant], given: argparse.Namespace) -> None:
    """Put a group's result among those of the others."""
    explained: dict[str, str] = json.loads(EXPLAINED.read_text(encoding="utf-8"))
    document = _result(path)
    made = {
        "command": f"make mutation SEED={given.seed} RULES={given.rules} OTHERS={given.others}",
        "made_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seed": given.seed,
        "tool": "cosmic-ray 8.7.0",
        "python": sys.version.split()[0],
    }
    ended = Counter(each.ended for each in mutants)
    if given.again:
        before = document["groups"][group]
        ended = Counter(incompetent=before["incompetent"], killed=before["killed"]) + ended
        made = {key: before[key] for key in made} | {"survivors_run_again_at": made["made_at"]}
    document["groups"][group] = {**made, **_summary(ended, mutants, explained)}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _summary(ended: Counter[str], mutants: Sequence[Mutant], explained: dict[str, str]) -> dict[str, Any]:
    """Return the score, over mutants that run, and who survived; an explained one stays in the score as survived."""
    ran = ended["killed"] + ended["survived"]
    survivors = [each for each in mutants if each.ended == "survived"]
    return {
        "mutants": ended.total(),
        "incompetent": ended["incompetent"],
        "killed": ended["killed"],
        "survived": ended["survived"],
        "score": round(ended["killed"] / ran, 3) if ran else None,
        "survivors": [
            {**{key: value for key, value in asdict(each).items() if key != "ended"}, "why": explained.get(each.key)}
            for each in survivors
        ],
    }


if __name__ == "__main__":
    main()
