"""`diagnose`: asks every rule, ranks what they found, and says one thing. Pure."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from diagnostics.changes import changes
from diagnostics.evidence import Evidence
from diagnostics.healthy import healthy_in_between
from diagnostics.links import links
from diagnostics.model import Diagnosis, Finding, Gap, Quote, Verdict
from diagnostics.redact import credentials_of, redact_text
from diagnostics.rules import RULES, Rule
from diagnostics.serving import Serving, serving
from diagnostics.settling import may_settle
from diagnostics.shapes import tail
from diagnostics.wrappers import only_wrappers, words_of_failure

_log = logging.getLogger(__name__)

INSUFFICIENT = "insufficient-evidence"
"""The root cause where ECS says that something failed and nothing says why."""
DEATHS_THAT_DOOM = 2
"""Distinct tasks that must die alike, with none healthy in between, before a suspect finding is called doomed.

One is enough where the finding says why the death is certain to repeat (`Finding.repeats`).
"""
_WORDS_SHOWN = 6


@dataclass(frozen=True)
class _Match:
    rule_id: str
    finding: Finding
    verdict: Verdict


def diagnose(evidence: Evidence, rules: Sequence[Rule] = RULES) -> Diagnosis:
    """Explain what a deployment does.

    Args:
        evidence: one look.
        rules: the table, causes before symptoms.

    Returns:
        `healthy` where the deployment serves; else what the first doomed finding in the table's order says, or the
        first finding; `unknown` with ECS's own words where no rule knows the failure. Credentials are masked.
    """
    matches = _as_sure_as_below([match for rule in rules if (match := _ask(rule, evidence))])
    serves = serving(evidence, None)
    if serves.proven and evidence.primary and evidence.primary.id == evidence.deployment_id:
        diagnosis = _healthy(evidence, serves, matches)
    elif matches:
        diagnosis = _found(matches)
    else:
        diagnosis = _unknown(evidence)
    failed = next((match.finding.tasks for match in matches if match.rule_id == diagnosis.root_cause), ())
    return _masked(_placed(diagnosis, evidence, failed), evidence)


def _ask(rule: Rule, evidence: Evidence) -> _Match | None:
    try:
        finding = rule.match(evidence)
    except Exception:  # noqa: BLE001 - a rule's mistake must not take a healthy deployment down
        _log.exception("rule %s failed and is skipped", rule.ID)
        return None
    if finding is None:
        return None
    judged, verdict = _judged(rule, finding, evidence)
    if verdict is Verdict.DOOMED and may_settle(evidence, judged):
        verdict = Verdict.SUSPECT
    return _Match(rule.ID, judged, verdict)


def _judged(rule: Rule, finding: Finding, evidence: Evidence) -> tuple[Finding, Verdict]:
    """Apply the budget: what may recover is doomed after deaths enough, with no healthy task in between."""
    verdict = finding.verdict or rule.VERDICT
    deaths = len(set(finding.tasks))
    if verdict is not Verdict.SUSPECT or deaths == 0:
        return finding, verdict
    certain = deaths >= DEATHS_THAT_DOOM or bool(finding.repeats)
    if not certain or healthy_in_between(evidence, finding):
        return finding, verdict
    alike = f"{deaths} tasks died like this and none was healthy in between"
    why = f"{finding.why}; {alike if deaths >= DEATHS_THAT_DOOM else finding.repeats}"
    return replace(finding, why=why), Verdict.DOOMED


def _as_sure_as_below(matches: list[_Match]) -> list[_Match]:
    """Doom what is further up the table and speaks of all the deaths that something further down is doomed for.

    A death is as certain to repeat under the name of its cause as under that of its symptom; else one death would have
    the symptom's name and the second one, when the cause is doomed too, the cause's.
    """
    told: list[_Match] = []
    for index, match in enumerate(matches):
        deaths, waits = set(match.finding.tasks), match.finding.settles_after is not None
        below = (each.finding for each in matches[index + 1 :] if each.verdict is Verdict.DOOMED)
        sure = next((finding for finding in below if finding.tasks), None)
        if match.verdict is Verdict.SUSPECT and not waits and sure and deaths >= set(sure.tasks):
            why = f"{match.finding.why}; {sure.repeats}" if sure.repeats else match.finding.why
            told.append(replace(match, finding=replace(match.finding, why=why), verdict=Verdict.DOOMED))
        else:
            told.append(match)
    return told


def _found(matches: list[_Match]) -> Diagnosis:
    """Say the cause: doomed before suspect, then the table's order."""
    cause = next((match for match in matches if match.verdict is Verdict.DOOMED), matches[0])
    finding = cause.finding
    return Diagnosis(
        verdict=cause.verdict,
        root_cause=cause.rule_id,
        what=finding.what,
        why=finding.why,
        fix=finding.fix,
        evidence=finding.evidence,
        also_seen=tuple(match.rule_id for match in matches if match is not cause),
    )


def _healthy(evidence: Evidence, serves: Serving, matches: list[_Match]) -> Diagnosis:
    targets = f", {serves.targets_healthy} of {serves.targets_total} targets healthy" if serves.targets_total else ""
    primary = evidence.primary
    reason = primary.rollout_state_reason if primary else ""
    return Diagnosis(
        verdict=Verdict.HEALTHY,
        what=f"revision `{serves.revision}` serves: {serves.running} of {serves.desired} tasks run{targets}",
        why="its deployment is the PRIMARY one and COMPLETED",
        fix="",
        evidence=(Quote("deployment rolloutStateReason", reason),) if reason else (),
        also_seen=tuple(match.rule_id for match in matches),
    )


def _unknown(evidence: Evidence) -> Diagnosis:
    words = words_of_failure(evidence)
    if not words:
        return Diagnosis(Verdict.UNKNOWN, what=_no_failure(evidence), why="", fix="")
    shown = _distinct(words)
    if only_wrappers(words):
        return Diagnosis(
            verdict=Verdict.UNKNOWN,
            root_cause=INSUFFICIENT,
            what=f"the deployment failed and nothing that was read says why; {_said(shown[0])}",
            why="these words wrap every kind of failure, so they name no cause",
            fix="read the container's own log, and give its container definition a `logConfiguration` if it has none",
            evidence=shown,
        )
    telling = next(quote for quote in shown if not only_wrappers((quote,)))
    return Diagnosis(
        verdict=Verdict.UNKNOWN,
        what=f"no rule knows this failure; {_said(telling)}",
        why="without a known cause nobody can say whether waiting helps",
        fix="read the quoted words and the container's log; if the cause is clear, a rule for it is one module",
        evidence=shown,
    )


def _said(quote: Quote) -> str:
    """Return a quote with who said it: ECS, or the program's log."""
    if " log of " in quote.source:
        return f"the {quote.source.partition(' log of ')[2]} container's log said: {quote.quote}"
    if quote.source.endswith("exitCode"):
        return f"ECS said: exitCode {quote.quote}"
    return f"ECS said: {quote.quote}"


def _distinct(words: tuple[Quote, ...]) -> tuple[Quote, ...]:
    """Return the first words of each wording: several tasks say the same; those that tell something come first."""
    by_text = {quote.quote: quote for quote in reversed(words)}
    first = [quote for quote in words if by_text[quote.quote] is quote]
    return tuple(sorted(first, key=lambda quote: only_wrappers((quote,)))[:_WORDS_SHOWN])


def _no_failure(evidence: Evidence) -> str:
    deployment = evidence.deployment
    if evidence.service is None and not evidence.tasks:
        return "nothing could be read of the deployment"
    if deployment and deployment.rollout_state == "COMPLETED":
        return "the deployment is completed, and it could not be shown that it serves"
    return "nothing has failed so far"


def _placed(diagnosis: Diagnosis, evidence: Evidence, tasks: tuple[str, ...]) -> Diagnosis:
    """Say where, what could not be read, and what is new since the last revision that completed."""
    service = evidence.service
    cluster = evidence.cluster_arn or (service.cluster_arn if service else "")
    previous = evidence.previous_task_definition
    changed = () if diagnosis.verdict is Verdict.HEALTHY else changes(evidence)
    return replace(
        diagnosis,
        changes=changed,
        changed_since=(previous.name or None) if changed and previous else None,
        links=links(evidence, tasks),
        gaps=evidence.gaps,
        service=(service.name if service else "") or None,
        cluster=tail(cluster) or None,
        deployment=evidence.deployment_id,
        at=evidence.captured_at,
    )


def _masked(diagnosis: Diagnosis, evidence: Evidence) -> Diagnosis:
    names, values = credentials_of(evidence.document)

    def mask(text: str) -> str:
        return redact_text(text, names, values)

    return replace(
        diagnosis,
        what=mask(diagnosis.what),
        why=mask(diagnosis.why),
        fix=mask(diagnosis.fix),
        evidence=tuple(replace(quote, quote=mask(quote.quote)) for quote in diagnosis.evidence),
        gaps=tuple(Gap(mask(gap.what), mask(gap.why)) for gap in diagnosis.gaps),
        changes=tuple(
            replace(change, before=change.before and mask(change.before), after=change.after and mask(change.after))
            for change in diagnosis.changes
        ),
    )
