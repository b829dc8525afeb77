"""The table's stories and alerts, and what was sent of them: each step of theirs is a conditional write."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from alerts.handler.items import TRIES, Items, LostError, TableBusyError
from alerts.handler.stories import QUIET_MS, Alert, Delivery, State, Story, cause_item, service_item

SERVICES_KEPT = 40
"""Services that an alert names; more are counted."""


class Table:
    """Reads and writes one table.

    Args:
        client: boto3's client of DynamoDB.
        name: the table's name.
        sleep: waits so many seconds between two tries of a write that met another one.
    """

    def __init__(self, client: Any, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._items = Items(client, name, sleep)
        self.read = self._items.read

    def read_alert(self, alert_id: str) -> Alert | None:
        """Return an alert as it is now."""
        item = self.read([alert_id]).get(alert_id)
        return alert_of(item) if item else None

    # Stories

    def note_death(self, story_id: str, task_arn: str, cause: str, at_ms: int, now_ms: int) -> Story:
        """Note that a task died of what may pass, in a story that waits."""
        answer = self._items.update(
            story_id,
            now_ms,
            sets={"cause": cause, "seen": at_ms},
            defaults={"state": int(State.WAITING)},
            adds={"deaths": {task_arn}},
        )
        return story_of(answer)

    def see(self, story_id: str, at_ms: int, now_ms: int) -> None:
        """Note that a story goes on, so that it is not called over."""
        self._items.update(story_id, now_ms, sets={"seen": at_ms})

    def open_story(
        self,
        story: Story,
        told_by: str,
        service_arn: str,
        document: Mapping[str, Any],
        named: Mapping[str, str],
        now_ms: int,
    ) -> bool:
        """Make a story a failure, and have its alert tell it: once, whoever tries.

        Args:
            story: as it is to be; it may have ended already.
            told_by: the alert that told an earlier story of that id which is over; "" where there was none.
            service_arn: whose story it is.
            document: what the alert says, where it says nothing yet.
            named: how the alert names the service; empty where it names enough.
            now_ms: the time.

        Returns:
            False where it was told already.
        """
        mine = self._items.written(
            story.id,
            now_ms,
            sets={
                "state": int(story.state),
                "alert": story.alert,
                "cause": story.cause,
                "seen": story.seen_ms,
                "deployment": story.deployment,
                "service": service_arn,
            },
            condition="#alert = :told" if told_by else "attribute_not_exists(#alert)",
            values={":told": told_by} if told_by else {},
        )
        recovered = story.state is State.RECOVERED
        joined = self._items.written(
            story.alert,
            now_ms,
            sets={"joined": now_ms},
            defaults={"opened": now_ms, "document": json.dumps(document)},
            adds={"version": 1, "members": 1, "ended": int(story.state > State.FAILED), "recovered": int(recovered)},
            appends={"services": [dict(named)]} if named else {},
        )
        writes = [mine, joined]
        if not recovered:
            writes.append(self._items.written(service_item(service_arn), now_ms, adds={"stories": {story.id}}))
        return self._items.together(writes)

    def move_story(self, story: Story, state: State, service_arn: str, now_ms: int) -> bool:
        """Let a story that is told go on to a later state, and its alert know.

        Returns:
            False where somebody else moved it.
        """
        mine = self._items.written(
            story.id,
            now_ms,
            sets={"state": int(state)},
            condition="#state = :from AND #alert = :alert",
            values={":from": int(story.state), ":alert": story.alert},
            names={"alert"},
        )
        adds = {"version": 1}
        if story.state is State.FAILED:
            adds["ended"] = 1
        if state is State.RECOVERED:
            adds["recovered"] = 1
        writes = [mine, self._items.written(story.alert, now_ms, adds=adds)]
        if state is State.RECOVERED:
            writes.append(self._items.written(service_item(service_arn), now_ms, deletes={"stories": {story.id}}))
        return self._items.together(writes)

    def explain_better(self, story: Story, document: Mapping[str, Any], cause: str, now_ms: int) -> bool:
        """Tell a cause that was not known when the story was told; an alert of several services keeps its words."""
        mine = self._items.written(
            story.id,
            now_ms,
            sets={"cause": cause},
            condition="#cause = :unknown",
            values={":unknown": ""},
        )
        alert = self._items.written(
            story.alert,
            now_ms,
            sets={"document": json.dumps(document)},
            adds={"version": 1},
            condition="#members = :one",
            values={":one": 1},
            names={"members"},
        )
        return self._items.together([mine, alert])

    # Alerts

    def open_alert(self, cause: str, subject: str, account: str, region: str, new_id: str, now_ms: int) -> str:
        """Return the open alert of a cause that services share; `new_id` where there is none, or it has been quiet."""
        pointer = cause_item(cause, subject, account, region)
        for _ in range(TRIES):
            named = self.read([pointer]).get(pointer)
            if named:
                alert = self.read_alert(named["alert"])
                since = alert.joined_ms if alert else int(named["made"])
                if now_ms - since <= QUIET_MS:
                    return str(named["alert"])
            condition = "#alert = :quiet" if named else "attribute_not_exists(#alert)"
            values = {":quiet": named["alert"]} if named else {}
            try:
                self._items.update(
                    pointer, now_ms, sets={"alert": new_id, "made": now_ms}, condition=condition, values=values
                )
            except LostError:
                continue
            return new_id
        raise TableBusyError("the alert of a cause changed too often")

    def guard(self, alert_id: str, destination: str, due_ms: int, message_id: str, now_ms: int) -> bool:
        """Note which message of the queue comes back when an alert is due; False where another one does."""
        due, guard = f"{destination}_due", f"{destination}_guard"
        try:
            self._items.update(
                alert_id,
                now_ms,
                sets={due: due_ms, guard: message_id},
                condition=f"attribute_not_exists(#{guard}) OR #{guard} = :none OR #{guard} = :me",
                values={":none": "", ":me": message_id},
            )
        except LostError:
            return False
        return True

    def claim(self, alert: Alert, destination: str, owner: str, lease_ms: int, now_ms: int) -> Alert | None:
        """Begin to send: note the intent with a lease, and return the alert as it was before.

        None where somebody else sends, or has sent that version.
        """
        lease, told, attempted = (f"{destination}_{each}" for each in ("lease", "version", "attempted"))
        try:
            item = self._items.update(
                alert.id,
                now_ms,
                sets={lease: now_ms + lease_ms, attempted: now_ms, f"{destination}_owner": owner},
                condition=f"(attribute_not_exists(#{lease}) OR #{lease} < :now)"
                f" AND (attribute_not_exists(#{told}) OR #{told} < :version)",
                values={":now": now_ms, ":version": alert.version},
                names={told},
                returned="ALL_OLD",
            )
        except LostError:
            return None
        return alert_of(item)

    def told(self, alert: Alert, destination: str, reference: Mapping[str, str], rounds: int, now_ms: int) -> Alert:
        """Note what was sent, end the lease, and return the alert as it is now: it may have grown meanwhile."""
        said = {
            "version": alert.version,
            "members": alert.members,
            "state": int(alert.state),
            "rounds": rounds,
            "reference": json.dumps(dict(reference)),
            "lease": 0,
            "attempted": 0,
            "due": 0,
            "guard": "",
        }
        version = f"#{destination}_version"
        try:
            item = self._items.update(
                alert.id,
                now_ms,
                sets={f"{destination}_{key}": value for key, value in said.items()},
                condition=f"attribute_not_exists({version}) OR {version} < :{destination}_version",
            )
        except LostError:  # a lease that ran out: somebody else told more meanwhile
            return self.read_alert(alert.id) or alert
        return alert_of(item)

    def release(self, alert_id: str, destination: str, now_ms: int, *, sent_nothing: bool) -> None:
        """End a lease: nothing was sent, or nobody knows whether something was."""
        attempted = {f"{destination}_attempted": 0} if sent_nothing else {}
        self._items.update(alert_id, now_ms, sets={f"{destination}_lease": 0, **attempted})


def story_of(item: Mapping[str, Any]) -> Story:
    """Return the story that an item is."""
    return Story(
        id=item["id"],
        state=State(int(item.get("state", 0))),
        alert=item.get("alert", ""),
        deployment=item.get("deployment", ""),
        deaths=frozenset(item.get("deaths", ())),
        cause=item.get("cause", ""),
        seen_ms=int(item.get("seen", 0)),
    )


def alert_of(item: Mapping[str, Any]) -> Alert:
    """Return the alert that an item is."""
    destinations = {key.removesuffix("_lease") for key in item if key.endswith("_lease")}
    destinations |= {key.removesuffix("_guard") for key in item if key.endswith("_guard")}
    return Alert(
        id=item["id"],
        version=int(item.get("version", 0)),
        opened_ms=int(item.get("opened", 0)),
        joined_ms=int(item.get("joined", 0)),
        members=int(item.get("members", 0)),
        ended=int(item.get("ended", 0)),
        recovered=int(item.get("recovered", 0)),
        document=json.loads(item.get("document", "{}")),
        services=tuple(item.get("services", ())),
        deliveries={each: _delivery(item, each) for each in destinations},
    )


def _delivery(item: Mapping[str, Any], destination: str) -> Delivery:
    def number(key: str) -> int:
        return int(item.get(f"{destination}_{key}", 0))

    return Delivery(
        version=number("version"),
        members=number("members"),
        state=State(number("state")),
        rounds=number("rounds"),
        due_ms=number("due"),
        guard=item.get(f"{destination}_guard", ""),
        lease_ms=number("lease"),
        owner=item.get(f"{destination}_owner", ""),
        attempted_ms=number("attempted"),
        reference=json.loads(item.get(f"{destination}_reference", "{}")),
    )
