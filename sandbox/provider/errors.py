"""How failures read: AWS's refusals as the Go SDK words them, wrapped as Terraform's provider and the bridge do.

Samples: hashicorp/terraform-provider-aws issue 49031, pulumi/pulumi-awsx issue 1112.
"""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.provider.wire import Values

AWS_ERRORS = (ClientError, BotoCoreError)


class OperationError(Exception):
    """A create, read, update or delete that failed; the message is complete."""


class MissingError(Exception):
    """Something of the real provider that the stand-in does not have; the message names it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the sandbox's stand-in for the aws provider does not have {what}")


class PartialFailureError(Exception):
    """Something was created or changed and did not come to its end.

    Attributes:
        id: the resource that exists.
        state: its properties, as far as they are known.
    """

    def __init__(self, message: str, id_: str, state: Values) -> None:
        super().__init__(message)
        self.id = id_
        self.state = state


class WaitError(Exception):
    """A wait that ended badly; the message is that of the real provider."""


def code(error: BaseException) -> str:
    """Return AWS's code of an error, "" where it has none."""
    return str(error.response["Error"].get("Code", "")) if isinstance(error, ClientError) else ""


def message(error: BaseException) -> str:
    """Return AWS's message of an error."""
    return str(error.response["Error"].get("Message", "")) if isinstance(error, ClientError) else str(error)


def worded(service_id: str, error: BaseException) -> str:
    """Return an error as the Go SDK words it: `operation error ECS: CreateService, https response error …`."""
    if not isinstance(error, ClientError):
        return f"operation error {service_id}, request send failed, {error}"
    metadata: Any = error.response.get("ResponseMetadata", {})
    # An error that the service's model declares is an exception of its own; others are plain API errors.
    declared = type(error) is not ClientError
    said = f"{code(error)}: {message(error)}"
    return (
        f"operation error {service_id}: {error.operation_name}, https response error "
        f"StatusCode: {metadata.get('HTTPStatusCode', 0)}, RequestID: {metadata.get('RequestId', '')}, "
        f"{said if declared else f'api error {said}'}"
    )


def one(text: str) -> str:
    """Return an error as hashicorp/go-multierror prints a list of one."""
    return f"1 error occurred:\n\t* {text}\n\n"
