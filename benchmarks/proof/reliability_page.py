"""The page's parts on the tests: random histories with faults, small changes that are noticed, branches taken."""

from collections.abc import Mapping
from typing import Any

from benchmarks.proof.markdown import table

_SCORE = 0.85
"""The share of mutants that the tests of a group are to notice."""
_BRANCHES = 0.9
"""The share of branches that the unit tests of a package are to run."""


def random_histories(soak: Mapping[str, Any] | None) -> str:
    """Return the part on what `tests.soak` gave; one sentence where it was not run."""
    opening = """
## Random histories with faults

`make soak` lives random histories of a stack in one process: the driver's own code, a stepped engine around the
stand-in provider's code, and the sandbox's ECS. After each run is checked, among others, that what was called proven
served by ECS's books, that no healthy deployment was stopped, that nothing was left behind that `repair` does not
mend; and each history ends with a good change, which must simply work ([after a kill](repair.md)).
"""
    if soak is None:
        return opening + "\nNot run for this page."
    runs = [(_ended(each), str(count)) for each, count in soak["runs"].items()]
    met = dict(soak["met"])
    happened = [(each, str(count), str(met.get(each, ""))) for each, count in soak["happened"].items()]
    broken = [f"- seed {each['seed']}: {_line(each['problem'])}" for each in soak["broken"]]
    seeds = soak["seeds"]
    lived = f"{soak['histories']} histories of the seeds {seeds[0]} to {seeds[-1]}" if seeds else "No history"
    cost = soak["cpu_seconds"] / max(1, soak["histories"])
    return f"""{opening}
{lived} ended well, with {cost:.1f} s of the processor's time each; {len(broken) or "none"} broke.

{_joined(broken)}

{table(("how runs ended", "runs"), runs)}

{table(("what happened", "times", "calls and files that met it"), happened)}
"""


def mutation_scores(mutation: Mapping[str, Any] | None) -> str:
    """Return the part on what `benchmarks.mutation` gave; one sentence where it was not run."""
    opening = f"""
## Small changes that the tests notice

`make mutation` draws small changes of rules, proof and abort by cosmic-ray's operators, and runs the tests of each
module against each. The goal is {_SCORE:.0%} of those that run at all. Of the changes that no test noticed, those
are explained of which somebody saw that they change nothing that anybody could notice; they count as survivors.
Where tests were written against the survivors of a draw and these were run again, the share is that after it, and
another draw may give less.
"""
    if mutation is None:
        return opening + "\nNot run for this page."
    rows = [_group(name, each) for name, each in mutation["groups"].items()]
    heading = (
        "of",
        "date",
        "drawn",
        "ran",
        "noticed",
        "share",
        "goal reached",
        "run again",
        "noticed since",
        "explained",
        "command",
    )
    return f"{opening}\n{table(heading, rows)}\n"


def branches(coverage: Mapping[str, Any] | None) -> str:
    """Return the part on what `benchmarks.coverage` gave; one sentence where it was not run."""
    opening = f"""
## Branches that the unit tests run

`make coverage` notes which branches of the code the unit tests take; those that run the program as other processes
count for nothing here. The goal is {_BRANCHES:.0%}.
"""
    if coverage is None:
        return opening + "\nNot run for this page."
    rows = [
        (
            f"`{name}`",
            str(each["num_branches"]),
            f"{each['branches']:.1%}",
            "yes" if each["branches"] >= _BRANCHES else "**no**",
            f"{each['lines']:.1%}",
        )
        for name, each in coverage["packages"].items()
    ]
    return f"{opening}\n{table(('package', 'branches', 'taken', 'goal reached', 'lines run'), rows)}\n"


def _group(name: str, group: Mapping[str, Any]) -> tuple[str, ...]:
    ran, survivors, score = group["killed"] + group["survived"], group["survivors"], group["score"]
    return (
        name,
        group["made_at"][:10],
        str(group["mutants"]),
        str(ran),
        str(group["killed"]),
        "none ran" if score is None else f"{score:.0%}",
        "yes" if score is not None and score >= _SCORE else "**no**",
        "survivors" if "survivors_run_again_at" in group else "",
        str(sum(bool(each.get("killed_since")) for each in survivors)),
        f"{sum(bool(each['why']) for each in survivors)} of {len(survivors)}",
        f"`{group['command']}`",
    )


def _ended(how: str) -> str:
    return f"exit {how}" if how.isdigit() else how


def _line(text: str) -> str:
    return " ".join(text.split())[:300]


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) if lines else "What broke before is mended, and lived again by the tests."
