"""The account-wide explainer: EventBridge -> SQS -> Lambda -> Slack, with the same diagnosis as `up`."""
