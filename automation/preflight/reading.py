"""The reads of the preflight's checks, which run at the same time: each question is asked once, so many at a time."""

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import cached_property
from typing import Any, Protocol, cast

from automation.preflight.secret_keys import SecretKeys, keys_of
from diagnostics.aws import download
from diagnostics.aws_surroundings import SurroundingsReader
from diagnostics.names import EcrImage
from diagnostics.reads import Answer, ReadError, Shape

AT_ONCE = 10
"""Calls that are under way at the same time: as many as botocore's pool has connections of one client."""

Download = Callable[[str, int], bytes]
"""Returns what is behind an address, at most so many bytes; raises `ReadError`."""
_LONGEST = 1 << 20
"""Bytes of an image's configuration that are read; usual ones have a few thousand."""


class Asks(Protocol):
    """One read of AWS; `diagnostics.aws.Reader` is one."""

    def ask(self, service: str, method: str, /, region: str | None = None, **arguments: Any) -> Shape:
        """Return the answer, or raise `ReadError`."""
        ...


class PreflightReads:
    """Asks AWS in one account and region for all checks together; safe for several threads at once."""

    def __init__(
        self, asks: Asks, at_once: int = AT_ONCE, download: Download = download, *, read_secret_keys: bool = False
    ) -> None:
        self._asks = asks
        self._download = download
        self._read_secret_keys = read_secret_keys
        self._free = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._answers: dict[str, Future[Any]] = {}

    def ask(self, service: str, method: str, /, region: str | None = None, **arguments: Any) -> Shape:
        """Return the answer to one read, by boto3's names; who asks the same again gets the same answer or refusal.

        Raises:
            ReadError: the API refused, or could not be asked.
        """
        question = repr((service, method, region, sorted(arguments.items())))
        asked = self._once(question, lambda: self._asks.ask(service, method, region=region, **arguments))
        return cast("Shape", asked)

    def blob(self, place: EcrImage, digest: str) -> bytes:
        """Return what ECR has under a digest that a manifest of a repository names; it is what the digest says.

        Raises:
            ReadError: ECR gives no address of it, or it could not be read there.
        """
        given = self.ask(
            "ecr",
            "get_download_url_for_layer",
            region=place.region,
            registryId=place.account,
            repositoryName=place.repository,
            layerDigest=digest,
        )
        blob: bytes = self._once(f"GET {digest}", lambda: self._download(given["downloadUrl"], _LONGEST))
        if f"sha256:{hashlib.sha256(blob).hexdigest()}" != digest:
            raise ReadError(Answer("GetDownloadUrlForLayer", "WrongDigest", f"what is there is not {digest}"))
        return blob

    def secret_keys(self, secret: str, *, region: str | None, stage: str, version: str) -> SecretKeys | None:
        """Return the key names of a version of a secret, whose value is dropped; None where nobody asked for that.

        Args:
            secret: its ARN.
            region: where it is; None in the service's own.
            stage: the version's staging label; "" where it names none.
            version: the version's id; "" where it names none.

        Raises:
            ReadError: the API refused, or could not be asked.
        """
        if not self._read_secret_keys:
            return None
        which = {name: value for name, value in (("VersionStage", stage), ("VersionId", version)) if value}

        def read() -> SecretKeys:
            # Not by our own `ask`, which keeps answers.
            asked = self._asks.ask("secretsmanager", "get_secret_value", region=region, SecretId=secret, **which)
            return keys_of(asked)

        return cast("SecretKeys", self._once(f"keys of {secret} in {region}: {which}", read))

    def _once(self, question: str, ask: Callable[[], Any]) -> Any:
        with self._lock:
            known = self._answers.get(question)
            if known is None:
                answer = self._answers[question] = Future()
        if known is not None:
            return known.result()
        try:
            with self._free:
                answer.set_result(ask())
        except BaseException as problem:
            answer.set_exception(problem)
            raise
        return answer.result()

    def pages(self, service: str, method: str, key: str, /, region: str | None = None, **arguments: Any) -> list[Any]:
        """Return the items of every page of a list.

        Raises:
            ReadError: a page was refused.
        """
        items: list[Any] = []
        page: dict[str, str] = {}
        while True:
            answer = self.ask(service, method, region=region, **arguments, **page)
            items += answer.get(key, [])
            following = next((name for name in ("NextToken", "nextToken") if answer.get(name)), None)
            if following is None:
                return items
            page = {following: answer[following]}

    def found(self, absent: str, read: Callable[[], Any]) -> Any:
        """Return what `read` returns; None where AWS answers with the code `absent`."""
        try:
            return read()
        except ReadError as refusal:
            if refusal.answer.code != absent:
                raise
            return None

    @cached_property
    def surroundings(self) -> SurroundingsReader:
        """The reads of registry, secret stores, IAM, alarms and network that the diagnosis knows too."""
        return SurroundingsReader(self.ask)


def said(answer: Answer) -> str:
    """Return a refusal in AWS's own words, without the operation that is named beside them."""
    return ": ".join(part for part in (answer.code, answer.message) if part)
