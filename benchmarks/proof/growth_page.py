"""The page's part on what `up`, `watch` and `explain` cost, and how that grows."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.proof.markdown import precise, table


def costs_of_commands(growth: Mapping[str, Any]) -> str:
    """Return that part, of the results of `benchmarks.proof.growth`."""
    start, ups, previews = growth["start"], growth["up"], growth["preview"]
    rows = [
        ("`deploy.py up --help`", f"{start['wall']:.2f} s", f"{start['cpu']:.2f} s", ""),
        *(_pair_rows("up", ups)),
        *(_pair_rows("preview", previews)),
    ]
    return f"""
## What `up`, `watch` and `explain` cost, and how it grows

Medians of {len(ups)} pairs of the same healthy change, on a sandbox 60 times faster than real time.

{table(("what", "wall", "CPU", "memory"), rows)}

Pair by pair, `up` took {_more(ups, "wall"):.2f} s and {_more(ups, "mib"):.0f} MiB more than `pulumi up`, in the median.
What it does beyond that is to check the plan before anything is touched, to watch, and to prove what serves.

One `watch --fleet` over a cluster, of which one service in ten deploys a program that crashes, on a real clock. The
delay is from the end of the first task that crashed until its exception is named.

{_watch_table(growth["watch"])}

One diagnosis of a snapshot, with the parsing of it:

{_explain_table(growth["explain"])}
"""


def _more(pairs: Sequence[Mapping[str, Any]], key: str) -> float:
    return statistics.median(pair["ours"][key] - pair["engine"][key] for pair in pairs)


def _pair_rows(command: str, pairs: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, ...]]:
    for who, name in (("ours", f"`deploy.py {command}`"), ("engine", f"`pulumi {command}`")):
        mine = [pair[who] for pair in pairs]
        memory = f"{statistics.median(each['mib'] for each in mine):.0f} MiB" if "mib" in mine[0] else ""
        wall, cpu = (statistics.median(each[key] for each in mine) for key in ("wall", "cpu"))
        yield name, f"{wall:.2f} s", f"{cpu:.2f} s", memory


def _watch_table(watched: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            str(each["services"]),
            str(each["deploying"]),
            f"{each['calls'] / each['seconds'] * 60:.0f}",
            f"{each['calls'] / each['seconds'] * 60 / each['services']:.1f}",
            f"{each['cpu_seconds'] / each['seconds']:.0%}",
            f"{each['mib']:.0f} MiB",
            f"{each['named']} of {each['deploying']} in {each['seconds']:.0f} s",
            f"{precise(each['delay_median'])}, {precise(each['delay_most'])}",
        )
        for each in watched
    ]
    heading = (
        "services",
        "deploying",
        "calls a minute",
        "a service",
        "of a core",
        "memory",
        "named",
        "delay: median, most",
    )
    return table(heading, rows)


def _explain_table(explained: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            f"{each['tasks']} tasks, {each['lines']} log lines",
            f"{each['kib']} KiB",
            f"{each['cpu_ms']:.0f} ms",
            f"{each['cpu_ms'] / each['lines'] * 1000:.0f} ms",
        )
        for each in explained
    ]
    return table(("snapshot", "size", "CPU", "a thousand lines"), rows)
