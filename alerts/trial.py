"""Sends a sample through the chain and follows it: rule, queue, function, message; says where it got lost, and why."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from alerts.handler.stories import Alert
from alerts.handler.table import Table
from alerts.sample import sample_alert

_LINES = 20
_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Chain:
    """What the stack made, by the names of its outputs."""

    function_name: str
    mapping_id: str
    queue_url: str
    dead_letter_queue_url: str
    table_name: str
    log_group_name: str
    rule: str
    """The rule of samples."""

    @classmethod
    def of(cls, outputs: Mapping[str, Any]) -> "Chain":
        """Return the chain that a stack's outputs name.

        Raises:
            ValueError: these are not the outputs of `DeploymentAlerts`; the message names what is missing.
        """
        keys = ("function_name", "mapping_id", "queue_url", "dead_letter_queue_url", "table_name", "log_group_name")
        missing = [key for key in (*keys, "rule_names") if not outputs.get(key)]
        if missing:
            raise ValueError(", ".join(missing))
        rule = next(name for name in outputs["rule_names"] if name.endswith("-sample"))
        return cls(**{key: str(outputs[key]) for key in keys}, rule=rule)


@dataclass(frozen=True)
class Lost:
    """Where the sample got lost: the link of the chain, what is wrong there, and what to do."""

    link: str
    what: str
    help: str
    lines: tuple[str, ...] = ()
    """What the function logged meanwhile."""


@dataclass
class Trial:
    """One sample on its way.

    Args:
        chain: what it goes through.
        client: returns boto3's client of a service, by boto3's name of it.
        say: takes a line for each link that is passed.
        now: the time, as AWS tells it.
        monotonic: real seconds, from any start.
        sleep: waits so many real seconds.
    """

    chain: Chain
    client: Callable[[str], Any]
    say: Callable[[str], None]
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    _passed: list[str] = field(default_factory=list)

    def run(self, event: Mapping[str, Any], sample: str, timeout_seconds: float) -> Lost | None:
        """Send the event and follow it; return where it got lost, or None where the message was sent.

        Args:
            event: an entry of PutEvents.
            sample: the id in it.
            timeout_seconds: how long it may take, in real time.
        """
        try:
            return self._run(event, sample, timeout_seconds)
        except ClientError as refused:
            error = refused.response.get("Error", {})
            what = f"{refused.operation_name}: {error.get('Code', '')}: {error.get('Message', '')}"
            help_ = (
                "give who runs this command that permission (docs/alerts.md), or deploy the stack anew if it is gone"
            )
            return Lost("command", what, help_)
        except BotoCoreError as failed:
            return Lost("command", f"{type(failed).__name__}: {failed}", "see that AWS can be reached with credentials")

    def _run(self, event: Mapping[str, Any], sample: str, timeout_seconds: float) -> Lost | None:
        configuration = self.client("lambda").get_function_configuration(FunctionName=self.chain.function_name)
        if lost := self._at_the_rule(event):
            return lost
        dead = self._dead_letters()
        begun = self.monotonic()
        since = self.now()
        put = self.client("events").put_events(Entries=[dict(event)])
        if put["FailedEntryCount"]:
            failed = put["Entries"][0]
            what = f"PutEvents: {failed.get('ErrorCode')}: {failed.get('ErrorMessage')}"
            return Lost("event bus", what, "try again; the bus takes only so many events a second")
        self.say(f"event bus: took the sample {sample}")
        destinations = _destinations(configuration)
        alert: Alert | None = None
        while self.monotonic() - begun < timeout_seconds:
            alert = self._alert(sample) or alert
            if alert:
                self._pass("function", f"{self.chain.function_name} took it")
                if not _untold(alert, destinations):
                    self.say(f"message: sent to {' and '.join(destinations)}")
                    return None
            elif lost := self._before_the_function(configuration, certain=True):
                return lost
            if self._dead_letters() > dead:
                break
            self.sleep(_POLL_SECONDS)
        if alert:
            return self._at_the_message(alert, destinations, since)
        return self._before_the_function(configuration, certain=False) or self._in_the_function(since, dead)

    def _pass(self, link: str, words: str) -> None:
        if link not in self._passed:
            self._passed.append(link)
            self.say(f"{link}: {words}")

    def _at_the_rule(self, event: Mapping[str, Any]) -> Lost | None:
        """Say why EventBridge would not send the event to the queue."""
        events = self.client("events")
        name = self.chain.rule
        again = "deploy the stack anew: `alerts up`"
        try:
            rule = events.describe_rule(Name=name)
        except events.exceptions.ResourceNotFoundException:
            return Lost("rule", f"there is no rule {name}", again)
        if rule.get("State") != "ENABLED":
            return Lost("rule", f"{name} is {rule.get('State')}", f"aws events enable-rule --name {name}")
        whole = {
            "id": "0",
            "account": "123456789012",
            "time": "2026-01-01T00:00:00Z",
            "region": "us-east-1",
            "source": event["Source"],
            "detail-type": event["DetailType"],
            "resources": list(event.get("Resources", ())),
            "detail": json.loads(event["Detail"]),
        }
        if not events.test_event_pattern(EventPattern=rule["EventPattern"], Event=json.dumps(whole))["Result"]:
            return Lost("rule", f"{name} does not match the sample: its pattern was changed", again)
        arn = self._attributes(self.chain.queue_url, "QueueArn")["QueueArn"]
        if arn not in [target["Arn"] for target in events.list_targets_by_rule(Rule=name)["Targets"]]:
            return Lost("rule", f"{name} does not send to the queue", again)
        if lost := self._refused_by_the_queue(rule["Arn"]):
            return lost
        self.say(f"rule: {name} matches and sends to {arn.rpartition(':')[2]}")
        return None

    def _refused_by_the_queue(self, rule_arn: str) -> Lost | None:
        policy = self._attributes(self.chain.queue_url, "Policy").get("Policy", "")
        if rule_arn in policy:
            return None
        what = f"the policy of {_name(self.chain.queue_url)} does not let the rule send"
        return Lost("queue", what, "deploy the stack anew: `alerts up`")

    def _before_the_function(self, configuration: Mapping[str, Any], *, certain: bool) -> Lost | None:
        """Say why the function does not take what is in the queue; `certain`: only what waiting cannot change."""
        name = self.chain.function_name
        mapping = self.client("lambda").get_event_source_mapping(UUID=self.chain.mapping_id)
        state = mapping.get("State", "")
        if state in {"Disabled", "Disabling"}:
            what = f"the event source mapping is {state}: the sample waits in {_name(self.chain.queue_url)}"
            return Lost(
                "queue", what, f"aws lambda update-event-source-mapping --uuid {self.chain.mapping_id} --enabled"
            )
        if configuration.get("State") not in {None, "Active", "Pending", "Inactive"}:
            return Lost("function", f"{name} is {configuration['State']}", str(configuration.get("StateReason", "")))
        reserved = self.client("lambda").get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
        if reserved == 0:
            help_ = f"deploy the stack anew, or: aws lambda delete-function-concurrency --function-name {name}"
            return Lost("function", f"{name} has a reserved concurrency of 0: it is not let run", help_)
        if certain:
            return None
        waiting = self._attributes(self.chain.queue_url, "ApproximateNumberOfMessages")["ApproximateNumberOfMessages"]
        if int(waiting):
            said = mapping.get("LastProcessingResult") or f"the mapping is {state}"
            what = f"{waiting} messages wait in {_name(self.chain.queue_url)}, and {name} does not take them: {said}"
            return Lost("queue", what, "see that the function's role may read the queue, and that Lambda has room")
        return None

    def _in_the_function(self, since: datetime, dead: int) -> Lost:
        lines = tuple(self._log(since))
        if self._dead_letters() > dead:
            where = _name(self.chain.dead_letter_queue_url)
            return Lost("function", f"the sample went to {where}", "the function's log says why", lines)
        if lines:
            return Lost("function", f"{self.chain.function_name} took it and did not finish", "its log says why", lines)
        return Lost(
            "queue",
            "the sample is neither in a queue nor in the function's log",
            f"see whether something else reads {_name(self.chain.queue_url)}; wait longer with --timeout",
        )

    def _at_the_message(self, alert: Alert, destinations: tuple[str, ...], since: datetime) -> Lost:
        untold = " and ".join(_untold(alert, destinations))
        helps = {
            "webhook": "see that the secret holds an address that answers (docs/alerts.md)",
            "topic": "see that the topic is there, and that its policy and key let the function's role publish",
        }
        first = _untold(alert, destinations)[0]
        return Lost("message", f"nothing was sent to {untold} yet", helps[first], tuple(self._log(since)))

    def _alert(self, sample: str) -> Alert | None:
        return Table(self.client("dynamodb"), self.chain.table_name).read_alert(sample_alert(sample))

    def _dead_letters(self) -> int:
        key = "ApproximateNumberOfMessages"
        return int(self._attributes(self.chain.dead_letter_queue_url, key)[key])

    def _attributes(self, url: str, *names: str) -> dict[str, str]:
        answer = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(names))
        found: dict[str, str] = answer.get("Attributes", {})
        return found

    def _log(self, since: datetime) -> Iterator[str]:
        """Give what the function warned of, one sentence each; it logs neither events nor secrets."""
        start = int(since.timestamp() * 1000)
        found = self.client("logs").filter_log_events(logGroupName=self.chain.log_group_name, startTime=start)
        lines = [line for each in found["events"] if (line := _sentence(each["message"]))]
        yield from dict.fromkeys(lines[-_LINES:])


def _destinations(configuration: Mapping[str, Any]) -> tuple[str, ...]:
    variables = configuration.get("Environment", {}).get("Variables", {})
    of = {"FAILWELL_WEBHOOK_SECRET": "webhook", "FAILWELL_TOPIC": "topic"}
    return tuple(name for variable, name in of.items() if variables.get(variable))


def _untold(alert: Alert, destinations: tuple[str, ...]) -> list[str]:
    return [each for each in destinations if not alert.delivery(each).version]


def _sentence(message: str) -> str | None:
    """Return what a line of the log warns of; None for one that does not."""
    try:
        line = json.loads(message)
    except ValueError:
        text = message.strip()
        return text if text.startswith(("[ERROR]", "Task timed out")) or "Task timed out" in text else None
    if not isinstance(line, dict) or line.get("level") not in {"WARNING", "ERROR", "CRITICAL"}:
        return None
    reason = line.get("reason") or line.get("exception_name") or ""
    return f"{line.get('level')}: {line.get('message')}{f': {reason}' if reason else ''}"


def _name(queue_url: str) -> str:
    return queue_url.rpartition("/")[2]
