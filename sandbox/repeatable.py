"""Makes moto repeatable: while something happens, its chance follows from a name and its time from the sandbox's clock.

moto draws identifiers from one generator and times from the machine's clock. Where a history is to happen again, each
request that changes something and each event of the simulation is a scope with a generator of its own. What is outside
of every scope, such as a request that only reads, draws from another generator and changes nothing of what comes later.
What moto makes with OpenSSL (keys of KMS, certificates) is drawn anew each time.
"""

import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from random import Random
from types import ModuleType
from typing import Any, ClassVar

Now = Callable[[], datetime]


class Repeatable:
    """The scopes of a sandbox.

    Args:
        seed: of all chance.
        now: the time outside of scopes.
    """

    def __init__(self, seed: int, now: Now) -> None:
        self._seed = seed
        self._now = now
        self._outside = random.SystemRandom()
        self._thread = threading.local()

    @contextmanager
    def scope(self, name: str, at: datetime) -> Iterator[None]:
        """Have moto draw from the generator of `name`, and read `at`, in this thread."""
        before = getattr(self._thread, "scope", None)
        self._thread.scope = (Random(f"moto {self._seed} {name}"), at)  # noqa: S311 - it is to be repeatable
        try:
            yield
        finally:
            self._thread.scope = before

    @property
    def random(self) -> Random:
        """The generator of the scope that this thread is in."""
        scope: tuple[Random, datetime] | None = getattr(self._thread, "scope", None)
        return scope[0] if scope else self._outside

    def now(self) -> datetime:
        """Return the time of the scope that this thread is in, in UTC."""
        scope: tuple[Random, datetime] | None = getattr(self._thread, "scope", None)
        return scope[1] if scope else self._now()


def install(repeatable: Repeatable) -> Callable[[], None]:
    """Have moto ask `repeatable`, in this process; return what undoes it.

    Seen in moto 5.2.5: `mock_random`, `utcnow` (which `unix_time` asks too), and modules that go past both.
    """
    import moto.core.utils
    import moto.ecr.models
    import moto.kms.models
    import moto.kms.utils
    import moto.secretsmanager.models
    import moto.sts.utils
    from moto.moto_api._internal import mock_random

    class MotoRandom(type(mock_random)):  # type: ignore[misc]  # moto has no types
        """Draws from the scope's generator; everything else of `random.Random` follows from these two."""

        def random(self) -> float:
            return repeatable.random.random()

        def getrandbits(self, bits: int, /) -> int:
            return repeatable.random.getrandbits(bits)

    def utcnow() -> datetime:
        return repeatable.now().replace(tzinfo=None)

    def timestamp() -> float:
        return repeatable.now().timestamp()

    def urandom(size: int) -> bytes:
        return repeatable.random.randbytes(size)

    class Datetime(_Datetime):
        read = repeatable.now

    drawing = _Instead(os, urandom=urandom)
    changes: list[tuple[Any, str, Any]] = [
        (mock_random, "__class__", MotoRandom),
        (moto.ecr.models, "datetime", Datetime),
        (moto.secretsmanager.models, "time", _Instead(time, time=timestamp)),
        *((module, "os", drawing) for module in (moto.kms.models, moto.kms.utils, moto.sts.utils)),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in changes]
    original = moto.core.utils.utcnow
    _replace_everywhere(original, utcnow)
    for owner, name, new in changes:
        setattr(owner, name, new)

    def undo() -> None:
        _replace_everywhere(utcnow, original)
        for owner, name, old in before:
            setattr(owner, name, old)

    return undo


class _Instead:
    """A module with some of its functions replaced."""

    def __init__(self, module: Any, **functions: Callable[..., Any]) -> None:
        self._module = module
        self.__dict__.update(functions)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


class _Datetime(datetime):
    """`datetime` as moto's ECR reads the clock."""

    read: ClassVar[Now]

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # moto asks for no more
        return cls.read().astimezone(tz or UTC)

    @classmethod
    def today(cls) -> datetime:  # type: ignore[override]
        return cls.read().replace(tzinfo=None)


def _replace_everywhere(old: object, new: object) -> None:
    """Replace a function in each of moto's modules that has imported it; those to come import the new one."""
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.") and isinstance(module, ModuleType):
            for key, value in list(vars(module).items()):
                if value is old:
                    setattr(module, key, new)
