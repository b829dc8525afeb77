"""Judges anew, by the matchers as they are now, what tools said in the last comparison without naming the cause.

    .venv/bin/python -m benchmarks.proof.rejudge

For a matcher that turned out to pass over a true statement: it becomes wider for all tools, and what was said is read
again in the transcripts that the comparison left. A cause that was named stays named.
"""

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.proof.compare import TRANSCRIPTS
from benchmarks.proof.kinds import KINDS
from benchmarks.proof.naming import Statement, statements_of
from benchmarks.proof.results import FOLDER, read, write

_WIDTH = 8
"""Characters of a transcript's times."""


def main() -> None:
    """Judge, and write the results with the day."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transcripts", type=Path, default=TRANSCRIPTS, help="the folder of what each tool said")
    parser.add_argument("--into", type=Path, default=FOLDER, help="the folder of the results")
    asked = parser.parse_args()
    document = read("compare", asked.into)
    changed = [each for case in document["cases"] if (each := judged(case, asked.transcripts))]
    document["cases"] = [next((each for each in changed if same(each, case)), case) for case in document["cases"]]
    if changed:
        document["origin"]["judged_anew"] = datetime.now(UTC).date().isoformat()
        write("compare", document, asked.into)
    for each in changed:
        print(f"{each['tool']} {each['kind']}: named at {each['named']} s by {each['named_by']}")
    print(f"{len(changed)} cases changed")


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two are the same case."""
    return all(one[key] == other[key] for key in ("tool", "kind", "desired", "breaker"))


def judged(case: Mapping[str, Any], transcripts: Path) -> dict[str, Any] | None:
    """Return a case with the statement that names its cause; None where it had one, or has none now either."""
    naming = KINDS[case["kind"]].naming
    letter = "a" if case["breaker"] else "b"
    found = sorted((transcripts / case["tool"]).glob(f"{case['kind']}-svc-*-{case['desired']}{letter}.txt"))
    if naming is None or case["named"] is not None or case["ended"] is None or not found:
        return None
    lines = found[0].read_text(encoding="utf-8").splitlines()
    timed = [(float(line[:_WIDTH]), line[_WIDTH + 2 :]) for line in lines]
    # Its last words came when it ended, of which the moment since the deployment is known.
    since = case["ended"] - timed[-1][0] if timed and case["tool"] != "mcp" else 0.0
    said = [Statement(round(at + since, 1), each) for at, line in timed for each in statements_of(line)]
    first = naming.first(each for each in said if each.at >= 0)
    return {**case, "named": first.at, "named_by": first.text.strip()[:240]} if first else None


if __name__ == "__main__":
    main()
