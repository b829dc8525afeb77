"""A program that moves to another port, as its image says, is refused; what only looks like it is not."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from automation.preflight.checks import image_port
from automation.preflight.model import Status
from automation.preflight.plan import UNKNOWN
from tests.automation.preflight.stage import Case, Stage
from tests.e2e.causes.account import REGISTRY, Account

IMAGES = Path(__file__).with_name("images.yaml")
Make = Callable[[Stage], object]


@pytest.fixture(scope="module")
def serving() -> Iterator[Stage]:
    """A service whose image exposes the port that the load balancer asks at, and another."""
    with mock_aws():
        account = Account()
        account.add_images(IMAGES)
        yield Stage(account, "web:serves")


@pytest.fixture
def stage(serving: Stage) -> Stage:
    own = copy.copy(serving)
    own.containers, own.inputs = copy.deepcopy((serving.containers, serving.inputs))
    return own


def deploys(tag: str, **settings: Any) -> Make:
    return lambda stage: stage.containers[0].update(image=f"{REGISTRY}/web:{tag}", **settings)


def both(*makes: Make) -> Make:
    return lambda stage: [make(stage) for make in makes]


def says_nothing_now(stage: Stage) -> None:
    """What serves is followed by what says nothing, which serves as well; then the program moves."""
    stage.account.update(taskDefinition=stage.account.register_image("web:says-nothing"))
    stage.account.until(stage.account.completed, within=900, by=5)
    deploys("moved")(stage)


REFUSED, NOT_DONE = Status.REFUSED, Status.NOT_DONE
PORTS = ["5201", "5001"]
CASES = (
    Case(image_port, "the program moved", deploys("moved"), REFUSED, PORTS),
    Case(image_port, "it moved in an image for two processors", deploys("moved-for-two"), REFUSED, PORTS),
    Case(
        image_port,
        "a variable has the digits within others",
        deploys("moved", environment=[{"name": "PORT", "value": "15001"}]),
        REFUSED,
        PORTS,
    ),
    Case(image_port, "it listens on both", deploys("both"), None),
    Case(image_port, "the image does not say where", deploys("says-nothing"), None),
    Case(image_port, "a line of the Dockerfile is gone", deploys("says-less"), None),
    Case(image_port, "another protocol", deploys("another-protocol"), None),
    Case(image_port, "the image's command names the port", deploys("told-by-its-command"), None),
    Case(image_port, "the same image", deploys("serves"), None),
    Case(image_port, "the load balancer moves too", both(deploys("moved"), lambda stage: stage.listens_on(5201)), None),
    Case(
        image_port,
        "a variable sets the port",
        deploys("moved", environment=[{"name": "LISTEN", "value": "0.0.0.0:5001"}]),
        None,
    ),
    Case(image_port, "the command sets the port", deploys("moved", command=["serve", "--port", "5001"]), None),
    Case(
        image_port, "a secret sets the port", deploys("moved", secrets=[{"name": "APP_PORT", "valueFrom": "p"}]), None
    ),
    Case(
        image_port, "a file sets variables", deploys("moved", environmentFiles=[{"value": "arn", "type": "s3"}]), None
    ),
    Case(image_port, "no such image", deploys("never-pushed"), None),
    Case(
        image_port,
        "an image of another registry",
        lambda stage: stage.containers[0].update(image="public.ecr.aws/nginx/nginx:1.27"),
        NOT_DONE,
    ),
    Case(
        image_port,
        "no load balancer",
        both(deploys("moved"), lambda stage: stage.inputs.pop("loadBalancers")),
        None,
    ),
    Case(image_port, "unknown containers", lambda stage: setattr(stage, "containers", UNKNOWN), NOT_DONE),
    # The last one: it changes what serves.
    Case(image_port, "what serves says nothing either", says_nothing_now, None),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_moved_port_is_refused_and_what_only_looks_like_it_is_not(case: Case, stage: Stage) -> None:
    case.holds(stage)
