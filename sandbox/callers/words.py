"""How each service words that a caller may not, or that its key is none.

The sentence: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html. As services really say
it: EC2 https://github.com/hashicorp/terraform-provider-aws/issues/34234; ECS
https://github.com/cdklabs/construct-hub/pull/1207; Elastic Load Balancing
https://github.com/kubernetes-sigs/aws-load-balancer-controller/pull/3960; IAM
https://github.com/ministryofjustice/modernisation-platform/pull/7939; SNS
https://github.com/aws-ia/terraform-aws-control_tower_account_factory/issues/151; SQS
https://github.com/microsoft/aspire/pull/3333; STS https://github.com/uswitch/kiam/issues/33. The encoded message that
EC2 adds where a resource is named is not made.
"""

from sandbox.callers.resources import EVERYTHING
from sandbox.front import AwsError
from sandbox.requests import Request

_FORBIDDEN = "403 Forbidden"
_BAD = "400 Bad Request"
_NAMES_NO_EVERYTHING = {"ec2", "elasticloadbalancing"}
_CODES = {"sns": "AuthorizationError", "sqs": "AccessDenied", "cloudwatch": "AccessDenied"}
"""Those that do not follow from the protocol."""
_BY_NAME = {"user", "role", "policy", "group", "instance-profile"}
_INVALID = "The security token included in the request is invalid"


def refused(request: Request, who: str, action: str, resource: str, because: str) -> AwsError:
    """Return the error of a caller who may not.

    Args:
        request: what was asked for; its service speaks.
        who: the caller's ARN.
        action: what is not allowed, not always the request's own.
        resource: what it is not allowed on.
        because: the end of the sentence.
    """
    what, reason = action, because
    if request.service == "sns":
        what = action.replace("sns:", "SNS:")
    if request.service == "sqs":
        what = action.lower()
    reason = reason.replace(action, what)
    on = "" if resource == EVERYTHING and request.service in _NAMES_NO_EVERYTHING else _on(action, resource)
    end = "" if action == "sts:AssumeRole" else f" {reason}"
    sentence = f"User: {who} is not authorized to perform: {what}{on}{end}"
    if request.protocol == "ec2":
        sentence = f"You are not authorized to perform this operation. {sentence}"
        return AwsError(_FORBIDDEN, "UnauthorizedOperation", sentence)
    code = _CODES.get(request.service)
    if request.protocol == "json" and code is None:
        return AwsError(_BAD, "AccessDeniedException", sentence)
    return AwsError(_FORBIDDEN, code or "AccessDenied", sentence)


def _on(action: str, resource: str) -> str:
    """IAM names what is there already by its kind and name, or a policy by its kind and ARN; others are ARNs."""
    kind, _, name = resource.rpartition(":")[2].partition("/")
    prefix, _, operation = action.partition(":")
    if prefix != "iam" or kind not in _BY_NAME or operation == "PassRole" or (kind == "role" and "Create" in operation):
        return f" on resource: {resource}"
    if kind == "policy" and operation != "CreatePolicy":
        return f" on resource: {kind} {resource}"
    return f" on resource: {kind} {name.rpartition('/')[2]}"


def unknown_key(request: Request) -> AwsError:
    """Return the error of a key that does not exist or is inactive."""
    if request.protocol == "ec2":
        return AwsError(
            "401 Unauthorized", "AuthFailure", "AWS was not able to validate the provided access credentials"
        )
    if request.protocol == "json":
        return AwsError(_BAD, "UnrecognizedClientException", f"{_INVALID}.")
    return AwsError(_FORBIDDEN, "InvalidClientTokenId", f"{_INVALID}.")


def expired_key(request: Request) -> AwsError:
    """Return the error of a session that is over."""
    if request.protocol == "ec2":
        return AwsError(_BAD, "RequestExpired", "Request has expired.")
    message = "The security token included in the request is expired"
    if request.protocol == "json":
        return AwsError(_BAD, "ExpiredTokenException", message)
    return AwsError(_FORBIDDEN, "ExpiredToken", message)
