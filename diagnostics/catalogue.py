"""The rules as a catalogue: docs/rules.md and the skill's table. Write both: `python -m diagnostics.catalogue`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from diagnostics.model import Verdict
from diagnostics.rules import GROUPS, RULES, Rule, page, title
from diagnostics.said import Wording

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "rules.md"
SKILL = ROOT / "skills" / "failwell" / "SKILL.md"

WRAPPING_WORDS = {
    "CannotCreateContainerError": ("The program", "Volumes", "Logs and the way to AWS's APIs"),
    "CannotPullContainerError": ("The image and its registry",),
    "CannotStartContainerError": ("The program", "Volumes"),
    "ECS deployment circuit breaker": (),
    "Essential container in task exited": ("The program", "Memory, disk and limits", "Sidecars and unexplained ends"),
    "EssentialContainerExited": ("The program", "Memory, disk and limits", "Sidecars and unexplained ends"),
    "ResourceInitializationError": (
        "The image and its registry",
        "Secrets, parameters and their keys",
        "Logs and the way to AWS's APIs",
        "Volumes",
        "Network interfaces and what the launch needs",
    ),
    "TaskFailedToStart": ("The image and its registry", "Secrets, parameters and their keys", "Capacity"),
    "Task failed ELB health checks": ("Health checks and the load balancer",),
    "Task failed container health checks": ("Health checks and the load balancer",),
    "is unable to consistently start tasks successfully": (),
}
"""What ECS writes before or instead of a cause, and the groups of the table in which such a cause is looked for.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html and
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
"""
_MEANING = {
    Verdict.DOOMED: "waiting cannot help",
    Verdict.SUSPECT: "it may recover; a second task that dies of it makes it `doomed`",
}
_HEADING = re.compile(r"^## ", re.MULTILINE)
_TABLE = re.compile(r"(?<=<!-- rules -->\n).*?(?=<!-- end -->)", re.DOTALL)


def to_document(rule: Rule, *, whole: bool = True) -> dict[str, Any]:
    """Return a rule as `rules --format json` prints it.

    Args:
        rule: one of the table.
        whole: with its page, in Markdown.
    """
    group = next(group for group in GROUPS if rule in group.rules)
    found = {
        "id": rule.ID,
        "order": RULES.index(rule) + 1,
        "group": group.heading,
        "verdict": rule.VERDICT.value,
        "title": title(rule),
    }
    return {**found, "page": page(rule)} if whole else found


def words_of(rule: Rule) -> list[str]:
    """Return the words of AWS, runtimes and programs that a rule looks for first, in lower case."""
    found: set[str] = set()

    def gather(value: object) -> None:
        if isinstance(value, Wording):
            found.add(value.literal)
        elif isinstance(value, tuple | list | frozenset):
            for each in value:
                gather(each)
        elif isinstance(value, dict):
            gather((*value.keys(), *value.values()))

    for value in vars(rule).values():
        gather(value)
    return sorted(" ".join(literal.split()) for literal in found)


def catalogue() -> str:
    """Return docs/rules.md."""
    return "\n".join(_lines()) + "\n"


def with_table(skill: str) -> str:
    """Return the skill's page with the table of the rules as they are now."""
    table = "".join(
        [
            "| rule | verdict | what is the matter |\n|---|---|---|\n",
            *(f"| `{rule.ID}` | {rule.VERDICT} | {title(rule)} |\n" for rule in RULES),
        ]
    )
    return _TABLE.sub(lambda _found: table, skill)


def _lines() -> Iterator[str]:
    yield from (
        "# The rules",
        "",
        "<!-- Made from the rules' modules: python -m diagnostics.catalogue -->",
        "",
        f"The {len(RULES)} causes of a failed deployment that are known, causes before symptoms: of two that match,",
        "the one with the lower number is the cause, and the other is `also seen`. To find yours, search this page for",
        "the words that ECS, the runtime or the program said. In a terminal: `deploy.py rules ID`; for a program,",
        "`deploy.py rules --format json`.",
        "",
        "| verdict | means |",
        "|---|---|",
        *(f"| {verdict} | {meaning} |" for verdict, meaning in _MEANING.items()),
        "",
        "A finding can be less certain than its rule, or more: the page says when.",
        "",
        "## Index",
    )
    for group in GROUPS:
        yield from ("", f"**{group.heading}**", "", "| | rule | verdict | what is the matter |", "|---|---|---|---|")
        for rule in group.rules:
            yield f"| {RULES.index(rule) + 1} | [{rule.ID}](#{rule.ID}) | {rule.VERDICT} | {title(rule)} |"
    yield from _wrapping()
    for group in GROUPS:
        yield from ("", f"## {group.heading}")
        for rule in group.rules:
            yield from ("", *_entry(rule))


def _wrapping() -> Iterator[str]:
    yield from (
        "",
        "## Words that name no cause",
        "",
        "ECS writes these before a cause, or instead of one. What stands after them, and in the container's log,",
        "decides; alone they are `insufficient-evidence`.",
        "",
        "| words | look under |",
        "|---|---|",
    )
    for words, headings in WRAPPING_WORDS.items():
        where = ", ".join(f"[{heading}](#{_anchor(heading)})" for heading in headings)
        yield f"| `{words}` | {where or 'whatever else the tasks and events say'} |"


def _anchor(heading: str) -> str:
    """Return the anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _entry(rule: Rule) -> Iterator[str]:
    first, _, rest = page(rule).partition("\n")
    yield from (f"### {rule.ID}", "", f"{first} Number {RULES.index(rule) + 1}; {rule.VERDICT}.")
    yield _HEADING.sub("#### ", rest).rstrip()
    if words := words_of(rule):
        # A backtick inside a code span needs a longer fence around it.
        yield from ("", "#### Words that it knows", "", ", ".join(_code(each) for each in words))


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"


if __name__ == "__main__":
    PAGE.write_text(catalogue(), encoding="utf-8")
    SKILL.write_text(with_table(SKILL.read_text(encoding="utf-8")), encoding="utf-8")
