"""A stepped engine: Pulumi's steps, state, lock and signals around the stand-in provider's own code.

What it copies was run and read with engine 3.259.0: the first SIGINT starts nothing further and waits for what is in
flight, the second one leaves a pending operation for each; a create that fails in its wait is in the state with
`initErrors`, an update keeps its old inputs; a provider that dies while it creates leaves no trace; where the state
cannot be saved a step has failed ("resource complete event returned an error: failed to save snapshot"), what was
saved before is the state, and the lock cannot be deleted (pulumi/pkg `resource/deploy/step_executor.go`,
`backend/cancellation_scope.go`, `resource/deploy/step.go`).
"""

import json
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pulumi.automation import CommandResult, Deployment, EngineEvent
from pulumi.automation.errors import CommandError

from sandbox.provider.errors import OperationError, PartialFailureError, one
from sandbox.provider.resource import Call
from sandbox.provider.resources import RESOURCES
from tests.automation.histories.actor import Actor
from tests.automation.histories.living import Living

REGION = "eu-west-1"
PREPARES = 2.0
"""Seconds of real time until the program has begun; a signal before that would kill the CLI."""
DEAD = 2**22 + 1
"""A process number that Linux does not give out."""
LIVING = Living()
STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:aws::default"
PROVIDER_REFERENCE = f"{PROVIDER}::0a1b2c3d"
PROVIDER_DIED = "rpc error: code = Unavailable desc = error reading from server: EOF"


@dataclass(frozen=True)
class Wanted:
    """A resource that the program asks for."""

    name: str
    type: str
    inputs: Mapping[str, Any]
    after: str = ""
    """The name of the one that it depends on."""
    takes: float = 0.0
    """Seconds of real time that its provider takes beside the calls."""

    @property
    def urn(self) -> str:
        return f"urn:pulumi:dev::shop::{self.type}::{self.name}"


@dataclass
class Step:
    """An operation of the provider under way."""

    wanted: Wanted
    op: str
    actor: Actor | None = None
    result: Any = None


@dataclass
class Running:
    """One `pulumi up`."""

    program: Sequence[Wanted]
    began: float
    on_event: Callable[[EngineEvent], None]
    on_end: Callable[[str | None], None]
    prelude: bool = False
    signals: int = 0
    failed: bool = False
    done: set[str] = field(default_factory=set)
    flight: dict[str, Step] = field(default_factory=dict)


class Engine:
    """A stack whose state is a document, and at most one update of it at a time."""

    def __init__(
        self, project: Path, now: Callable[[], datetime], monotonic: Callable[[], float], speed: float, connect: Any
    ) -> None:
        self._now, self._monotonic, self._speed = now, monotonic, speed
        self._connect = connect
        self.name = "dev"
        self.project = project
        self.backend = project / "backend"
        self._locks = self.backend / ".pulumi/locks/organization/shop/dev"
        own = {"urn": STACK, "type": "pulumi:pulumi:Stack", "custom": False}
        provider = {
            "urn": PROVIDER, "type": "pulumi:providers:aws", "custom": True, "id": "0a1b2c3d",
            "inputs": {"region": REGION},
        }  # fmt: skip
        self.state: dict[str, Any] = {"resources": [own, provider], "pending_operations": []}
        self._saved = deepcopy(self.state)
        self.refuse_write: Callable[[], None] = lambda: None
        """Raises what the disk says to the writing of its state and locks."""
        self.running: Running | None = None
        self.hostname = socket.gethostname()
        self.workspace = SimpleNamespace(
            work_dir=str(project),
            project_settings=lambda: SimpleNamespace(name="shop"),
            who_am_i=lambda: SimpleNamespace(url=f"file://{self.backend}"),
        )

    # --- the Automation API's part

    def export_stack(self) -> Deployment:
        return Deployment(version=3, deployment=deepcopy(self._saved))

    def import_stack(self, state: Deployment) -> None:
        self._refuse()
        self.state = deepcopy(dict(state.deployment or {})) | {"pending_operations": []}
        self._save()

    def refresh(self, target: Sequence[str] | None = None, **_options: Any) -> None:
        self._refuse()
        kept = []
        for resource in self.state["resources"]:
            if resource["type"] not in RESOURCES or (target is not None and resource["urn"] not in target):
                kept.append(resource)
                continue
            call = Call(self._connect(None), resource["urn"], id=resource["id"], state=deepcopy(resource["outputs"]))
            try:
                found = RESOURCES[resource["type"]].run_read(call, resource["inputs"])
            except OperationError as refusal:
                raise CommandError(CommandResult("", f"error: {refusal}", 1)) from refusal
            if found is not None:
                resource.pop("initErrors", None)
                kept.append(resource | {"outputs": found[0], "inputs": found[1]})
        creating = [each for each in self.state["pending_operations"] if each["type"] == "creating"]
        self.state = {"resources": kept, "pending_operations": creating}
        self._save()

    def cancel(self) -> None:
        if problem := self._unwritable():
            raise CommandError(CommandResult("", f"error: {problem}", 1))
        self._unlock()

    def _unlock(self) -> None:
        for file in self.locks():
            file.unlink()

    def _unwritable(self) -> str:
        try:
            self.refuse_write()
        except OSError as problem:
            return f"open {self.backend}/.pulumi: {problem.strerror}"
        return ""

    def _save(self) -> str:
        """Save the state; return the problem where it cannot be."""
        problem = self._unwritable()
        if not problem:
            self._saved = deepcopy(self.state)
        return problem

    def locks(self) -> list[Path]:
        return sorted(self._locks.glob("*.json"))

    def _write_lock(self, pid: int) -> None:
        lock = {"pid": pid, "username": "test", "hostname": self.hostname, "timestamp": f"{datetime.now(UTC)}"}
        (self._locks / "lock.json").write_text(json.dumps(lock))

    @contextmanager
    def seen_from_elsewhere(self) -> Iterator[None]:
        """Have its lock be that of a process of another machine."""
        self.hostname = "elsewhere"
        if self.running:
            self._write_lock(LIVING.pid)
        try:
            yield
        finally:
            self.hostname = socket.gethostname()
            if self.running:
                self._write_lock(LIVING.pid)

    def _refuse(self) -> None:
        if refusal := self._locked() or self._unwritable():
            raise CommandError(CommandResult("", refusal, 255))

    def _locked(self) -> str:
        told = "".join(
            f"\n  {file}: created by test@{self.hostname} (pid {LIVING.pid if self.running else DEAD}) "
            f"at {datetime.now(UTC).isoformat()}"
            for file in self.locks()
        )
        return f"error: the stack is currently locked by {len(self.locks())} lock(s).{told}" if told else ""

    # --- an update

    def start(
        self, program: Sequence[Wanted], on_event: Callable[[EngineEvent], None], on_end: Callable[[str | None], None]
    ) -> None:
        if refusal := self._locked():
            on_end(refusal)
            return
        if problem := self._unwritable():
            on_end(f"error: 2 errors occurred:\n\t1) {problem}\n\t2) Unknown")
            return
        self._locks.mkdir(parents=True, exist_ok=True)
        self._write_lock(LIVING.pid)
        self.running = Running(program, self._monotonic(), on_event, on_end)

    def interrupt(self) -> bool:
        run = self.running
        if run is None or not run.prelude:
            return False
        run.signals += 1
        if run.signals > 1:
            self._cut("update cancelled")
        return True

    def kill(self) -> None:
        """SIGKILL of the CLI: its lock stays, and what was in flight is pending."""
        if self.running:
            self._cut("the engine was killed", unlock=False)

    def kill_provider(self) -> None:
        """SIGKILL of the provider: what it was doing fails, for the engine, as anything else does."""
        for step in list(self.running.flight.values()) if self.running else ():
            if step.actor:
                step.actor.kill()
            step.result = OperationError(PROVIDER_DIED)
            self._end_step(step)

    def step(self) -> None:
        """Go on as far as there is something to do now."""
        run = self.running
        if run is None or self._monotonic() - run.began < PREPARES:
            return
        if not run.prelude:
            run.prelude = True
            self._emit({"preludeEvent": {"config": {}}})
            self._emit_step("resourcePreEvent", PROVIDER, "pulumi:providers:aws", "same", {"region": REGION}, {}, {})
        for step in list(run.flight.values()):
            if step.actor:
                step.actor.resume()
                if step.actor.ended:
                    self._end_step(step)
        if not run.failed and not run.signals:
            for wanted in run.program:
                if wanted.urn not in run.done and wanted.urn not in run.flight and self._ready(run, wanted):
                    self._begin_step(wanted)
        whole = {each.urn for each in run.program} <= run.done
        if not run.flight and (run.failed or run.signals or whole):
            error = "error: update failed" if run.failed else None if whole else "error: update canceled"
            self._end(error)

    def _ready(self, run: Running, wanted: Wanted) -> bool:
        after = next((each.urn for each in run.program if each.name == wanted.after), "")
        return not after or after in run.done

    def resource(self, urn: str) -> dict[str, Any] | None:
        return next((each for each in self.state["resources"] if each["urn"] == urn), None)

    def _begin_step(self, wanted: Wanted) -> None:
        assert self.running
        kind = RESOURCES[wanted.type]
        old = self.resource(wanted.urn)
        inputs, problems = kind.check(wanted.name, old["inputs"] if old else {}, dict(wanted.inputs), b"seed")
        assert not problems, problems
        diffs = [change.key for change in kind.diff({}, old["outputs"], inputs)] if old else []
        op = "create" if old is None else "update" if diffs or old.get("initErrors") else "same"
        outputs = old["outputs"] if old else {}
        self._emit_step("resourcePreEvent", wanted.urn, wanted.type, op, inputs, outputs, {}, diffs)
        if op == "same":
            assert old
            old["inputs"] = inputs
            self.running.done.add(wanted.urn)
            self._emit_step("resOutputsEvent", wanted.urn, wanted.type, op, inputs, outputs, outputs)
            return
        step = self.running.flight[wanted.urn] = Step(wanted, op)
        pending = {
            "urn": wanted.urn,
            "type": wanted.type,
            "custom": True,
            "provider": PROVIDER_REFERENCE,
            "inputs": inputs,
        }
        kinds = {"create": "creating", "update": "updating"}
        self.state["pending_operations"].append({"type": kinds[op], "resource": (old or {}) | pending})
        if problem := self._save():
            del self.running.flight[wanted.urn]
            self._fail(step, inputs, f"resource pre-event returned an error: {problem}")
            return
        step.actor = Actor(lambda actor: self._operate(step, actor, inputs, deepcopy(old)), self._now)
        step.actor.resume()
        if step.actor.ended:
            self._end_step(step)

    def _operate(self, step: Step, actor: Actor, inputs: Mapping[str, Any], old: Mapping[str, Any] | None) -> None:
        kind, wanted = RESOURCES[step.wanted.type], step.wanted
        if wanted.takes:
            actor.sleep(wanted.takes * self._speed)
        call = Call(self._connect(actor), wanted.urn, inputs=dict(inputs))
        try:
            if old is None:
                id_, state = kind.run_create(call)
            else:
                id_ = old["id"]
                state = kind.run_update(Call(call.connection, wanted.urn, id_, dict(inputs), dict(old["outputs"])))
            step.result = (id_, inputs, state)
        except (OperationError, PartialFailureError) as failure:
            step.result = failure
            step.inputs = inputs

    def _end_step(self, step: Step) -> None:
        run, urn = self.running, step.wanted.urn
        assert run
        del run.flight[urn]
        pending = self.state["pending_operations"]
        (mine,) = [each for each in pending if each["resource"]["urn"] == urn and each["type"] != "reading"][-1:]
        pending.remove(mine)
        inputs = mine["resource"]["inputs"]
        match step.result:
            case (id_, _, outputs):
                self._record(step, id_, inputs, outputs, [])
                if problem := self._save():
                    self._fail(step, inputs, f"resource complete event returned an error: {problem}")
                    return
                run.done.add(urn)
                self._emit_step("resOutputsEvent", urn, step.wanted.type, step.op, inputs, {}, outputs)
                return
            case PartialFailureError() as failure:
                old = self.resource(urn)
                kept = old["inputs"] if old else inputs
                said = f"{step.op[:-1]}ing {urn}: {one(str(failure))}"
                self._record(step, failure.id, kept, failure.state, [said])
            case OperationError() as failure:
                said = one(str(failure)) if str(failure) != PROVIDER_DIED else PROVIDER_DIED
        self._save()
        self._fail(step, inputs, said)

    def _fail(self, step: Step, inputs: Any, said: str) -> None:
        assert self.running
        self.running.failed = True
        urn = step.wanted.urn
        self._emit({"diagnosticEvent": {"message": f"error: {said}", "severity": "error", "urn": urn}})
        self._emit_step("resOpFailedEvent", urn, step.wanted.type, step.op, inputs, {}, {})

    def _record(self, step: Step, id_: str, inputs: Any, outputs: Any, errors: list[str]) -> None:
        resource = {
            "urn": step.wanted.urn, "type": step.wanted.type, "custom": True, "id": id_, "provider": PROVIDER_REFERENCE,
            "inputs": dict(inputs), "outputs": dict(outputs),
        } | ({"initErrors": errors} if errors else {})  # fmt: skip
        others = [each for each in self.state["resources"] if each["urn"] != step.wanted.urn]
        self.state["resources"] = [*others, resource]

    def _cut(self, error: str, *, unlock: bool = True) -> None:
        assert self.running
        for step in self.running.flight.values():
            if step.actor:
                step.actor.kill()
        self._end(f"error: {error}", unlock=unlock)

    def _end(self, error: str | None, *, unlock: bool = True) -> None:
        run, self.running = self.running, None
        assert run
        if unlock and self._save():
            unlock, error = False, error or "error: failed to save snapshot"
        if unlock:
            self._unlock()
        else:
            self._write_lock(DEAD)
        self.state = deepcopy(self._saved)
        run.on_end(error)

    def _emit(self, document: Mapping[str, Any]) -> None:
        if self.running:
            self.running.on_event(EngineEvent.from_json(dict(document)))

    def _emit_step(
        self, event: str, urn: str, kind: str, op: str, inputs: Any, old: Any, outputs: Any, diffs: Sequence[str] = ()
    ) -> None:
        state = {"urn": urn, "type": kind, "id": "", "parent": "", "provider": PROVIDER_REFERENCE, "inputs": inputs}
        metadata = {
            "op": op, "urn": urn, "type": kind, "provider": PROVIDER_REFERENCE, "diffs": list(diffs),
            "new": state | {"outputs": outputs},
        }  # fmt: skip
        if op != "create":
            metadata["old"] = state | {"outputs": old}
        self._emit({event: {"metadata": metadata}})
