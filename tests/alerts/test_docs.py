"""docs/alerts.md says what the code does."""

import ast
import inspect
import json
import re
from pathlib import Path

import yaml

from alerts import alarms, package, trial
from alerts.arguments import DeploymentAlertsArgs
from alerts.patterns import PATTERNS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
PROJECT = yaml.safe_load((ROOT / "alerts" / "Pulumi.yaml").read_text(encoding="utf-8"))
ARGUMENTS = set(DeploymentAlertsArgs.__annotations__)


def rows(heading: str) -> list[list[str]]:
    """Return what stands in backticks in the first column of a chapter's tables."""
    chapter = re.split(r"^## ", PAGE.split(f"## {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    return [re.findall(r"`([^`]+)`", line.split("|")[1]) for line in chapter.splitlines() if line.startswith("| `")]


def test_every_rule_is_told() -> None:
    assert [names[0] for names in rows("Which events")] == list(PATTERNS)


def test_every_setting_is_told_and_the_program_has_each() -> None:
    told = [name for names in rows("Settings") for name in names]
    assert sorted(told) == sorted(ARGUMENTS)
    assert set(PROJECT["config"]) == ARGUMENTS - {"create_kms_key"}


def test_every_setting_of_the_program_is_handed_to_the_component() -> None:
    source = (ROOT / "alerts" / "program" / "__main__.py").read_text(encoding="utf-8")
    named = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    assert set(PROJECT["config"]) <= named


def test_every_alarm_is_told() -> None:
    made = {f"failwell-alerts/{each.suffix}" for each in (*alarms.ABOUT_FUNCTION, alarms.LATE, alarms.LOST)}
    assert {names[0] for names in rows("Is it well?")} == made


def test_what_the_trial_asks_for_is_told_and_nothing_else() -> None:
    """Its clients are made by name: `self.client("events")`, or a variable that was made so."""
    tree = ast.parse(inspect.getsource(trial))
    variables = {"events": "events"}
    called = set()
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        of = node.func.value
        if isinstance(of, ast.Call) and isinstance(of.func, ast.Attribute) and of.func.attr == "client":
            called.add((ast.literal_eval(of.args[0]), node.func.attr))
        elif isinstance(of, ast.Name) and of.id in variables:
            called.add((variables[of.id], node.func.attr))
    asked = {f"{service}:{''.join(word.title() for word in method.split('_'))}" for service, method in called}
    policy = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])
    # The table is read by the handler's own code.
    assert set(policy["Statement"][0]["Action"]) == asked | {"dynamodb:BatchGetItem"}


def test_the_size_is_what_it_is(tmp_path: Path) -> None:
    size = package.build(tmp_path / "function.zip").size
    said = re.search(r"about (\d+) MB", PAGE)
    assert said
    assert abs(size / 1e6 - int(said[1])) < 1
