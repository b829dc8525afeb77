"""Hands the hardening controls to what looks ahead: a plan is held against them as a live service is."""

from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automation.preflight.plan import Plan


def audit_of(plan: "Plan", today: date) -> dict[str, Any]:
    """Return `audit/1` of a plan, with the waivers that its components declare."""
    from automation.ahead.planned import planned_resources
    from components.controls import UNKNOWN, Resource, Stack, check, report
    from components.waivers import declared, waive

    planned = {each.urn: each for each in planned_resources(plan, UNKNOWN)}
    resources = tuple(Resource(each.type, each.urn, each.inputs, each.names) for each in planned.values())
    findings = [
        waived
        for each in check(Stack(resources))
        for waived in waive([each], declared(planned[each.resource].waivers if each.resource else ()), today)
    ]
    return report.document(findings)
