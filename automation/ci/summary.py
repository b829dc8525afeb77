"""A run of `up` as Markdown: the whole report, for the summary of a job. Pure."""

from collections.abc import Iterator

from automation.ci.headline import Headline, result_of
from automation.ci.markdown import code, details, escaped, fenced, fit, table
from automation.outcome import Outcome, ServiceOutcome
from automation.preflight import words
from automation.preflight.model import Status
from automation.telling.summary import headline, leftovers, notes
from diagnostics.names import COMMAND
from diagnostics.printable import printable, sentence
from diagnostics.render.markdown import to_markdown

LONGEST = 1_000_000
"""GitHub takes 1 MiB of summary from a step.

Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits
"""


def to_summary(outcome: Outcome, said: Headline) -> str:
    """Return the report of a run."""
    parts = (
        [
            f"## {code(outcome.stack)}: {escaped(said.text)}",
            "",
            f"Ended as `{result_of(outcome.exit_code)}` (exit code {int(outcome.exit_code)}).",
        ],
        _services(outcome),
        *_failures(outcome),
        _error(outcome),
        _left(outcome),
        *map(_steps, outcome.services),
        _checks(outcome),
        details("what could not be read", (f"- {escaped(sentence(f'{gap.what}: {gap.why}'))}" for gap in outcome.gaps)),
    )
    return fit(
        parts, LONGEST, f"Some of it is left out here, because it is too long: `{COMMAND} up --json` keeps it all."
    )


def _services(outcome: Outcome) -> list[str]:
    rows = [
        (
            code(outcome.name_of(each)),
            f"`{each.result.value}`",
            *(code(revision) if revision else "" for revision in (each.revision_before, each.revision_wanted)),
            code(each.proof.revision) if each.proof and each.proof.revision else "",
            code(each.proof.digest) if each.proof and each.proof.digest else "",
            f"{each.proof.running} of {each.proof.desired}" if each.proof else "",
        )
        for each in outcome.services
    ]
    head = ("service", "result", "before", "asked for", "serves now", "image", "tasks that run")
    return table(head, rows)


def _failures(outcome: Outcome) -> Iterator[list[str]]:
    for refusal in outcome.preflight.refused if outcome.preflight else ():
        yield to_markdown(words.diagnosis_of(refusal), words.notes_of(refusal)).split("\n")
    for service in outcome.services:
        if service.diagnosis:
            yield to_markdown(service.diagnosis, notes(service)).split("\n")
        else:
            yield [f"- {escaped(sentence(headline(service, outcome.name_of(service))))}"]


def _error(outcome: Outcome) -> list[str]:
    error = outcome.refused_arguments or outcome.update_error
    if not error:
        return []
    return details("the engine's error", fenced(printable(error)))


def _left(outcome: Outcome) -> list[str]:
    return [f"- {escaped(sentence(line))}" for line in leftovers(outcome)]


def _steps(service: ServiceOutcome) -> list[str]:
    rows = [
        (f"{step.at:%H:%M:%S}", f"`{step.name.value}`", escaped(sentence(step.detail or ""))) for step in service.abort
    ]
    return details(f"how the deployment of {code(service.name)} was stopped", table(("UTC", "step", ""), rows))


def _checks(outcome: Outcome) -> list[str]:
    if outcome.preflight is None:
        return []
    told = words.details(outcome.preflight, Status.WARNED, Status.NOT_DONE, Status.SKIPPED)
    lines = [*words.summary(outcome.preflight), *told]
    return details("checks before the update", (f"- {escaped(sentence(line))}" for line in lines))
