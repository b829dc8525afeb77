"""Callers with an access key of their own, for tests of what a policy allows and what not."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config

from sandbox.process import Sandbox
from sandbox.server import connector

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Caller:
    """Someone who signs with a key: `name` is the user's or the role's, `token` a session's."""

    sandbox: Sandbox
    name: str
    access_key: str
    secret: str
    token: str | None = None

    @property
    def session(self) -> boto3.Session:
        return boto3.Session(self.access_key, self.secret, self.token, region_name=self.sandbox.region)

    def client(self, service: str) -> Any:
        config = Config(proxies={}, retries={"total_max_attempts": 1})
        return self.session.client(service, endpoint_url=self.sandbox.endpoint, config=config)  # type: ignore[call-overload]

    def environment(self) -> dict[str, str]:
        """The variables by which another process is this caller, to lay over the sandbox's."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_SESSION_TOKEN": self.token or "",
        }


def make_user(sandbox: Sandbox, *documents: Document) -> Caller:
    """Make a user with these inline policies and a key."""
    iam = connector(sandbox.endpoint)("iam")
    name = f"user-{uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    for number, document in enumerate(documents):
        iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Caller(sandbox, name, key["AccessKeyId"], key["SecretAccessKey"])


def make_role_session(sandbox: Sandbox, *documents: Document, **session: Any) -> Caller:
    """Make a role with these inline policies that the account trusts, and assume it; `session`: more of AssumeRole."""
    connect = connector(sandbox.endpoint)
    name = f"role-{uuid4().hex[:8]}"
    trust = policy({"Principal": {"AWS": f"arn:aws:iam::{sandbox.account}:root"}, "Action": "sts:AssumeRole"})
    role = connect("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    for number, document in enumerate(documents):
        connect("iam").put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(document))
    assumed = connect("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="ci", **session)["Credentials"]
    return Caller(sandbox, name, assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"])


def policy(*statements: Document) -> dict[str, Any]:
    """A document of statements that allow, unless they say otherwise."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]}


def without_one(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the document without each of its statements: (the statement's Sid or place, what is left).

    A policy is minimal where a caller with the whole of it succeeds, and with none of these.
    """
    statements = list(document["Statement"])
    for index, statement in enumerate(statements):
        left = [*statements[:index], *statements[index + 1 :]]
        yield str(statement.get("Sid") or index), {**document, "Statement": left}
