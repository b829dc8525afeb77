"""What a person may ask of desired counts for a while: more tasks during a deployment, or one where there is none."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wish:
    """What was asked for."""

    surge: int = 0
    """How many tasks more while a deployment is young."""
    verify_at_zero: bool = False
    """Whether a service that is scaled to zero gets one task to prove its revision."""

    def __bool__(self) -> bool:
        return self.surge > 0 or self.verify_at_zero
