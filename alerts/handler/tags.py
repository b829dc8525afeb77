"""The tags of services and clusters, read once and kept: the environment is told by them."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from alerts.handler.events import Place
from diagnostics.reads import ReadError

KEPT_FOR = timedelta(minutes=10)
_MOST_KEPT = 2000

Ask = Callable[..., Mapping[str, Any]]
"""`Reader.ask`: a read of any service by boto3's names."""


class Tags:
    """Reads tags with ListTagsForResource. What cannot be read counts as not tagged: the cluster's name speaks then."""

    def __init__(self, ask: Ask, now: Callable[[], datetime]) -> None:
        self._ask = ask
        self._now = now
        self._kept: dict[str, tuple[datetime, list[dict[str, str]]]] = {}

    def of(self, place: Place) -> list[dict[str, str]]:
        """Return a service's tags and then its cluster's."""
        return [*self._read(place.arn), *self._read(place.cluster_arn)]

    def _read(self, arn: str) -> list[dict[str, str]]:
        kept = self._kept.get(arn)
        if kept and self._now() - kept[0] < KEPT_FOR:
            return kept[1]
        try:
            tags = list(self._ask("ecs", "list_tags_for_resource", resourceArn=arn).get("tags", []))
        except ReadError:
            return []
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[arn] = self._now(), tags
        return tags
