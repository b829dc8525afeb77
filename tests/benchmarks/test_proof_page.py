"""The page of the proof: made of the results that are in the repository, and as it would be made now."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from benchmarks.proof.claims import cut_off
from benchmarks.proof.kinds import KINDS
from benchmarks.proof.page import PAGE, page
from benchmarks.proof.results import FOLDER, command, origin, read, write


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m benchmarks.proof.page`"


@pytest.mark.parametrize("kind", ["compare", "ends", "growth", "mutation", "coverage"])
def test_results_keep_to_their_schema(kind: str) -> None:
    assert read(kind)["schema"] == f"{kind}/1"


def test_the_comparison_met_every_failure_in_every_way() -> None:
    ours = [case for case in read("compare")["cases"] if case["tool"] == "failwell"]
    met = {(case["kind"], case["desired"], case["breaker"]) for case in ours if not cut_off(case)}
    failing = [kind.id for kind in KINDS.values() if kind.fails]
    for desired, breaker in ((1, True), (1, False), (5, True), (5, False)):
        assert len([kind for kind in failing if (kind, desired, breaker) in met]) >= 12
    assert met >= {(kind, desired, True) for kind in ("healthy", "slow-start") for desired in (1, 5)}


def changed(folder: Path, kind: str, change: Any) -> None:
    """Copy the results into a folder, one of them changed."""
    for name in ("compare", "ends", "growth"):
        document = copy.deepcopy(read(name))
        if name == kind:
            change(document)
        (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")


def test_what_nobody_named_is_told_as_never_and_as_a_miss(tmp_path: Path) -> None:
    def unnamed(document: dict[str, Any]) -> None:
        for case in document["cases"]:
            if case["tool"] == "failwell" and case["kind"] == "crash":
                case.update(named=None, named_by=None)

    changed(tmp_path, "compare", unnamed)
    text = page(tmp_path)
    (missed,) = [line for line in text.splitlines() if line.startswith("- the cause of each failure is named: ")]
    assert "crash, desired 1, with breaker" in missed
    assert "crash, desired 5, without breaker" in missed
    row = next(line for line in text.splitlines() if line.startswith("| crash | a program"))
    assert row.split(" | ")[2] == "never"


SOAK = {
    "schema": "soak/1",
    "hypothesis": "6",
    "seeds": [5, 6],
    "histories": 30,
    "runs": {"0": 31, "killed": 4},
    "happened": {"the network is lost": 3},
    "met": {"the network is lost": 17},
    "broken": [{"seed": 6, "history": "History()", "problem": "AssertionError: it is left\n| behind"}],
    "seconds": 100,
    "cpu_seconds": 60,
}


def test_parts_of_what_was_not_run_say_so(tmp_path: Path) -> None:
    changed(tmp_path, "none", None)
    text = page(tmp_path)
    assert text.count("Not run for this page.") == 3
    write("soak", {**SOAK, "origin": origin("python -m tests.soak")}, tmp_path)
    write("mutation", read("mutation"), tmp_path)
    write("coverage", read("coverage"), tmp_path)
    told = page(tmp_path)
    assert "Not run for this page." not in told
    assert "30 histories of the seeds 5 to 6 ended well, with 2.0 s of the processor's time each; 1 broke." in told
    assert "- seed 6: AssertionError: it is left | behind" in told
    assert "| the network is lost | 3 | 17 |" in told
    assert "| `soak.json` |" in told


def test_a_group_whose_tests_miss_too_much_is_told(tmp_path: Path) -> None:
    changed(tmp_path, "none", None)
    document = read("mutation")
    group = document["groups"]["rules"]
    for killed, reached in ((84, "**no**"), (85, "yes")):
        group.update(killed=killed, survived=100 - killed, score=killed / 100)
        write("mutation", document, tmp_path)
        (row,) = [line for line in page(tmp_path).splitlines() if line.startswith("| rules |")]
        assert f"| 100 | {killed} | {killed}% | {reached} |" in row


@pytest.mark.parametrize("optional", [True, False])
def test_what_is_refused_with_the_option_alone_is_said(tmp_path: Path, *, optional: bool) -> None:
    by = {"image-missing": ["image-exists"], "secret-key": ["secrets-json-key"] if optional else []}

    def refuses(document: dict[str, Any]) -> None:
        for case in document["cases"]:
            if case["tool"] == "failwell":
                case["refused"] = by.get(case["kind"], [])

    changed(tmp_path, "compare", refuses)
    said = re.findall(r"Refused are (\d+)%, with `--read-secret-keys`; without it (\d+)%\.", page(tmp_path))
    assert [int(share) > int(without) > 0 for share, without in said] == [True] * optional


def test_timings_that_changed_since_are_told(tmp_path: Path) -> None:
    changed(tmp_path, "ends", lambda document: document["origin"].update(timings_sha256="0" * 64))
    assert "**changed since**" in page(tmp_path)


def test_no_cell_breaks_its_table() -> None:
    for block in page().split("\n\n"):
        rows = [line.replace("\\|", "") for line in block.splitlines() if line.startswith("|")]
        assert len({row.count("|") for row in rows}) <= 1, block


def test_results_of_another_shape_are_refused(tmp_path: Path) -> None:
    document = {**read("ends"), "cases": [{"end": "middle", "kind": "crash", "conclusive": 1, "given_up": 2}]}
    with pytest.raises(jsonschema.ValidationError, match="middle"):
        write("ends", document, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_command_is_told_without_the_folders_of_a_machine() -> None:
    given = ["--short", "--into", "/somewhere", "--seed", "2", "--transcripts", "/elsewhere"]
    assert command("benchmarks.proof.compare", given, ["TERRAFORM=terraform"]) == (
        "TERRAFORM=terraform python -m benchmarks.proof.compare --short --seed 2"
    )


def test_an_origin_says_all_that_is_needed_to_make_it_again(tmp_path: Path) -> None:
    write("ends", {**read("ends"), "origin": origin("python -m benchmarks.proof.ends")}, tmp_path)
    written = read("ends", tmp_path)["origin"]
    assert written["versions"].keys() >= {"failwell", "python", "pulumi", "moto", "boto3"}
    assert written["machine"]["cores"] >= 1
    assert len(written["timings_sha256"]) == 64
    assert str(Path.home()) not in (FOLDER / "ends.json").read_text(encoding="utf-8")
