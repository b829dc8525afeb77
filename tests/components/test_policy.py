"""The policy pack's adapter: the same controls over what a policy is given, proxies that raise included."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.controls import CONTROLS, check, failures
from components.policy.adapter import validator
from tests.components.hardened import Hardened


class UnknownValueError(Exception):
    """Stands for `pulumi_policy.proxy.UnknownValueError`."""


class Hidden:
    """A value that is not known yet."""


class Props(Mapping[str, Any]):
    """A map whose unknown values raise when they are looked at, as the SDK's proxies do."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getitem__(self, key: str) -> Any:
        return _guarded(self._values[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Items(Sequence[Any]):
    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def __getitem__(self, key: Any) -> Any:
        return _guarded(self._values[key])

    def __len__(self) -> int:
        return len(self._values)


def _guarded(value: Any) -> Any:
    if isinstance(value, Hidden):
        raise UnknownValueError
    if isinstance(value, dict):
        return Props(value)
    return Items(value) if isinstance(value, list) else value


@dataclass
class PolicyResource:
    resource_type: str
    name: str
    urn: str
    props: Props


@dataclass
class Everything:
    resources: list[PolicyResource]


class Report:
    """Keeps what a policy said, and of what."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def __call__(self, text: str, urn: str | None = None) -> None:
        self.said.append((text, (urn or "").rpartition("::")[2]))


def given(made: Hardened) -> Iterator[PolicyResource]:
    for each in made.stack().resources:
        arns = [name for name in each.names if name.startswith("arn:")]
        props = Props({**each.inputs, **({"arn": arns[0]} if arns else {"id": next(iter(each.names), "")})})
        yield PolicyResource(each.type, each.name, f"urn:pulumi:dev::shop::{each.type}::{each.name}", props)


def violations(made: Hardened) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for control in CONTROLS:
        report = Report()
        validator(control, UnknownValueError)(Everything([*given(made)]), report)
        found |= {(control.id, resource) for _, resource in report.said}
        assert all(control.instead in text for text, _ in report.said)
    return found


def test_a_hardened_stack_violates_nothing() -> None:
    assert violations(Hardened()) == set()


def test_a_violation_is_said_of_its_resource() -> None:
    made = Hardened()
    made.container(user="root")
    made["service"]["deploymentCircuitBreaker"]["rollback"] = False
    assert violations(made) == {("TSK-03", "task"), ("DEP-01", "service")}
    assert {each.control.id for each in failures(check(made.stack()))} == {"TSK-03", "DEP-01"}


def test_what_is_not_known_yet_is_no_violation() -> None:
    made = Hardened()
    made["service"]["networkConfiguration"] = {"subnets": [Hidden(), Hidden()], "assignPublicIp": Hidden()}
    made["service"]["loadBalancers"] = Hidden()
    made["task"]["containerDefinitions"] = Hidden()
    assert violations(made) == set()
