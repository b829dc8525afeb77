"""How CodeDeploy and CodePipeline say that a deployment cannot be made as it is described, or that its hooks failed.

Sources: botocore's data/codedeploy/2014-10-06/service-2.json (exceptions, and the codes of a deployment's
`errorInformation`), the error codes of https://docs.aws.amazon.com/codedeploy/latest/userguide/error-codes.html, and
https://docs.aws.amazon.com/codepipeline/latest/userguide/troubleshooting.html.
"""

from diagnostics.said import Wording


def _code(*codes: str) -> tuple[Wording, ...]:
    """Return the wordings of codes of `errorInformation`, which are written in capitals."""
    return tuple(Wording.of(code.lower(), rf"\b(?-i:{code})\b") for code in codes)


NO_APPSPEC = (
    Wording.of("appspec file is required"),
    Wording.of("revisionrequiredexception"),
    Wording.of(
        "appspec",
        r"\bappspec\b[^\n]{0,200}?\b(?:missing|invalid|not (?:found|be found|exist|valid)|malformed|null|empty)\b",
    ),
    Wording.of("appspec", r"\b(?:invalid|missing|no|could not (?:find|parse|read))\b[^\n]{0,40}\bappspec\b"),
    *_code("REVISION_MISSING", "INVALID_REVISION"),
)
NO_SUCH_GROUP = (
    *Wording.any_of(
        (
            *("invalidecs", "invaliddeployment", "invalidbluegreen", "invalidtrafficrouting", "invalidcompute"),
            *("invalidauto", "invalidrevision", "invalidapplication", "invalidtrigger", "invalidtargetinst"),
            *("invalidminimumhealthyhost", "invalidzonal", "invalidexternalid", "invalidfileexists"),
        ),
        r"\bInvalid(?:ECSService|Deployment(?:Style|ConfigName|GroupName|Id|TargetId)"
        r"|BlueGreenDeploymentConfiguration|TrafficRoutingConfiguration|ComputePlatform|Auto(?:ScalingGroup"
        r"|RollbackConfig)|Revision|ApplicationName|TriggerConfig|TargetInstances|MinimumHealthyHostValue"
        r"|ZonalDeploymentConfiguration|ExternalId|FileExistsBehavior)Exception",
    ),
    Wording.of("doesnotexistexception", r"\b(?:Application|Deployment(?:Group|Config)?|Revision)DoesNotExistException"),
    Wording.of("unsupportedactionfordeploymenttype"),
    *_code(
        *("APPLICATION_MISSING", "DEPLOYMENT_GROUP_MISSING", "CODEDEPLOY_RESOURCE_CANNOT_BE_FOUND"),
        *("INVALID_ECS_SERVICE", "MISSING_BLUE_GREEN_DEPLOYMENT_CONFIGURATION"),
    ),
)
HOOK_FAILED = (
    *Wording.any_of(
        ("hook execution", "hook fail", "hooks fail", "hook timed", "hook return"),
        r"\bhooks? (?:execution )?(?:fail\w*|timed out|returned)",
    ),
    Wording.of("lifecycle hook", r"lifecycle hooks?[^\n]{0,100}?\b(?:fail\w*|timed out|error)"),
    *Wording.any_of(
        ("lifecycleevent", "lifecycle event"),
        r"lifecycle ?events?\b[^\n]{0,120}?\b(?:fail\w*|timed out|not succe\w+|error)",
    ),
    *Wording.any_of(
        ("beforeinstall", "afterinstall", "allowtraffic", "allowtesttraffic"),
        r"\b(?:BeforeInstall|AfterInstall|(?:Before|After)Allow(?:Test)?Traffic)\b[^\n]{0,200}?"
        r"\b(?:fail\w*|timed out|did not|not exist|error)",
    ),
    Wording.of("waiting for a status callback"),
    # ECS, of a hook that it is given and of one that it is to go on from
    Wording.of("hookid", r"\b(?:invalid|provided) hookId\b"),
    Wording.of("stage provided for pause hook"),
    Wording.of("aws_lambda", r"\btargetType\b[^\n]{0,40}?\bAWS_LAMBDA\b"),
    *_code("HOOK_EXECUTION_FAILURE", "INVALID_LAMBDA_FUNCTION", "INVALID_LAMBDA_CONFIGURATION"),
)
NO_ARTIFACT = (
    Wording.of("invalidartifact"),
    Wording.of(
        "artifact", r"(?:did not find|could not find|unable to (?:find|read|access)|fail\w*)[^\n]{0,120}artifacts?\b"
    ),
    Wording.of("artifact", r"\btrying to read the [^\n]{1,60} artifact\b"),
    Wording.of("imagedefinitions", r"imagedefinitions[^\n]{0,200}?\b(?:invalid|not|missing)\b"),
    Wording.of("imagedetail.json", r"imageDetail\.json[^\n]{0,200}?\b(?:invalid|not|missing)\b"),
    Wording.of("image definition", r"image definitions? (?:file )?[^\n]{0,120}?\b(?:invalid|not|missing)\b"),
)
"""What CodePipeline's actions for ECS look for among the files of the build."""
