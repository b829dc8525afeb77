"""Records are kept and read with the policy of their store, and an action that is missing is named."""

import json
from collections.abc import Callable, Iterator

import boto3
import pytest
from moto import mock_aws
from moto.core import enable_iam_authentication

from automation.history.shared import DynamoDbStore, S3Store
from automation.history.store import StoreError, TakenError
from automation.permissions import Use, actions_of
from tests.automation.history.examples import record

REGION = "eu-west-1"


@pytest.fixture
def writer_of_records() -> Iterator[Callable[[list[str]], dict[str, str]]]:
    """Somebody whose policy is set by calling it; here moto's own IAM answers, which knows S3 and DynamoDB."""
    with mock_aws():
        boto3.client("s3", REGION).create_bucket(
            Bucket="records", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        boto3.client("dynamodb", REGION).create_table(
            TableName="records",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("project", "id")],
            KeySchema=[{"AttributeName": "project", "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}],
        )
        iam = boto3.client("iam", REGION)
        iam.create_user(UserName="writer")
        key = iam.create_access_key(UserName="writer")["AccessKey"]

        def may(actions: list[str]) -> dict[str, str]:
            statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.put_user_policy(UserName="writer", PolicyName="all", PolicyDocument=document)
            return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

        yield may


STORES = {
    Use.HISTORY_S3: (S3Store("records", "", REGION), "s3"),
    Use.HISTORY_DYNAMODB: (DynamoDbStore("records", REGION), "dynamodb"),
}
OPERATIONS = {"s3:ListBucket": "ListObjectsV2"}
"""The operation that is refused, where the action has another name."""


@pytest.mark.parametrize("use", STORES)
def test_records_are_kept_with_their_policy_and_without_an_action_it_is_named(
    use: Use, writer_of_records: Callable[[list[str]], dict[str, str]]
) -> None:
    store, service = STORES[use]
    number = iter(range(100))

    def keep(actions: list[str]) -> None:
        """Write a record, write another of its id, and read what is there."""
        store.__dict__[f"_{service}"] = boto3.client(service, REGION, **writer_of_records(actions))
        with enable_iam_authentication():
            document = record(next(number)).to_document()
            store.add(document)
            store.add(document)  # as where the answer to the first attempt was lost
            with pytest.raises(TakenError):
                store.add(document | {"command": "another"})
            assert next(iter(store.newest_first(document["project"], document["stack"]))) == document

    keep(actions_of(use))
    for action in actions_of(use):
        with pytest.raises(StoreError) as refused:
            keep([each for each in actions_of(use) if each != action])
        assert not isinstance(refused.value, TakenError)
        assert f"the {OPERATIONS.get(action, action.partition(':')[2])} operation" in str(refused.value), action
