"""docs/sandbox.md says what the sandbox does: its tables are made from what the sandbox reads."""

import re
from typing import get_args

from sandbox.faults import Kind
from sandbox.process import ROOT
from sandbox.provider.resources import RESOURCES
from sandbox.throttling import LIMITS
from sandbox.timings import load_timings

PAGE = (ROOT / "docs" / "sandbox.md").read_text()


def section(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", PAGE, re.DOTALL)
    assert found, f"docs/sandbox.md has no table `{name}`"
    return found[1]


def test_the_table_of_timings_is_that_of_the_data_file() -> None:
    rows = ["| what | low | typical | high | source |", "|---|---|---|---|---|"]
    rows += [
        f"| `{name}` | {each.low:g} | {each.typical:g} | {each.high:g} | {each.source} |"
        for name, each in load_timings().items()
    ]
    assert section("timings") == "\n".join(rows) + "\n"


def test_the_table_of_request_limits_is_the_one_that_is_enforced() -> None:
    rows = ["| group | burst | refill a second | operations |", "|---|---|---|---|"]
    rows += [f"| {each.name} | {each.burst} | {each.refill} | {', '.join(each.operations)} |" for each in LIMITS]
    assert section("limits") == "\n".join(rows) + "\n"


def test_every_kind_of_fault_is_explained() -> None:
    explained = set(re.findall(r"^\| `(\w+)` \|", section("faults"), re.MULTILINE))
    assert explained == set(get_args(Kind))


def test_the_table_of_types_is_what_the_provider_has() -> None:
    known: dict[str, list[str]] = {}
    for token in sorted(RESOURCES):
        _, module, name = token.split(":")
        known.setdefault(module.partition("/")[0], []).append(name)
    rows = ["| module | types |", "|---|---|"]
    rows += [f"| `{module}` | {', '.join(names)} |" for module, names in known.items()]
    assert section("types") == "\n".join(rows) + "\n"
