"""Records in S3 or DynamoDB, for several machines: each is written only where none of its id is, so none is lost."""

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from automation.history.store import Document, StoreError, TakenError, Unreadable

_CONFIG = Config(connect_timeout=3, read_timeout=8, retries={"mode": "standard", "total_max_attempts": 3})


class S3Store:
    """One object a record: `PREFIX/PROJECT/STACK/ID.json`."""

    def __init__(self, bucket: str, prefix: str, region: str | None = None) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._region = region
        self.name = f"s3://{bucket}/{prefix}".rstrip("/")

    @cached_property
    def _s3(self) -> Any:  # made when first asked, so that what is wrong with it is a `StoreError` too
        return boto3.client("s3", region_name=self._region, config=_CONFIG)

    def add(self, document: Document) -> None:
        """Put the object where there is none (`If-None-Match: *`).

        It answers 412 where there is one, and 409 where two write at once, after which it may be written again
        (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).

        Raises:
            TakenError: there is another record of this id.
            StoreError: S3 refused, or could not be asked.
        """
        key = f"{self._prefix}{document['project']}/{document['stack']}/{document['id']}.json"
        body = json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"
        put = {"Bucket": self._bucket, "Key": key, "Body": body, "ContentType": "application/json", "IfNoneMatch": "*"}
        try:
            try:
                self._s3.put_object(**put)
            except ClientError as refused:
                if _code(refused) not in {"ConditionalRequestConflict", "PreconditionFailed"}:
                    raise
                self._settle(put)
        except (ClientError, BotoCoreError) as problem:
            raise StoreError(f"{self.name}: cannot be written: {problem}") from problem

    def _settle(self, put: dict[str, Any]) -> None:
        """Find out whose the object is: ours, where the answer to an earlier attempt was lost, or another's."""
        try:
            there = self._s3.get_object(Bucket=put["Bucket"], Key=put["Key"])["Body"].read()
        except ClientError as refused:
            if _code(refused) != "NoSuchKey":
                raise
            self._s3.put_object(**put)
            return
        if there != put["Body"]:
            raise TakenError(put["Key"])

    def newest_first(self, project: str, stack: str | None) -> Iterator[Document | Unreadable]:
        """Yield the project's records by falling id.

        Raises:
            StoreError: S3 refused, or could not be asked.
        """
        try:
            for key in self._keys(project, stack):
                yield self._document(key)
        except (ClientError, BotoCoreError) as problem:
            raise StoreError(f"{self.name}: cannot be read: {problem}") from problem

    def _keys(self, project: str, stack: str | None) -> list[str]:
        under = f"{self._prefix}{project}/" + (f"{stack}/" if stack else "")
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=under)
        keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
        return sorted(keys, key=lambda key: key.rpartition("/")[2], reverse=True)  # the id begins with the time

    def _document(self, key: str) -> Document | Unreadable:
        body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return _loaded(body, f"s3://{self._bucket}/{key}")


class DynamoDbStore:
    """One item a record, in a table whose partition key is `project` and whose sort key is `id`, both strings."""

    def __init__(self, table: str, region: str | None = None) -> None:
        self._table = table
        self._region = region
        self.name = f"dynamodb://{table}"

    @cached_property
    def _dynamodb(self) -> Any:
        return boto3.client("dynamodb", region_name=self._region, config=_CONFIG)

    def add(self, document: Document) -> None:
        """Put the item where there is none.

        Raises:
            TakenError: there is another record of this id.
            StoreError: DynamoDB refused, or could not be asked.
        """
        item = {
            **self._key(document),
            "stack": {"S": document["stack"]},
            "exit_code": {"N": str(document["exit_code"])},
            "record": {"S": json.dumps(document, ensure_ascii=False, separators=(",", ":"))},
        }
        try:
            try:
                self._dynamodb.put_item(
                    TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(id)"
                )
            except ClientError as refused:
                if _code(refused) != "ConditionalCheckFailedException":
                    raise
                there = self._dynamodb.get_item(TableName=self._table, Key=self._key(document), ConsistentRead=True)
                # Ours, where the answer to an earlier attempt was lost.
                if there.get("Item", {}).get("record") != item["record"]:
                    raise TakenError(str(document["id"])) from refused
        except (ClientError, BotoCoreError) as problem:
            raise StoreError(f"{self.name}: cannot be written: {problem}") from problem

    def newest_first(self, project: str, stack: str | None) -> Iterator[Document | Unreadable]:
        """Yield the project's records by falling id.

        Raises:
            StoreError: DynamoDB refused, or could not be asked.
        """
        query = {
            "TableName": self._table,
            "KeyConditionExpression": "project = :project",
            "ExpressionAttributeValues": {":project": {"S": project}},
            "ScanIndexForward": False,
            "ConsistentRead": True,
        }
        try:
            for page in self._dynamodb.get_paginator("query").paginate(**query):
                for item in page["Items"]:
                    if stack is None or item.get("stack", {}).get("S") == stack:
                        yield _loaded(item["record"]["S"], f"{self.name}, {item['id']['S']}")
        except (ClientError, BotoCoreError) as problem:
            raise StoreError(f"{self.name}: cannot be read: {problem}") from problem

    @staticmethod
    def _key(document: Document) -> dict[str, dict[str, str]]:
        return {"project": {"S": document["project"]}, "id": {"S": document["id"]}}


def _loaded(text: str | bytes, where: str) -> Document | Unreadable:
    try:
        document = json.loads(text)
    except ValueError:
        return Unreadable(where, "it is not JSON")
    return document if isinstance(document, dict) else Unreadable(where, "it is not a JSON object")


def _code(refused: ClientError) -> str:
    return refused.response.get("Error", {}).get("Code", "")
