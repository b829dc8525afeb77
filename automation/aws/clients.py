"""The clients of AWS: one set for each place that the providers of a stack name, so that nothing elsewhere is asked."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping

from automation.aws.account import Provider, place_of
from automation.aws.writer import Writer
from automation.engine.update import ServiceTarget
from diagnostics.aws import Reader
from diagnostics.model import Gap
from diagnostics.reads import SessionSettings


def session_of(environment: Mapping[str, str]) -> SessionSettings:
    """Return where AWS answers, in the environment that the engine gets."""
    return SessionSettings(region=environment.get("AWS_REGION"), endpoint_url=environment.get("AWS_ENDPOINT_URL"))


class Clients:
    """Readers and writers by place; safe for several threads at once.

    Args:
        environment: where and as whom AWS is asked where a provider leaves that open.
        new_reader: makes who asks AWS in one place.
    """

    def __init__(self, environment: SessionSettings, new_reader: Callable[[SessionSettings], Reader] = Reader) -> None:
        self._environment = environment
        self._new_reader = new_reader
        self._lock = threading.Lock()
        self._readers: dict[SessionSettings, Reader] = {}
        self._writers: dict[SessionSettings, Writer] = {}
        self._gaps: dict[Gap, None] = {}

    def of(self, target: ServiceTarget) -> Reader:
        """Return who reads in a service's region and account, as its provider does."""
        return self.of_provider(target.name, target.region, target.account, target.provider)

    def of_provider(self, name: str, region: str | None, account: str | None, provider: Provider | None) -> Reader:
        """Return who reads as a provider does; `name` is what it is for, `account` what has to be the caller's."""
        place = place_of(name, region, account, provider, self._environment)
        with self._lock:
            self._gaps.update(dict.fromkeys(place.gaps))
            return self._reader(place.settings)

    def of_the_environment(self) -> Reader:
        """Return who reads as the environment says, whatever the providers are."""
        with self._lock:
            return self._reader(self._environment)

    def _reader(self, settings: SessionSettings) -> Reader:
        if settings not in self._readers:
            self._readers[settings] = self._new_reader(settings)
        return self._readers[settings]

    def writer(self, target: ServiceTarget) -> Writer:
        """Return who changes a service, in its region and account, as its provider does.

        Raises:
            ReadError: the caller is of another account.
        """
        reader = self.of(target)
        session = reader.session
        with self._lock:
            if reader.settings not in self._writers:
                self._writers[reader.settings] = Writer(session, reader.settings.endpoint_of("ecs"))
            return self._writers[reader.settings]

    @property
    def api_calls(self) -> Counter[str]:
        """Calls so far, by operation."""
        total: Counter[str] = Counter()
        for reader in self._readers.values():
            total.update(reader.api_calls)
        for writer in self._writers.values():
            total.update(writer.api_calls)
        return total

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be known of where the services are, and whose account that is."""
        unverified = [
            Gap(f"whether the caller is of account {' or '.join(settings.accounts)}", str(reader.unverified))
            for settings, reader in self._readers.items()
            if reader.unverified
        ]
        return (*self._gaps, *unverified)
