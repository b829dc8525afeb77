"""The sizes of Fargate tasks.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size
"""

from .complaints import Complaint

GIB = 1024

SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1 * GIB, 2 * GIB),
    512: tuple(range(1 * GIB, 4 * GIB + 1, GIB)),
    1024: tuple(range(2 * GIB, 8 * GIB + 1, GIB)),
    2048: tuple(range(4 * GIB, 16 * GIB + 1, GIB)),
    4096: tuple(range(8 * GIB, 30 * GIB + 1, GIB)),
    8192: tuple(range(16 * GIB, 60 * GIB + 1, 4 * GIB)),
    16384: tuple(range(32 * GIB, 120 * GIB + 1, 8 * GIB)),
    32768: (60 * GIB, 120 * GIB, 244 * GIB),
}
"""CPU units to the memory sizes in MiB that go with them."""


def check_cpu(cpu: int) -> Complaint | None:
    """Refuse CPU units that Fargate does not have."""
    if cpu in SIZES:
        return None
    return Complaint(f"is {cpu}, which Fargate does not have", f"take one of {', '.join(map(str, SIZES))}", "TSK-13")


def check_size(cpu: int, memory: int) -> Complaint | None:
    """Refuse memory that Fargate does not offer with these CPU units; unknown CPU units are `check_cpu`'s to report."""
    choices = SIZES.get(cpu, (memory,))
    if memory in choices:
        return None
    return Complaint(
        f"is {memory} MiB, which Fargate does not offer with cpu {cpu}", f"with cpu {cpu} {_advice(choices)}", "TSK-13"
    )


def _advice(choices: tuple[int, ...]) -> str:
    few = 4
    if len(choices) <= few:
        return f"take memory {', '.join(map(str, choices[:-1]))} or {choices[-1]}"
    return f"take memory from {choices[0]} to {choices[-1]} in steps of {choices[1] - choices[0]}"
