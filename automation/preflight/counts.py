"""How many tasks a planned service wants, and how many a deployment of it may have at once: ECS's own arithmetic."""

from dataclasses import dataclass

from automation.preflight.plan import Hidden
from automation.preflight.subject import Subject
from automation.preflight.values import text, whole

ROLLING = "ROLLING"


@dataclass(frozen=True)
class Counts:
    """The figures of a deployment.

    Source: `minimumHealthyPercent` (rounded up) and `maximumPercent` (rounded down),
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
    """

    desired: int
    minimum_percent: int
    maximum_percent: int

    @property
    def fewest(self) -> int:
        """So many tasks stay RUNNING and healthy."""
        return -(-self.desired * self.minimum_percent // 100)

    @property
    def most(self) -> int:
        """So many tasks are RUNNING or PENDING at once."""
        return self.desired * self.maximum_percent // 100


def desired(subject: Subject) -> int | None:
    """Return how many tasks are wanted: as planned, else as ECS has it; None where neither is seen."""
    planned = subject.inputs.get("desiredCount")
    if planned is None and subject.live:
        return whole(subject.live.get("desiredCount"))
    return None if isinstance(planned, Hidden) else whole(planned) or 0


def counts(subject: Subject) -> Counts | None:
    """Return the figures of the planned service; None where one of them is hidden."""
    wanted = desired(subject)
    given = [subject.inputs.get(f"deployment{end}Percent") for end in ("MinimumHealthy", "Maximum")]
    if wanted is None or any(isinstance(each, Hidden) for each in given):
        return None
    least, most = (whole(each) for each in given)
    # The API's defaults for REPLICA services.
    return Counts(wanted, 100 if least is None else least, 200 if most is None else most)


def replaces_tasks_in_place(subject: Subject) -> bool:
    """Whether ECS itself replaces the tasks in batches: a rolling update of a REPLICA service."""
    controller = subject.inputs.get("deploymentController")
    configuration = subject.inputs.get("deploymentConfiguration")
    kind = text(controller.get("type")) if isinstance(controller, dict) else ""
    strategy = text(configuration.get("strategy")) if isinstance(configuration, dict) else ""
    scheduling = text(subject.inputs.get("schedulingStrategy"))
    return kind in {"", "ECS"} and strategy in {"", ROLLING} and scheduling in {"", "REPLICA"}


_DEPLOYED = (
    *("taskDefinition", "networkConfiguration", "platformVersion", "loadBalancers", "serviceRegistries"),
    *("serviceConnectConfiguration", "volumeConfiguration", "vpcLatticeConfigurations", "triggers"),
)
"""The service's inputs whose change begins a deployment; others (tags, counts, percentages) are only applied.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html; `triggers` is the
provider's own.
"""


def deploys(subject: Subject) -> bool:
    """Whether the update begins a deployment of the service."""
    before, after = subject.planned.old_inputs, subject.inputs
    if subject.planned.made or before is None:
        return True
    if subject.planned.operation == "same":
        return False
    return bool(after.get("forceNewDeployment")) or any(before.get(key) != after.get(key) for key in _DEPLOYED)
