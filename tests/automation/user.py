"""Somebody who may do what a policy says, in an account of this process whose IAM is the sandbox's own layer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from automation.aws.writer import Writer
from diagnostics.aws import Reader
from diagnostics.reads import SessionSettings
from tests.e2e.causes.account import Account
from tests.e2e.causes.front import Layers
from tests.sandbox.ecs.conftest import REGION


@dataclass(frozen=True)
class Signed:
    """A session whose clients sign with a user's key, and are answered by the sandbox's layers."""

    layers: Layers
    keys: dict[str, str]
    made: dict[tuple[str, int], Any] = field(default_factory=dict)
    """Clients, each made once: reading a service's model takes longest."""
    region_name: str = REGION

    def client(self, service: str, **settings: Any) -> Any:
        key = service, id(settings.get("config"))
        if key not in self.made:
            self.made[key] = self.layers.client(service, **self.keys, **settings)
        return self.made[key]


class User:
    """Somebody who may do what the last policy says."""

    def __init__(self, account: Account) -> None:
        self._iam = account.client("iam")
        self._iam.create_user(UserName="deployer")
        key = self._iam.create_access_key(UserName="deployer")["AccessKey"]
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        self.session = Signed(Layers(account.clock.now, account.step), keys)

    def may(self, actions: Sequence[str]) -> None:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._iam.put_user_policy(UserName="deployer", PolicyName="all", PolicyDocument=document)

    def reader(self) -> Reader:
        reader = Reader(SessionSettings(region=REGION))
        reader.__dict__["session"] = self.session  # in the place of the one that would be opened when first needed
        return reader

    def writer(self) -> Writer:
        return Writer(self.session, None)  # type: ignore[arg-type]
