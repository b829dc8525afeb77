"""The arithmetic of the claims: where each holds, and that a miss is a miss."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.proof.again import completed
from benchmarks.proof.claims import Claim, Compared, claims, distance, ratios, ratios_at
from benchmarks.proof.rejudge import judged


def case(tool: str, kind: str = "crash", **other: Any) -> dict[str, Any]:
    given = {
        "tool": tool,
        "kind": kind,
        "desired": 1,
        "breaker": True,
        "exit_code": 4,
        "ended": 100.0,
        "right": True,
        "named": 31.0,
        "named_by": "TypeError",
        "conclusive": 30.0,
        "given_up": 40.0,
        "alone": 62.0,
        "status": "ROLLBACK_SUCCESSFUL",
        "refused": [],
        "cpu_seconds": 5.0,
        "mib": 200.0,
    }
    return {**given, **other}


OURS = case("failwell", refused=["image-exists"])
WAITED = case("aws-wait", named=None, given_up=600.0, alone=625.0, right=False, exit_code=0)
ENDS = [
    {"end": "low", "kind": "crash", "conclusive": 20.0, "given_up": 105.0},
    {"end": "high", "kind": "crash", "conclusive": 49.0, "given_up": 900.0},
]


def held(*cases: dict[str, Any]) -> list[Claim]:
    return claims(Compared(cases), ENDS)


def claim(found: list[Claim], words: str) -> Claim:
    (one,) = [each for each in found if words in each.text]
    return one


def test_all_claims_hold_where_everything_went_well() -> None:
    healthy = case("failwell", "healthy", exit_code=0, named=None, conclusive=None)
    assert [each.text for each in held(OURS, WAITED, healthy) if not each.true] == []


@pytest.mark.parametrize(
    ("words", "ours", "miss"),
    [
        ("is named", {"named": None, "conclusive": None}, "crash, desired 1, with breaker"),
        ("first conclusive evidence", {"named": 32.1}, "crash, desired 1, with breaker: 2.1 s after it"),
        ("first conclusive evidence", {"named": None}, "crash, desired 1, with breaker: not named"),
        ("circuit breaker's verdict", {"named": 151.0}, "4.0 times"),
        ("refused before", {"refused": []}, "0%"),
        ("serves alone", {"alone": 626.0}, "crash"),
        ("serves alone", {"alone": None}, "crash"),
    ],
)
def test_a_miss_is_told(words: str, ours: dict[str, Any], miss: str) -> None:
    claims_held = [each for each in held({**OURS, **ours}, WAITED) if words in each.text]
    assert any(not each.true and miss in each.misses for each in claims_held), claims_held


def test_what_only_the_option_refuses_is_told_apart() -> None:
    keys = case("failwell", "secret-key", refused=["secrets-json-key"])
    both = case("failwell", "secret-missing", refused=["secrets-exist", "secrets-json-key"])
    said = claim(held(OURS, keys, both, case("failwell", "port"), WAITED), "refused before")
    assert (said.true, said.figure) == (True, "75%, with `--read-secret-keys`; without it 50%")
    assert claim(held(OURS, both, WAITED), "refused before").figure == "100%"


def test_a_tool_that_names_it_sooner_is_a_miss_unless_within_a_poll() -> None:
    assert claim(held(OURS, {**WAITED, "named": 29.0}), "more than one poll (2 s) sooner").true
    assert claim(held(OURS, {**WAITED, "named": 28.9}), "more than one poll (2 s) sooner").misses == ("crash",)


def test_a_tool_that_is_nearer_to_its_own_evidence_is_a_miss() -> None:
    words = "nearer to the evidence"
    far = {**OURS, "named": 35.0}  # 5 s after it
    assert claim(held(far, {**WAITED, "named": 3.0, "conclusive": 0.0}), words).true
    assert claim(held(far, {**WAITED, "named": 2.9, "conclusive": 0.0}), words).misses == ("crash",)
    assert not claim(held({**OURS, "named": None}, WAITED), words).true


def test_who_is_asked_after_the_failure_has_named_it_after_the_failure() -> None:
    asked = case("mcp", named=0.5, given_up=500.0, right=None)
    assert Compared([OURS, asked]).named("mcp", "crash") == 500.5
    assert claim(held(OURS, asked), "more than one poll (2 s) sooner").true


def test_a_wrong_verdict_counts_only_where_another_tool_is_right() -> None:
    wrong = {**OURS, "right": False}
    assert claim(held(wrong, WAITED), "exit code").true
    assert claim(held(wrong, {**WAITED, "right": True}), "exit code").misses == ("crash, desired 1, with breaker",)


def test_a_healthy_deployment_that_is_called_a_failure_is_a_miss() -> None:
    healthy = case("failwell", "healthy", exit_code=4, right=False, named=None, conclusive=None)
    assert claim(held(OURS, WAITED, healthy), "called a success").holds == 0


def test_distance_is_negative_where_it_was_named_before() -> None:
    assert distance(case("failwell", named=25.5, conclusive=30.0)) == -4.5
    assert distance(case("failwell", named=None)) is None
    assert distance(case("failwell", conclusive=None)) is None


def test_a_case_that_was_cut_off_before_there_was_evidence_says_nothing() -> None:
    cut = case("failwell", "no-route", desired=5, exit_code=None, named=None, conclusive=None)
    assert claim(held(OURS, WAITED, cut), "of each failure is named").of == 1
    late = {**cut, "conclusive": 290.0}
    assert claim(held(OURS, WAITED, late), "of each failure is named").misses == ("no-route, desired 5, with breaker",)


def test_ratios_are_of_the_breaker_that_nobody_disturbed() -> None:
    stopped = case("ecs-deploy", given_up=33.0)  # it may roll back by itself
    assert ratios(Compared([OURS, stopped, WAITED])) == {"crash": 600 / 31}


def test_at_an_end_our_measured_distance_is_added_to_the_evidence_there() -> None:
    compared = Compared([OURS, WAITED])
    assert ratios_at(compared, ENDS, "low") == {"crash": 105 / 21}
    assert ratios_at(compared, ENDS, "high") == {"crash": 900 / 50}


def test_what_was_said_is_judged_anew_where_it_named_nothing(tmp_path: Path) -> None:
    silent = case("ecs-deploy", "subnet-full", named=None, named_by=None, ended=7.4)
    (tmp_path / "ecs-deploy").mkdir()
    file = tmp_path / "ecs-deploy" / "subnet-full-svc-15-1a.txt"
    file.write_text("     6.1  Updating service\n    14.8  ERROR: InsufficientFreeAddressesInSubnet.\n    14.8  \n")
    assert judged(silent, tmp_path) == {**silent, "named": 7.4, "named_by": "ERROR: InsufficientFreeAddressesInSubnet."}
    assert judged({**silent, "named": 3.0}, tmp_path) is None
    assert judged({**silent, "kind": "crash"}, tmp_path) is None
    assert judged({**silent, "desired": 5}, tmp_path) is None


def test_cases_that_were_cut_off_are_taken_from_another_run_of_the_same_kind() -> None:
    origin = {"timings_sha256": "0" * 64, "command": "first"}
    cut, whole = case("failwell", "no-route", exit_code=None), case("failwell", "crash", named=30.0)
    document = {"seed": 1, "speed": 1.0, "origin": origin, "cases": [cut, whole]}
    more = [case("failwell", "no-route"), case("failwell", "crash", named=99.0)]
    other = {"seed": 1, "speed": 1.0, "origin": {**origin, "command": "second"}, "cases": more}
    both = completed(document, other)
    assert both["cases"] == [more[0], whole]
    assert both["origin"] == {**origin, "continued": ["second"]}
    with pytest.raises(SystemExit, match="another seed: 2, not 1"):
        completed(document, {**other, "seed": 2})
