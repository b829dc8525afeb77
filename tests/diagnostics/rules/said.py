"""What a rule says of each of its hits, as the text that lies beside them: `said.txt`.

python -m tests.diagnostics.rules.said     writes all of them anew; what changed is then reviewed like code
"""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from diagnostics.evidence import Evidence
from diagnostics.model import Finding
from diagnostics.rules import RULES, Rule

HERE = Path(__file__).parent
NAME = "said.txt"


AT_ONCE = 4
"""Hits in the last paragraph: more than any rule quotes."""


def said(rule: Rule) -> str:
    """Return everything that a rule finds in its hits, one paragraph each."""
    hits = {path.stem: _read(path) for path in sorted((HERE / rule.ID).glob("hit-*.json"))}
    paragraphs = [_paragraph(name, rule, document) for name, document in hits.items()]
    several = dict(list(hits.items())[:AT_ONCE])
    paragraphs.append(_paragraph(f"at once: {', '.join(several)}", rule, _together([*several.values()])))
    paragraphs.append(_pairs(rule, hits))
    if logged := next((name for name, document in hits.items() if document.get("logs")), ""):
        paragraphs.append(_paragraph(f"unhealthy: {logged}", rule, _unhealthy(hits[logged])))
    return "\n\n".join(paragraphs) + "\n"


def _pairs(rule: Rule, hits: dict[str, dict[str, Any]]) -> str:
    """Return what is said of each hit together with the next one, a line each."""
    lines = ["two at once"]
    for (name, first), (_, second) in pairwise(hits.items()):
        found = rule.match(Evidence.parse(_together([first, second])))
        if found:
            counts = f"{len(found.evidence)} quoted, {len(found.tasks)} tasks"
            lines.append(f"  {name}: {found.verdict or rule.VERDICT}: {found.what} ({counts})")
        else:
            lines.append(f"  {name}: says nothing")
    return "\n".join(lines)


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _together(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the first document, with what failed in the others; each task has an id of its own."""
    first, *others = documents
    for number, each in enumerate(others):
        other = _renamed(each, "bcdef"[number])
        first = {**first, **{key: [*first.get(key, []), *other.get(key, [])] for key in ("tasks", "logs", "errors")}}
        if events := (other.get("service") or {}).get("events"):
            service = first.get("service") or other["service"]
            first["service"] = {**service, "events": [*service.get("events", []), *events]}
    return first


def _unhealthy(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document whose tasks did not die by themselves."""
    stopped = {
        "stopCode": "ServiceSchedulerInitiated",
        "stoppedReason": "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:eu-central-1:"
        "210987654321:targetgroup/orders-http/6d0ecf831eec9f09)",
    }
    tasks = [
        {**task, **stopped, "containers": [{**each, "exitCode": 143} for each in task["containers"]]}
        for task in document["tasks"]
    ]
    return {**document, "tasks": tasks}


def _renamed(document: dict[str, Any], letter: str) -> dict[str, Any]:
    """Return a document whose tasks have ids that begin with another letter."""
    text = json.dumps(document)
    for task in document.get("tasks", []):
        before = task["taskArn"].rpartition("/")[2]
        text = text.replace(before, letter + before[1:])
    renamed: dict[str, Any] = json.loads(text)
    return renamed


def _paragraph(name: str, rule: Rule, document: dict[str, Any]) -> str:
    found = rule.match(Evidence.parse(document))
    return "\n".join([name, *(_lines(rule, found) if found else ["  says nothing"])])


def _lines(rule: Rule, found: Finding) -> Iterator[str]:
    yield f"  {found.verdict or rule.VERDICT}: {found.what}"
    yield f"  why: {found.why}"
    yield from (f"  fix: {line}" for line in found.fix.splitlines())
    yield from (f"  | {each.source}: {' '.join(each.quote.split())}" for each in found.evidence)
    if found.tasks:
        yield f"  tasks: {', '.join(task.rpartition('/')[2] for task in found.tasks)}"
    if found.repeats:
        yield f"  repeats: {found.repeats}"
    if found.settles_after:
        yield f"  settles after: {found.settles_after.total_seconds():g} s"


if __name__ == "__main__":
    for each in RULES:
        (HERE / each.ID / NAME).write_text(said(each), encoding="utf-8")
