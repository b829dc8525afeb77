"""The table of rules, causes before symptoms: of two that match, the one further up is the cause."""

import inspect
from collections.abc import Callable
from typing import Protocol

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.rules import (
    app_crash_exception,
    elb_health_code_mismatch,
    elb_health_port_mismatch,
    image_not_found,
    image_platform_mismatch,
    out_of_memory,
    secret_not_found,
)


class Rule(Protocol):
    """A module of this package: its docstring is its page, `match` is pure."""

    __doc__: str | None
    ID: str
    VERDICT: Verdict

    @property
    def match(self) -> Callable[[Evidence], Finding | None]:
        """What looks for it in the evidence."""
        ...


def _table(*rules: Rule) -> tuple[Rule, ...]:
    return rules


RULES = _table(
    image_not_found,
    image_platform_mismatch,
    secret_not_found,
    out_of_memory,
    app_crash_exception,
    elb_health_port_mismatch,
    elb_health_code_mismatch,
)


def page(rule: Rule) -> str:
    """Return a rule's page: its first line says what is the matter, the rest is Markdown."""
    return inspect.cleandoc(rule.__doc__ or "")
