"""Applies controls to resources: every control gives at least one finding."""

from collections.abc import Iterable, Iterator, Sequence

from .model import Control, Fault, Finding, MalformedError, NotKnownError, Resource, Stack, State

NOT_KNOWN = "is secret, not known, or not shown"


def judge(controls: Sequence[Control], stack: Stack) -> list[Finding]:
    """Return what the controls find in the resources of a stack, in the order of the controls."""
    return [finding for control in controls for finding in _about(control, stack)]


def failures(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that failed."""
    return [finding for finding in findings if finding.state is State.FAILED]


def _about(control: Control, stack: Stack) -> list[Finding]:
    found = [finding for resource in stack.of(*control.types) for finding in _look(control, resource, stack)]
    return found or [Finding(control, State.NOT_APPLICABLE)]


def _look(control: Control, resource: Resource, stack: Stack) -> Iterator[Finding]:
    def finding(state: State, path: str = "", message: str = "") -> Finding:
        return Finding(control, state, resource.type, resource.name, path, message)

    silent = True
    try:
        if not control.applies(resource, stack):
            return
        for said in control.judge(resource, stack):
            silent = False
            failed = isinstance(said, Fault)
            yield finding(State.FAILED if failed else State.NOT_CHECKED, said.path, getattr(said, "message", NOT_KNOWN))
    except NotKnownError as missing:
        # A fault that was found before stands; what is not known is said beside it, and never passes.
        silent = False
        yield finding(State.NOT_CHECKED, str(missing), NOT_KNOWN)
    except MalformedError as wrong:
        silent = False
        yield finding(State.FAILED, wrong.path, "is not JSON")
    if silent:
        yield finding(State.PASSED)
