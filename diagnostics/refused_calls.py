"""Refusals whose words no rule knows: the cause is found by who refuses, and by what the refusal is about.

ECS, the services beside it, CloudFormation and the SDKs have a few shapes of saying no and many things to say no to,
and so has the agent of a container that it cannot make. A rule knows sentences; where none does, the shape tells that
it was refused, and the nouns of the sentence, or the name of the error, tell what must be changed. That is less than a
rule knows: it is only ever suspect, and asked after all rules.

Sources: botocore's data/ecs/2014-11-13/service-2.json (exceptions) and validate.py, aws-sdk-go's and aws-sdk-js's
parameter checks, the handlers' error codes of CloudFormation
(https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html), Terraform's
diagnostics of an argument; amazon-ecs-agent agent/dockerclient/dockerapi/errors.go and agent/engine/errors.go.
"""

import re
from dataclasses import dataclass

from diagnostics.evidence import Evidence
from diagnostics.model import Finding
from diagnostics.names import quoted
from diagnostics.passages import Passage, failure_words, in_their_forms
from diagnostics.said import Wording
from diagnostics.wrappers import is_wrapper


@dataclass(frozen=True)
class Refusal:
    """A refusal, and the rule whose cause it is."""

    rule_id: str
    finding: Finding


def _any_text(pattern: str) -> Wording:
    return Wording.of("", pattern)


def _nouns(nouns: str) -> Wording:
    return _any_text(rf"(?<![A-Za-z])(?:{nouns})(?![a-z])")


_REFUSED = (
    _any_text(
        r"\b(?:InvalidParameter(?:Value|Type|Combination)?|InvalidRequest|InvalidInput|Client|Validation|BadRequest"
        r"|ParamValidation|MultipleValidation|MissingRequiredParameter|UnexpectedParameter|Unsupported(?:Feature"
        r"|Operation))(?:Exception|Errors?)?\b"
    ),
    _any_text(r"\b(?:invalid request provided|invalid action configuration|validation (?:failed|errors?\b))"),
    _any_text(r"\b(?:unexpected value at params|unknown parameter in|unsupported (?:property|argument|block))\b"),
    _any_text(r"\bmissing required (?:field|argument|key|parameter)\b"),
    _any_text(r"\b(?:invalid|inappropriate) value for\b|\bexpected [\w.\[\]]{1,80} to (?:be|match|contain)\b"),
    _any_text(r"\bHandlerErrorCode: Invalid\w{1,20}|\bstatus ?code: 4\d\d\b"),
    # A line of CloudFormation's events, whose message names no error
    _any_text(
        r"\b(?:CREATE|UPDATE)_FAILED\b[^\n]{1,400}?\bAWS::[^\n]{1,600}?\b(?:must|cannot|can only|is required|invalid"
        r"|unsupported|not supported|may not)\b"
    ),
    _any_text(r"An error occurred \(\w{1,60}\) when calling the (?:Create|Update|Register|Run|Start|Put)\w+ operation"),
    # The AWS CLI of what it is given, before it asks
    _any_text(r"error parsing parameter '?--|\binvalid JSON\b"),
    _any_text(r"\bUnauthorizedOperation\b"),
    # How ECS ends a sentence of refusal: with what to change
    _any_text(
        r"\b(?:specify|remove|update|change|provide|use|set|add|verify|create|choose|opt in|register|fix)\b"
        r"[^\n]{1,200}?\band try again\b"
    ),
)
"""A call that was not carried out for what it asked."""
_HANDLER = re.compile(r"HandlerErrorCode: (?P<code>[A-Z]\w{1,40})")
_OF_HANDLERS = {
    "Throttling": "api-throttled",
    "ServiceLimitExceeded": "account-quota-reached",
    "AccessDenied": "deployer-permission-denied",
    "UnauthorizedTaggingOperation": "deployer-permission-denied",
    "InvalidCredentials": "deployer-permission-denied",
    "InternalFailure": "aws-internal-error",
    "ServiceInternalError": "aws-internal-error",
    "NetworkFailure": "aws-internal-error",
    "NotUpdatable": "deployment-blocked",
    "ResourceConflict": "deployment-blocked",
    "AlreadyExists": "deployment-blocked",
}
"""CloudFormation's codes that tell the cause whatever the message says."""

_BY_ERROR = (
    (
        "deployer-permission-denied",
        _any_text(
            r"\((?:AccessDenied|Unauthorized|AuthFailure|UnrecognizedClient|InvalidClientToken|Signature|ExpiredToken"
            r"|InvalidSignature|MissingAuthenticationToken|IncompleteSignature|OptInRequired)\w*\) when calling"
        ),
    ),
    (
        "aws-internal-error",
        _any_text(r"\((?:Server|Internal\w{0,10}|ServiceUnavailable|5\d\d)(?:Exception|Error)?\) when calling"),
    ),
    ("api-throttled", _any_text(r"\((?:Throttl|TooManyRequests|RequestLimit)\w*\) when calling")),
    ("account-quota-reached", _any_text(r"\(\w*(?:Limit|Quota)Exceeded\w*\) when calling")),
)
"""What the error's name tells, as the AWS CLI and botocore put it, whatever its message says."""


def _refuses(names: str, types: str) -> Wording:
    return _any_text(
        rf"(?:Service: (?:{names})|operation error (?:{names}))\b|_FAILED\b[^\n]{{1,80}}?\bAWS::(?:{types})::"
    )


_BY_SERVICE = (
    (
        "deployment-blocked",
        _refuses(
            r"(?:AWS)?Code(?:Deploy|Pipeline)|Application ?Auto ?Scaling|(?:Amazon)?CloudFormation",
            "Code(?:Deploy|Pipeline)|ApplicationAutoScaling|CloudFormation",
        ),
    ),
    ("load-balancer-config-invalid", _refuses(r"Elastic ?Load ?Balancing(?: ?v2)?", "ElasticLoadBalancing(?:V2)?")),
    ("ec2-insufficient-resources", _refuses(r"Auto ?Scaling", "AutoScaling")),
    ("network-configuration-invalid", _refuses(r"(?:Amazon)?EC2", "EC2")),
    (
        "service-mesh-or-discovery-failed",
        _refuses(r"(?:AWS)?(?:ServiceDiscovery|App ?Mesh)|VPC ?Lattice", "ServiceDiscovery|AppMesh|VpcLattice"),
    ),
    ("volume-configuration-invalid", _refuses(r"(?:Amazon)?(?:EFS|ElasticFileSystem|FSx)", "EFS|FSx")),
    ("log-driver-misconfigured", _refuses(r"(?:AWS|CloudWatch ?)Logs", "Logs")),
    (
        "secret-reference-invalid",
        _refuses(r"(?:AWS)?(?:Secrets ?Manager|SSM|SimpleSystemsManagement)", "SecretsManager|SSM"),
    ),
)
"""Who refuses, as CloudFormation and the Go SDK name it, or of which type it is, where it is not ECS."""
_BY_NOUNS = (
    (
        "api-throttled",
        _nouns(r"throttl\w*|rate exceeded|request ?limit ?exceeded|too many (?:concurrent|requests)"),
    ),
    (
        "platform-version-unsupported",
        _nouns(r"platform ?versions?|(?:specified|requested) (?:platform|capabilities)"),
    ),
    (
        "service-mesh-or-discovery-failed",
        _nouns(
            r"service ?connect\w*|service ?registr\w+|service ?discovery|cloud ?map|namespaces?|discovery ?names?"
            r"|client ?alias\w*|lattice"
        ),
    ),
    ("env-file-unavailable", _nouns(r"environment ?files?|env ?files?")),
    ("secret-reference-invalid", _nouns(r"secrets?(?: ?options)?|value ?from|parameter store")),
    (
        "log-driver-misconfigured",
        _nouns(
            r"log ?drivers?|log ?configuration\w*|log ?options?|fire ?lens\w*|awslogs[\w-]*|log ?router",
        ),
    ),
    (
        "volume-configuration-invalid",
        _nouns(
            r"(?:source|managedEBS)?volumes?(?:From|Configurations?)?|mount ?points?|EFS|EBS"
            r"|(?<!root )(?<!Root)file ?systems?\w*|access ?points?|source ?path|snapshots?"
        ),
    ),
    (
        "load-balancer-config-invalid",
        _nouns(
            r"load ?balanc\w+|target ?groups?(?:Arns?)?|listeners?(?:Arn)?|health ?check ?grace\w*|grace period|[ENA]LB"
        ),
    ),
    (
        "ec2-insufficient-resources",
        _nouns(
            r"capacity ?providers?(?:Strategy)?|managed ?(?:scaling|termination|instances)\w*|auto ?scaling groups?"
            r"|instance requirements"
        ),
    ),
    (
        "placement-constraint-unmet",
        _nouns(r"placement ?\w*|distinct ?instance|member ?of|attribute:\w+|custom attributes?"),
    ),
    ("no-container-instances", _nouns(r"container ?instances?")),
    ("role-missing-or-not-assumable", _nouns(r"\w{0,20}?roles?(?:Arn)?|trust (?:policy|relationship)|assume \w+")),
    (
        "network-configuration-invalid",
        _nouns(
            r"subnets?|security ?groups?|network ?(?:mode|configuration|interface)s?|awsvpc\w*|assign ?public ?ip|VPCs?"
            r"|IPv6|ENIs?"
        ),
    ),
    ("image-not-found", _nouns(r"images?(?:Uri)?(?! ?definition|\.json)|repositor(?:y|ies)")),
    (
        "account-quota-reached",
        _nouns(
            r"quotas?|(?<!memory )(?<!cpu )limits? (?:of \d+|for|exceeded|is|was)"
            r"|(?:exceeds?|reached) [\w ]{0,30}limits?|at most \d+"
            r"|no more than \d+|maximum number of"
        ),
    ),
)
"""Of several that a sentence names the first: what stands first is rarely named beside another thing's refusal."""
_OF_THE_DEFINITION = re.compile(
    r"task ?definition|container|\bcpu\b|\bmemory|ulimits?|essential|depend(?:s ?on|ency)|\b(?:pid|ipc) ?mode"
    r"|\bfamily\b|overrides?\b|environment|entry ?point|health ?check|linux ?parameters|capabilit|privileged"
    r"|\bGPUs?\b|inference|ephemeral|runtime ?platform|operating ?system|architecture|proxy ?configuration"
    r"|requires ?compatibilities|launch ?type|tmpfs|sysctl|system ?controls|docker|port ?mapping|host ?port"
    r"|resource ?requirement|\bdns\w+|extra ?hosts|hostname|\blinks?\b|(?:stop|start) ?timeout",
    re.IGNORECASE,
)
_OF_A_LAUNCH = re.compile(r"(?:Register|Deregister)TaskDefinition|(?:Run|Start)Task|Task ?Definition \(", re.IGNORECASE)
"""Calls that ECS refuses for the content of a definition, or of what it is overridden with."""
_OF_A_LOOK = re.compile(r"(?:\bcalling the|\boperation error \w+:) (?:Describe|List|Get|Execute)[A-Z]\w+")
"""A call that changes nothing: that it is refused keeps nothing from being deployed, unless a thing is named."""
_OF_THE_RUNTIME = (
    # Of the host's own disks and layers, whatever is done with them
    (
        "aws-internal-error",
        _any_text(r"\b(?:devicemapper|devmapper|dm_task_run|graphdriver|overlay2|snapshotter|input/output error)\b"),
    ),
    (
        "task-definition-invalid",
        _any_text(r"\b(?:CannotCreateContainer(?:Config)?|HostConfig|DockerClientConfig)Error\b"),
    ),
    (
        "aws-internal-error",
        _any_text(r"\b(?-i:Cannot(?!Pull)[A-Z]\w{1,40}Error)\b|\b(?:OCI runtime|runc|containerd|shim)\b"),
    ),
)
"""The agent's names of errors: what it makes of a definition is refused when a container is created, not started."""
_AROUND_A_FAULT = re.compile(
    r"\b(?:(?:STOPPED|(?:stopped ?|status ?)?reason)\b:?|\w+Error\b:?|Error response from daemon:?"
    r"|API error(?: \(\d+\))?:?|(?:OCI runtime|runc) \w+ failed:?|failed to create [\w ]{0,40}?task[\w ]{0,20}:?"
    r"|\w+_linux\.go:\d+:?|starting container process(?: caused)?:?|unable to start container process:?"
    r"|error during container init:?|unknown\b)",
    re.IGNORECASE,
)
"""What the agent, the daemon and runc put around the words that tell what failed."""
_ITS_MESSAGE = (
    re.compile(r"Parameter validation failed:\s+(?P<said>.+)", re.DOTALL),
    re.compile(r"\b(?:Create|Update|Delete|Put|Register|Run)\w{1,40} (?:error|Invalid Request): (?P<said>[^\n]+)"),
    re.compile(r"calling the \w+ operation(?: \([^)\n]{0,60}\))?: (?P<said>[^\n]+)"),
    re.compile(r"\w(?:Exception|Error|Parameter|ValidationErrors): (?P<said>(?!.{0,400}(?:Exception|Error): )[^\n]+)"),
    re.compile(r"returned message: \"(?P<said>[^\n]+)"),
)
"""What the service itself said, in what a tool puts around it."""
_NAMES = re.compile(
    r"\barn:\S+|\b(?:must be one of|valid (?:types|values)(?: are)?):.*"
    r"|\((?:Service|RequestToken|Request ?ID): [^)\n]*\)?|\b(?:RequestToken|Request ?ID): [\w.*-]+,?"
    r"|ECS (?:Service|Cluster) \([^)\n]*\)"
    r"|\"[\w.*/-]{0,80}\"$|\n[\s│|]{0,9}(?:with|on) \S.*",
    re.IGNORECASE | re.DOTALL,
)
"""What is named there by people, or tells nothing: a service may be called after anything."""
_AROUND_A_REFUSAL = re.compile(
    r"An error occurred \([^)\n]{0,60}\)(?: when calling the \w+ operation)?:?|Resource handler returned message:?"
    r"|\(?HandlerErrorCode: \w+\)?|Invalid request(?: provided)?:?"
    r"|\b(?:error )?(?:creating|updating|running) ECS [\w ]{1,20}"
    r"|\b(?:Create|Update|Register|Run)\w*(?: Task ?Definition| Service)?(?: (?:error|failed|invalid request))?\b:?"
    r"|\w*(?:Exception|Errors?)\b:?|operation error \w+:?|status ?code: \d+,?|https response error",
    re.IGNORECASE,
)
"""What says that it was refused, and neither what nor why."""
_WORDS_OF_A_REFUSAL = 3
_WORDS_OF_A_FAULT = 2
_LOOKED_AT = 50
_SAID = 200


def refusal_by_its_shape(evidence: Evidence) -> Refusal | None:
    """Return the first refusal among AWS's words whose cause its shape tells; None where none does."""
    told = [
        passage
        for forms in in_their_forms(failure_words(evidence)[:_LOOKED_AT])
        if not any(is_wrapper(passage.text) for passage in forms)
        for passage in reversed(forms)
    ]
    for passage in told:
        by_the_runtime = _of_the_runtime(passage.text)
        of_a_task = passage.source.startswith("task ")
        rule_id = by_the_runtime if by_the_runtime or of_a_task else _of_a_call(passage.text)
        if rule_id:
            return Refusal(rule_id, _finding(passage, by_the_runtime=bool(by_the_runtime)))
    return None


def _of_the_runtime(text: str) -> str:
    told = _words(_AROUND_A_FAULT.sub(" ", text)) >= _WORDS_OF_A_FAULT
    return _first(_OF_THE_RUNTIME, text) if told else ""


def _of_a_call(text: str) -> str:
    handler = _HANDLER.search(text)
    if handler and (known := _OF_HANDLERS.get(handler["code"])):
        return known
    if not any(wording.pattern.search(text) for wording in _REFUSED):
        return ""
    said = _said(text)
    if _words(_AROUND_A_REFUSAL.sub(" ", said)) < _WORDS_OF_A_REFUSAL or is_wrapper(said):
        return ""
    named = _first(_BY_ERROR, text) or _first(_BY_SERVICE, text) or _first(_BY_NOUNS, said)
    launch = _OF_A_LAUNCH.search(text)
    if launch and named == "network-configuration-invalid" and "Register" in launch[0]:
        named = ""  # a definition has a network mode, and neither subnets nor security groups
    if named or _OF_A_LOOK.search(text):
        return named
    launch = launch or _OF_THE_DEFINITION.search(said)
    return "task-definition-invalid" if launch else "deployment-blocked"


def _words(text: str) -> int:
    """Count the words of a text; a bracket that is left of what stood around them is none."""
    return sum(any(map(str.isalnum, word)) for word in text.split())


def _first(table: tuple[tuple[str, Wording], ...], text: str) -> str:
    return next((rule_id for rule_id, wording in table if wording.pattern.search(text)), "")


def _said(text: str) -> str:
    """Return what was refused and why, without a tool's words around it and without names."""
    found = next((found for pattern in _ITS_MESSAGE if (found := pattern.search(text))), None)
    return _NAMES.sub(" ", found["said"] if found else text).strip()


def _finding(passage: Passage, *, by_the_runtime: bool) -> Finding:
    who = "the container's host cannot do what it is asked" if by_the_runtime else "the call is refused"
    return Finding(
        what=f"{who}: {quoted(' '.join(_said(passage.text).split())[:_SAID])}",
        why="it is refused as it is asked; no rule knows these words, so the cause is told by what they are about",
        fix="correct what the words name, in the service, its task definition or what these use, and deploy again",
        evidence=(passage.quote(),),
    )
