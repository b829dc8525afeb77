"""A preview as the comment of a pull request: what would change, the checks, the gate, the controls. Pure.

Everything that AWS, the program or a setting says is escaped: it cannot mention, link, or leave its cell or block.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from automation.ci.markdown import code, details, escaped, fenced, fit, table
from diagnostics.names import COMMAND
from diagnostics.printable import printable, sentence

LONGEST = 65_000
"""GitHub refuses a comment of more than 65,536 characters (`body is too long`)."""

_MARKER = re.compile(r"<!-- failwell:preview:[0-9a-f]{64} -->")
_PATH = re.compile(r"container(?:Definitions|Images)\[(?P<container>[^\]]+)\]\.(?P<field>.+)", re.DOTALL)
_VALUE_MAX = 200

Document = Mapping[str, Any]


def marker(project: str, stack: str) -> str:
    """Return the hidden line by which the comment of a stack is found again."""
    return f"<!-- failwell:preview:{hashlib.sha256(f'{project}/{stack}'.encode()).hexdigest()} -->"


def marker_of(text: str) -> str | None:
    """Return the marker with which a text begins; None where it is no comment of ours."""
    found = _MARKER.match(text)
    return found[0] if found else None


def to_comment(preview: Document, project: str) -> str:
    """Return the comment of a `preview/1`."""
    head = [
        marker(project, preview["stack"]),
        f"## Preview of {code(project)}, stack {code(preview['stack'])}: {_verdict(preview)}",
    ]
    parts = (
        head,
        gate_lines(preview["gate"]),
        _changes(preview),
        _images(preview["preflight"]),
        _told(preview["preflight"]),
        _controls(preview.get("controls")),
        _resources(preview["resources"]),
        _silent(preview["preflight"]),
        details("warnings of the engine", (f"- {escaped(sentence(each))}" for each in preview["warnings"][:20])),
    )
    return fit(
        parts, LONGEST, f"Some of it is left out here, because it is too long: `{COMMAND} preview` prints it all."
    )


def _verdict(preview: Document) -> str:
    if preview["refused"]:
        return "`up` would refuse it"
    return "nothing would change" if not preview["resources"] else "ready"


def gate_lines(gate: Document) -> list[str]:
    """Return what a `gate/1` says, as Markdown."""
    said = [escaped(sentence(each["what"])) for each in gate["revisions"]] or ["the stack has no ECS service"]
    lines = [f"**Gate {'passed' if gate['passed'] else 'refused'}:** {'; '.join(said)}"]
    for each in gate["refused"]:
        lines += [f"- {code(each['check'])}: {escaped(sentence(each['what']))}. {_advice(each)}"]
    return lines


def _changes(preview: Document) -> list[str]:
    lines = ["### Tasks", ""]
    for service in preview["services"]:
        now = f", now {code(service['revision'])}" if service["revision"] else ", which is new"
        lines += [f"Service {code(service['service'])}{now}:", ""]
        rows = [_change(each) for each in service["changes"]]
        lines += table(("container", "field", "now", "then"), rows)
        if service["unseen"]:
            lines += [f"- {escaped(sentence(service['unseen']))}"]
        elif not rows and service["revision"]:
            lines += ["- nothing of its task definition changes"]
        lines += [""]
    return lines if preview["services"] else []


def _change(change: Document) -> tuple[str, str, str, str]:
    found = _PATH.fullmatch(change["path"])
    container, field = (code(found["container"]), found["field"]) if found else ("", change["path"])
    return container, code(field), _value(change["before"]), _value(change["after"])


def _value(value: str | None) -> str:
    if value is None:
        return "(none)"
    shown = sentence(value)
    return code(shown if len(shown) <= _VALUE_MAX else shown[: _VALUE_MAX - 1] + "…")


def _told(report: Document) -> list[str]:
    counts = Counter(each["status"] for each in report["findings"])
    said = ", ".join(f"{count} {status.replace('-', ' ')}" for status, count in counts.items())
    lines = ["### Checks before the update", "", f"{said or 'none was made'}."]
    for status in ("refused", "warned"):
        for each in (each for each in report["findings"] if each["status"] == status):
            lines += ["", *_finding(each)]
    return lines


def _finding(finding: Document) -> Iterator[str]:
    subject = f" of {code(finding['service'])}" if finding["service"] else ""
    why = f" Why: {escaped(sentence(finding['why']))}." if finding["why"] else ""
    yield f"**{finding['status']}** {code(finding['check'])}{subject}: {escaped(sentence(finding['what']))}.{why}"
    yield from ("", _advice(finding))
    if finding["evidence"]:
        said = "\n".join(
            f"{sentence(each['source'])}: {printable(each['quote'])[:2000]}" for each in finding["evidence"]
        )
        yield from ("", *details("what it rests on", fenced(said)))


def _advice(finding: Document) -> str:
    return f"**Do:** {escaped(sentence(finding['fix']))}." if finding["fix"] else ""


def _silent(report: Document) -> list[str]:
    quiet = [each for each in report["findings"] if each["status"] in {"not-done", "skipped"}]
    return details(
        f"checks that were not done: {len(quiet)}",
        (f"- {code(each['check'])} of {code(each['service'])}: {escaped(sentence(each['what']))}" for each in quiet),
    )


def _controls(audit: Document | None) -> list[str]:
    if audit is None:
        return []
    failed = _rows(audit, "failed", lambda each: escaped(sentence(f"{each['requires']}; {each['instead']}")))
    waived = _rows(audit, "waived", lambda each: escaped(sentence(each["requires"])))
    unseen = _rows(audit, "not checked", lambda each: escaped(sentence(each["requires"])))
    kept = len({each["control"] for each in audit["findings"] if each["state"] == "passed"})
    return [
        "### Hardening controls",
        "",
        f"{kept} hold; {len(failed)} failures, {len(waived)} waived, {len(unseen)} not to be seen before the update.",
        *_spaced(table(("failed", "where", "what it asks for"), failed)),
        *_spaced(table(("waived", "where", "what it asks for"), waived)),
        *_spaced(details("what cannot be seen yet", table(("control", "where", "what it asks for"), unseen))),
    ]


def _rows(audit: Document, state: str, asks: Any) -> list[tuple[str, str, str]]:
    found = [each for each in audit["findings"] if each["state"] == state]
    return [
        (
            f"{code(each['control'])} ({each['class']})",
            f"{code(each['resource'].rpartition('::')[2])} {escaped(_said(each))}",
            asks(each),
        )
        for each in found
    ]


def _said(finding: Document) -> str:
    return sentence(f"{finding['path']} {finding['message']}")


def _resources(resources: Sequence[Document]) -> list[str]:
    counts = Counter(each["operation"] for each in resources)
    rows = [
        (each["operation"], code(each["type"]), code(each["name"]), ", ".join(map(code, each["inputs"])))
        for each in resources
    ]
    said = ", ".join(f"{count} to {operation}" for operation, count in counts.items())
    return details(f"resources: {said}", table(("", "type", "name", "inputs that change"), rows))


def _images(report: Document) -> list[str]:
    rows = [
        (code(each["service"]), code(each["container"]), code(each["image"]), code(each["digest"]))
        for each in report["images"]
    ]
    lines = table(("service", "container", "image", "digest"), rows)
    return ["### Images", "", *lines] if lines else []


def _spaced(lines: list[str]) -> list[str]:
    return ["", *lines] if lines else []
