"""The table's items as they are read and written: one at a time or together, each change under a condition.

Every item has the partition key `id` and the TTL attribute `expiration`. A write that lost against another one says
so; one that DynamoDB throttles raises `TableBusyError`, and the queue's message is delivered again.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

KEPT_SECONDS = 14 * 24 * 3600
"""How long an item is kept after its last change: as long as a queue may keep a message."""
TRIES = 6
_KEYS_PER_CALL = 100
_BUSY = {
    *("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded", "InternalServerError"),
    *("TransactionConflictException", "TransactionInProgressException", "LimitExceededException", "ServiceUnavailable"),
}
_BUSY_REASONS = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}

Answer = TypeVar("Answer")
Item = dict[str, Any]
Attributes = Mapping[str, Any]


class TableBusyError(Exception):
    """DynamoDB did not take a write or a read, and may do so later."""


class LostError(Exception):
    """A condition did not hold: somebody else was first."""


class Items:
    """Reads and writes the items of one table.

    Args:
        client: boto3's client of DynamoDB.
        name: the table's name.
        sleep: waits so many seconds between two tries of a write that met another one.
    """

    def __init__(self, client: Any, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._name = name
        self._sleep = sleep

    def read(self, ids: Iterable[str]) -> dict[str, Item]:
        """Return the items that exist, by their ids."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, Item] = {}
        for start in range(0, len(wanted), _KEYS_PER_CALL):
            keys = [{"id": {"S": each}} for each in wanted[start : start + _KEYS_PER_CALL]]
            found |= self._read(keys)
        return found

    def _read(self, keys: list[Any]) -> dict[str, Item]:
        found: dict[str, Item] = {}
        for attempt in range(TRIES):
            asked = {self._name: {"Keys": keys, "ConsistentRead": True}}
            answer = self._call(lambda: self._client.batch_get_item(RequestItems=asked))  # noqa: B023 - called at once
            for item in answer["Responses"].get(self._name, []):
                plain = _plain(item)
                found[plain["id"]] = plain
            keys = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            if not keys:
                return found
            self._sleep(0.05 * 2**attempt)
        raise TableBusyError("BatchGetItem left keys unread")

    def update(self, key: str, now_ms: int, *, returned: str = "ALL_NEW", **what: Any) -> Item:
        """Write one update, as `written` makes it, and return the item as it is after it, or was before it.

        Raises:
            LostError: its condition did not hold.
        """
        write = self.written(key, now_ms, **what)
        answer = self._call(lambda: self._client.update_item(**write, ReturnValues=returned))
        return {"id": key, **_plain(answer.get("Attributes", {}))}

    def together(self, writes: Sequence[Item]) -> bool:
        """Write several updates or none; False where a condition did not hold."""
        items = [{"Update": each} for each in writes]
        for attempt in range(TRIES):
            try:
                self._call(lambda: self._client.transact_write_items(TransactItems=items))
            except LostError:
                return False
            except TableBusyError:
                if attempt == TRIES - 1:
                    raise
                self._sleep(0.05 * 2**attempt)
            else:
                return True
        return False

    def written(  # noqa: PLR0913 - the parts of one UpdateExpression
        self,
        key: str,
        now_ms: int,
        *,
        sets: Attributes | None = None,
        defaults: Attributes | None = None,
        appends: Attributes | None = None,
        adds: Attributes | None = None,
        deletes: Attributes | None = None,
        condition: str = "",
        values: Attributes | None = None,
        names: Iterable[str] = (),
    ) -> Item:
        """Return one update: attributes to set, to set where absent, to append to, to add to and to delete from."""
        sets = {**(sets or {}), "expiration": now_ms // 1000 + KEPT_SECONDS}
        expression = [f"#{name} = :{name}" for name in sets]
        expression += [f"#{name} = if_not_exists(#{name}, :{name})" for name in defaults or {}]
        expression += [f"#{name} = list_append(if_not_exists(#{name}, :empty), :{name})" for name in appends or {}]
        said = f"SET {', '.join(expression)}"
        for verb, changed in (("ADD", adds), ("DELETE", deletes)):
            if changed:
                said += f" {verb} {', '.join(f'#{name} :{name}' for name in changed)}"
        given = {**sets, **(defaults or {}), **(appends or {}), **(adds or {}), **(deletes or {})}
        bound = {f":{name}": value for name, value in given.items()} | dict(values or {})
        if appends:
            bound[":empty"] = []
        return {
            "TableName": self._name,
            "Key": {"id": {"S": key}},
            "UpdateExpression": said,
            "ExpressionAttributeNames": {f"#{name}": name for name in {*given, *names}},
            "ExpressionAttributeValues": {name: _SERIALIZER.serialize(value) for name, value in bound.items()},
            **({"ConditionExpression": condition} if condition else {}),
        }

    def _call(self, call: Callable[[], Answer]) -> Answer:
        try:
            return call()
        except ClientError as refused:
            code = refused.response.get("Error", {}).get("Code", "")
            response: Any = refused.response
            reasons = {each.get("Code") for each in response.get("CancellationReasons", ())}
            if code in _BUSY or (reasons & _BUSY_REASONS and "ConditionalCheckFailed" not in reasons):
                raise TableBusyError(f"{refused.operation_name}: {code}") from refused
            if code == "ConditionalCheckFailedException" or "ConditionalCheckFailed" in reasons:
                raise LostError(code) from refused
            raise
        except BotoCoreError as failed:
            raise TableBusyError(f"DynamoDB could not be asked: {type(failed).__name__}") from failed


_SERIALIZER = TypeSerializer()
_DESERIALIZER = TypeDeserializer()


def _plain(item: Mapping[str, Any]) -> Item:
    return {key: _DESERIALIZER.deserialize(value) for key, value in item.items()}
