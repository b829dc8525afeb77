"""The runtime of a function, in a process of its own: reads invocations, calls the handler, answers as Lambda's does.

It is run with the standard library alone (`python -I -S -u`), and imports nothing of the sandbox. An invocation is one
line of JSON on one descriptor, its answer one on another: what the function prints is its log, which ends with a mark.

    python runtime.py REQUESTS ANSWERS ROOT PATH...

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html, and Lambda's runtime interface client
(https://github.com/aws/aws-lambda-python-runtime-interface-client) for the words of its errors.
"""

import contextlib
import importlib
import json
import logging
import os
import sys
import time
import traceback
from types import TracebackType
from typing import Any, TextIO

_MARK = "\0"


class Identity:
    """The context's `identity`: there is none without Cognito."""

    cognito_identity_id = None
    cognito_identity_pool_id = None


class Context:
    """What a handler is called with besides the event."""

    def __init__(self, invocation: dict[str, Any]) -> None:
        self.aws_request_id = invocation["request_id"]
        self.invoked_function_arn = invocation["function_arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = Identity()
        self.client_context = None
        self.tenant_id = None
        self._deadline = time.monotonic() + invocation["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the timeout."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))

    def log(self, message: object) -> None:
        """Write to the log."""
        sys.stdout.write(str(message))


class Handler(logging.Handler):
    """Writes records of the root logger as Lambda does: level, time, request, message."""

    request_id = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        text = self.format(record)
        sys.stdout.write(f"[{record.levelname}]\t{at}.{int(record.msecs):03d}Z\t{self.request_id}\t{text}\n")


def load(name: str) -> Any:
    """Return the handler `module.function` (an exception says, in Lambda's words, why there is none)."""
    module_name, _, function = name.rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Failure("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        raise Failure("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}") from error
    if not hasattr(module, function):
        raise Failure("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{module_name}'")
    return getattr(module, function)


class Failure(Exception):  # noqa: N818 - it carries Lambda's type of error
    """Lambda's own error; `kind` is its `errorType`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def described(error: BaseException, request_id: str, trace: TracebackType | None) -> dict[str, Any]:
    """Return an error in Lambda's shape."""
    kind = error.kind if isinstance(error, Failure) else type(error).__name__
    lines = [] if isinstance(error, Failure) else traceback.format_list(traceback.extract_tb(trace)[1:])
    return {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": lines}


def told(error: dict[str, Any]) -> str:
    """Return an error as it is in the log."""
    lines = [f"[ERROR] {error['errorType']}: {error['errorMessage']}"]
    if error["stackTrace"]:
        lines += ["Traceback (most recent call last):", *(line.rstrip("\n") for line in error["stackTrace"])]
    return "\n".join(lines) + "\n"


def invoke(handler: Any, invocation: dict[str, Any]) -> dict[str, Any]:
    """Call the handler with an invocation; return what is sent back."""
    request_id = invocation["request_id"]
    try:
        answer = handler(invocation["event"], Context(invocation))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the invocation's error
        failed = described(error, request_id, error.__traceback__)
    else:
        try:
            return {"payload": json.dumps(answer)}
        except (TypeError, ValueError) as error:
            failed = described(
                Failure("Runtime.MarshalError", f"Unable to marshal response: {error}"), request_id, None
            )
    sys.stdout.write(told(failed))
    return {"error": failed}


def main() -> None:
    """Serve invocations until there are no more."""
    requests, answers, root, *paths = sys.argv[1:]
    sys.path[:0] = [root]
    sys.path.extend(paths)
    os.chdir(root)
    logs = Handler()
    logging.getLogger().addHandler(logs)
    with os.fdopen(int(requests), "r", encoding="utf-8") as incoming, os.fdopen(int(answers), "w") as outgoing:
        failure: dict[str, Any] | None = None
        handler = None
        try:
            handler = load(os.environ["_HANDLER"])
        except Exception as error:  # noqa: BLE001 - what the module raises when it is imported
            failure = described(error, "", error.__traceback__)
        _send(outgoing, {"ready": failure is None})
        for line in incoming:
            invocation = json.loads(line)
            logs.request_id = invocation["request_id"]
            if failure is not None:
                answer = {"error": {**failure, "requestId": invocation["request_id"]}, "initialization": True}
                sys.stdout.write(told(failure))
            else:
                answer = invoke(handler, invocation)
            with contextlib.suppress(ValueError, OSError):  # a function may close them
                sys.stdout.write(f"{_MARK}{invocation['request_id']}{_MARK}\n")
                sys.stdout.flush()
            _send(outgoing, answer)


def _send(outgoing: TextIO, answer: dict[str, Any]) -> None:
    outgoing.write(json.dumps(answer) + "\n")
    outgoing.flush()


if __name__ == "__main__":
    main()
