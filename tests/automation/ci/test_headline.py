"""The one sentence of a run in a CI system: how loud it is, and whose it is."""

from datetime import UTC, datetime

import pytest

from automation.ci.headline import UNTOUCHED, Headline, of_error, of_gate, of_outcome, of_preview
from automation.outcome import Outcome, Result, ServiceOutcome
from automation.preflight.model import Finding, Report, Status
from diagnostics.model import Diagnosis, Verdict
from diagnostics.serving import Serving, ServingState

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
PROOF = Serving(ServingState.PROVEN, (), "arn:x:task-definition/shop:2", desired=1, running=1)
SERVES = ServiceOutcome("prod", "shop", Result.SERVING, "shop:1", "shop:2", PROOF)
DOOM = Diagnosis(Verdict.DOOMED, "no image", "why", "push it", root_cause="image-not-found", service="shop")
BACK = ServiceOutcome("prod", "shop", Result.ROLLED_BACK, "shop:1", "shop:2", PROOF)
TOLD = ServiceOutcome("prod", "shop", Result.ROLLED_BACK, "shop:1", "shop:2", PROOF, diagnosis=DOOM)
OTHER = ServiceOutcome("prod", "worker", Result.ROLLED_BACK, "worker:1", "worker:2", PROOF)


@pytest.mark.parametrize(
    ("outcome", "level", "title", "first"),
    [
        (Outcome("dev", (SERVES,)), "notice", "proven (dev)", "shop serves shop:2: 1 of 1 tasks run"),
        (Outcome("dev", ()), "notice", "proven (dev)", "the stack has no ECS service; the update is done"),
        (
            Outcome("dev", (BACK,)),
            "error",
            "rolled-back (shop)",
            "shop: revision shop:2 serves again: 1 of 1 tasks run",
        ),
        (Outcome("dev", (), update_error="boom\nat line 1"), "error", "error (dev)", "boom"),
        (Outcome("dev", (), interrupted=True), "error", "interrupted (dev)", UNTOUCHED),
        (Outcome("dev", (TOLD, OTHER)), "error", "image-not-found (shop)", "no image"),
    ],
)
def test_a_run_is_told_by_what_matters_most(outcome: Outcome, level: str, title: str, first: str) -> None:
    said = of_outcome(outcome)
    assert (said.level, said.title, said.text) == (level, title, first)


def test_the_others_that_failed_are_named_and_the_engines_error_is_not_lost() -> None:
    assert of_outcome(Outcome("dev", (TOLD, OTHER))).sentences[-1] == "failed too: worker"
    assert of_outcome(Outcome("dev", (BACK,), update_error="boom")).sentences[-1] == "boom"


def test_a_refusal_is_told_with_its_check_and_the_others() -> None:
    refused = [Finding(Status.REFUSED, f"no {name}", "fix", "why", check=name) for name in ("image", "role")]
    said = of_outcome(Outcome("dev", (), preflight=Report(tuple(refused))))
    assert (said.level, said.title, said.text, said.sentences[-1]) == (
        "error",
        "image (dev)",
        "no image",
        "refused too: role",
    )


def test_a_preview_counts_what_would_change_and_a_gate_says_why() -> None:
    passed = {"passed": True, "refused": [], "revisions": [{"what": "shop gets a new revision"}]}
    document = {"stack": "dev", "preflight": {"findings": []}, "resources": [{}], "gate": passed}
    assert of_preview(document) == Headline(
        "notice", "preview (dev)", ("1 resource would change", "gate passed: shop gets a new revision")
    )
    nothing = of_preview({**document, "resources": [], "gate": {**passed, "passed": False, "revisions": []}})
    assert nothing.sentences == ("nothing would change", "gate refused: the stack has no ECS service")
    finding = {"status": "refused", "check": "image", "service": None, "what": "no image", "fix": "push it"}
    assert of_preview({**document, "preflight": {"findings": [finding]}}).title == "image (dev)"
    assert of_gate(passed, "dev").text == "shop gets a new revision"
    assert of_gate({**passed, "refused": [finding]}, "dev").sentences == ("no image", "help: push it")
    assert of_error(" boom\nmore ").sentences == ("boom", "more")
