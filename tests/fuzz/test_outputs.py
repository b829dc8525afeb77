"""Whatever an outcome holds of others' words: each document and variable made of it has its form, and nothing more."""

import json
import re
from dataclasses import replace
from importlib import resources
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.ci.files import dotenv, github_outputs, outputs_of_outcome
from automation.ci.headline import of_outcome
from automation.ci.junit import to_junit
from automation.ci.summary import to_summary
from automation.ending.abort import Step, StepName
from automation.outcome import Outcome, Result, ServiceOutcome
from automation.preflight.model import Finding, Report, Status
from diagnostics.model import Diagnosis, Gap, Quote, Verdict
from tests.automation.test_outcome import AT, PROOF
from tests.fuzz.mutants import fuzzed

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")
SCHEMA = json.loads(resources.files("automation").joinpath("schemas", "outcome-1.json").read_text(encoding="utf-8"))
HOSTILE = (
    "]]>", "<!--", "&amp;<a href='x'>", "\x00\x08\x1b[2J", "\ufffe\uffff", "\u2028\u2029\x85", "a\rb\nFAILWELL_X=1\n",
    "::set-output name=x::y", "`" * 9, "|", "<<EOF\nEOF\n", "x" * 20_000, "${HOME}$(id)", "\u202eabc", "",
)  # fmt: skip
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
words = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30), st.sampled_from(HOSTILE).map(lambda each: each * 3))
diagnoses = st.builds(
    Diagnosis,
    st.sampled_from(Verdict),
    words,
    words,
    words,
    root_cause=st.sampled_from((None, "out-of-memory", "image-not-found")),
    evidence=st.lists(st.builds(Quote, words, words), max_size=2).map(tuple),
    gaps=st.lists(st.builds(Gap, words, words), max_size=2).map(tuple),
)
services = st.builds(
    ServiceOutcome,
    words,
    words,
    st.sampled_from(Result),
    words,
    words,
    st.one_of(st.none(), words.map(lambda text: replace(PROOF, task_definition=text))),
    diagnosis=st.one_of(st.none(), diagnoses),
    rollback_failed=st.one_of(st.none(), words),
    evidence_path=st.one_of(st.none(), words),
)
findings = st.builds(
    Finding, st.sampled_from(Status), words, words, words, check=st.just("image-exists"), subject=words
)
outcomes = st.builds(
    Outcome,
    words,
    st.lists(services, max_size=2).map(tuple),
    update_error=st.one_of(st.none(), words),
    steps=st.lists(st.builds(Step, st.sampled_from(StepName), st.just(AT), words), max_size=2).map(tuple),
    gaps=st.lists(st.builds(Gap, words, words), max_size=2).map(tuple),
    preflight=st.one_of(st.none(), st.lists(findings, max_size=2).map(lambda found: Report(tuple(found), 1.0))),
)
GITLABS_MOST = 5 * 1024
"""Bytes of a dotenv report (https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv)."""
VARIABLE = re.compile(r"FAILWELL_[A-Z_]+=[^\n]*\n")


@fuzzed
@given(outcomes)
def test_an_outcome(outcome: Outcome) -> None:
    VALIDATOR.validate(json.loads(json.dumps(outcome.to_document())))


@fuzzed
@given(outcomes)
def test_a_junit_file(outcome: Outcome) -> None:
    root = ET.fromstring(to_junit(outcome))  # noqa: S314 - we made it, and whether a parser takes it is the question
    assert {each.tag for each in root.iter()} <= {
        "testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out", "properties", "property",
    }  # fmt: skip
    cases = sum(len(suite.findall("testcase")) for suite in root.iter("testsuite"))
    assert cases >= len(outcome.services)


@fuzzed
@given(outcomes)
def test_variables_of_ci_systems(outcome: Outcome) -> None:
    said = of_outcome(outcome)
    outputs = outputs_of_outcome(outcome, said)
    report = dotenv(outputs)
    lines = report.splitlines(keepends=True)  # whatever a reader takes for the end of a line
    assert all(VARIABLE.fullmatch(line) for line in lines)
    assert len(lines) <= len(outputs)
    assert len(report.encode()) <= GITLABS_MOST
    left = github_outputs(outputs)
    for name, value in outputs.items():
        head, left = left.split("\n", 1)
        assert head.startswith(f"{name}<<")
        held, left = left.split(f"\n{head.removeprefix(f'{name}<<')}\n", 1)
        assert held == value
    assert left == ""
    assert to_summary(outcome, said)
