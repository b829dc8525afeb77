"""How wrong arguments are reported: all of them at once, as an error that Pulumi prints without a traceback."""

from collections.abc import Sequence

import pulumi

from .complaints import Problem


class ArgumentError(pulumi.RunError):
    """The arguments of a component are not acceptable; nothing was made of them.

    The message begins with a line that a program can recognise:
    `error[invalid-arguments]: FargateService "shop" has 2 invalid argument(s)`.
    """

    def __init__(self, component: str, name: str, problems: Sequence[Problem]) -> None:
        self.component = component
        self.name = name
        self.problems = tuple(problems)
        head = f'error[invalid-arguments]: {component} "{name}" has {len(self.problems)} invalid argument(s)'
        super().__init__("\n".join([head, *map(str, self.problems)]))
