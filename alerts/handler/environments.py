"""Which environment a service belongs to: by a tag, else by the words of its cluster's name."""

import re
from collections.abc import Mapping, Sequence

UNKNOWN = ""
_NAMES: tuple[tuple[str, frozenset[str]], ...] = (
    ("staging", frozenset({"staging", "stage", "stg", "preprod", "preproduction", "uat"})),
    ("test", frozenset({"test", "testing", "tst", "qa", "ci"})),
    ("development", frozenset({"development", "dev", "develop", "sandbox"})),
    ("production", frozenset({"production", "prod", "prd", "live"})),
)
"""The words of a cluster's name that say its environment, the first row that has one: `pre-prod` is no production."""
_PARTS = re.compile(r"[^a-z0-9]+|(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_BEFORE_PRODUCTION = re.compile(r"\b(?:non|pre)[-_ ]?(?:prod|production|prd)\b")


def environment_of(tags: Sequence[Mapping[str, str]], tag: str, cluster: str) -> str:
    """Return the environment's name; "" where neither the tags nor the cluster's name say it.

    Args:
        tags: the service's tags and then the cluster's, as `ListTagsForResource` gives them.
        tag: the key of the tag that names the environment; its case does not count.
        cluster: the cluster's name.
    """
    named = (each.get("value", "").strip() for each in tags if each.get("key", "").casefold() == tag.casefold())
    return next((value for value in named if value), "") or environment_by_name(cluster)


def environment_by_name(cluster: str) -> str:
    """Return the environment that a cluster's name says: `shop-prod-eu` is `production`."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cluster).lower()
    if _BEFORE_PRODUCTION.search(name):
        return "staging"
    words = set(_PARTS.split(name))
    return next((environment for environment, known in _NAMES if words & known), UNKNOWN)
