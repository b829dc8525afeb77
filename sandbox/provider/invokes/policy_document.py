"""`aws:iam/getPolicyDocument`: writes a policy; AWS is not asked.

As `aws_iam_policy_document` of hashicorp/terraform-provider-aws: one value is written as itself, several as a list;
source documents come first, then the document's own statements; overriding ones replace those of the same Sid.
"""

import json
import zlib
from typing import Any

from sandbox.provider.connection import Connection
from sandbox.provider.errors import OperationError
from sandbox.provider.invokes.arguments import allow
from sandbox.provider.wire import Values

_VERSION = "2012-10-17"
_STATEMENT = {
    "actions": "Action",
    "notActions": "NotAction",
    "resources": "Resource",
    "notResources": "NotResource",
}


def policy_document(_connection: Connection, arguments: Values) -> Values:
    """Return the arguments with `json`, `minifiedJson` and an `id`."""
    known = (
        "policyId",
        "version",
        "statements",
        "sourceJson",
        "overrideJson",
        "sourcePolicyDocuments",
        "overridePolicyDocuments",
    )
    allow("getPolicyDocument", arguments, *known)
    document: dict[str, Any] = {}
    if arguments.get("policyId"):
        document["Id"] = arguments["policyId"]
    statements: list[dict[str, Any]] = []
    for source in _documents(arguments, "sourceJson", "sourcePolicyDocuments"):
        _merge(document, statements, source, replace=False)
    own = {
        "Version": arguments.get("version") or _VERSION,
        "Statement": [_statement(given) for given in arguments.get("statements") or []],
    }
    _merge(document, statements, own, replace=True)
    for source in _documents(arguments, "overrideJson", "overridePolicyDocuments"):
        _merge(document, statements, source, replace=True)
    whole = {"Version": document.pop("Version", _VERSION), **document, "Statement": statements}
    text = json.dumps(whole, indent=2)
    return {
        **arguments,
        "version": whole["Version"],
        "json": text,
        "minifiedJson": json.dumps(whole, separators=(",", ":")),
        "id": str(_hash(text)),
    }


def _documents(arguments: Values, one: str, many: str) -> list[dict[str, Any]]:
    texts = [arguments.get(one), *(arguments.get(many) or [])]
    try:
        return [json.loads(text) for text in texts if text]
    except ValueError as error:
        raise OperationError(f"getPolicyDocument: {one} or {many} is not JSON: {error}") from error


def _merge(
    document: dict[str, Any], statements: list[dict[str, Any]], source: dict[str, Any], *, replace: bool
) -> None:
    document |= {key: source[key] for key in ("Id", "Version") if source.get(key)}
    given = source.get("Statement") or []
    for statement in given if isinstance(given, list) else [given]:
        sid = statement.get("Sid")
        at = next((number for number, other in enumerate(statements) if sid and other.get("Sid") == sid), None)
        if at is None:
            statements.append(statement)
        elif replace:
            statements[at] = statement
        else:
            raise OperationError(f"duplicate Sid ({sid}) in source policy documents")


def _statement(given: Values) -> dict[str, Any]:
    statement: dict[str, Any] = {}
    if given.get("sid"):
        statement["Sid"] = given["sid"]
    statement["Effect"] = given.get("effect") or "Allow"
    for key, member in _STATEMENT.items():
        if given.get(key):
            statement[member] = _one_or_sorted(given[key])
    for key, member in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if given.get(key):
            statement[member] = _principals(given[key])
    if given.get("conditions"):
        statement["Condition"] = _conditions(given["conditions"])
    return statement


def _principals(given: list[Values]) -> Any:
    if any(item["type"] == "*" and item["identifiers"] == ["*"] for item in given):
        return "*"
    kinds: dict[str, list[str]] = {}
    for item in given:
        kinds.setdefault(item["type"], []).extend(item["identifiers"])
    return {kind: _one_or_sorted(identifiers) for kind, identifiers in kinds.items()}


def _conditions(given: list[Values]) -> dict[str, Any]:
    conditions: dict[str, Any] = {}
    for item in given:
        conditions.setdefault(item["test"], {})[item["variable"]] = (
            item["values"][0] if len(item["values"]) == 1 else list(item["values"])
        )
    return conditions


def _one_or_sorted(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else sorted(values, reverse=True)


def _hash(text: str) -> int:
    return zlib.crc32(text.encode())
