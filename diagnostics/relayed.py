"""Words of ECS, and of who deploys to it, that stand in a log: what a pipeline or a person copied there.

A deployer's own log repeats the service's events, the reasons of tasks and the errors of the API. Where such a log is
all that is seen, those lines are no words of the program. What was read of a service has them where they belong, and
nothing is moved there.

Sources: botocore, aws-sdk-go-v2, hashicorp/terraform-provider-aws internal/service/ecs, aws/copilot-cli,
amazon-ecs-agent agent/engine, the pages of the ECS developer guide on stopped tasks and on service events.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from diagnostics.evidence import ApiError, Evidence, Log, LogLine, Task
from diagnostics.passages import end_is_told, log_passages
from diagnostics.wrapped import unwrapped

_OF_ECS = re.compile(
    r"\b(?:ResourceInitializationError|TaskFailedToStart|DockerTimeoutError|ContainerRuntimeTimeoutError"
    r"|Cannot(?:Pull|Start|Create|Inspect|Stop)[A-Z]\w{3,30}Error)\b"
    r"|\bunable to place a task\b|\bis (?:unhealthy|not healthy) in \(?(?:target-group|elb)\b"
    r"|\bfailed (?:ELB|container) health checks\b|\bfailed to (?:launch a task|(?:de)?register targets)\b"
    r"|\bunable to consistently start tasks\b|\bfailed to register with service discovery\b"
    r"|\btimeout waiting for (?:network interface|EphemeralStorage|service discovery instance|ENI)\b"
    r"|\bHost EC2\b|\bSpot Task was interrupted\b|\bTask stopped by user\b|\bScaling activity initiated by\b"
    r"|\bperforming maintenance on the underlying infrastructure\b"
    r"|\bwhile attempting to Create Network Interface\b"
    r"|\bTarget\.(?:Timeout|FailedHealthChecks|ResponseCodeMismatch)\b"
    r"|\bPlatform(?:Unknown|TaskDefinitionIncompatibility)Exception\b|\bOutOfMemoryError: Container\b",
    re.IGNORECASE,
)
"""Sentences of service events and of the reasons of tasks and containers."""
_OF_TOOLS = re.compile(
    r"\b(?:Create|Update|Delete)(?:Service|TaskSet)\b|\bRunTask\b|\bRegisterTaskDefinition\b|\bECS (?:Service|Task)\b"
    r"|\btarget groups?\b|\blistener rules?\b|\b(?:production|test)ListenerRule\b|\badvancedConfiguration\b"
    r"|\bELBv[12]\b|\bservice deployment rolled back\b|\berrorInformation\b|\bservice[_ ](?:connect|discovery)\b"
    r"|\bnetworkConfiguration\b"
    r"|\bsubnet groups in this VPC\b|\bused multiple times in task\b|\bhas no mapping for port\b|\bpause container\b"
    r"|\bdid not have a container port\b|\bcontainer instance (?:was )?deregist"
    r"|\baws_(?:ecs|lb|alb)_\w|\bAWS::(?:ECS|ElasticLoadBalancing)|\bService: (?:Amazon)?(?:ECS|ElasticLoadBalancing)"
    r"|\bErr(?:or while pulling (?:container|image)\b|or response from daemon\b)|\bDockerGoClient\b"
    r"|\bTask ?Engine\b[^\n]{0,300}\berr=|\b(?:Managed task|Task engine) \[arn:"
    r"|\berror (?:transitioning|starting/provisioning) container\b|\bfailed to (?:solve: |pull (?:and|image)\b)"
    r"|\bfailed to resolve (?:source metadata|ref)"
    r"|\boperation error (?:ECS|Elastic Load Balancing)|\bserviceRegistries\b|\bservice registry\b|\btargetGroupArn\b"
    r"|\b(?:InvalidParameter|Client)Exception\b[^\n]{0,300}\b(?:task|container|load ?balancers?|IAM role|public IP"
    r"|subnets?"
    r"|security groups?|namespace|clientAlias\w*|network configuration|networkMode|cluster)\b",
    re.IGNORECASE,
)
"""What the API answers to a deployer, as SDKs, Terraform and CloudFormation print it."""
_OWN_CALL = re.compile(
    r"AccessDenied|not authorized|UnrecognizedClient|ExpiredToken|InvalidClientToken|credentials|throttl|Rate exceeded",
    re.IGNORECASE,
)
"""A refusal that is the caller's: whether that is the program or a pipeline its log does not tell."""
_MOST_LINES = 300
"""At a log's end, that are looked at: what people paste of a pipeline's log is shorter."""
_GOES_ON = re.compile(r"^(?:\s|[\u2502|(a-z]|arn:)")
_OPEN = re.compile(r"[,:(-]\s*$")


def in_their_place(evidence: Evidence) -> Evidence:
    """Return the evidence with such lines as errors, where the log of a stopped task is all that is seen."""
    if evidence.service or evidence.errors or evidence.target_health or not evidence.logs:
        return evidence
    if any(map(end_is_told, evidence.tasks)):  # a program that ran speaks of other tasks than its own
        return evidence
    errors: list[ApiError] = []
    logs: list[Log] = []
    for log in evidence.logs:
        task = evidence.task(log.task_arn) or Task(arn=log.task_arn)
        lines = [passage.text for passage in log_passages(task, log)]
        told = [*_told(lines)]
        if told and task.stopped:
            rest = [line for line, relayed in told if not relayed]
            errors.append(ApiError("", "", "\n".join(line for line, relayed in told if relayed)))
            lines_left = tuple(LogLine(None, line) for line in rest)
            logs += [replace(log, lines=lines_left)] if lines_left else []
        else:
            logs.append(log)
    if not errors:
        return evidence
    logged = {log.task_arn for log in logs}
    tasks = tuple(task for task in evidence.tasks if task.arn in logged or not _silent(task))
    return replace(evidence, tasks=tasks, logs=tuple(logs), errors=tuple(errors))


def _told(lines: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield each line with whether it is relayed; nothing where none is."""
    whole = unwrapped("\n".join(lines)).splitlines()
    relayed = [len(whole) - index <= _MOST_LINES and _relayed(line) for index, line in enumerate(whole)]
    if not any(relayed):
        return
    for index, line in enumerate(whole):
        goes_on = index > 0 and relayed[index - 1] and (_GOES_ON.match(line) or _OPEN.search(whole[index - 1]))
        relayed[index] = relayed[index] or bool(goes_on)
        yield line, relayed[index]


def _relayed(line: str) -> bool:
    return bool(_OF_ECS.search(line)) or (bool(_OF_TOOLS.search(line)) and not _OWN_CALL.search(line))


def _silent(task: Task) -> bool:
    """Say whether nothing but its log spoke of a task whose end is not told."""
    if task.stop_code or task.health_status:
        return False
    return all(each.health_status in ("", "UNKNOWN") for each in task.containers)
