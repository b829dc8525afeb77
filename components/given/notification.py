"""What a team may say about who is told, and with which keys things are encrypted."""

from .. import formats, names
from ..checks import one_of
from ..reading import Flag, Key, ListOf, Text

EVENT_NAMES = ("SERVICE_DEPLOYMENT_FAILED", "SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED")
"""The events of deployments: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html"""

NOTIFICATION = {
    "notification_topic_arn": Key(Text(check=names.arn("SNS topic"))),
    "notification_emails": Key(ListOf(item=Text(check=formats.check_email, plain=True), plain=True), default=[]),
    "notification_queue_arn": Key(Text(check=names.arn("SQS queue"))),
    # A failure, and the rollback that it begins; success is what people expect anyway.
    "notification_event_names": Key(
        ListOf(item=Text(check=one_of(*EVENT_NAMES, control="EVT-01"), plain=True), plain=True, least=1),
        default=list(EVENT_NAMES[:2]),
    ),
    "kms_key_arn": Key(Text(check=names.arn("KMS key"))),
    # AWS's own key for SNS lets neither EventBridge nor CloudWatch publish.
    "create_kms_key": Key(Flag(plain=True)),
}
