"""No program is started through a shell, by any room."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("automation", "benchmarks", "commands", "components", "diagnostics", "example", "sandbox")
SHELLS = {
    *("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"),
    *("asyncio.create_subprocess_shell", "commands.getoutput", "pty.spawn"),
}
EVALUATES = {"eval", "exec", "__import__"}


def calls(source: str) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def wrong(source: str) -> list[str]:
    """Return what in a module starts a shell or runs text as a program."""
    found = []
    for call in calls(source):
        name = ast.unparse(call.func)
        with_shell = [each for each in call.keywords if each.arg == "shell"]
        if name in SHELLS | EVALUATES or with_shell:
            found.append(ast.unparse(call))
        elif name.startswith("subprocess.") and call.args and isinstance(call.args[0], ast.List):
            words = [each.value for each in call.args[0].elts if isinstance(each, ast.Constant)]
            if {"sh", "bash", "/bin/sh", "/bin/bash"} & {*words} and "-c" in words:
                found.append(ast.unparse(call))
    return found


MODULES = sorted(
    path for room in ROOMS for path in (ROOT / room).rglob("*.py") if not {".venv", ".failwell"} & {*path.parts}
) + [ROOT / name for name in ("deploy.py", "installed.py", "__main__.py")]


def test_no_module_starts_a_shell() -> None:
    assert len(MODULES) > 400
    found = {str(path.relative_to(ROOT)): bad for path in MODULES if (bad := wrong(path.read_text(encoding="utf-8")))}
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "subprocess.run(command, shell=True)",
        "subprocess.run(command, shell=given)",
        "os.system('rm -r ' + name)",
        "subprocess.Popen(['bash', '-c', script])",
        "eval(text)",
    ],
)
def test_a_shell_would_be_found(source: str) -> None:
    assert wrong(source)
