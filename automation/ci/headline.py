"""The one sentence that a CI system shows of a run, and how loud it is. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automation.outcome import ExitCode, Outcome, Result, ServiceOutcome
from automation.preflight import words
from automation.preflight.model import Finding
from automation.telling.summary import headline as headline_of_service
from automation.telling.summary import notes
from diagnostics.model import Diagnosis
from diagnostics.printable import sentence
from diagnostics.render.github import sentences_of

UNTOUCHED = "interrupted before any ECS service was touched"
_WELL = {Result.SERVING, Result.NOT_PROVEN, Result.NOT_REACHED}
"""Results that are no failure of the service's own."""


@dataclass(frozen=True)
class Headline:
    """What is said first, and perhaps alone."""

    level: str
    """`error`, `warning` or `notice`."""
    title: str
    sentences: tuple[str, ...]
    """The first one is the headline; the others say why, what else is true, and what to do."""

    @property
    def text(self) -> str:
        """The headline alone, on one line."""
        return sentence(self.sentences[0])


def of_outcome(outcome: Outcome) -> Headline:
    """Return the headline of a run of `up`."""
    code = outcome.exit_code
    refused = outcome.preflight.refused if outcome.preflight else ()
    if refused:
        return _refused(refused, outcome.stack)
    failed = [each for each in outcome.services if each.result not in _WELL]
    told = next((each for each in failed if each.diagnosis), None)
    if told and told.diagnosis:
        return _of_diagnosis(told.diagnosis, notes(told), _others(failed, told))
    error = outcome.refused_arguments or outcome.update_error
    if failed:
        first = failed[0]
        more = [error] if error else []
        return Headline(
            _level(code),
            f"{result_of(code)} ({first.name})",
            (headline_of_service(first, outcome.name_of(first)), *more),
        )
    if error:
        return Headline("error", f"{result_of(code)} ({outcome.stack})", tuple(error.strip().split("\n")))
    if outcome.interrupted:
        return Headline("error", f"interrupted ({outcome.stack})", (UNTOUCHED,))
    said = tuple(headline_of_service(each, outcome.name_of(each)) for each in outcome.services)
    return Headline(
        _level(code),
        f"{result_of(code)} ({outcome.stack})",
        said or ("the stack has no ECS service; the update is done",),
    )


def of_preview(document: Mapping[str, Any]) -> Headline:
    """Return the headline of a preview, from `preview/1`."""
    stack = document["stack"]
    refused = [each for each in document["preflight"]["findings"] if each["status"] == "refused"]
    if refused:
        return _of_findings(refused, stack)
    count = len(document["resources"])
    what = f"{count} resource{'' if count == 1 else 's'} would change" if count else "nothing would change"
    gate = document["gate"]
    said = f"gate {'passed' if gate['passed'] else 'refused'}: {_revisions(gate)}"
    return Headline("notice", f"preview ({stack})", (what, said))


def of_gate(document: Mapping[str, Any], stack: str) -> Headline:
    """Return the headline of a `gate/1`."""
    if document["refused"]:
        return _of_findings(document["refused"], stack)
    return Headline("notice", f"gate ({stack})", (_revisions(document),))


def _of_findings(refused: Sequence[Mapping[str, Any]], stack: str) -> Headline:
    first, *others = refused
    advice = [f"help: {first['fix']}"] if first["fix"] else []
    more = [f"refused too: {', '.join(each['check'] for each in others)}"] if others else []
    return Headline("error", f"{first['check']} ({first['service'] or stack})", (first["what"], *advice, *more))


def _revisions(gate: Mapping[str, Any]) -> str:
    return "; ".join(each["what"] for each in gate["revisions"]) or "the stack has no ECS service"


def of_error(problem: str) -> Headline:
    """Return the headline of a run that ended with an error of its own."""
    return Headline("error", "failwell", tuple(problem.strip().split("\n")))


def result_of(code: ExitCode) -> str:
    """Return how a run ended, as a word for programs, such as `rolled-back`."""
    return code.name.lower().replace("_", "-")


def _refused(refused: tuple[Finding, ...], stack: str) -> Headline:
    first, *others = refused
    more = [f"refused too: {', '.join(each.check for each in others)}"] if others else []
    said = sentences_of(words.diagnosis_of(first), words.notes_of(first))
    return Headline("error", f"{first.check} ({first.subject or stack})", (*said, *more))


def _of_diagnosis(diagnosis: Diagnosis, said: Iterable[str], others: str) -> Headline:
    title = f"{diagnosis.root_cause or diagnosis.verdict.value} ({diagnosis.service})"
    sentences = sentences_of(diagnosis, tuple(said))
    return Headline("error", title, (*sentences, *([others] if others else [])))


def _others(failed: list[ServiceOutcome], told: ServiceOutcome) -> str:
    names = [each.name for each in failed if each is not told]
    return f"failed too: {', '.join(names)}" if names else ""


def _level(code: ExitCode) -> str:
    return {ExitCode.PROVEN: "notice", ExitCode.NOT_PROVEN: "warning"}.get(code, "error")
