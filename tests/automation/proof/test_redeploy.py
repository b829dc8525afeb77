"""When a service that no update changed has to be deployed again, by its proof and the time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from automation.proof.redeploy import ALARMS_WITHIN, HEALS_WITHIN, only_alarms, why_again
from diagnostics.serving import Serving, ServingState

AT_ONCE = timedelta(0)
SERVES = Serving(ServingState.PROVEN, task_definition="web:2", rollout_state="COMPLETED", desired=2, running=2)
OTHER = replace(SERVES, state=ServingState.NOT_PROVEN, missing=("the PRIMARY deployment is web:1, not web:2",))
BACK = replace(OTHER, task_definition="web:1")
SHORT = replace(OTHER, missing=("1 of 2 tasks run",), running=1, unhealthy=True)
RINGS = replace(OTHER, missing=("the alarm web-5xx is in ALARM",))


@pytest.mark.parametrize(
    ("proof", "waited", "why"),
    [
        (SERVES, AT_ONCE, None),
        (replace(SERVES, state=ServingState.AT_ZERO), HEALS_WITHIN, None),
        (replace(SERVES, state=ServingState.OTHER_IMAGE), HEALS_WITHIN, None),
        (Serving(ServingState.NOT_PROVEN, ("the service could not be read",)), HEALS_WITHIN, None),
        (BACK, AT_ONCE, "ECS is at web:1, which it went back to earlier, and the program wants web:2"),
        (replace(BACK, rollout_state="IN_PROGRESS"), HEALS_WITHIN, None),
        (replace(SHORT, rollout_state="FAILED"), AT_ONCE, "ECS gave the deployment of web:2 up earlier"),
        (SHORT, AT_ONCE, None),
        (SHORT, HEALS_WITHIN, "1 of 2 tasks run, and ECS has not mended that by itself"),
        (replace(SHORT, rollout_state="IN_PROGRESS"), HEALS_WITHIN, None),
        (RINGS, HEALS_WITHIN, None),
    ],
)
def test_only_what_another_deployment_can_mend_is_deployed_again(
    proof: Serving, waited: timedelta, why: str | None
) -> None:
    assert why_again(proof, "web:2", waited) == why


def test_where_the_wanted_revision_is_not_known_only_a_broken_one_is_deployed_again() -> None:
    assert why_again(BACK, None, AT_ONCE) is None
    assert why_again(SHORT, None, HEALS_WITHIN) is not None


def test_nobody_waits_for_ever_for_an_alarm() -> None:
    assert not only_alarms(RINGS, AT_ONCE)
    assert only_alarms(RINGS, ALARMS_WITHIN)
    assert not only_alarms(SHORT, ALARMS_WITHIN)
    assert not only_alarms(replace(RINGS, missing=(*RINGS.missing, *BACK.missing)), ALARMS_WITHIN)
