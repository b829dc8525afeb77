"""A run of `up` as JUnit XML: each service and each check before the update is a test case."""

import re

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from automation.ci.headline import UNTOUCHED, result_of
from automation.outcome import Outcome, Result, ServiceOutcome
from automation.preflight.model import Finding, Status
from automation.telling.summary import headline, notes
from diagnostics.printable import printable
from diagnostics.render.plain import to_text

_NOT_XML = re.compile(r"[\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 has no character for, beside the control characters (https://www.w3.org/TR/xml/#charsets)."""


def to_junit(outcome: Outcome) -> str:
    """Return the XML document."""
    xml = JUnitXml("failwell")
    xml.add_testsuite(_suite(f"deployment of {outcome.stack}", [*map(_service, outcome.services), *_update(outcome)]))
    if outcome.preflight and outcome.preflight.findings:
        xml.add_testsuite(_suite(f"preflight of {outcome.stack}", list(map(_check, outcome.preflight.findings))))
    text: bytes = xml.tostring()  # type: ignore[no-untyped-call]
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + text.decode()


def _suite(name: str, cases: list[TestCase]) -> TestSuite:
    suite = TestSuite(_xml(name))
    for case in cases:
        suite.add_testcase(case)
    return suite


def _service(service: ServiceOutcome) -> TestCase:
    case = TestCase(_xml(service.name), _xml(service.cluster))
    said = _xml(headline(service))
    if service.result in {Result.SERVING, Result.NOT_PROVEN}:
        case.system_out = said
    elif service.result in {Result.INTERRUPTED, Result.NOT_REACHED}:
        case.result = [_with_text(Error(said, service.result.value), said)]
    else:
        report = to_text(service.diagnosis, notes(service)) if service.diagnosis else said
        cause = (service.diagnosis and service.diagnosis.root_cause) or service.result.value
        what = service.diagnosis.what if service.diagnosis else said
        case.result = [_with_text(Failure(_xml(what), cause), _xml(report))]
    return case


def _update(outcome: Outcome) -> list[TestCase]:
    """Return a case for what belongs to no service: the engine's own error, or an interrupt before any was touched."""
    error = outcome.refused_arguments or outcome.update_error
    if outcome.interrupted and not outcome.services:
        error = UNTOUCHED
    if not error or outcome.diagnosis:
        return []
    case = TestCase("update", _xml(outcome.stack))
    case.result = [_with_text(Error(_xml(error.split("\n")[0]), result_of(outcome.exit_code)), _xml(error))]
    return [case]


def _check(finding: Finding) -> TestCase:
    case = TestCase(_xml(finding.check), _xml(finding.subject))
    what = _xml(finding.what)
    match finding.status:
        case Status.REFUSED:
            said = [finding.what, finding.why, *(f"{each.source}: {each.quote}" for each in finding.evidence)]
            told = "\n".join([*filter(None, said), f"help: {finding.fix}"])
            case.result = [_with_text(Failure(what, finding.check), _xml(told))]
        case Status.NOT_DONE | Status.SKIPPED:
            case.result = [Skipped(what)]
        case Status.WARNED:
            case.system_out = what
        case _:
            pass
    return case


def _with_text(result: Failure | Error, text: str) -> Failure | Error:
    result.text = text
    return result


def _xml(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", printable(text))
