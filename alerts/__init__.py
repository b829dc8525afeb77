"""The account-wide explainer: ECS events through EventBridge and SQS to a function that says why."""
