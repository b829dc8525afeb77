"""moto's response class of Lambda with ours where moto does otherwise than AWS; the rest is inherited."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import unquote

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.responses import LambdaResponse

from sandbox.functions.asynchronous import Asynchronous
from sandbox.functions.package import PackageError, check
from sandbox.functions.polling import Pollers, refused
from sandbox.functions.role import assumable
from sandbox.functions.service import Functions, Throttled

Answer = tuple[int, dict[str, Any], str | bytes]
_LARGEST_WITHOUT_WINDOW = 10
_LOG_TAIL_BYTES = 4096
_LARGEST_ANSWER = 6_291_556
_ROLE = re.compile(r"arn:[^:]+:iam::\d{12}:role/")
_WITH_LOG = "Tail"


class SimLambda(LambdaResponse):  # type: ignore[misc]  # moto has no types
    """The operations of Lambda. moto makes one object for each request; its class has what all of them ask."""

    functions: ClassVar[Functions]
    pollers: ClassVar[Pollers]
    asynchronous: ClassVar[Asynchronous]

    def create_function(self) -> Any:
        """CreateFunction: moto's, where Lambda could assume the role and unpack the zip."""
        given = self.json_body
        _check_zip(given.get("Code") or {})
        self._check_role(given.get("Role"))
        return super().create_function()

    def update_function_code(self) -> Any:
        """UpdateFunctionCode: moto's, where Lambda could unpack the zip."""
        _check_zip(self.json_body)
        return super().update_function_code()

    def update_function_configuration(self) -> Any:
        """UpdateFunctionConfiguration: moto's, where Lambda could assume the role."""
        if self.json_body.get("Role"):
            self._check_role(self.json_body["Role"])
        return super().update_function_configuration()

    def create_event_source_mapping(self) -> Any:
        """CreateEventSourceMapping: moto's, where Lambda could poll the queue."""
        given = self.json_body
        if ":sqs:" in str(given.get("EventSourceArn")) and given.get("FunctionName"):
            self._check_mapping(given, given["EventSourceArn"], given["FunctionName"])
        status, headers, body = super().create_event_source_mapping()
        self._poll(json.loads(body).get("UUID"))
        return status, headers, body

    def update_event_source_mapping(self) -> Any:
        """UpdateEventSourceMapping: moto's, and what it changes holds from now on."""
        known = self._mapping_in_path()
        if known is None:
            return _no_mapping()
        before = {"BatchSize": known.batch_size, "MaximumBatchingWindowInSeconds": known.max_batch_window}
        self._check_window({**before, **self.json_body})
        answer = super().update_event_source_mapping()
        self._poll(known.uuid)
        return answer

    def get_event_source_mapping(self) -> Any:
        """GetEventSourceMapping: moto's, where there is one."""
        return super().get_event_source_mapping() if self._mapping_in_path() else _no_mapping()

    def delete_event_source_mapping(self) -> Any:
        """DeleteEventSourceMapping: moto's, where there is one."""
        return super().delete_event_source_mapping() if self._mapping_in_path() else _no_mapping()

    def invoke(self) -> Answer:
        """Invoke: in a process of its own; `Event` queues it, `DryRun` only looks."""
        name = self._function_in_path()
        function = self.backend.get_function(name, self._get_param("qualifier"))
        try:
            event = json.loads(self.body or b"{}")
        except ValueError:
            return _problem(400, "InvalidRequestContentException", "Could not parse request body into json")
        kind = self.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        if kind == "DryRun":
            return 204, {"status": 204}, ""
        if kind == "Event":
            with self.asynchronous.simulation.lock:
                self.asynchronous.simulation.advance()
                self.asynchronous.accept(function, event)
            return 202, {"status": 202}, ""
        try:
            request_id, ended = self.functions.invoke(function, event)
        except Throttled:
            return _throttled()
        return self._answer(request_id, ended)

    def _answer(self, request_id: str, ended: Mapping[str, Any]) -> Answer:
        headers: dict[str, Any] = {"x-amzn-RequestId": request_id, "X-Amz-Executed-Version": "$LATEST"}
        if self.headers.get("X-Amz-Log-Type") == _WITH_LOG:
            log = ("\n".join(ended["log"]) + "\n").encode()[-_LOG_TAIL_BYTES:]
            headers["x-amz-log-result"] = base64.b64encode(log).decode()
        if ended["error"] is not None:
            headers["x-amz-function-error"] = "Unhandled"
            return 200, headers, json.dumps(ended["error"])
        payload = ended["payload"] or "null"
        if len(payload.encode()) > _LARGEST_ANSWER:
            headers["x-amz-function-error"] = "Unhandled"
            message = f"Response payload size exceeded maximum allowed payload size ({_LARGEST_ANSWER} bytes)."
            return 200, headers, json.dumps({"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"})
        return 200, headers, payload

    def _mapping_in_path(self) -> Any | None:
        return self.backend.get_event_source_mapping(self.path.rstrip("/").rpartition("/")[2])

    def _function_in_path(self) -> str:
        return unquote(self.path.rstrip("/").rsplit("/", 2)[-2])

    def _check_role(self, role: Any) -> None:
        if isinstance(role, str) and _ROLE.match(role) and not assumable(role, self.current_account):
            raise InvalidParameterValueException("The role defined for the function cannot be assumed by Lambda.")

    def _check_mapping(self, given: Mapping[str, Any], queue_arn: str, name: str) -> None:
        from moto.sqs.models import sqs_backends

        self._check_window(given)
        function = self.backend.get_function(name)
        _, _, _, region, account, queue_name = queue_arn.split(":", 5)
        queue = sqs_backends[account][region].queues.get(queue_name)
        if queue is None:
            return  # moto says so
        missing = refused(self.functions, function.role, queue_arn)
        if missing:
            raise InvalidParameterValueException(
                f"The provided execution role does not have permissions to call {missing[0].partition(':')[2]} on SQS"
            )
        if queue.visibility_timeout < function.timeout:
            raise InvalidParameterValueException(
                f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than Function timeout: "
                f"{function.timeout} seconds"
            )

    def _check_window(self, given: Mapping[str, Any]) -> None:
        if int(given.get("BatchSize") or 0) > _LARGEST_WITHOUT_WINDOW and not given.get(
            "MaximumBatchingWindowInSeconds"
        ):
            raise InvalidParameterValueException(
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
            )

    def _poll(self, uuid: Any) -> None:
        mapping = self.backend.get_event_source_mapping(str(uuid))
        if mapping is not None:
            self.pollers.mapping_changed(mapping)


def _check_zip(code: Mapping[str, Any]) -> None:
    if code.get("ZipFile"):
        try:
            check(base64.b64decode(code["ZipFile"]))
        except PackageError as error:
            raise InvalidParameterValueException(str(error)) from error


def _no_mapping() -> Answer:
    return _problem(404, "ResourceNotFoundException", "The resource you requested does not exist.")


def _throttled() -> Answer:
    return _problem(
        429, "TooManyRequestsException", "Rate Exceeded.", Reason="ReservedFunctionConcurrentInvocationLimitExceeded"
    )


def _problem(status: int, code: str, message: str, **more: str) -> Answer:
    body = json.dumps({"Type": "User", "message": message, **more})
    return status, {"status": status, "x-amzn-errortype": code, "content-type": "application/json"}, body


def install(functions: Functions, pollers: Pollers, asynchronous: Asynchronous) -> None:
    """Have moto answer for Lambda with this, in this process."""
    import moto.awslambda.urls

    SimLambda.functions, SimLambda.pollers, SimLambda.asynchronous = functions, pollers, asynchronous
    for pattern in list(moto.awslambda.urls.url_paths):
        moto.awslambda.urls.url_paths[pattern] = SimLambda.dispatch
