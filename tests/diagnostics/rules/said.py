"""What a rule says of each of its hits, as the text that lies beside them: `said.txt`.

python -m tests.diagnostics.rules.said     writes all of them anew; what changed is then reviewed like code
"""

import json
from collections.abc import Iterator
from pathlib import Path

from diagnostics.evidence import Evidence
from diagnostics.model import Finding
from diagnostics.rules import RULES, Rule

HERE = Path(__file__).parent
NAME = "said.txt"


def said(rule: Rule) -> str:
    """Return everything that a rule finds in its hits, one paragraph each."""
    paragraphs = []
    for path in sorted((HERE / rule.ID).glob("hit-*.json")):
        found = rule.match(Evidence.parse(json.loads(path.read_text(encoding="utf-8"))))
        paragraphs.append("\n".join([path.stem, *(_lines(rule, found) if found else ["says nothing"])]))
    return "\n\n".join(paragraphs) + "\n"


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
