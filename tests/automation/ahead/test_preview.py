"""What a preview tells: a line for each resource that would change, and what would change of each service's tasks."""

from automation.ahead.forecast import Forecast
from automation.ahead.gate import Gate
from automation.ahead.preview import Preview
from automation.ahead.revision_changes import ServiceChange
from automation.preflight.model import Finding, Report, Status
from automation.preflight.plan import Plan, PlannedResource
from diagnostics.model import Change
from tests.automation.preflight.stage import planned

SERVICE, GROUP = "aws:ecs/service:Service", "aws:cloudwatch/logGroup:LogGroup"
CHANGED = planned(
    SERVICE,
    "shop",
    "update",
    {"desiredCount": 2, "name": "shop", "tags": {}},
    old_inputs={"desiredCount": 1, "name": "shop"},
)
SAME, MADE, GONE = (planned(GROUP, "logs", operation, {}) for operation in ("same", "create", "delete"))
CHANGE = ServiceChange(
    "shop",
    "shop:1",
    (Change("containerDefinitions[app].image", "shop:1", "shop:\x1b[31m2"), Change("cpu", None, "256")),
)


def preview(
    *resources: PlannedResource, services: tuple[ServiceChange, ...] = (), report: Report | None = None
) -> Preview:
    plan = Plan(resources, warnings=("careful",))
    return Preview(Forecast("dev", plan, report or Report(()), Gate(())), services, {"schema": "audit/1"})


def test_each_resource_that_would_change_is_a_line_with_the_inputs_that_change() -> None:
    assert list(preview(CHANGED, SAME, MADE, GONE).changed_lines()) == [
        f"would update {SERVICE} shop: desiredCount, tags",
        f"would create {GROUP} logs",
        f"would delete {GROUP} logs",
    ]


def test_nothing_that_would_change_is_a_line_too() -> None:
    assert list(preview(SAME).changed_lines()) == ["nothing would change"]


def test_what_changes_of_a_services_tasks_is_shown_old_and_new() -> None:
    unseen = ServiceChange("worker", None, unseen="the task definition could not be read")
    _, *lines = preview(SAME, services=(CHANGE, unseen)).changed_lines()
    assert lines[0].startswith("shop: containerDefinitions[app].image `shop:1` -> `shop:")
    assert "\x1b" not in lines[0]
    assert lines[1:] == ["shop: cpu (none) -> `256`", "worker: the task definition could not be read"]


def test_the_document_says_whether_it_would_be_refused() -> None:
    document = preview(CHANGED, SAME, services=(CHANGE,)).to_document()
    assert (document["schema"], document["stack"], document["refused"]) == ("preview/1", "dev", False)
    assert [(each["operation"], each["inputs"]) for each in document["resources"]] == [
        ("update", ["desiredCount", "tags"])
    ]
    assert document["warnings"] == ["careful"]
    assert [each["service"] for each in document["services"]] == ["shop"]
    refused = Report((Finding(Status.REFUSED, "no", "fix", "why", check="image-exists"),))
    assert preview(SAME, report=refused).to_document()["refused"]
