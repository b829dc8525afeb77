"""Settings, secrets, environments, the sample and the forms of a message: each by itself."""

import contextlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.handler.environments import environment_by_name, environment_of
from alerts.handler.events import Event, Ignored, MalformedError, SampleEvent, parse
from alerts.handler.sending import SendError
from alerts.handler.settings import Settings, SettingsError
from alerts.handler.slack import to_slack
from alerts.handler.texts import to_publish, to_subject
from alerts.handler.topic import Topic
from alerts.handler.webhook import Address, Response, SecretError, Webhook, http
from alerts.permissions import GRANTS, On, actions_on
from alerts.sample import sample_alert, sample_entry
from automation.permissions import Use, actions_of
from tests.alerts.block_kit import breaches
from tests.alerts.chain import Chain
from tests.alerts.dynamodb import MemoryDynamo
from tests.alerts.region import NOW, Region, missing
from tests.diagnostics.conftest import SteppedClock

SCHEMA = json.loads((Path(__file__).parents[2] / "alerts/schemas/alert-1.json").read_text("utf-8"))
URL = "https://hooks.example.com/T/B/secret"


def document(**more: Any) -> dict[str, Any]:
    base = {
        "schema": "alert/1",
        "id": "a",
        "version": 1,
        "state": "failed",
        "environment": "production",
        "account": "123456789012",
        "region": "eu-west-1",
        "cluster": "prod",
        "service": "web",
        "deployment": "ecs-svc/2",
        "kind": "deployment",
        "at": "2026-11-20T08:00:00+00:00",
        "cause": "image-not-found",
        "verdict": "doomed",
        "what": "it fails",
        "why": "because",
        "fix": "mend it",
        "evidence": [],
        "log": [],
        "changed": "",
        "deployed_by": "",
        "links": [],
        "notes": [],
        "sample": False,
        "opened_at": "2026-11-20T08:00:00+00:00",
        "services": [],
        "services_total": 1,
        "services_ended": 0,
        "services_told_before": 0,
    }
    return base | more


def test_what_the_function_reads_is_what_the_watch_reads() -> None:
    reads = set(actions_on(On.EVERYTHING)) - {"ecs:ListTagsForResource"}
    assert reads == set(actions_of(Use.WATCH))
    assert all(grant.why for grant in GRANTS)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "FAILWELL_TABLE"),
        ({"FAILWELL_TABLE": "t"}, "FAILWELL_TOPIC"),
        ({"FAILWELL_TABLE": "t", "FAILWELL_TOPIC": "a", "FAILWELL_FOLLOW_UPS": "all"}, "FAILWELL_FOLLOW_UPS"),
        ({"FAILWELL_TABLE": "t", "FAILWELL_TOPIC": "a", "FAILWELL_HOLD_SECONDS": "nan"}, "FAILWELL_HOLD_SECONDS"),
        ({"FAILWELL_TABLE": "t", "FAILWELL_TOPIC": "a", "FAILWELL_CONCURRENCY": "0"}, "FAILWELL_CONCURRENCY"),
    ],
)
def test_a_wrong_setting_is_named(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        Settings.of(given)


@pytest.mark.parametrize(
    ("cluster", "environment"),
    [
        *(("shop-prod", "production"), ("Production", "production"), ("prod1", "production"), ("liveEu", "production")),
        *(("pre-prod", "staging"), ("non-prod", "staging"), ("shop-staging-eu", "staging"), ("uat", "staging")),
        *(("qa2", "test"), ("dev", "development"), ("products", ""), ("deliver", ""), ("main", ""), ("contest", "")),
    ],
)
def test_the_clusters_name_says_the_environment(cluster: str, environment: str) -> None:
    assert environment_by_name(cluster) == environment


def test_the_services_tag_goes_before_the_clusters_and_its_name() -> None:
    tags = [{"key": "environment", "value": "blue"}, {"key": "Environment", "value": "green"}]
    assert environment_of(tags, "Environment", "prod") == "blue"
    assert environment_of([{"key": "Environment", "value": " "}], "Environment", "prod") == "production"


@pytest.mark.parametrize(
    ("secret", "form"),
    [
        (URL, "slack"),
        (json.dumps({"url": URL}), "slack"),
        (json.dumps({"url": URL, "format": "generic"}), "generic"),
        (json.dumps({"token": "xoxb-1", "channel": "C1"}), "slack-app"),
        ("http://127.0.0.1:8080/x", "slack"),
    ],
)
def test_a_secret_is_an_address_or_a_token(secret: str, form: str) -> None:
    assert Address.of(secret).format == form


@pytest.mark.parametrize(
    "secret",
    [
        *("", "hooks.example.com", "http://hooks.example.com/secret", "{", "{}", '{"url": 7}', "https://", "ftp://x/s"),
        *('{"token": "x"}', '{"url": "https://x/secret", "format": "teams"}', "https://x/ secret", "https://[secret"),
    ],
)
def test_a_wrong_secret_is_refused_and_not_quoted(secret: str) -> None:
    with pytest.raises(SecretError) as refused:
        Address.of(secret)
    assert "hooks" not in str(refused.value)
    assert "x/" not in str(refused.value)


@pytest.mark.parametrize(("status", "permanent"), [(400, True), (302, True), (500, False), (429, False)])
def test_an_answer_that_is_no_success_is_told_without_the_address(status: int, *, permanent: bool) -> None:
    webhook = Webhook(lambda _: URL, lambda *_: Response(status, {"retry-after": "20"}, URL))
    with pytest.raises(SendError) as failed:
        webhook.send(document(), {}, 0)
    assert failed.value.permanent is permanent
    assert failed.value.retry_after == (None if permanent else 20)
    assert "hooks" not in str(failed.value)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_the_secret_is_read_again_where_the_address_is_gone(status: int) -> None:
    posted: list[str] = []

    def post(url: str, *_: Any) -> Response:
        posted.append(url)
        return Response(status if url == URL else 200, {}, "")

    secrets = {False: URL, True: "https://hooks.example.com/new"}
    Webhook(lambda fresh: secrets[fresh], post).send(document(), {}, 0)
    assert posted == [URL, "https://hooks.example.com/new"]
    with pytest.raises(SendError) as failed:
        Webhook(lambda _: URL, post).send(document(), {}, 0)
    assert failed.value.permanent


def test_a_webhook_that_nobody_serves_is_an_error_without_the_address() -> None:
    with pytest.raises(SendError) as failed:
        http()("http://127.0.0.1:9/secret", b"{}", {})
    assert "secret" not in str(failed.value)
    assert failed.value.__cause__ is None


WORDS = st.builds(lambda text, times: (text * times)[:4000], st.text(min_size=1, max_size=12), st.integers(1, 800))


@settings(max_examples=40)
@given(WORDS, WORDS, WORDS, st.integers(1, 300), st.sampled_from(["failed", "rolled-back", "recovered"]))
def test_any_alert_is_within_slacks_rules_and_snss(what: str, log: str, name: str, total: int, state: str) -> None:
    each = {"service": name[:255], "cluster": name[:255], "environment": what[:60], "deployment": ""}
    each["url"] = "https://x/" + name[:50]
    told = document(
        what=what,
        why=log,
        fix=what,
        log=[log[:300]] * 8,
        evidence=[{"source": name[:200], "quote": log[:600]}] * 3,
        changed=what,
        deployed_by=name[:200],
        notes=[log[:400]] * 6,
        links=[{"name": name[:80], "url": "https://x/" + name[:80]}] * 6,
        services=[each] * min(total, 40),
        services_total=total,
        state=state,
        service=name[:255],
    )
    jsonschema.validate(told, SCHEMA)
    assert breaches(to_slack(told)) == []
    subject = to_subject(told)
    assert len(subject) < 100
    assert subject.isascii()
    assert subject.isprintable()
    published = to_publish(told)
    assert len(published["Message"].encode()) < 262_144
    assert json.loads(json.loads(published["Message"])["https"])["version"] == "1.0"


KEYS = ("source", "detail-type", "detail", "resources", "time", "taskArn", "group", "id")
VALUES = ("aws.ecs", "ECS Task State Change", "ECS Service Action", "failwell.alerts", "service:web", 7, None, [], {})


@settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)),
)
def test_anything_is_an_event_or_ignored_or_malformed(outer: dict[str, Any], inner: dict[str, Any]) -> None:
    with contextlib.suppress(MalformedError):
        assert isinstance(parse(json.dumps(outer | {"detail": inner})), Event | Ignored)


def test_the_sample_goes_the_whole_way_at_once_and_says_what_it_is() -> None:
    region = Region(SteppedClock(NOW))
    chain = Chain(region.clock, region, client=MemoryDynamo())
    entry = sample_entry("s1", "123456789012", "eu-west-1", datetime(2026, 11, 20, tzinfo=UTC))
    event = {
        "id": "e",
        "source": entry["Source"],
        "detail-type": entry["DetailType"],
        "time": "2026-11-20T00:00:00Z",
        "detail": json.loads(entry["Detail"]),
    }
    assert isinstance(parse(json.dumps(event)), SampleEvent)
    chain.queue.put(json.dumps(event))
    chain.queue.put(json.dumps(event))
    chain.invoke()
    (message,) = chain.slack.messages
    assert breaches(message) == []
    assert "This is a sample" in json.dumps(message)
    assert message["text"].startswith("[sample]")
    assert not region.api_calls
    alert = chain.table.read_alert(sample_alert("s1"))
    assert alert is not None
    assert alert.delivery("webhook").version == 1


def test_a_topic_and_a_webhook_are_told_and_one_that_fails_does_not_keep_the_other_from_it() -> None:
    class Sns:
        published: list[dict[str, Any]] = []  # noqa: RUF012 - of one test

        def publish(self, **message: Any) -> dict[str, str]:
            self.published.append(message)
            return {"MessageId": "1"}

    region = Region(SteppedClock(NOW))
    region.add(0)
    chain = Chain(region.clock, region, client=MemoryDynamo())
    topic = Topic(Sns(), "arn:aws:sns:eu-west-1:123456789012:alerts.fifo")
    chain.destinations = [Webhook(lambda _: URL, chain.slack), topic]
    chain.function = chain.start()
    chain.slack.answers = [Response(500, {}, "")]
    chain.queue.put(region.die(0, missing(0)))
    chain.settle(region.clock.advance)
    assert len(chain.slack.messages) == 1
    (published,) = Sns.published
    assert published["Subject"] == "production: web-0 failed to deploy"
    assert len(published["MessageDeduplicationId"]) == 64
