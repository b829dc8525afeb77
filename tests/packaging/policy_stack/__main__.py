"""A repository of a team that does not use the component; by its token, so that it runs where the pack's SDK is."""

import pulumi

config = pulumi.Config()
pulumi.CustomResource(
    "aws:ecr/repository:Repository",
    "shop",
    {
        "name": "policy-shop",
        "imageTagMutability": config.require("mutability"),
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfigurations": [
            {"encryptionType": "KMS", "kmsKey": "arn:aws:kms:eu-west-1:210987654321:key/0a1b"}
        ],
    },
)
pulumi.CustomResource(
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "shop",
    {
        "repository": "policy-shop",
        "policy": pulumi.Output.json_dumps(
            {
                "rules": [
                    {
                        "rulePriority": 1,
                        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 100},
                        "action": {"type": "expire"},
                    }
                ]
            }
        ),
    },
)
