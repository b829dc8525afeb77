"""What `Cluster` and `Repository` begin with: their arguments, read and checked, and the options of their children."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pulumi

from .complaints import Complaint
from .given import waivers
from .given.waivers import WAIVERS
from .guard import child_options
from .reading import Group
from .waivers import Waiver


@dataclass(frozen=True)
class Given:
    """Arguments that are right."""

    values: Mapping[str, Any]
    """With every default filled in, and the name that AWS gets."""
    waivers: Sequence[Waiver]
    today: date
    """Decides which waivers have ended."""

    def child_options(
        self, component: pulumi.ComponentResource, opts: pulumi.ResourceOptions | None
    ) -> pulumi.ResourceOptions:
        """Return the options of the component's children."""
        return child_options(component, opts, self.waivers, self.today)


def read(
    kind: str, name: str, args: object, arguments: Group, named: str, check: Callable[[str], Complaint | None]
) -> Given:
    """Return the arguments of a component.

    Args:
        kind: the component, for what is said of it.
        name: what the program calls it, which AWS gets too where the argument `named` is missing.
        args: what the program wrote.
        arguments: what it may write.
        named: the argument that holds AWS's name.
        check: refuses what AWS would not take as one.

    Raises:
        ArgumentError: with every problem that can be seen now.
    """
    today = waivers.today()
    report = waivers.report(kind, name, args, today)
    values: dict[str, Any] = arguments.read(args, "", report) or {}
    if values and values[named] is None and not report.problems:
        report.add(named, check(name))
        values[named] = name
    if values:
        waivers.check_days(values, today, report)
    report.raise_if_any()
    return Given(values, WAIVERS.reader.build(values["waivers"]), today)
