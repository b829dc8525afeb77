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
from diagnostics.refused_calls import refusal_by_its_shape
from diagnostics.relayed import in_their_place
from diagnostics.rollback import evidence_of_rollback
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
    certain: str = ""
    """Why it is sure to repeat, where that was not clear from the finding alone."""
    settling: bool = False
    """Whether what it misses may still arrive: then nothing is certain that it explains."""

    def explains(self, other: "_Match") -> bool:
        """Say whether every death that the other one is about is one of this one's too."""
        return bool(other.finding.tasks) and set(other.finding.tasks) <= set(self.finding.tasks)


def diagnose(evidence: Evidence, rules: Sequence[Rule] = RULES) -> Diagnosis:
    """Explain what a deployment does.

    Args:
        evidence: one look.
        rules: the table, causes before symptoms.

    Returns:
        `healthy` where the deployment serves; else what the first doomed finding in the table's order says, or the
        first finding; else what the shape of a refusal tells; `unknown` with ECS's own words where no rule knows the
        failure and no shape tells it. Where ECS went back to another
        deployment, which cannot serve either, a note says why. Credentials are masked.
    """
    evidence = in_their_place(evidence)
    matches = [match for rule in rules if (match := _ask(rule, evidence))]
    serves = serving(evidence, None)
    if serves.proven and evidence.primary and evidence.primary.id == evidence.deployment_id:
        diagnosis = _healthy(evidence, serves, matches)
    elif matches:
        diagnosis = _found(matches)
    else:
        diagnosis = _by_its_shape(evidence, rules) or _unknown(evidence)
    failed = next((match.finding.tasks for match in matches if match.rule_id == diagnosis.root_cause), ())
    diagnosis = replace(diagnosis, notes=_of_rollback(evidence, rules))
    return _masked(_placed(diagnosis, evidence, failed), evidence)


def rollback_is_doomed(evidence: Evidence) -> bool:
    """Say whether ECS went back to a deployment of which waiting cannot help either."""
    rollback = evidence_of_rollback(evidence)
    return rollback is not None and diagnose(rollback).verdict is Verdict.DOOMED


def _of_rollback(evidence: Evidence, rules: Sequence[Rule]) -> tuple[str, ...]:
    """Say why the revision that ECS went back to does not serve, once that is certain or ECS gave it up too."""
    rollback = evidence_of_rollback(evidence)
    if rollback is None or rollback.primary is None:
        return ()
    told = diagnose(rollback, rules)
    doomed, given_up = told.verdict is Verdict.DOOMED, rollback.primary.rollout_state == "FAILED"
    if told.root_cause in (None, INSUFFICIENT) or not (doomed or given_up):
        return ()
    verb = "cannot" if doomed else "did not"
    return (f"the previous revision `{tail(rollback.primary.task_definition)}` {verb} serve either: {told.what}",)


def _ask(rule: Rule, evidence: Evidence) -> _Match | None:
    try:
        finding = rule.match(evidence)
    except Exception:  # noqa: BLE001 - a rule's mistake must not take a healthy deployment down
        _log.exception("rule %s failed and is skipped", rule.ID)
        return None
    if finding is None:
        return None
    match = _judged(_Match(rule.ID, finding, finding.verdict or rule.VERDICT), evidence)
    if may_settle(evidence, finding):
        held = Verdict.SUSPECT if match.verdict is Verdict.DOOMED else match.verdict
        return replace(match, verdict=held, certain="", settling=True)
    return match


def _judged(match: _Match, evidence: Evidence) -> _Match:
    """Apply the budget: what may recover is doomed after deaths enough, with no healthy task in between."""
    deaths = len(set(match.finding.tasks))
    if match.verdict is not Verdict.SUSPECT or deaths == 0:
        return match
    enough = deaths >= DEATHS_THAT_DOOM
    if not (enough or match.finding.repeats) or healthy_in_between(evidence, match.finding):
        return match
    alike = f"{deaths} tasks died like this and none was healthy in between"
    return replace(match, verdict=Verdict.DOOMED, certain=alike if enough else match.finding.repeats)


def _found(matches: list[_Match]) -> Diagnosis:
    """Say the cause: doomed before suspect, then the table's order.

    Where a cause further up is only suspect of the same deaths, it is the cause, and as certain: the deeper words say
    what the deaths are of, the others that they repeat. Unless what it misses may still arrive: then they need not.
    """
    cause = next((match for match in matches if match.verdict is Verdict.DOOMED), matches[0])
    deeper = next((match for match in matches[: matches.index(cause)] if match.explains(cause)), None)
    if deeper is not None:
        cause = deeper if deeper.settling else replace(deeper, verdict=cause.verdict, certain=cause.certain)
    finding = cause.finding
    return Diagnosis(
        verdict=cause.verdict,
        root_cause=cause.rule_id,
        what=finding.what,
        why=f"{finding.why}; {cause.certain}" if cause.certain else finding.why,
        fix=finding.fix,
        evidence=finding.evidence,
        also_seen=tuple(match.rule_id for match in matches if match.rule_id != cause.rule_id),
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


def _by_its_shape(evidence: Evidence, rules: Sequence[Rule]) -> Diagnosis | None:
    """Say what is refused, where no rule knows the words and their shape tells which cause it is: only suspect."""
    refusal = refusal_by_its_shape(evidence)
    if refusal is None or refusal.rule_id not in {rule.ID for rule in rules}:
        return None
    return _found([_judged(_Match(refusal.rule_id, refusal.finding, Verdict.SUSPECT), evidence)])


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
