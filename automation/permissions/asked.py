"""The one list of what is asked of AWS: whoever calls an action that is not in it adds it here, with its use."""

from automation.permissions.model import Permission, Use

_LOOK = (Use.WATCH,)
_CHECKS = (Use.PREFLIGHT,)
_AUDIT = (Use.AUDIT,)
_FAILS = "exit 3: an audit must not pass for lack of permissions"
PERMISSIONS = (
    Permission(
        _LOOK,
        ("ecs:DescribeServices",),
        "each look",
        "nothing is seen: the deployment is applied and not proven (exit 8)",
    ),
    Permission(
        _LOOK,
        ("ecs:ListTasks", "ecs:DescribeTasks"),
        "each look",
        "no stopped reasons, exit codes or addresses: only events and target health explain",
    ),
    Permission(
        _LOOK,
        ("ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments"),
        "first look; each look",
        "a deployment that ECS has given up is not found afterwards, and cannot be stopped by its ARN",
    ),
    Permission(
        _LOOK,
        ("ecs:DescribeServiceRevisions", "ecs:DescribeTaskDefinition"),
        "once per revision",
        "no ports, limits, secrets or log streams: no logs, no comparison of revisions",
    ),
    Permission(
        _LOOK,
        ("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"),
        "once; each look",
        "health checks are explained by events alone; it is not proven that targets are healthy",
    ),
    Permission(
        _LOOK,
        ("logs:GetLogEvents",),
        "tasks that stop or are not healthy",
        'the program\'s own words: crashes are "insufficient evidence"',
    ),
    Permission(
        _LOOK,
        ("ecr:BatchGetImage",),
        "a pull failed",
        "whether the tag exists, and its platforms, come from ECS's words alone",
    ),
    Permission(
        _LOOK,
        ("secretsmanager:DescribeSecret", "ssm:DescribeParameters"),
        "the words speak of secrets",
        '"denied" cannot be told from "not there" where AWS does not say it',
    ),
    Permission(
        _LOOK,
        (
            *("iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetRolePolicy"),
            *("iam:GetPolicy", "iam:GetPolicyVersion"),
        ),
        "the words speak of a refusal",
        "which action which role lacks comes from AWS's words alone",
    ),
    Permission(
        _LOOK,
        ("cloudwatch:DescribeAlarms",),
        "an alarm went off; the proof of a service with alarms",
        "the alarm's name without its metric and reason; a service with alarms is applied and not proven (exit 8)",
    ),
    Permission(
        _LOOK,
        (
            *("ec2:DescribeSubnets", "ec2:DescribeRouteTables", "ec2:DescribeNatGateways", "ec2:DescribeVpcEndpoints"),
            *("ec2:DescribeSecurityGroups", "ec2:DescribeVpcAttribute", "elasticloadbalancing:DescribeLoadBalancers"),
        ),
        "the words speak of a time-out or of the network",
        "a time-out is not traced to a route, an endpoint or a security group",
    ),
    Permission((Use.FLEET,), ("ecs:ListServices",), "each pass", "the services must be named"),
    Permission(
        (Use.ABORT,),
        ("ecs:StopServiceDeployment",),
        "a deployment is doomed",
        "the engine is interrupted and ECS's own circuit breaker ends the deployment, minutes later",
    ),
    Permission(
        _CHECKS,
        ("ecs:DescribeServices", "ecs:DescribeTaskDefinition"),
        "a service that is there",
        "what it runs now is not known: the checks that compare with it are not done",
    ),
    Permission(
        _CHECKS,
        ("ecs:ListServiceDeployments", "ecs:DescribeServiceRevisions"),
        "a service that is there",
        "`image-tag-moved`, `other-deployment` and `rollback-target` are not done",
    ),
    Permission(
        _CHECKS,
        ("ecr:BatchGetImage", "ecr:DescribeRepositories", "ecr:GetRepositoryPolicy"),
        "an image is of ECR",
        "in this order: `image-exists`, `image-platform` and `image-tag-moved` are not done, and what serves is held "
        "against no digest; `image-immutable`; `image-pullable`",
    ),
    Permission(
        _CHECKS,
        ("ecr:GetDownloadUrlForLayer",),
        "an image is for one platform alone; a load balancer asks a service that is there for another image",
        "`image-platform` is not done for images of one platform; `image-port` is not done",
    ),
    Permission(
        _CHECKS,
        (
            *("iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetRolePolicy"),
            *("iam:GetPolicy", "iam:GetPolicyVersion"),
        ),
        "a role that the update does not make",
        "`task-roles` is not done, nor are `image-pullable`, `secrets-readable`, `secrets-key` and the half of "
        "`log-group` that is about permissions",
    ),
    Permission(
        _CHECKS,
        ("secretsmanager:DescribeSecret", "ssm:DescribeParameters", "secretsmanager:GetResourcePolicy"),
        "a container refers to a secret or parameter",
        "`secrets-exist`, `secrets-key` and `rollback-target` are not done; `secrets-readable` without the last",
    ),
    Permission(
        _CHECKS,
        ("kms:DescribeKey", "kms:GetKeyPolicy"),
        "a secret is encrypted with a key of the customer's",
        "`secrets-key` is not done",
    ),
    Permission(
        (Use.JSON_KEYS,),
        ("secretsmanager:GetSecretValue",),
        "a container takes a JSON key of a secret, and the option was given",
        "`secrets-json-key` is not done",
    ),
    Permission(
        (Use.JSON_KEYS,),
        ("kms:Decrypt",),
        "that secret is encrypted with a key of the customer's: Secrets Manager wants it besides",
        "as without `secretsmanager:GetSecretValue`",
    ),
    Permission(_CHECKS, ("logs:DescribeLogGroups",), "the `awslogs` driver", "`log-group` is not done"),
    Permission(
        _CHECKS,
        ("servicequotas:GetServiceQuota", "ecs:ListClusters", "ecs:ListTasks", "ecs:DescribeTasks"),
        "a service on Fargate",
        "`fargate-quota` is not done; `grace-period` without the last two",
    ),
    Permission(
        _CHECKS,
        ("logs:GetLogEvents",),
        "the grace period becomes shorter",
        "`grace-period` is not done",
    ),
    Permission(
        _CHECKS,
        (
            *("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeListeners"),
            *("elasticloadbalancing:DescribeLoadBalancers", "ec2:DescribeSecurityGroups"),
        ),
        "the service has a load balancer",
        "`target-group` and `listener` without the first; `load-balancer-path` without any of them",
    ),
    Permission(
        _CHECKS,
        (
            *("ec2:DescribeSubnets", "ec2:DescribeRouteTables", "ec2:DescribeNatGateways", "ec2:DescribeVpcEndpoints"),
            "ec2:DescribeVpcAttribute",
        ),
        "the tasks have a network of their own (`awsvpc`)",
        "`way-out` is not done; `subnet-addresses` and `target-group` without the first",
    ),
    Permission(_CHECKS, ("cloudwatch:DescribeAlarms",), "the deployment has alarms", "`deployment-alarms` is not done"),
    Permission(
        (Use.AGAIN, Use.EXTRA_TASKS, Use.FIRST_FAILURE, Use.ROLLBACK, Use.REPAIR),
        ("ecs:DescribeServices", "ecs:UpdateService"),
        "a service is deployed again, or its desired count is changed for a while",
        "it is left as it is, and that is said: a broken service stays broken, there are no extra tasks, a failed "
        "first deployment keeps its count, a rollback fails, and `repair` ends with 1",
    ),
    Permission(
        (Use.AGAIN, Use.ROLLBACK),
        ("iam:PassRole",),
        "ECS is asked for a revision whose task has roles: it wants this besides `ecs:UpdateService`",
        "as without `ecs:UpdateService`",
    ),
    Permission(
        (Use.EXTRA_TASKS, Use.REPAIR),
        ("application-autoscaling:DescribeScalableTargets",),
        "before the update, and where a killed run's extra tasks are put back",
        "the option is refused; the count is left, `repair` ends with 1: somebody's scaling might be fought",
    ),
    Permission(
        (Use.ROLLBACK,),
        ("ecs:DescribeTaskDefinition", "ecr:BatchGetImage"),
        "before anything changes",
        "whether the revision, or its image, is still there is not checked before, and that is said",
    ),
    Permission(
        (Use.REPAIR,),
        (
            *("logs:DescribeLogGroups", "logs:ListTagsForResource", "kms:ListAliases", "iam:GetRole"),
            *("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeRules"),
            *("elasticloadbalancing:DescribeTags", "ecr:DescribeRepositories", "ecr:ListTagsForResource"),
            *("ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules"),
            *("ssm:DescribeParameters", "ssm:ListTagsForResource"),
        ),
        "a resource of that kind was being made when a run was killed",
        "whether it was made is not known: nothing is changed, and the action is named (exit 1)",
    ),
    Permission(
        (Use.REPAIR,),
        ("ecs:ListServiceDeployments", "ecs:DescribeServiceRevisions"),
        "a service was being made when a run was killed, and it runs another revision by now",
        "whether it is the one that was being made is not known: as above",
    ),
    Permission(
        (Use.HISTORY_S3,),
        ("s3:PutObject", "s3:GetObject", "s3:ListBucket"),
        "each run; the second also where two write at once; the last two where records are read",
        "the record is kept on this machine alone, or only this machine's are shown, and that is said",
    ),
    Permission(
        (Use.HISTORY_DYNAMODB,),
        ("dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:Query"),
        "each run; the second where an answer was lost; the last where records are read",
        "as with S3",
    ),
    Permission(
        _AUDIT,
        ("ecs:DescribeClusters", "ecs:DescribeServices", "ecs:DescribeTaskDefinition"),
        "always",
        f"{_FAILS}; without the service nothing can be audited (exit 2)",
    ),
    Permission(
        _AUDIT,
        (
            *("application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies"),
            *("application-autoscaling:DescribeScheduledActions", "logs:DescribeLogGroups"),
            *("events:ListRules", "events:ListTargetsByRule", "ec2:DescribeSecurityGroupRules"),
            *("ec2:DescribeSecurityGroups", "cloudwatch:DescribeAlarms", "sns:GetTopicAttributes"),
            *("sqs:GetQueueAttributes", "sqs:GetQueueUrl"),
        ),
        "the service has it",
        _FAILS,
    ),
    Permission(
        _AUDIT,
        ("ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy"),
        "an image is of ECR",
        _FAILS,
    ),
    Permission(
        _AUDIT,
        ("iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"),
        "each role of the task definition",
        _FAILS,
    ),
    Permission(
        _AUDIT,
        ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus"),
        "each key that something is encrypted with",
        _FAILS,
    ),
    Permission(
        _AUDIT,
        (
            *("elasticloadbalancing:DescribeListenerAttributes", "elasticloadbalancing:DescribeListeners"),
            *("elasticloadbalancing:DescribeLoadBalancerAttributes", "elasticloadbalancing:DescribeLoadBalancers"),
            *("elasticloadbalancing:DescribeTargetGroupAttributes", "elasticloadbalancing:DescribeTargetGroups"),
            "wafv2:GetWebACLForResource",
        ),
        "the service has a load balancer",
        _FAILS,
    ),
)


def actions_of(*uses: Use) -> list[str]:
    """Return the actions that some uses need, each once, sorted."""
    return sorted({action for each in PERMISSIONS if set(each.uses) & set(uses) for action in each.actions})
