"""Makes docs/proof.md of the results in `benchmarks/results/`: `python -m benchmarks.proof.page`."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.proof.claims import (
    OURS,
    Claim,
    Compared,
    claims,
    cut_off,
    distance,
    ratios,
    ratios_at,
    refused,
    refused_share,
    without_keys,
)
from benchmarks.proof.growth_page import costs_of_commands
from benchmarks.proof.kinds import KINDS
from benchmarks.proof.markdown import seconds, table, times
from benchmarks.proof.reliability_page import branches, mutation_scores, random_histories
from benchmarks.proof.results import FOLDER, ROOT, read, read_if_there, timings_sha256

PAGE = ROOT / "docs" / "proof.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page(folder: Path = FOLDER) -> str:
    """Return the page, of the results in a folder."""
    compare, ends, growth = read("compare", folder), read("ends", folder), read("growth", folder)
    soak, mutation, coverage = (read_if_there(kind, folder) for kind in ("soak", "mutation", "coverage"))
    compared = Compared(compare["cases"])
    parts = [
        _opening(compare),
        _claims(claims(compared, ends["cases"])),
        _named(compared, compare["tools"]),
        _limit(compared),
        _breaker(compared, ends),
        _alone(compared, compare["tools"]),
        _right(compared, compare["tools"]),
        _refused(compared),
        _costs(compared, compare),
        costs_of_commands(growth),
        random_histories(soak),
        mutation_scores(mutation),
        branches(coverage),
        _how(compare),
        _origins({"compare": compare, "ends": ends, "growth": growth, **({"soak": soak} if soak else {})}),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _opening(compare: Mapping[str, Any]) -> str:
    where = compare["origin"]
    return f"""
<!-- made by `python -m benchmarks.proof.page` of benchmarks/results/: do not edit -->
# Proof

Every figure here was measured on the [sandbox](sandbox.md), not on AWS: it behaves as AWS's ECS is documented and
recorded to, with [sourced timings](sandbox.md#how-long-things-take). Each tool had a sandbox of its own of the same
seed, in which a service draws the same times whoever deploys it, and met the same failures, on {where["date"]} on a
machine with {where["machine"]["cores"]} cores. What a tool says is held against one matcher for each cause,
[below](#what-counts-as-naming), the same for all. Times are seconds of ECS's clock since the deployment was created.
{where.get("note", "")}"""


def _claims(all_of: Sequence[Claim]) -> str:
    rows = [
        (each.text, f"{each.holds} of {each.of}" if not each.figure else each.figure, "yes" if each.true else "**no**")
        for each in all_of
    ]
    missed = [f"- {each.text}: {'; '.join(each.misses)}" for each in all_of if each.misses]
    found = "\n".join(missed) or "None."
    shown = table(("claim", "measured", "holds"), rows)
    return f"## What is claimed, and what was measured\n\n{shown}\n\n### Misses\n\n{found}"


def _named(compared: Compared, tools: Sequence[Mapping[str, Any]]) -> str:
    shown = [each for each in tools if compared.of(each["id"])]
    rows = [
        (kind, KINDS[kind].what, *(_told(compared, each["id"], kind) for each in shown)) for kind in compared.kinds()
    ]
    return f"""
## When the cause is named

Desired count 1, with a circuit breaker. "never": the tool ended, or 33 minutes passed, without a true statement of
the cause; "not run": it did not meet this failure. The MCP server is asked after ECS has given up: its time is that
moment and its answer's.

{table(("failure", "what", *(each["name"] for each in shown)), rows)}
"""


def _told(compared: Compared, tool: str, kind: str) -> str:
    if compared.plain(tool, kind) is None:
        return "not run"
    return seconds(compared.named(tool, kind))


def _limit(compared: Compared) -> str:
    variants = ((1, True), (1, False), (5, True), (5, False))
    rows = []
    for kind in compared.kinds():
        found = [
            next((each for each in compared.of(OURS) if _is(each, kind, desired, breaker=breaker)), None)
            for desired, breaker in variants
        ]
        rows.append((kind, *(_against(each) for each in found)))
    late = [each for case in compared.of(OURS, failing=True) if (each := distance(case)) is not None]
    middle = f"{statistics.median(late):.1f} s in the median, {max(late):.1f} s at most" if late else "not measured"
    heading = ("failure", "1, breaker", "1, without", "5, breaker", "5, without")
    return f"""
## Distance to the physical limit

When AWS first showed enough to leave no other cause (stopped reasons, exit codes, log lines, events, target
health), and how much later `deploy.py up` named it. A negative distance is a cause that was named as suspected
before that. "cut off": the time of the run was over before AWS showed anything. Distance: {middle}.

{table(heading, rows)}
"""


def _is(case: Mapping[str, Any], kind: str, desired: int, *, breaker: bool) -> bool:
    return bool(case["kind"] == kind and case["desired"] == desired and case["breaker"] is breaker)


def _against(case: Mapping[str, Any] | None) -> str:
    if case is None:
        return "not run"
    if cut_off(case):
        return "cut off"
    late = distance(case)
    if late is None:
        return f"evidence {seconds(case['conclusive'])}, named {seconds(case['named'])}"
    return f"{case['conclusive']:.0f} s {late:+.1f} s"


def _breaker(compared: Compared, ends: Mapping[str, Any]) -> str:
    measured = ratios(compared)
    low, high = (ratios_at(compared, ends["cases"], end) for end in ("low", "high"))
    rows = [
        (
            kind,
            seconds(compared.breaker(kind)),
            seconds(compared.named(OURS, kind)),
            *(times(found.get(kind)) for found in (measured, low, high)),
        )
        for kind in compared.kinds()
    ]
    medians = [statistics.median(found.values()) if found else None for found in (measured, low, high)]
    rows.append(("**median**", "", "", *(times(each) for each in medians)))
    heading = ("failure", "breaker's verdict", "named by us", "sooner", "at the low end", "at the high end")
    return f"""
## How much sooner than the circuit breaker

Desired count 1. The breaker's verdict is the moment in which ECS began to roll back where nobody stopped the
deployment. The last two columns have every timing of the sandbox at one end of its range: evidence and verdict were
run there, and our measured distance to the evidence is added.

{table(heading, rows)}
"""


def _alone(compared: Compared, tools: Sequence[Mapping[str, Any]]) -> str:
    shown = [each for each in tools if compared.of(each["id"]) and each["verdict"]]
    rows = [(kind, *(_alone_at(compared, each["id"], kind) for each in shown)) for kind in compared.kinds()]
    return f"""
## When the previous revision serves alone again

By ECS's records: the end of the service deployment that went back. Desired count 1, with a breaker, which is what
ends it for tools that stop nothing.

{table(("failure", *(each["name"] for each in shown)), rows)}
"""


def _alone_at(compared: Compared, tool: str, kind: str) -> str:
    case = compared.plain(tool, kind)
    return "not run" if case is None else seconds(case["alone"])


def _right(compared: Compared, tools: Sequence[Mapping[str, Any]]) -> str:
    shown = [each for each in tools if compared.of(each["id"]) and each["verdict"]]
    rows = []
    for tool in shown:
        failing = [case for case in compared.of(tool["id"], failing=True) if case["desired"] == 1 and case["breaker"]]
        healthy = [case for case in compared.of(tool["id"], failing=False) if case["desired"] == 1]
        success = [case for case in failing if case["exit_code"] == 0]
        still = [case for case in failing if case["exit_code"] is None]
        ended = [case["ended"] for case in failing if case["ended"] is not None]
        rows.append(
            (
                tool["name"],
                _share(failing, lambda case: case["right"]),
                ", ".join(case["kind"] for case in success) or "none",
                str(len(still)),
                seconds(statistics.median(ended) if ended else None),
                _share(healthy, lambda case: case["right"]),
            )
        )
    heading = (
        "tool",
        "failures called failures",
        "called a success",
        "not ended",
        "ended, median",
        "healthy called healthy",
    )
    return f"""
## Whether the verdict is right

The exit code, at desired count 1 with a breaker: 0 for a deployment that ECS rolled back is wrong.

{table(heading, rows)}
"""


def _share(cases: Sequence[Mapping[str, Any]], true: Any) -> str:
    return f"{sum(bool(true(each)) for each in cases)} of {len(cases)}" if cases else "not run"


def _refused(compared: Compared) -> str:
    rows = [(kind, ", ".join(f"`{each}`" for each in refused(compared, kind)) or "no") for kind in compared.kinds()]
    more = without_keys(compared)
    share = f" Refused are {refused_share(compared):.0%}, {more}." if more else ""
    return f"""
## What is refused before anything is touched

`deploy.py up` looked first; the runs above were then made with `--no-preflight`. What only the program knows cannot
be refused.{share}

{table(("failure", "refused by"), rows)}
"""


def _costs(compared: Compared, compare: Mapping[str, Any]) -> str:
    rows = []
    for tool in compare["tools"]:
        cases = compared.of(tool["id"])
        if not cases:
            continue
        minutes = sum((case["ended"] or 0) for case in cases) / 60
        calls = sum(compare["calls"].get(tool["id"], {}).values())
        rows.append(
            (
                tool["name"],
                str(len(cases)),
                f"{calls / len(cases):.0f}",
                f"{calls / minutes:.0f}" if minutes and tool["verdict"] else "",
                f"{statistics.median(case['cpu_seconds'] for case in cases):.1f} s",
                f"{statistics.median(case['mib'] for case in cases):.0f} MiB",
            )
        )
    heading = ("tool", "deployments", "API calls each", "calls a minute", "CPU each, median", "memory, median")
    return f"""
## What it costs

Calls that reached the sandbox, those of the engine's provider and of our checks before the update included;
processor's time and memory of all processes of a run (shared pages counted once). For us they are of all variants.

{table(heading, rows)}
"""


def _how(compare: Mapping[str, Any]) -> str:
    tools = [(each["name"], each["version"], each["how"]) for each in compare["tools"]]
    matchers = [
        (kind.id, _expressions(kind.naming.any_of), _expressions(kind.conclusive.all_of))
        for kind in KINDS.values()
        if kind.naming and kind.conclusive
    ]
    return f"""
## How each tool is run

{table(("tool", "version", "how"), tools)}

ecspresso and Terraform take part where `ECSPRESSO=` and `TERRAFORM=` name their binaries; what is not in the table
was not run.

## What counts as naming

A statement is a line that a tool prints, or a text in its JSON. It names the cause where one of the expressions is
found in it, in any case of letters; what is said before the deployment is created does not count. AWS's evidence is
conclusive once each of the expressions on the right was found in something that AWS shows. The names of services,
clusters, images, secrets and roles tell nothing of the failure.

{table(("failure", "names it: one of", "conclusive: all of"), matchers)}
"""


def _expressions(given: Sequence[str]) -> str:
    return "<br>".join(f"`{each}`".replace("|", "\\|") for each in given)


def _origins(documents: Mapping[str, Mapping[str, Any]]) -> str:
    rows = []
    for name, each in documents.items():
        where = each["origin"]
        commit = where["commit"] + (" and changes" if where["changed_since_commit"] else "")
        frozen = "as now" if where["timings_sha256"] == timings_sha256() else "**changed since**"
        made = ", ".join(f"{tool} {number}" for tool, number in where["versions"].items())
        seeds = [each["seed"]] if "seed" in each else each.get("seeds", [])
        seed = ", ".join(map(str, sorted({*seeds[:1], *seeds[-1:]})))
        again = f", judged anew {where['judged_anew']}" if "judged_anew" in where else ""
        commands = "<br>then, for cases that were cut off: ".join(
            f"`{command}`" for command in (where["command"], *where.get("continued", ()))
        )
        rows.append((f"`{name}.json`", where["date"] + again, commands, seed, commit, made, frozen))
    checksum = documents["compare"]["origin"]["timings_sha256"]
    return f"""
## Where the figures come from

`make bench`, `make bench-short`, `make bench-ends`, `make bench-up`, `make soak`, `make mutation` and `make coverage`
make the files in `benchmarks/results/` again, `python -m benchmarks.proof.page` this page. The sandbox's timings
(`sandbox/timings.yaml`) had the SHA-256 `{checksum}` in the comparison.

{table(("results", "date", "command", "seed", "commit", "versions", "timings"), rows)}
"""


if __name__ == "__main__":
    main()
