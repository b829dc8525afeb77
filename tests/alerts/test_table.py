"""The table's writes: once, whoever tries; and the one in memory answers as moto's does."""

from typing import Any

import pytest

from alerts.handler.items import LostError, TableBusyError
from alerts.handler.stories import State, Story
from alerts.handler.table import Table, alert_of, story_of
from tests.alerts.chain import client_of_table
from tests.alerts.dynamodb import MemoryDynamo

ARN = "arn:aws:ecs:eu-west-1:123456789012:service/prod/web"
STORY = Story("deployment#web#ecs-svc/2", State.FAILED, "alert#1", "ecs-svc/2", cause="", seen_ms=1000)


@pytest.fixture(params=["moto", "memory"])
def table(request: pytest.FixtureRequest, aws: None) -> Table:  # noqa: ARG001
    client: Any = client_of_table() if request.param == "moto" else MemoryDynamo()
    return Table(client, "alerts", sleep=lambda _: None)


def opened(table: Table, story: Story = STORY, now: int = 1000) -> bool:
    return table.open_story(story, "", ARN, {"what": "it fails"}, {"service": "web"}, now)


def test_a_story_is_opened_once_and_its_alert_counts_it_once(table: Table) -> None:
    assert [opened(table), opened(table)] == [True, False]
    alert = table.read_alert("alert#1")
    assert alert is not None
    assert (alert.version, alert.members, alert.services, alert.document) == (
        1,
        1,
        ({"service": "web"},),
        {"what": "it fails"},
    )


def test_a_story_goes_on_and_never_back(table: Table) -> None:
    opened(table)
    assert table.move_story(STORY, State.ROLLED_BACK, ARN, 2000)
    assert not table.move_story(STORY, State.ROLLED_BACK, ARN, 2000)
    back = Story(STORY.id, State.ROLLED_BACK, STORY.alert)
    assert table.move_story(back, State.RECOVERED, ARN, 3000)
    alert = table.read_alert("alert#1")
    assert alert is not None
    assert (alert.version, alert.ended, alert.recovered, alert.state) == (3, 1, 1, State.RECOVERED)
    items = table.read([STORY.id, f"service#{ARN}"])
    assert story_of(items[STORY.id]).state is State.RECOVERED
    assert "stories" not in items[f"service#{ARN}"]


def test_only_one_may_send_until_its_lease_is_over(table: Table) -> None:
    opened(table)
    alert = table.read_alert("alert#1")
    assert alert is not None
    assert table.claim(alert, "webhook", "m1", 40_000, 1000) is not None
    assert table.claim(alert, "webhook", "m2", 40_000, 2000) is None
    later = table.claim(alert, "webhook", "m2", 40_000, 50_000)
    assert later is not None
    assert later.delivery("webhook").attempted_ms == 1000
    told = table.told(later, "webhook", {"ts": "1"}, 1, 51_000)
    assert (told.delivery("webhook").version, told.delivery("webhook").reference) == (1, {"ts": "1"})
    assert table.claim(told, "webhook", "m3", 40_000, 60_000) is None


def test_who_notes_late_does_not_undo_what_was_told_since(table: Table) -> None:
    opened(table)
    first = table.read_alert("alert#1")
    opened(table, Story("other", State.FAILED, "alert#1"))
    second = table.read_alert("alert#1")
    assert first is not None
    assert second is not None
    table.told(second, "webhook", {}, 1, 2000)
    assert table.told(first, "webhook", {}, 1, 3000).delivery("webhook").version == 2


def test_a_shared_cause_has_one_open_alert_until_it_is_quiet(table: Table) -> None:
    def ask(new: str, now: int) -> str:
        return table.open_alert("subnet-ip-exhausted", "subnet-1", "1", "eu-west-1", new, now)

    assert [ask("a", 0), ask("b", 1000)] == ["a", "a"]
    assert ask("c", 16 * 60_000) == "c"
    assert ask("d", 17 * 60_000) == "c"


def test_deaths_are_a_set(table: Table) -> None:
    table.note_death("s", "task/1", "cause", 1, 1)
    story = table.note_death("s", "task/1", "cause", 2, 2)
    assert (story.state, story.deaths) == (State.WAITING, {"task/1"})
    assert table.note_death("s", "task/2", "cause", 3, 3).deaths == {"task/1", "task/2"}


def test_a_better_cause_is_told_once_and_of_one_service_alone(table: Table) -> None:
    opened(table)
    assert table.explain_better(STORY, {"what": "that is why"}, "image-not-found", 2000)
    assert not table.explain_better(STORY, {"what": "no"}, "other", 2000)
    alert = table.read_alert("alert#1")
    assert alert is not None
    assert (alert.version, alert.document) == (2, {"what": "that is why"})


def test_one_guard_at_a_time(table: Table) -> None:
    opened(table)
    assert table.guard("alert#1", "webhook", 5000, "m1", 1000)
    assert table.guard("alert#1", "webhook", 5000, "m1", 1000)
    assert not table.guard("alert#1", "webhook", 5000, "m2", 1000)


class Throttled:
    """DynamoDB that refuses everything with a code."""

    def __init__(self, code: str) -> None:
        self._code = code

    def __getattr__(self, name: str) -> Any:
        from botocore.exceptions import ClientError

        def refuse(**_: Any) -> Any:
            raise ClientError({"Error": {"Code": self._code, "Message": ""}}, name)

        return refuse


@pytest.mark.parametrize("code", ["ThrottlingException", "ProvisionedThroughputExceededException"])
def test_what_is_throttled_is_told_as_busy(code: str) -> None:
    table = Table(Throttled(code), "alerts", sleep=lambda _: None)
    with pytest.raises(TableBusyError):
        table.read(["x"])
    with pytest.raises(TableBusyError):
        opened(table)


def test_what_is_refused_for_good_is_an_error() -> None:
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError):
        Table(Throttled("AccessDeniedException"), "alerts").read(["x"])
    assert not issubclass(LostError, TableBusyError)
    assert alert_of({"id": "x"}).members == 0
