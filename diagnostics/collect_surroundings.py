"""Reads what stands around a deployment, each part only once something looks wrong that it can explain.

Registry, secret stores, IAM and the network are asked for a document that already shows trouble of their kind. What was
answered is kept: for the run where it cannot change soon, for a while where mending it is what one waits for. A refused
read is a gap, and is not repeated for a while either.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from diagnostics.collect_network import collect_network
from diagnostics.collect_registry import read_image
from diagnostics.collect_secrets import read_parameters, read_secret, references
from diagnostics.names import ecr_image
from diagnostics.reads import Answer, Gaps, ReadError, Reads, Shape
from diagnostics.shapes import tail

_log = logging.getLogger(__name__)

_AGAIN_AFTER = timedelta(seconds=30)
"""For so long an answer is kept that may change: that something is missing or refused, or how full a subnet is."""
_IMAGES = 10

_LITERALS = {
    "images": ("cannotpull", "pull image", "image manifest", "registry", "exec format", "403 forbidden"),
    "secrets": ("secret", "ssm", "parameter", "kms", "registry auth"),
    "roles": ("denied", "not authorized", "unauthorized", "assume", " role", "403", "forbidden", "kms", "credential"),
    "alarms": ("alarm",),
    "network": (
        *("timeout", "timed out", "deadline", "no such host", "i/o", "requestcanceled", "request canceled", "dial tcp"),
        *("connection issue", "could not connect", "network", "free addresses", "subnet", "security group"),
    ),
}
"""What the words of a failure hold, in lower case, where a part can explain it."""


@dataclass(frozen=True)
class _Kept:
    value: Any
    gaps: Gaps
    until: datetime | None


class SurroundingsCollector:
    """Adds `images`, `secrets`, `roles`, `alarms` and `network` to documents that show trouble of their kind."""

    def __init__(self, reader: Reads) -> None:
        self._reads = reader.surroundings
        self._kept: dict[tuple[str, ...], _Kept] = {}
        self._asked: set[str] = set()

    def would_ask(self, document: Shape) -> bool:
        """Say whether the document shows trouble of a kind of which nothing was read yet."""
        return not self._asked.issuperset(_in_trouble(document))

    def add_to(self, document: Shape, *, alarms: bool = False) -> Gaps:
        """Add what was read, or is known from an earlier look; return what could not be read.

        Args:
            document: with service, tasks, target health and logs; `captured_at` is the time of the look.
            alarms: whether the alarms are read in any case.
        """
        now: datetime = document["captured_at"]
        wanted = {*_in_trouble(document), *(("alarms",) if alarms else ())}
        definition: Shape = document.get("task_definition") or {}
        parts: dict[str, Callable[[Shape, datetime, Gaps], Any]] = {
            "images": lambda *given: self._images(definition, *given[1:]),
            "secrets": lambda *given: self._secrets(definition, *given[1:]),
            "roles": lambda *given: self._roles(definition, *given[1:]),
            "alarms": self._alarms,
            "network": self._network,
        }
        gaps: Gaps = []
        for part, collect in parts.items():
            if part not in wanted:
                continue
            self._asked.add(part)
            try:
                read = collect(document, now, gaps)
            except Exception as surprise:  # noqa: BLE001 - what only explains must not cost the look
                _log.warning("the %s could not be collected", part, exc_info=True)
                gaps.append((part, Answer("", type(surprise).__name__, str(surprise))))
            else:
                if read:
                    document[part] = read
        return gaps

    def _keep(
        self,
        key: tuple[str, ...],
        now: datetime,
        gaps: Gaps,
        read: Callable[[Gaps], Any],
        *,
        lasting: Callable[[Any], bool],
    ) -> Any:
        """Return what is kept under `key`, or read it; what is not `lasting`, or has a gap, is read again later."""
        kept = self._kept.get(key)
        if kept is None or (kept.until is not None and now >= kept.until):
            met: Gaps = []
            value = read(met)
            until = None if not met and lasting(value) else now + _AGAIN_AFTER
            kept = self._kept[key] = _Kept(value, met, until)
        gaps.extend(kept.gaps)
        return kept.value

    # Registry

    def _images(self, definition: Shape, now: datetime, gaps: Gaps) -> list[Shape]:
        named = dict.fromkeys(each.get("image", "") for each in definition.get("containerDefinitions", []))
        places = [(reference, place) for reference in named if (place := ecr_image(reference))]
        return [
            self._keep(
                ("image", reference),
                now,
                gaps,
                partial(read_image, self._reads, reference, place),
                lasting=lambda image: image["exists"] is True,
            )
            for reference, place in places[:_IMAGES]
        ]

    # Secret stores

    def _secrets(self, definition: Shape, now: datetime, gaps: Gaps) -> list[Shape]:
        named = list(dict.fromkeys(references(definition)))
        secrets = [each for each in named if ":secretsmanager:" in each]
        parameters = [each for each in named if each not in secrets]
        found: list[Shape] = [
            self._keep(
                ("secret", each),
                now,
                gaps,
                partial(read_secret, self._reads, each),
                lasting=lambda secret: bool(secret["exists"] and not secret["secret"].get("DeletedDate")),
            )
            for each in secrets
        ]
        if parameters:
            found += self._keep(
                ("parameters", *parameters),
                now,
                gaps,
                lambda met: list(read_parameters(self._reads, parameters, met)),
                lasting=lambda read: all(each["exists"] for each in read),
            )
        return found

    # IAM

    def _roles(self, definition: Shape, now: datetime, gaps: Gaps) -> list[Shape]:
        uses: dict[str, list[str]] = {}
        for use in ("executionRoleArn", "taskRoleArn"):
            if definition.get(use):
                uses.setdefault(definition[use], []).append(use)
        return [
            self._keep(
                ("role", arn, *names),
                now,
                gaps,
                partial(self._role, arn, names),
                lasting=lambda _: False,  # its policies are what somebody mends meanwhile
            )
            for arn, names in uses.items()
        ]

    def _role(self, arn: str, uses: list[str], gaps: Gaps) -> Shape:
        name, found = tail(arn), {"arn": arn, "uses": uses}
        try:
            role = self._reads.get_role(name)
        except ReadError as refused:
            absent = refused.answer.code == "NoSuchEntity"
            if not absent:
                gaps.append((f"role {name}", refused.answer))
            return {**found, "exists": False if absent else None, "error": refused.answer.to_document()}
        try:
            policies: list[Shape] | None = self._reads.role_policies(name)
        except ReadError as refused:
            gaps.append((f"policies of role {name}", refused.answer))
            policies = None
        return {**found, "exists": True, "role": role, "policies": policies}

    # Alarms and network

    def _alarms(self, document: Shape, now: datetime, gaps: Gaps) -> list[Shape] | None:
        configured = document.get("service", {}).get("deploymentConfiguration", {}).get("alarms", {})
        names = configured.get("alarmNames", [])
        if not names:
            return None

        def read(met: Gaps) -> list[Shape]:
            try:
                return self._reads.describe_alarms(names[:100])
            except ReadError as refused:
                met.append(("the deployment's alarms", refused.answer))
                return []

        alarms: list[Shape] = self._keep(("alarms", *names), now, gaps, read, lasting=lambda _: False)
        return alarms

    def _network(self, document: Shape, now: datetime, gaps: Gaps) -> Shape | None:
        configured = document.get("service", {}).get("networkConfiguration", {}).get("awsvpcConfiguration", {})
        subnets, groups = configured.get("subnets", []), configured.get("securityGroups", [])
        balancers = {arn for group in document.get("target_groups", []) for arn in group.get("LoadBalancerArns", [])}
        if not subnets:
            return None
        network: Shape = self._keep(
            ("network", *subnets, *groups),
            now,
            gaps,
            lambda met: collect_network(self._reads, subnets, groups, sorted(balancers), met),
            lasting=lambda _: False,
        )
        return network


def _words(document: Shape) -> Iterator[str]:
    """Yield what may tell that something is wrong: reasons, the deployment's events, unhealthy targets, last lines."""
    began = (document.get("service_deployment") or {}).get("createdAt")
    for task in document.get("tasks", []):
        yield task.get("stoppedReason", "")
        yield from (container.get("reason", "") for container in task.get("containers", []))
    for event in document.get("service", {}).get("events", []):
        if began is None or event.get("createdAt") is None or event["createdAt"] >= began:
            yield event.get("message", "")
    whole = document.get("service_deployment") or {}
    yield whole.get("statusReason", "")
    if whole.get("alarms", {}).get("status") == "TRIGGERED":
        yield "alarm"
    for group in document.get("target_health", []):
        for target in group["descriptions"]:
            if target["TargetHealth"].get("State") == "unhealthy":
                yield target["TargetHealth"].get("Description", "") or target["TargetHealth"].get("Reason", "")
    for log in document.get("logs", []):
        yield from (event["message"] for event in log["events"][-_LINES:])


_LINES = 20


def _in_trouble(document: Shape) -> list[str]:
    """Return the parts that can explain what the document shows."""
    words = "\n".join(_words(document)).lower()
    return [part for part, literals in _LITERALS.items() if any(literal in words for literal in literals)]
