"""AWS took the Spot capacity back.

## What it looks for
Tasks that stopped with `SpotInterruption` or `Your Spot Task was interrupted.`, while none of the deployment runs and
none failed for itself; or a tool's error that says so, where no task is seen.

## Why waiting cannot help
It can: ECS starts another task as soon as there is Spot capacity. It is never doomed by itself.

## What to do
Run some of the tasks on FARGATE, so that the service never depends on Spot alone, and let the program end within two
minutes of SIGTERM:

    capacity_provider_strategies=[{"capacity_provider": "FARGATE", "base": 1, "weight": 1},
                                  {"capacity_provider": "FARGATE_SPOT", "weight": 3}]

## What it is not
- A host that is retired or lost: `host-lost-or-maintenance`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

from diagnostics.benign_stops import only_such_stops, told_of, told_of_such_stops
from diagnostics.evidence import Evidence, Task
from diagnostics.model import Finding, Verdict
from diagnostics.said import Wording

ID = "spot-interruption"
VERDICT = Verdict.SUSPECT

_WORDINGS = (Wording.of("spot task was interrupted"), Wording.of("spotinterruption"))


def match(evidence: Evidence) -> Finding | None:
    """Return that Spot capacity was taken back, where nothing else is seen."""
    passages = only_such_stops(evidence, _interrupted) or told_of_such_stops(evidence, _WORDINGS)
    if not passages:
        return None
    return Finding(
        what="AWS took back the Spot capacity that the deployment's tasks ran on",
        why="Spot capacity may be reclaimed with two minutes' notice; ECS starts another task when there is some again",
        fix="run a base of the tasks on `FARGATE` in `capacity_provider_strategies`:\naws ecs update-service"
        " --cluster CLUSTER --service SERVICE --force-new-deployment --capacity-provider-strategy"
        " capacityProvider=FARGATE,base=1,weight=1 capacityProvider=FARGATE_SPOT,weight=3",
        evidence=tuple(passage.quote() for passage in passages[:2]),
    )


def _interrupted(task: Task) -> bool:
    said = told_of(task).lower()
    return task.stop_code == "SpotInterruption" or ("spot" in said and "interrupt" in said)
