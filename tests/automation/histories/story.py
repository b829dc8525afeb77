"""What a random history is made of, as data: the stack, its runs, and what happens while they run."""

from dataclasses import dataclass
from enum import StrEnum

from hypothesis import strategies as st

from automation.ending.first_deployment import FirstFailure
from automation.ending.interrupts import Choice, Source

GOOD = ("good-1", "good-2", "slow-start")
CAUSES = {
    "crash-on-start": "app-crash-exception",
    "port-5201": "elb-health-port-mismatch",
    "health-500": "elb-health-code-mismatch",
    "no-such-tag": "image-not-found",
    "arm64-only": "image-platform-mismatch",
    "crash-later": "app-crash-exception",
}
"""The images that fail behind a load balancer, each with the rule that names its cause."""
BAD = tuple(CAUSES)


class Act(StrEnum):
    """What happens at a moment of a run."""

    INTERRUPT = "a signal to the driver"
    KILL_DRIVER = "kill -9 of the driver"
    KILL_ENGINE = "kill -9 of the CLI"
    KILL_PROVIDER = "kill -9 of the provider"
    DEPLOY = "somebody else deploys"
    SCALE = "somebody else scales"
    DELETE = "somebody else deletes the service"
    STOP = "somebody else stops the deployment"
    KILL_TASK = "a task is stopped by hand"
    RING = "the alarm rings"
    FAULT = "the API fails for a while"
    NETWORK = "nobody reaches AWS for a while"
    LAG = "what is read is old for a while"
    FULL_DISK = "the disk is full for a while"
    HALF_WRITTEN = "the disk becomes full while a file is written"
    READ_ONLY = "the disk is read-only for a while"
    HOME = "the home, where the engine keeps its state, is read-only for a while"
    RESTART = "the sandbox ends, and is back with its kept state"
    OPERATOR = "somebody else runs up on the stack"


HARD = (
    Act.NETWORK,
    Act.LAG,
    Act.FULL_DISK,
    Act.HALF_WRITTEN,
    Act.READ_ONLY,
    Act.HOME,
    Act.RESTART,
    Act.OPERATOR,
)
"""What happens only in the histories of the soak."""
FAULTS = ("throttle", "error", "expired", "denied")
OPERATIONS = (
    "*",
    "StopServiceDeployment",
    "UpdateService",
    "DescribeServices",
    "ListTasks",
    "DescribeServiceDeployments",
)


@dataclass(frozen=True)
class Moment:
    """Something that happens once."""

    at: float
    """Seconds of ECS's clock since the run began."""
    act: Act
    service: int = 0
    tag: str = "good-1"
    count: int = 1
    source: Source = Source.CTRL_C
    answer: Choice = Choice.WATCH
    """What a person answers, where there is one."""
    fault: str = "throttle"
    operation: str = "*"
    seconds: float = 60
    rate: float = 1.0
    """The share of the calls that a fault hits."""
    after: bool = False
    """Whether a kill comes after the call that is under way then, and not before it; of another operator, whether the
    lock was looked for before there was one."""


@dataclass(frozen=True)
class Run:
    """One `up`."""

    tags: tuple[str, ...]
    """The image of each service."""
    counts: tuple[int, ...]
    moments: tuple[Moment, ...] = ()
    on_interrupt: Choice = Choice.LEAVE
    first_failure: FirstFailure = FirstFailure.LEAVE
    person: bool = False
    abort: bool = True
    surge: int = 0
    verify_at_zero: bool = False
    repaired: bool = True
    """Whether `repair` is run after it; else the next `up` finds the stack as it was left."""


@dataclass(frozen=True)
class Layout:
    """What stays as it is from run to run."""

    services: int = 1
    balanced: bool = True
    breaker: bool = True
    alarms: bool = False
    waits: bool = True
    """`waitForSteadyState`."""
    beside: float = 0.0
    """Seconds of real time that another resource of the stack takes."""
    step: float = 6.0
    """Seconds of ECS's clock between two turns."""
    speed: float = 1.0
    skew: float = 0.0
    """Seconds that the driver's clock is ahead of ECS's."""
    seed: int = 0


@dataclass(frozen=True)
class History:
    """A stack's life."""

    layout: Layout
    runs: tuple[Run, ...]


EASY = tuple(act for act in Act if act not in HARD)
OFTEN = (Act.INTERRUPT, Act.KILL_DRIVER, Act.KILL_PROVIDER, Act.KILL_ENGINE, Act.FAULT)


def moments(services: int, *, hard: bool) -> st.SearchStrategy[Moment]:
    return st.builds(
        Moment,
        at=st.sampled_from((0.0, 3.0, 9.0, 20.0, 35.0, 50.0, 65.0, 80.0, 110.0, 150.0, 210.0)),
        act=st.sampled_from((*EASY, *HARD, Act.FAULT, *HARD) if hard else (*EASY, *OFTEN)),
        service=st.integers(0, services - 1),
        tag=st.sampled_from((*GOOD, *BAD)),
        count=st.sampled_from((0, 1, 2, 4)),
        source=st.sampled_from(tuple(Source)),
        answer=st.sampled_from(tuple(Choice)),
        fault=st.sampled_from(FAULTS),
        operation=st.sampled_from(OPERATIONS),
        seconds=st.sampled_from((10.0, 60.0, 200.0)),
        rate=st.sampled_from((1.0, 0.5, 0.2)) if hard else st.just(1.0),
        after=st.booleans(),
    )


def runs(services: int, *, hard: bool) -> st.SearchStrategy[Run]:
    tags = st.one_of(st.sampled_from(GOOD), st.sampled_from((*GOOD, *BAD)))
    return st.builds(
        Run,
        tags=st.tuples(*[tags] * services),
        counts=st.tuples(*[st.sampled_from((1, 1, 3, 0))] * services),
        moments=st.sampled_from((1, 2, 3, 4) if hard else (0, 1, 2, 3))
        .flatmap(lambda number: st.tuples(*[moments(services, hard=hard)] * number))
        .map(lambda found: tuple(sorted(found, key=lambda each: each.at))),
        on_interrupt=st.sampled_from((Choice.LEAVE, Choice.ROLL_BACK)),
        first_failure=st.sampled_from(tuple(FirstFailure)),
        person=st.booleans(),
        abort=st.sampled_from((True, True, True, False)),
        surge=st.sampled_from((0, 0, 2)),
        verify_at_zero=st.booleans(),
        repaired=st.sampled_from((True, True, False)),
    )


@st.composite
def histories(draw: st.DrawFn, *, hard: bool = False) -> History:
    """Draw a life; a hard one has the soak's faults."""
    layout = draw(
        st.builds(
            Layout,
            services=st.sampled_from((1, 1, 2)),
            balanced=st.booleans(),
            breaker=st.sampled_from((True, True, False)),
            alarms=st.sampled_from((False, False, True)),
            waits=st.sampled_from((True, True, True, False)),
            beside=st.sampled_from((0.0, 0.0, 25.0)),
            step=st.sampled_from((6.0, 10.0)),
            speed=st.sampled_from((1.0, 10.0)),
            skew=st.sampled_from((0.0, 0.0, 0.0, 1.0, -20.0, 20.0, -300.0, 300.0)),
            seed=st.integers(0, 1000),
        )
    )
    return History(layout, tuple(draw(st.lists(runs(layout.services, hard=hard), min_size=1, max_size=3))))
