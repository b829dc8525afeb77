"""Takes cases that were cut off in a comparison from another run of the same kind.

    .venv/bin/python -m benchmarks.proof.again FOLDER

The other run, in `FOLDER/compare.json`, has to have the same seed, speed and timings. A case that had ended, or had
shown its cause, stays as it is. The results name the other run's command.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.proof.claims import unfinished
from benchmarks.proof.rejudge import same
from benchmarks.proof.results import FOLDER, read, write


def main() -> None:
    """Take them, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, help="the folder of the other run's results")
    parser.add_argument("--into", type=Path, default=FOLDER, help="the folder of the results")
    asked = parser.parse_args()
    if not (asked.other / "compare.json").is_file():
        parser.error(f"{asked.other} holds no compare.json: name the folder that the other run's --into named")
    document, other = read("compare", asked.into), read("compare", asked.other)
    path = write("compare", completed(document, other), asked.into)
    print(f"{sum(map(unfinished, document['cases']))} cases were cut off: {path}")


def completed(document: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return results in which the cases that were cut off are those of another run.

    Raises:
        SystemExit: the other run is of another kind.
    """
    for what, mine, theirs in (
        ("seed", document["seed"], other["seed"]),
        ("speed", document["speed"], other["speed"]),
        ("timings", document["origin"]["timings_sha256"], other["origin"]["timings_sha256"]),
    ):
        if mine != theirs:
            raise SystemExit(f"the other run has another {what}: {theirs}, not {mine}")
    cases = [
        next((each for each in other["cases"] if unfinished(case) and same(each, case)), case)
        for case in document["cases"]
    ]
    continued = [*document["origin"].get("continued", ()), other["origin"]["command"]]
    return {**document, "origin": {**document["origin"], "continued": continued}, "cases": cases}


if __name__ == "__main__":
    main()
