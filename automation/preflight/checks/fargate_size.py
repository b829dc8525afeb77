"""Fargate offers the task's CPU and memory together."""

import re
from collections.abc import Iterator

from automation.preflight.checks.asking import hides
from automation.preflight.model import Finding, refused
from automation.preflight.plan import Hidden
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from diagnostics.names import quoted

ID = "fargate-size"
TITLE = "Fargate offers the task's CPU and memory together"
READS = "the planned task definition"
FIX = "set `cpu` and `memory` to sizes that Fargate offers together"

_GIB = 1024
SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: tuple(range(1 * _GIB, 4 * _GIB + 1, _GIB)),
    1024: tuple(range(2 * _GIB, 8 * _GIB + 1, _GIB)),
    2048: tuple(range(4 * _GIB, 16 * _GIB + 1, _GIB)),
    4096: tuple(range(8 * _GIB, 30 * _GIB + 1, _GIB)),
    8192: tuple(range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB)),
    16384: tuple(range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB)),
    32768: (60 * _GIB, 120 * _GIB, 244 * _GIB),
}
"""CPU units, and the MiB of memory that go with them.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size
"""
_UNITS = re.compile(r"(?P<number>\d*\.?\d+)\s*(?P<unit>vcpu|gb)?", re.IGNORECASE)
_WHY = "ECS refuses to register a task definition for Fargate with another size"


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:  # noqa: ARG001 - nothing is asked of AWS
    """Compare the task's size with Fargate's table."""
    if not subject.fargate:
        return
    size = {key: subject.setting(key) for key in ("cpu", "memory")}
    for key, value in size.items():
        if isinstance(value, Hidden):
            yield hides(f"the task's {key}", value)
            return
        if value in {None, ""}:
            yield refused(f"the task definition has no `{key}`", f"set `{key}` of the task definition", why=_WHY)
            return
    cpu, memory = units(size["cpu"]), units(size["memory"])
    if cpu not in SIZES:
        listed = ", ".join(str(each) for each in SIZES)
        yield refused(f"the task's cpu {quoted(str(size['cpu']))} is not one of Fargate's", f"take {listed}", why=_WHY)
    elif memory not in SIZES[cpu]:
        yield refused(
            f"Fargate does not offer memory {quoted(str(size['memory']))} with cpu {quoted(str(size['cpu']))}",
            f"with cpu {cpu} take {_advice(SIZES[cpu])}",
            why=_WHY,
        )


def units(value: object) -> int | None:
    """Return CPU units or MiB of what a task definition has: `256`, `.25 vCPU`, `512`, `0.5 GB`; None for others."""
    found = _UNITS.fullmatch(str(value).strip())
    if found is None:
        return None
    number = float(found["number"]) * (_GIB if found["unit"] else 1)
    return int(number) if number.is_integer() else None


def _advice(choices: tuple[int, ...]) -> str:
    few = 4
    if len(choices) <= few:
        return f"memory {', '.join(map(str, choices[:-1]))} or {choices[-1]}"
    return f"memory from {choices[0]} to {choices[-1]} in steps of {choices[1] - choices[0]}"
