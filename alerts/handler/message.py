"""What an alert says, for every destination: `alert/1` as one JSON object, made of looks and of the table. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from alerts.handler.events import Place
from alerts.handler.look import Look
from alerts.handler.stories import STORM, Alert
from diagnostics.evidence import Evidence
from diagnostics.model import Diagnosis
from diagnostics.printable import printable, sentence
from diagnostics.redact import credentials_of, redact_text
from diagnostics.render.lines import all_notes, what_changed
from diagnostics.shapes import Task, tail

SCHEMA = "alert/1"
LOG_LINES = 8
_LINE_MAX = 300
_TEXT_MAX = 1500
_QUOTES = 3
_NOTES = 6
_LINKS = 6


def document_of(place: Place, look: Look, environment: str, *, inside: bool, sample: bool = False) -> dict[str, Any]:
    """Return what is told of one service: the diagnosis and where it is, masked and of bounded size."""
    diagnosis, evidence = look.diagnosis, look.evidence
    names, values = credentials_of(evidence.document)

    def said(text: str | None, limit: int = _TEXT_MAX) -> str:
        return clipped(redact_text(text or "", names, values), limit)

    return {
        "environment": said(environment, 60),
        "account": place.account,
        "region": place.region,
        "cluster": place.cluster,
        "service": place.name,
        "deployment": diagnosis.deployment if inside else None,
        "kind": "deployment" if inside else "tasks",
        "at": (diagnosis.at or datetime.now(UTC)).isoformat(timespec="seconds"),
        "cause": diagnosis.root_cause,
        "verdict": diagnosis.verdict.value,
        "what": said(sentence(diagnosis.what)),
        "why": said(sentence(diagnosis.why)),
        "fix": said(printable(diagnosis.fix).strip()),
        "evidence": [
            {"source": said(sentence(each.source), 200), "quote": said(printable(each.quote).strip(), 600)}
            for each in diagnosis.evidence[:_QUOTES]
        ],
        "log": [said(sentence(line), _LINE_MAX) for line in log_lines(evidence, diagnosis)],
        "changed": said(sentence(what_changed(diagnosis))),
        "deployed_by": said(deployed_by(evidence), 200),
        "links": [each.to_document() for each in diagnosis.links[:_LINKS]],
        "notes": [said(sentence(note), 400) for note in _notes(diagnosis)],
        "sample": sample,
    }


def named(place: Place, document: Mapping[str, Any]) -> dict[str, str]:
    """Return how an alert of several services names one of them."""
    url = next((each["url"] for each in document["links"] if each["name"] == "service"), "")
    return {
        "service": place.name,
        "cluster": place.cluster,
        "environment": str(document["environment"]),
        "deployment": document["deployment"] or "",
        "url": url,
    }


def alert_document(alert: Alert, told_before: int = 0) -> dict[str, Any]:
    """Return `alert/1`.

    Args:
        alert: as the table has it.
        told_before: services that earlier messages of this alert told of, where this one cannot replace them.
    """
    first = alert.document
    environments = [each["environment"] for each in alert.services if each.get("environment")]
    return {
        "schema": SCHEMA,
        "id": alert.id,
        "version": alert.version,
        "state": alert.state.word,
        **first,
        "environment": ", ".join(dict.fromkeys(environments)) or first.get("environment", ""),
        "opened_at": datetime.fromtimestamp(alert.opened_ms / 1000, UTC).isoformat(timespec="seconds"),
        "services": [dict(each) for each in alert.services],
        "services_total": alert.members,
        "services_ended": alert.ended,
        "services_told_before": told_before,
    }


def title(document: Mapping[str, Any]) -> str:
    """Return an alert's one line: environment, service or their number, and the state."""
    total, before = document["services_total"], document["services_told_before"]
    sample = "[sample] " if document["sample"] else ""
    where = f"{document['environment']}: " if document["environment"] else ""
    if total == 1:
        return f"{sample}{where}{document['service']} {_STATES[document['state'], document['kind']]}"
    many = f"{total - before} more services ({total} so far)" if 0 < before < total else f"{total} services"
    return f"{sample}{where}{many} {_MANY[document['state']]}"


_STATES = {
    ("failed", "deployment"): "failed to deploy",
    ("failed", "tasks"): "does not keep running",
    ("rolled-back", "deployment"): "failed to deploy and was rolled back",
    ("rolled-back", "tasks"): "went back to its previous revision",
    ("recovered", "deployment"): "failed to deploy and has recovered",
    ("recovered", "tasks"): "has recovered",
}
_MANY = {
    "failed": "fail for one cause",
    "rolled-back": "failed for one cause and were rolled back",
    "recovered": "failed for one cause and have recovered",
}


def is_storm(document: Mapping[str, Any]) -> bool:
    """Say whether it tells of many services."""
    return bool(document["services_total"] >= STORM)


def log_lines(evidence: Evidence, diagnosis: Diagnosis) -> list[str]:
    """Return lines of the failed container's log: from the first that the diagnosis quotes on, else the last ones."""
    task = _failed_task(evidence, diagnosis)
    logs = [log for log in evidence.logs_of(task) if log.lines] if task else []
    quoted = [each for each in diagnosis.evidence if " log of " in each.source]
    for log in logs:
        lines = [line.message for line in log.lines]
        for quote in quoted:
            start = next((n for n, line in enumerate(lines) if _same(line, quote.quote)), None)
            if start is not None:
                return lines[start : start + LOG_LINES]
    return [line.message for line in logs[0].lines[-LOG_LINES:]] if logs else []


def _same(line: str, quote: str) -> bool:
    first = quote.strip().split("\n")[0].strip()
    return bool(first) and first[:80] in line


def _failed_task(evidence: Evidence, diagnosis: Diagnosis) -> Task | None:
    linked = {link.name.removeprefix("task ") for link in diagnosis.links if link.name.startswith("task ")}
    named = [task for task in evidence.failed_tasks if task.short_id in linked]
    return next(iter([*named, *evidence.failed_tasks]), None)


def deployed_by(evidence: Evidence) -> str:
    """Return who registered the revision's task definition: `deployer/release-42` (a role) or `alice` (a user).

    `registeredBy` is the ARN of the principal:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html
    """
    definition = evidence.document.get("task_definition")
    arn = definition.get("registeredBy") if isinstance(definition, Mapping) else None
    if not isinstance(arn, str) or not arn:
        return ""
    kind, _, who = arn.rpartition(":")[2].partition("/")
    return who if kind in {"user", "assumed-role"} and who else tail(arn)


def _notes(diagnosis: Diagnosis) -> Iterator[str]:
    without_changes = replace(diagnosis, changes=())
    for number, note in enumerate(all_notes(without_changes, ())):
        if number == _NOTES:
            return
        yield note


def clipped(text: str, limit: int) -> str:
    """Return text that is no longer than `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
