"""What stands in the way of a change to a service, and how ECS, CodeDeploy, CloudFormation and the tools say so."""

from dataclasses import dataclass

from diagnostics.codedeploy_words import HOOK_FAILED, NO_APPSPEC, NO_ARTIFACT, NO_SUCH_GROUP
from diagnostics.said import Wording


@dataclass(frozen=True)
class Obstacle:
    """One thing that stands in the way, and the ways to say it."""

    what: str
    fix: str
    wordings: tuple[Wording, ...]
    passes: bool = False
    """Whether it comes to an end by itself."""
    why: str = "ECS refuses or holds back the change because of the state that the service is in"


OBSTACLES = (
    Obstacle(
        "a service of that name exists already with other settings",
        "import the existing service, delete it, or choose another name",
        (
            Wording.of("was not idempotent"),
            Wording.of("arguments on this idempotent request are inconsistent"),
            Wording.of("service already exists", r"\bservice already exists\b"),
        ),
    ),
    Obstacle(
        "something of that name exists already, and not in this stack",
        "import it, delete it, or choose another name",
        (
            Wording.of("capacity provider already exists"),
            Wording.of("already exists in stack"),
            # The names of errors of IAM, ECR and others, and CloudFormation's code of a handler
            Wording.of("alreadyexists", r"\b(?:[A-Z]\w*?)?AlreadyExists(?:Exception)?\b"),
            Wording.of("with identifier", r"'AWS::ECS::\w+' with identifier '[^']*' already exists"),
            # The AWS provider of Terraform and Pulumi, which looks before it makes one
            Wording.of(
                "already exists",
                r"\b(?:target group|load balancer|log group|repository|security group|alarm|cluster|service|stack"
                r"|parameter|secret|bucket|key|rule|policy|role)\b[^\n]{0,80}?\balready exists\b",
            ),
            Wording.of("has been taken", r"\b(?:role|name)\b[^\n]{0,120}has been taken\b"),
        ),
        why="AWS makes no second one of that name, however often it is asked",
    ),
    Obstacle(
        "minimum and maximum healthy percent leave no room for a single task",
        "raise `maximumPercent` (200) or lower `minimumHealthyPercent`",
        (Wording.of("deployment configuration", r"unable to stop or start tasks[^\n]{0,300}deployment configuration"),),
    ),
    Obstacle(
        "a service of that name is still draining",
        "wait until it has drained, or choose another name",
        (
            Wording.of("still draining"),
            Wording.of("draining", r"\bservice\b[^\n]{0,60}\b(?:is|in|status)\b[^\n]{0,20}\bDRAINING\b"),
        ),
        passes=True,
    ),
    Obstacle(
        "the service is inactive",
        "create it again: a deleted service cannot be updated",
        (
            Wording.of("inactive service"),
            Wording.of("servicenotactive"),
            Wording.of("service was not active"),
            Wording.of("inactive", r"\bservice\b[^\n]{0,60}\bis INACTIVE\b"),
            # AWS's waiters: botocore's data/ecs/2014-11-13/waiters-2.json
            Wording.of("inactive", r"services\[\]\.status\W{1,4}we matched expected path: \W{0,2}INACTIVE\b"),
        ),
    ),
    Obstacle(
        "the cluster does not exist, or is not active",
        "correct the cluster's name or the region, or create it",
        (
            Wording.of("clusternotfound"),
            Wording.of("identifier is for cluster"),
            Wording.of("cluster not found"),
            Wording.of("cluster", r"\bcluster\b[^\n]{0,80}\b(?:is |was )?(?:inactive|not active|MISSING)\b"),
            Wording.of("cluster", r"\bcluster\b[^\n]{0,80}\b(?:does not exist|could not be found)\b"),
            # What no cluster can be called
            Wording.of("must match ^", r"\bcluster(?: ?name)? must match \^"),
        ),
    ),
    Obstacle(
        "the service does not exist in that cluster",
        "correct the service's name, the cluster or the region, or create it",
        (
            Wording.of("servicenotfound"),
            Wording.of("tasksetnotfound"),
            # Of an Express service, whose gateway it is, and of a daemon of managed instances
            *Wording.any_of(("gatewaynot", "daemonnot"), r"\b(?:Gateway|Daemon)Not(?:Found|Active)(?:Exception)?\b"),
            # An ARN or a name that is put together wrongly
            Wording.of("unsupported resource type"),
            Wording.of("invalid identifier", r"invalid identifier: unexpected (?:number|type|format)"),
            Wording.of("must match ^", r"\bservice(?: ?name)? must match \^"),
            Wording.of("servicedeploymentnotfound"),
            Wording.of("service not found"),
            # Application Auto Scaling, of the target that it is to scale
            *Wording.any_of(
                ("ecs service doesn't exist", "ecs service does not exist"), r"ECS service (?:doesn't|does not) exist"
            ),
            Wording.of(
                "missing",
                r"(?:reason|failures?|status)\W{1,5}MISSING\b|^(?-i:MISSING)$"
                r"|\b(?:service/|arn:aws[\w-]*:ecs:)\S+ is MISSING\b",
            ),
            # AWS's waiters: botocore's data/ecs/2014-11-13/waiters-2.json
            Wording.of("missing", r"failures\[\]\.reason\W{1,4}we matched expected path: \W{0,2}MISSING\b"),
            # ecs-cli/modules/cli/compose/entity/service
            Wording.of("to create the service", r"use '?create'? command to create the service"),
        ),
    ),
    Obstacle(
        "the service's deployment controller does not take this call",
        "deploy through the controller that the service has (CodeDeploy, external), or make it anew with `ECS`",
        (
            Wording.of("deployment controller", r"unable to update[^\n]{0,300}deployment controller"),
            Wording.of("unsupported deployment controller"),
            Wording.of(
                "deployment controller", r"deployment controller[^\n]{0,300}(?:not support|cannot|must be|invalid)"
            ),
            Wording.of(
                "deployment controller", r"(?:not support|cannot|only|invalid)[^\n]{0,300}deployment controller"
            ),
            Wording.of("deploymentcontroller", r"deploymentController[^\n]{0,300}(?:not support|cannot|must|invalid)"),
            Wording.of("code_deploy", r"(?:unable to update|cannot|not support|invalid)[^\n]{0,300}CODE_DEPLOY"),
        ),
    ),
    Obstacle(
        "the stack is in a state in which it cannot be changed",
        "repair the stack first: delete it, or continue its rollback:\naws cloudformation continue-update-rollback"
        " --stack-name STACK",
        (
            Wording.of(
                "state and can", r"(?:ROLLBACK|DELETE|CREATE)_(?:FAILED|COMPLETE) state and can ?not be updated"
            ),
            # aws-cdk lib/api/deployments
            Wording.of("is in a failed state", r"\bstack\b[^\n]{1,200}?is in a failed state: \w+_(?:FAILED|COMPLETE)"),
        ),
    ),
    Obstacle(
        "a setting of the service does not go with its scheduling strategy",
        "leave the setting that is named out of the service: a daemon service has no desired count and no placement"
        " strategy",
        (Wording.of("scheduling strategy does not support"),),
    ),
    Obstacle(
        "CodeDeploy was given no AppSpec file that it can find",
        "give the deployment its AppSpec file: as `--revision`, or among the artifacts under the name that is expected",
        NO_APPSPEC,
    ),
    Obstacle(
        "the application is in a state in which nothing can be deployed to it",
        "cancel the deployment that failed, or let its rollback end",
        (Wording.of("non-running status", r"unable to deploy \S+ in a non-running status"),),
    ),
    Obstacle(
        "CodeDeploy has no such application, group or configuration, or one that is not for this deployment",
        "correct the application and the deployment group: compute platform `ECS`, style `BLUE_GREEN`, the service's"
        " own cluster and name, a deployment configuration whose name begins with `CodeDeployDefault.ECS`",
        NO_SUCH_GROUP,
        why="CodeDeploy refuses the call as it is written, whatever the service's tasks do",
    ),
    Obstacle(
        "a lifecycle hook of the deployment failed",
        "read the log of the hook's Lambda function, and let it return `SUCCEEDED` as `hookStatus`:\n"
        "aws ecs describe-service-deployments --service-deployment-arns ARN --query"
        " 'serviceDeployments[].[lifecycleStage,statusReason]'",
        HOOK_FAILED,
        why="ECS goes on with a deployment only when each of its hooks has said that it may",
    ),
    Obstacle(
        "the pipeline's deploy action does not find the file of images, or the task definition, that it needs",
        "let the build put `imagedefinitions.json` (for blue/green `imageDetail.json`, `taskdef.json` and"
        " `appspec.yaml`) at the root of its artifact, with the names of the task definition's containers",
        NO_ARTIFACT,
        why="CodePipeline reads them before it calls ECS, and finds the same artifact each time",
    ),
    Obstacle(
        "the account still has the old form of ARNs, which takes no tags",
        "opt in to the long ARNs of services, tasks and instances, then make the service anew:\n"
        "aws ecs put-account-setting-default --name serviceLongArnFormat --value enabled",
        (
            Wording.of("resource id format must be enabled"),
            Wording.of("long arn format"),
            Wording.of("longarn format"),
        ),
        why="ECS tags only what has an ARN of the long form, and refuses the call until the account opts in",
    ),
    Obstacle(
        "AWS has blocked the account",
        "ask AWS Support to lift the block; nothing in the service helps:\nhttps://console.aws.amazon.com/support/home",
        (
            Wording.of("blockedexception"),
            Wording.of("account is", r"account is (?:\w+ )?(?:blocked|suspended|closed)\b"),
        ),
        why="every call of a blocked account is refused, whatever it asks for",
    ),
    Obstacle(
        "the settings of the service's deployments or of its scheduling are not ones that ECS takes",
        "correct the setting that is named: `maximumPercent` above `minimumHealthyPercent` and, but for daemons, above"
        " 100; whole numbers; a strategy and options that go with each other",
        (
            *Wording.any_of(
                ("invalidparameter", "invalid request provided", "unsupportedfeature"),
                r"(?:InvalidParameter|Invalid request provided|UnsupportedFeature)[^\n]{0,300}\b(?:desired ?count"
                r"|max(?:imum)? ?percent|min(?:imum)? ?healthy ?percent|deployment ?(?:configuration|circuit ?breaker"
                r"|strategy)|availability ?zone ?rebalancing|bake ?time|lifecycle ?hooks?|scheduling ?strategy)",
            ),
            Wording.of("as this will block deployments"),
            Wording.of("minimum healthy percent must be less than maximum"),
            Wording.of("unsupportedfeatureexception"),
        ),
        why="ECS refuses the call as it is written, whatever the service's tasks do",
    ),
    Obstacle(
        "what is named in the call is in use by something else",
        "take the one that is in use, or make another for this service",
        (
            Wording.of("already being used by", r"already being used by (?:an)?other\b"),
            Wording.of("resourceinuse", r"\bResourceInUse(?:Exception)?\b"),
        ),
    ),
    Obstacle(
        "the stack's blue/green hook does not take this change",
        "change only what a blue/green deployment may change, and give the new task definition a logical ID of its own;"
        " deploy the rest before it",
        (Wording.of("codedeploy::bluegreen"), Wording.of("codedeploybluegreenhook")),
    ),
    Obstacle(
        "the service or cluster still has tasks or services of its own",
        "scale the service to 0 and delete what the cluster holds first",
        (
            Wording.of("while it is scaled above 0"),
            Wording.of("clustercontains", r"ClusterContains\w+Exception"),
            Wording.of("cannot be deleted while", r"\b(?:cluster|service) cannot be deleted while\b"),
        ),
    ),
    Obstacle(
        "a property of the service cannot be changed in place",
        "make the service anew, force a new deployment where ECS asks for it, or leave that property as it is",
        (
            Wording.of("must force a new deployment"),
            Wording.of("custom-named resource requires replacing"),
            Wording.of(
                "be updated", r"(?:propert(?:y|ies)|fields?|parameters?|settings?)[^\n]{0,60}can(?:not|'t) be updated"
            ),
            Wording.of(
                "be changed", r"(?:property|field|parameter|setting|registries)[^\n]{0,60}can(?:not|'t) be changed"
            ),
            Wording.of("is in use and cannot be", r"is in use and cannot be (?:removed|deleted|updated)"),
            # CloudFormation, of an output that another stack imports
            Wording.of("is in use", r"cannot be (?:removed|deleted|updated) as it is in use\b"),
            # ECR, of a push
            Wording.of("repository is immutable"),
            Wording.of("immutable", r"\bimmutable\b[^\n]{0,60}(?:service|propert|field|parameter)"),
        ),
    ),
    Obstacle(
        "protected tasks keep the deployment from stopping them",
        "wait until their protection ends, or end it:\naws ecs update-task-protection --cluster CLUSTER --tasks TASK"
        " --no-protection-enabled",
        (
            Wording.of("task protection"),
            Wording.of("scale-in protection"),
            Wording.of("protected tasks"),
            Wording.of("under protection", r"tasks? under protection"),
            Wording.of("deployment_blocked"),
        ),
        passes=True,
    ),
    Obstacle(
        "another change is in progress",
        "wait for it to end, or stop it:\naws ecs stop-service-deployment --service-deployment-arn ARN",
        (
            Wording.of("in progress", r"deployments? (?:is |are )?(?:already |currently )?in progress(?!\.?$)"),
            Wording.of("already in progress", r"deployments? (?:is |are )?already in progress"),
            Wording.of("active deployment", r"\balready\b[^\n]{0,40}active deployment|\d active deployments exist"),
            Wording.of(
                "in progress", r"(?:update|operation)[^\n]{0,40}in progress[^\n]{0,300}(?:can|try again|conflict|wait)"
            ),
            Wording.of("another update is", r"another update is (?:currently )?in progress"),
            Wording.of(
                "_in_progress",
                r"_IN_PROGRESS state and can ?not be \w+|can ?not be \w+ while in status \w+_IN_PROGRESS",
            ),
            # copilot-cli internal/pkg/aws/cloudformation/errors.go
            Wording.of("is currently being updated"),
            Wording.of("updateinprogressexception"),
            Wording.of("concurrentupdateexception"),
            Wording.of("busy state"),
            Wording.of("conflictexception"),
            Wording.of("currently locked", r"stack is currently locked"),
            Wording.of("state lock", r"acquiring the state lock"),
        ),
        passes=True,
    ),
)
