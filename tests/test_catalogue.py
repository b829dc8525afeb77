"""docs/rules.md and the agent skill are made from the rules, and their commands are real ones."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from automation.outcome import ExitCode
from diagnostics.catalogue import PAGE, SKILL, WRAPPING_WORDS, catalogue, with_table, words_of
from diagnostics.render.pages import page_lines
from diagnostics.rules import GROUPS, RULES, Rule, page

ROOT = Path(__file__).resolve().parent.parent
WRITE = "run: python -m diagnostics.catalogue"
SKILLS_TEXT = SKILL.read_text(encoding="utf-8")


def deploy(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, ROOT / "deploy.py", *arguments], capture_output=True, text=True, check=True)


def commands_of_the_skill() -> list[str]:
    return [line for block in re.findall(r"```sh\n(.*?)```", SKILLS_TEXT, re.DOTALL) for line in block.splitlines()]


def test_the_page_of_the_rules_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == catalogue(), WRITE


def test_the_skills_table_is_current() -> None:
    assert with_table(SKILLS_TEXT) == SKILLS_TEXT, WRITE
    assert f"| `{RULES[0].ID}` |" in SKILLS_TEXT


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.ID)
def test_a_rule_is_found_by_its_own_words(rule: Rule) -> None:
    entry = catalogue().partition(f"\n### {rule.ID}\n")[2].partition("\n### ")[0]
    assert f"; {rule.VERDICT}." in entry
    assert [word for word in words_of(rule) if word not in entry] == []
    assert page(rule).splitlines()[-1] in entry


def test_words_that_wrap_a_cause_are_on_the_page_and_lead_to_groups_of_the_table() -> None:
    headings = {group.heading for group in GROUPS}
    for words, leads_to in WRAPPING_WORDS.items():
        assert f"`{words}`" in catalogue()
        assert set(leads_to) <= headings


def test_links_inside_the_page_lead_to_a_heading() -> None:
    text = catalogue()
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors


def test_rules_are_listed_as_json_in_the_order_of_the_table() -> None:
    listed = [json.loads(line) for line in deploy("rules", "--format", "json").stdout.splitlines()]
    assert [each["id"] for each in listed] == [rule.ID for rule in RULES]
    assert [each["order"] for each in listed] == list(range(1, len(RULES) + 1))
    assert {each["group"] for each in listed} == {group.heading for group in GROUPS}
    one = json.loads(deploy("rules", RULES[3].ID, "--format", "json").stdout)
    assert one == listed[3] | {"page": page(RULES[3])}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.ID)
def test_a_page_fits_a_terminal_and_its_commands_and_addresses_stay_whole(rule: Rule) -> None:
    lines = [text for _, text in page_lines(page(rule), 80)]
    for line in lines:
        assert len(line) <= 80 or line.startswith("    ") or max(map(len, line.split())) > 78, line
    commands = [line for line in page(rule).splitlines() if line.startswith("    ")]
    assert [line for line in commands if line not in lines] == []
    assert " ".join(" ".join(lines).split()) == " ".join(page(rule).replace("\n## ", "\n").split())


def test_the_skill_is_one_that_agents_read() -> None:
    frontmatter = yaml.safe_load(SKILLS_TEXT.split("---\n")[1])
    assert set(frontmatter) == {"name", "description"}
    assert frontmatter["name"] == SKILL.parent.name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", frontmatter["name"])
    assert 0 < len(frontmatter["description"]) <= 1024
    assert len(SKILLS_TEXT.splitlines()) < 500


def test_the_skill_explains_every_exit_code() -> None:
    table = SKILLS_TEXT.split("## Exit codes")[1].split("\n## ")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == sorted(map(int, ExitCode))


def test_the_skill_names_every_key_that_it_says_a_diagnosis_has() -> None:
    schema = json.loads((ROOT / "diagnostics" / "schemas" / "diagnosis-1.json").read_text(encoding="utf-8"))
    table = SKILLS_TEXT.split("| key | use |")[1].split("\n\n")[0]
    named = {
        name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1] if "|" in row else "")
    }
    assert named <= set(schema["properties"])
    assert {"root_cause", "verdict", "fix", "gaps", "notes"} <= named


@pytest.mark.parametrize(
    "command", [each for each in commands_of_the_skill() if " sandbox" not in each and "--sandbox" not in each]
)
def test_a_command_of_the_skill_runs_as_written(command: str) -> None:
    run = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S602 - ours
    assert run.returncode == 0, run.stderr
    assert run.stdout
    if "--format json" in command:
        assert all(isinstance(json.loads(line), dict) for line in run.stdout.splitlines())
    if command.startswith("echo"):
        assert json.loads(run.stdout)["root_cause"] == "image-not-found"
