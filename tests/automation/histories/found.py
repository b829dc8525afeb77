"""Histories that broke an invariant once, as small as they could be made, each named by what it taught."""

from automation.ending.first_deployment import FirstFailure
from automation.ending.interrupts import Choice
from tests.automation.histories.story import Act, History, Layout, Moment, Run

FOUND = {
    "a failed deployment that the update does not deploy anew": History(
        Layout(balanced=False, step=10), (Run(("good-2",), (3,), (Moment(20, Act.STOP),)),)
    ),
    "a note that a read-only disk keeps": History(  # seeds 1001, 1002, 2000, 3000, 3001
        Layout(speed=10), (Run(("good-1",), (1,), (Moment(3, Act.READ_ONLY),), surge=2),)
    ),
    "a create that was cut off, and somebody else's deployment of what it made": History(  # seed 1000
        Layout(services=2, alarms=True, step=10),
        (
            Run(
                ("arm64-only", "no-such-tag"),
                (1, 1),
                (
                    Moment(35, Act.FULL_DISK, seconds=60),
                    Moment(50, Act.FAULT, fault="error", operation="UpdateService", rate=0.2),
                    Moment(110, Act.DEPLOY, tag="slow-start"),
                ),
                on_interrupt=Choice.ROLL_BACK,
                first_failure=FirstFailure.SCALE_TO_ZERO,
                surge=2,
            ),
        ),
    ),
    "a rollback that cannot start either, of another cause": History(  # drawn by the driver's tests
        Layout(step=10), (Run(("no-such-tag",), (0,), verify_at_zero=True), Run(("port-5201",), (1,)))
    ),
    "a count from before the surge, read where reads lag, is not somebody else's": History(  # seed 20261125
        Layout(speed=10, seed=203),
        (
            Run(
                ("crash-later",),
                (1,),
                (
                    Moment(9, Act.LAG, seconds=200),
                    Moment(50, Act.KILL_TASK),
                    Moment(65, Act.HOME, seconds=200),
                ),
                surge=2,
            ),
        ),
    ),
    "a parameter that was made while the state could not be saved": History(  # seed 20261131
        Layout(beside=25), (Run(("good-2",), (0,), (Moment(20, Act.HOME),)),)
    ),
    "a create that no disk took a note of, and whose provider died": History(  # seeds 20261132, 20261134
        Layout(balanced=False, step=10),
        (Run(("good-1",), (1,), (Moment(0, Act.FULL_DISK), Moment(20, Act.KILL_PROVIDER))),),
    ),
    "a provider that AWS is out of reach for, while its first deployment comes to serve": History(  # seed 20261126
        Layout(step=10, speed=10),
        (Run(("good-1",), (1,), (Moment(35, Act.NETWORK),), first_failure=FirstFailure.SCALE_TO_ZERO),),
    ),
    "a task at zero is no proof in the moment in which it runs": History(  # drawn by the driver's tests
        Layout(balanced=False, step=10), (Run(("slow-start",), (0,), verify_at_zero=True),)
    ),
    "nor is one that dies after it ran": History(
        Layout(balanced=False, step=10), (Run(("crash-later",), (0,), verify_at_zero=True),)
    ),
    "a task of the deployment before that cannot start, while this one's does": History(  # seed 20261126
        Layout(waits=False),
        (Run(("no-such-tag",), (1,), (Moment(110, Act.KILL_DRIVER),), repaired=False), Run(("good-2",), (1,))),
    ),
    "another operator who cannot write, where a killed run left an operation": History(  # seed 20261213
        Layout(services=2, beside=25),
        (
            Run(("good-2", "good-2"), (1, 0), (Moment(0, Act.KILL_ENGINE),), surge=2, repaired=False),
            Run(("good-2", "good-1"), (0, 0), (Moment(9, Act.HOME, seconds=200), Moment(50, Act.OPERATOR))),
        ),
    ),
    "a service that was deleted, and an engine that was killed before anybody looked": History(  # seed 20261311
        Layout(step=10),
        (
            Run(("good-1",), (1,), (Moment(60, Act.DELETE),)),
            Run(("good-2",), (1,), (Moment(0, Act.KILL_ENGINE), Moment(0, Act.KILL_DRIVER)), repaired=False),
        ),
    ),
} | {
    f"a clock that is {abs(skew)} s {'ahead' if skew > 0 else 'behind'}, and a run after one that was cut off": History(
        # seed 1100, at 20 s behind: the deployment of the run before was taken for its own
        Layout(alarms=True, step=10, skew=skew),
        (
            Run(
                ("good-2",),
                (0,),
                (Moment(9, Act.INTERRUPT), Moment(9, Act.KILL_PROVIDER)),
                on_interrupt=Choice.ROLL_BACK,
                abort=False,
                repaired=False,
            ),
        ),
    )
    for skew in (-300, -20, 20, 300)
}
