"""DynamoDB in memory, as far as the table asks: where thousands of writes are made, moto would take minutes.

`test_table.py` holds it against moto, so that it does not answer otherwise.
"""

# ruff: noqa: N803 - boto3's names

import re
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

_TOKEN = re.compile(r"\s*(attribute_not_exists|AND|OR|[#:][\w]+|[()=<])")
_CLAUSE = re.compile(r"\b(SET|ADD|DELETE) (.*?)(?= (?:ADD|DELETE) |$)")
_PART = re.compile(r"(#\w+) (?:= )?((?:list_append|if_not_exists)\(.*?\)(?=, #|$)|if_not_exists\([^)]*\)|:\w+)")
_to, _from = TypeSerializer().serialize, TypeDeserializer().deserialize


def _refused(code: str, operation: str, **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}, **more}, operation)  # type: ignore[arg-type]


class MemoryDynamo:
    """One table; `at_call` is told of each operation, before and after it, and may raise."""

    def __init__(self, at_call: Callable[[str], None] = lambda _: None) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.calls: Counter[str] = Counter()
        self.at_call = at_call

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:
        ((table, asked),) = RequestItems.items()
        self._called("BatchGetItem")
        found = [self.items[key["id"]["S"]] for key in asked["Keys"] if key["id"]["S"] in self.items]
        return {"Responses": {table: [{k: _to(v) for k, v in item.items()} for item in found]}, "UnprocessedKeys": {}}

    def update_item(self, *, ReturnValues: str, **write: Any) -> dict[str, Any]:
        self._called("UpdateItem")
        if not self._holds(write):
            raise _refused("ConditionalCheckFailedException", "UpdateItem")
        before = dict(self.items.get(write["Key"]["id"]["S"], {}))
        after = self._apply(write)
        self.at_call("UpdateItem done")
        shown = before if ReturnValues == "ALL_OLD" else after
        return {"Attributes": {key: _to(value) for key, value in shown.items()}}

    def transact_write_items(self, *, TransactItems: Sequence[dict[str, Any]]) -> None:
        self._called("TransactWriteItems")
        writes = [each["Update"] for each in TransactItems]
        reasons = [{"Code": "None" if self._holds(each) else "ConditionalCheckFailed"} for each in writes]
        if any(each["Code"] != "None" for each in reasons):
            raise _refused("TransactionCanceledException", "TransactWriteItems", CancellationReasons=reasons)
        for each in writes:
            self._apply(each)
        self.at_call("TransactWriteItems done")

    def _called(self, operation: str) -> None:
        self.calls[operation] += 1
        self.at_call(operation)

    def _holds(self, write: dict[str, Any]) -> bool:
        condition = write.get("ConditionExpression")
        if not condition:
            return True
        item = self.items.get(write["Key"]["id"]["S"], {})
        names, values = write["ExpressionAttributeNames"], write["ExpressionAttributeValues"]
        tokens = _TOKEN.findall(condition)
        assert re.sub(r"\s", "", condition) == "".join(tokens), condition
        said = []
        while tokens:
            token = tokens.pop(0)
            if token == "attribute_not_exists":
                name = names[tokens[1]]
                del tokens[:3]
                said.append(str(name not in item))
            elif token.startswith("#"):
                sign, value = tokens.pop(0), _from(values[tokens.pop(0)])
                there = item.get(names[token])
                said.append(str(there is not None and (there == value if sign == "=" else there < value)))
            else:
                said.append(token.lower())
        return bool(eval(" ".join(said)))  # noqa: S307 - True, False, and, or and brackets

    def _apply(self, write: dict[str, Any]) -> dict[str, Any]:
        key = write["Key"]["id"]["S"]
        item = self.items.setdefault(key, {"id": key})
        names = write["ExpressionAttributeNames"]
        values = {name: _from(value) for name, value in write["ExpressionAttributeValues"].items()}
        for verb, parts in _CLAUSE.findall(write["UpdateExpression"]):
            for name, value in _PART.findall(parts):
                self._change(item, names[name], verb, value, values)
        return item

    def _change(self, item: dict[str, Any], name: str, verb: str, value: str, values: dict[str, Any]) -> None:
        given = values[re.findall(r":\w+", value)[-1]]
        if verb == "ADD":
            item[name] = item.get(name, set()) | given if isinstance(given, set) else item.get(name, Decimal(0)) + given
        elif verb == "DELETE":
            item[name] = item.get(name, set()) - given
            if not item[name]:
                del item[name]
        elif value.startswith("list_append"):
            item[name] = [*item.get(name, []), *given]
        elif value.startswith("if_not_exists"):
            item.setdefault(name, given)
        else:
            item[name] = given
