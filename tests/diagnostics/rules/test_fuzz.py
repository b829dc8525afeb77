"""Whatever a document says, no rule raises and none takes long: not broken, not huge, not made of its own words.

The short form gives each rule 32 KiB of its own words; the long form 1 MiB, with every adversary of each pattern and
many more random texts (about 20 minutes):

    FUZZ_RULES=20 pytest tests/diagnostics/rules/test_fuzz.py
"""

import os
import time
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence
from diagnostics.passages import crash_of, mentions
from diagnostics.rules import RULES, Rule
from tests.diagnostics.hostile import (
    PASSAGE,
    SIZE,
    adversaries,
    assembled,
    broken,
    document,
    literals_of,
    logging,
    patterns_of,
    spoken,
    task,
)

LONG = int(os.environ.get("FUZZ_RULES", "0"))
MOST_SECONDS = 0.1
"""Of the processor's time, for one rule and 1 MiB."""
SHARED_SECONDS = 1.0
"""The same for all that rules share: reading the document, its passages, its crashes."""
TRIES = 3
"""A measurement that is too long is made again: another process may have emptied the caches of this one."""
OWN_WORDS = SIZE if LONG else 32 * 1024
"""Characters of a document that is made of a rule's own words."""


def seconds(rule: Rule, evidence: Evidence) -> float:
    began = time.process_time()
    rule.match(evidence)
    return time.process_time() - began


def read(document: dict[str, Any]) -> Evidence:
    """Return the evidence with what all rules share worked out."""
    evidence = Evidence.parse(document)
    mentions(evidence, "x")
    tasks = {each.arn: each for each in evidence.tasks}
    for log in evidence.logs:
        crash_of(tasks[log.task_arn], log)
    return evidence


def reading(document: dict[str, Any]) -> float:
    began = time.process_time()
    read(document)
    return time.process_time() - began


def too_slow(rules: tuple[Rule, ...], document: dict[str, Any]) -> dict[str, float]:
    """Return the rules that take too long on a document, with their time."""
    evidence = read(document)
    suspects = [rule for rule in rules if seconds(rule, evidence) > MOST_SECONDS]
    found = {rule.ID: min(seconds(rule, read(document)) for _ in range(TRIES)) for rule in suspects}
    return {rule: taken for rule, taken in found.items() if taken > MOST_SECONDS}


def test_no_rule_raises_or_takes_long_on_a_hostile_document() -> None:
    found: dict[str, object] = {}
    for name, made in broken():
        shared = reading(made)
        if shared > SHARED_SECONDS:
            shared = min(reading(made) for _ in range(TRIES))
        if slow := too_slow(RULES, made):
            found[name] = slow
        elif shared > SHARED_SECONDS:
            found[name] = shared
        assert diagnose(Evidence.parse(made)).what
    assert found == {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.ID)
def test_no_text_made_of_a_rules_own_words_takes_it_long(rule: Rule) -> None:
    worst = [text for _, text in sorted(_cost_of_adversaries(rule), reverse=True)[:2]] if LONG else []
    literals = sorted({each for pattern in patterns_of(rule) for each in literals_of(pattern)}) or ["error"]
    random = Random(rule.ID)  # noqa: S311 - not for secrets
    made = [*worst, *(assembled(random, literals) for _ in range(8 + LONG * 100))]
    filled = [made[n % len(made)] for n in range(OWN_WORDS // PASSAGE)]
    assert [too_slow((rule,), each) for each in (logging(filled), spoken(filled))] == [{}, {}]


def _cost_of_adversaries(rule: Rule) -> Iterator[tuple[float, str]]:
    """Yield the time of each adversary of each pattern."""
    for pattern in patterns_of(rule):
        for text in adversaries(pattern):
            began = time.process_time()
            pattern.search(text)
            yield time.process_time() - began, text


@cache
def words() -> tuple[str, ...]:
    found = {each for rule in RULES for pattern in patterns_of(rule) for each in literals_of(pattern)}
    return (*sorted(found), "", "\0", "\ud800", "\u202e", "{", "[", "\n", "\x1b[0m", "ß", "İ")


texts = st.lists(st.sampled_from(words()) | st.text(max_size=4), max_size=8).map("".join)
moments = st.sampled_from([None, "2026-11-20T10:00:00+00:00", "2026-11-20T10:30:00+00:00", "0001-01-01T00:00:00"])
numbers = st.none() | st.sampled_from([0, 1, 2, 126, 127, 137, 139, 143, 255, -1, 10**12])
containers = st.fixed_dictionaries(
    {"name": st.sampled_from(["app", "", "envoy", "log_router"]), "exitCode": numbers, "reason": texts}
)
tasks = st.fixed_dictionaries(
    {
        "lastStatus": st.sampled_from(["STOPPED", "RUNNING", "PENDING", ""]),
        "stopCode": st.sampled_from(["", "TaskFailedToStart", "EssentialContainerExited", "ServiceSchedulerInitiated"]),
        "stoppedReason": texts,
        "createdAt": moments,
        "startedAt": moments,
        "stoppedAt": moments,
        "containers": st.lists(containers, max_size=3),
    }
)
definitions = st.fixed_dictionaries(
    {},
    optional={
        "executionRoleArn": texts,
        "memory": st.sampled_from(["512", "", "x"]),
        "containerDefinitions": st.lists(
            st.fixed_dictionaries({"name": st.just("app"), "image": texts}, optional={"memory": numbers}), max_size=2
        ),
    },
)


@settings(
    max_examples=200 + LONG * 1000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    st.lists(tasks, max_size=4),
    st.lists(texts, max_size=5),
    st.lists(texts, max_size=3),
    st.lists(texts, max_size=3),
    definitions,
)
def test_no_rule_raises_on_any_words(
    given_tasks: list[dict[str, Any]],
    lines: list[str],
    events: list[str],
    reasons: list[str],
    definition: dict[str, Any],
) -> None:
    made = document(task_definition=definition)
    made["tasks"] = [task(n) | each for n, each in enumerate(given_tasks)]
    made["logs"] = [
        {"task_arn": each["taskArn"], "container": "app", "events": [{"message": line} for line in lines]}
        for each in made["tasks"]
    ]
    made["service"]["events"] = [{"message": event} for event in events]
    made["target_health"] = [
        {"target_group_arn": "g", "descriptions": [{"TargetHealth": {"State": "unhealthy", "Description": reason}}]}
        for reason in reasons
    ]
    made["errors"] = [{"operation": None, "code": event, "message": reason} for event in events for reason in reasons]
    evidence = Evidence.parse(made)
    for rule in RULES:
        rule.match(evidence)
