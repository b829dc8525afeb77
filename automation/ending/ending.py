"""How a run's update is brought to its end: the aborts of its services, interrupts, and what they are answered with."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from automation.ending.abort import Abort, Actions, Seen, Step
from automation.ending.abort_states import StepName
from automation.ending.cancellation import Cancellation
from automation.ending.interrupts import Asker, Choice, Reply, Situation, Source, reply
from automation.service_run import ServiceRun
from automation.telling.progress import Progress
from diagnostics.clock import Clock
from diagnostics.watch import ENDED


@dataclass(frozen=True)
class Means:
    """What the ending works with."""

    stop: Callable[[ServiceRun], str]
    """Ask ECS to stop a service's deployment (`abort.Actions`)."""
    before_stop: Callable[[ServiceRun], object]
    """Told of a service whose deployment is about to be stopped."""
    cancellation: Cancellation
    clock: Clock
    monotonic: Callable[[], float]
    asker: Asker
    answered: Callable[[Choice], object]
    """Told what the person answers, from a thread."""
    progress: Progress


class Ending:
    """Fed by the driver with what starts, ends and interrupts; `advance` it now and then."""

    def __init__(self, means: Means, on_interrupt: Choice, *, abort: bool) -> None:
        """Make one for a run.

        Args:
            means: what it works with.
            on_interrupt: what becomes of a deployment where nobody is asked.
            abort: whether doomed deployments are stopped.
        """
        self._do = means
        self._on_interrupt = on_interrupt
        self._abort = abort
        self._in_flight: set[str] = set()
        self._asking = False
        self._decided: Choice | None = None
        self.interrupted = False
        """Whether an interrupt has changed how the run ends."""
        self.impatient = False
        """Whether nobody waits for a proof any more: one look tells what is left."""
        self.steps: tuple[Step, ...] = ()
        """What concerns the whole run, and no single service."""

    def started(self, urn: str) -> None:
        """Take that the engine works on a resource."""
        self._in_flight.add(urn)

    def ended(self, urn: str) -> None:
        """Take that it is done with it."""
        self._in_flight.discard(urn)

    def note(self, name: StepName, detail: str) -> None:
        """Tell of a step that concerns the whole run."""
        self.steps += (Step(name, self._do.clock.now(), detail),)

    def advance(self, runs: Collection[ServiceRun], *, update_ended: bool, time_over: bool) -> None:
        """Stop what is doomed, and take every abort under way a step further."""
        self._do.cancellation.advance()
        others_ended = self._only_left_services_are_in_flight(runs)
        for run in runs:
            if run.abort is None and self._must_end(run):
                self.stop(run)
            elif run.abort is not None:
                run.abort.advance(Seen(run.operation_ended, update_ended, others_ended, time_over))
                self._do.progress.abort(run)
            elif self._decided and self._is_deploying(run):
                self._carry_out(self._decided, run)  # its operation had begun before the engine took the signal
        if self._asking and not self._deploying(runs):
            self._asking = False
            self._do.asker.withdraw()
            self._do.progress.say("nothing is left to decide: no deployment is under way that is not doomed")

    def stop(self, run: ServiceRun) -> None:
        """Have ECS stop a service's deployment."""
        self._do.before_stop(run)
        run.abort = self._new_abort(run)
        run.abort.begin()
        self._do.progress.abort(run)

    def _must_end(self, run: ServiceRun) -> bool:
        """Say whether the provider, or ECS, would be waited for in vain."""
        if run.at_zero:  # its deployment is over, so there is nothing to stop
            return False
        return (run.doomed and self._abort) or (run.gone and not run.operation_ended)

    def interrupt(self, source: Source, runs: Collection[ServiceRun], *, update_ended: bool) -> None:
        """Answer a signal."""
        deploying = self._deploying(runs)
        situation = Situation(bool(deploying), again=self._asking or self._decided is not None)
        found = reply(source, situation, self._on_interrupt, can_ask=self._do.asker.can_ask)
        self.note(StepName.PERSON, f"{source.value}: {found.value}")
        match found:
            case Reply.ASK:
                self._asking = True
                self._do.asker.ask(_question(deploying), self._take_answer)
            case Reply.LEAVE | Reply.ROLL_BACK:
                self._decide(self._on_interrupt, runs, update_ended=update_ended)
            case Reply.CANCEL:
                self._cancel(runs, update_ended=update_ended)
            case Reply.HURRY:
                self._hurry(runs, update_ended=update_ended)

    def answer(self, choice: Choice, runs: Collection[ServiceRun], *, update_ended: bool) -> None:
        """Take what the person chose; an answer to a question that was withdrawn changes nothing."""
        if not self._asking:
            return
        self._asking = False
        self.note(StepName.PERSON, f"answer: {choice.value}")
        self._decide(choice, runs, update_ended=update_ended)

    def _take_answer(self, choice: Choice | None) -> None:
        self._do.answered(choice or self._on_interrupt)

    def _decide(self, choice: Choice, runs: Collection[ServiceRun], *, update_ended: bool) -> None:
        if choice is Choice.WATCH:
            self._do.progress.say("the run goes on")
            return
        self.interrupted, self._decided = True, choice
        leave = choice is Choice.LEAVE
        self.impatient |= leave
        doing = "what ECS does goes on, nothing further is started" if leave else "what is under way is rolled back"
        self._do.progress.say(f"interrupted: {doing}; once more hurries")
        for run in self._deploying(runs):
            self._carry_out(choice, run)
        if leave and not update_ended:
            self._do.cancellation.cancel()

    def _carry_out(self, choice: Choice, run: ServiceRun) -> None:
        if choice is Choice.ROLL_BACK:
            run.at_request = True
            self.stop(run)
        elif not run.operation_ended:
            run.abort = self._new_abort(run)
            run.abort.leave()
            self._do.progress.abort(run)

    def _cancel(self, runs: Iterable[ServiceRun], *, update_ended: bool) -> None:
        self.interrupted, self._decided = True, self._on_interrupt
        aborting = any(run.abort is not None for run in runs)
        self.impatient |= update_ended or not aborting
        if update_ended:
            self._do.progress.say("interrupted: the update has ended, and one more look tells what is left")
            return
        self._do.cancellation.cancel()
        doing = "what is doomed is still stopped, and nothing" if aborting else "nothing"
        self._do.progress.say(f"interrupted: {doing} further is started; once more cuts off what is in flight")

    def _hurry(self, runs: Collection[ServiceRun], *, update_ended: bool) -> None:
        if self._asking:
            self._asking = False
            self._do.asker.withdraw()
            self._decide(self._on_interrupt, runs, update_ended=update_ended)
        self.impatient = True
        if update_ended:
            self._do.progress.say("interrupted again: one more look tells what is left")
            return
        self._do.progress.say("interrupted again: the update is cut off")
        for run in runs:
            if run.abort is not None:
                run.abort.hurry()
        self._do.cancellation.cut()

    def _deploying(self, runs: Iterable[ServiceRun]) -> list[ServiceRun]:
        return [run for run in runs if run.abort is None and self._is_deploying(run)]

    def _is_deploying(self, run: ServiceRun) -> bool:
        look = run.look
        if (run.doomed and self._abort) or run.failed or (look is not None and look.state in ENDED):
            return False
        return not run.operation_ended or (look is not None and look.deployment_id is not None)

    def _only_left_services_are_in_flight(self, runs: Iterable[ServiceRun]) -> bool:
        left = {run.target.urn for run in runs if run.abort is not None and run.abort.left}
        shown = all(
            run.look is not None and run.look.deployment_id is not None
            for run in runs
            if run.target.urn in left & self._in_flight
        )
        return bool(left) and self._in_flight <= left and shown

    def _new_abort(self, run: ServiceRun) -> Abort:
        actions = Actions(lambda: self._do.stop(run), self._do.monotonic)
        return Abort(actions, self._do.cancellation, self._do.clock)


def _question(deploying: Iterable[ServiceRun]) -> str:
    named = " and ".join(f"`{run.target.name}`" for run in deploying)
    return f"the deployment of {named} is under way, and nothing says that it fails."
