"""Reads policies: who may do what, under which conditions."""

from collections.abc import Iterator

from .model import Node

WILD = "*"


def statements(policy: Node) -> list[Node]:
    """Return the statements of a policy document that allow something."""
    return [each for each in policy.json["Statement"].items if each["Effect"].text == "Allow"]


def principals(statement: Node) -> list[str]:
    """Return who a statement is about: `ecs-tasks.amazonaws.com`, an ARN, an account, `*`."""
    principal = statement["Principal"]
    if isinstance(principal.known, str):
        return [principal.text]
    return [text for kind in ("AWS", "Service", "Federated", "CanonicalUser") for text in principal[kind].texts]


def conditions(statement: Node, operator: str) -> dict[str, list[str]]:
    """Return the conditions of an operator, its `…IfExists` and negations apart; keys in small letters."""
    block = statement["Condition"][operator]
    known = block.known
    return {key.lower(): block[key].texts for key in known} if isinstance(known, dict) else {}


def open_to_all(policy: Node) -> Iterator[Node]:
    """Return the statements that allow everybody, without a condition that says who."""
    for statement in statements(policy):
        if WILD in principals(statement) and not _says_who(statement):
            yield statement


_WHO = {"aws:sourceaccount", "aws:sourcearn", "aws:principalorgid", "aws:principalaccount", "aws:sourceowner",
        "kms:calleraccount"}  # fmt: skip


def _says_who(statement: Node) -> bool:
    operators = ("StringEquals", "StringLike", "ArnEquals", "ArnLike")
    return any(
        key in _WHO and values and WILD not in values
        for operator in operators
        for key, values in conditions(statement, operator).items()
    )


def only_by_tls(policy: Node) -> bool:
    """Tell whether a policy denies everybody what does not come by TLS."""
    for statement in policy.json["Statement"].items:
        insecure = conditions(statement, "Bool").get("aws:securetransport") or []
        plain = any(str(value).lower() == "false" for value in insecure) or _is_false(statement)
        if statement["Effect"].text == "Deny" and plain and WILD in principals(statement):
            return True
    return False


def _is_false(statement: Node) -> bool:
    """JSON's own `false`, which is no text."""
    return statement["Condition"]["Bool"]["aws:SecureTransport"].known is False
