"""Lambda: `aws:lambda/function:Function` what feeds it, who may invoke it, and how."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.provider import naming
from sandbox.provider.archive import packed
from sandbox.provider.errors import MissingError, code, message
from sandbox.provider.plain import Ask, Plain
from sandbox.provider.resource import Call
from sandbox.provider.schema import Problem, Properties, archive, block, blocks, flag, mapping, text, texts, whole
from sandbox.provider.tagging import Tagging
from sandbox.provider.waiting import retry
from sandbox.provider.wire import Values

_GONE = frozenset({"ResourceNotFoundException"})
_UNRESERVED = -1
_PROPAGATION = 5 * 60
"""How long the real provider asks again while a new role is not known: `iamPropagationTimeout`, and a bit."""
_CODE = ("code", "s3Bucket", "s3Key", "s3ObjectVersion", "sourceCodeHash", "architectures")
_CONFIGURATION = (
    "deadLetterConfig", "description", "environment", "ephemeralStorage", "handler", "kmsKeyArn", "layers",
    "loggingConfig", "memorySize", "role", "runtime", "timeout", "tracingConfig",
)  # fmt: skip
_TAGS = Tagging("tag_resource", "untag_resource", "Resource", pair=(), state="arn", listed="list_tags", created="Tags")


class _Lambda(Plain):
    service = "lambda"
    service_id = "Lambda"
    gone = _GONE


class Function(_Lambda):
    """A function of a zip; its id is its name. It has one version, `$LATEST`."""

    type_name = "aws:lambda/function:Function"
    label = "Lambda Function"
    name_limit = 64
    properties: ClassVar[Properties] = {
        "architectures": texts(computed=True),
        "code": archive(),
        "deadLetterConfig": block({"targetArn": text(required=True)}),
        "description": text(),
        "environment": block({"variables": mapping()}),
        "ephemeralStorage": block({"size": whole(computed=True)}, computed=True),
        "handler": text(),
        "kmsKeyArn": text(member="KMSKeyArn"),
        "layers": texts(unordered=False),
        "loggingConfig": block(
            {
                "applicationLogLevel": text(),
                "logFormat": text(required=True),
                "logGroup": text(computed=True),
                "systemLogLevel": text(),
            },
            computed=True,
        ),
        "memorySize": whole(default=128),
        "name": text(computed=True, force_new=True, member="FunctionName"),
        "packageType": text(default="Zip", force_new=True),
        "publish": flag(default=False, program_only=True),
        "reservedConcurrentExecutions": whole(default=_UNRESERVED),
        "role": text(required=True),
        "runtime": text(),
        "s3Bucket": text(program_only=True),
        "s3Key": text(program_only=True),
        "s3ObjectVersion": text(program_only=True),
        "skipDestroy": flag(default=False, program_only=True),
        "sourceCodeHash": text(computed=True),
        "timeout": whole(default=3),
        "tracingConfig": block({"mode": text(required=True)}, computed=True),
    }
    outputs = (
        "arn", "codeSha256", "invokeArn", "lastModified", "qualifiedArn", "qualifiedInvokeArn", "sourceCodeSize",
        "version",
    )  # fmt: skip
    reads = Ask("get_function", lambda call: {"FunctionName": call.id})
    deletes = Ask("delete_function", lambda call: {"FunctionName": call.id})
    tagging = _TAGS

    def verify(self, inputs: Values) -> list[Problem]:
        """A zip has a handler and a runtime, and comes from somewhere; images are not run here."""
        problems = [Problem(key, f'"{key}" is required for a package of type Zip') for key in ("handler", "runtime")]
        found = [each for each in problems if not inputs.get(each.path)]
        if inputs.get("code") is None and inputs.get("s3Bucket") is None:
            found.append(Problem("code", "one of `code,image_uri,s3_bucket` must be specified"))
        if inputs.get("packageType") not in {None, "Zip"}:
            found.append(Problem("packageType", str(MissingError("functions of images"))))
        return found

    def create(self, call: Call) -> str:
        """Create it, asked again while its role is too new to be assumed."""
        inputs = call.inputs
        request = self.members(inputs, "architectures", "name", "packageType", *_CONFIGURATION)
        tags = _TAGS.of_creation(call.tags)
        client = self.client(call)
        made = retry(
            lambda: client.create_function(**request, **tags, Code=_code(inputs), Publish=bool(inputs.get("publish"))),
            _role_is_new,
            call.connection.pace,
            _PROPAGATION,
        )
        return str(made["FunctionName"])

    def settle(self, call: Call) -> None:
        """Reserve its concurrency."""
        if call.inputs["reservedConcurrentExecutions"] != _UNRESERVED:
            self._reserve(call)

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return its configuration with its reserved concurrency."""
        found = super().find(call)
        if found is None:
            return None
        reserved = (found.get("Concurrency") or {}).get("ReservedConcurrentExecutions", _UNRESERVED)
        return {**found["Configuration"], "ReservedConcurrentExecutions": reserved}

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return what Terraform's provider makes of it."""
        arn, digest = found["FunctionArn"], found["CodeSha256"]
        invoke = f"arn:aws:apigateway:{call.region}:lambda:path/2015-03-31/functions/{{}}/invocations"
        return {
            "arn": arn,
            "codeSha256": digest,
            "sourceCodeHash": digest,
            "invokeArn": invoke.format(arn),
            "lastModified": found["LastModified"],
            "qualifiedArn": f"{arn}:$LATEST",
            "qualifiedInvokeArn": invoke.format(f"{arn}:$LATEST"),
            "sourceCodeSize": found["CodeSize"],
            "version": found["Version"],
        }

    def update(self, call: Call) -> None:
        """Change its code, its configuration and its concurrency, each by its own operation."""
        client, inputs = self.client(call), call.inputs
        changed = [key for key in _CONFIGURATION if key in call.changed]
        if changed:
            request = {**_EMPTY, **self.members(inputs, *_CONFIGURATION)}
            asked = {key: request[key] for key in (self.member(each, self.properties[each]) for each in changed)}
            retry(
                lambda: client.update_function_configuration(FunctionName=call.id, **asked),
                _role_is_new,
                call.connection.pace,
                _PROPAGATION,
            )
        if call.changed & set(_CODE):
            architectures = self.members(inputs, "architectures")
            client.update_function_code(FunctionName=call.id, **_code(inputs), **architectures)
        if "reservedConcurrentExecutions" in call.changed:
            self._reserve(call)

    def delete(self, call: Call) -> None:
        """Delete it, unless the program wants to keep it."""
        if not call.state.get("skipDestroy"):
            super().delete(call)

    def _reserve(self, call: Call) -> None:
        wanted = call.inputs["reservedConcurrentExecutions"]
        if wanted == _UNRESERVED:
            self.client(call).delete_function_concurrency(FunctionName=call.id)
        else:
            self.client(call).put_function_concurrency(FunctionName=call.id, ReservedConcurrentExecutions=wanted)


_EMPTY: Mapping[str, Any] = {
    "DeadLetterConfig": {"TargetArn": ""},
    "Description": "",
    "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512},
    "KMSKeyArn": "",
    "Layers": [],
    "LoggingConfig": {"LogFormat": "Text"},
    "TracingConfig": {"Mode": "PassThrough"},
}
"""What stands for "none" in an update."""


def _code(inputs: Values) -> dict[str, Any]:
    if inputs.get("code") is not None:
        return {"ZipFile": packed(inputs["code"])}
    given = {"S3Bucket": "s3Bucket", "S3Key": "s3Key", "S3ObjectVersion": "s3ObjectVersion"}
    return {member: inputs[key] for member, key in given.items() if inputs.get(key)}


def _role_is_new(error: BaseException) -> bool:
    return code(error) == "InvalidParameterValueException" and "cannot be assumed by Lambda" in message(error)


class EventSourceMapping(_Lambda):
    """What polls a queue for a function; its id is its UUID."""

    type_name = "aws:lambda/eventSourceMapping:EventSourceMapping"
    label = "Lambda Event Source Mapping"
    properties: ClassVar[Properties] = {
        "batchSize": whole(computed=True),
        "enabled": flag(default=True),
        "eventSourceArn": text(required=True, force_new=True),
        "filterCriteria": block({"filters": blocks({"pattern": text(json=True)})}),
        "functionName": text(required=True),
        "functionResponseTypes": texts(),
        "kmsKeyArn": text(member="KMSKeyArn"),
        "maximumBatchingWindowInSeconds": whole(),
        "metricsConfig": block({"metrics": texts(required=True)}),
        "scalingConfig": block({"maximumConcurrency": whole()}),
    }
    outputs = ("arn", "functionArn", "lastModified", "lastProcessingResult", "state", "stateTransitionReason", "uuid")
    reads = Ask("get_event_source_mapping", lambda call: {"UUID": call.id})
    deletes = Ask("delete_event_source_mapping", lambda call: {"UUID": call.id})
    tagging = _TAGS

    def create(self, call: Call) -> str:
        """Create it, asked again while the function's role is too new to have its permissions."""
        request = self.members(call.inputs, *self.properties)
        client = self.client(call)
        made = retry(
            lambda: client.create_event_source_mapping(**request, **_TAGS.of_creation(call.tags)),
            lambda error: code(error) == "InvalidParameterValueException" and "execution role" in message(error),
            call.connection.pace,
            _PROPAGATION,
        )
        return str(made["UUID"])

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return what has other names, or a state of its own."""
        return {
            "arn": found["EventSourceMappingArn"],
            "enabled": found["State"] in {"Enabled", "Enabling", "Creating"},
            "functionName": _named_as(call, found["FunctionArn"]),
            "lastModified": str(found["LastModified"]),
            "lastProcessingResult": found.get("LastProcessingResult") or "No records processed",
            "uuid": call.id,
        }

    def update(self, call: Call) -> None:
        """Change what differs."""
        request = {**_NO_MAPPING, **self.members(call.inputs, *self.properties)}
        members = (self.member(key, self.properties[key]) for key in sorted(call.changed))
        self.client(call).update_event_source_mapping(UUID=call.id, **{key: request[key] for key in members})


_NO_MAPPING: Mapping[str, Any] = {
    "Enabled": False,
    "FilterCriteria": {},
    "FunctionResponseTypes": [],
    "KMSKeyArn": "",
    "MaximumBatchingWindowInSeconds": 0,
    "MetricsConfig": {"Metrics": []},
    "ScalingConfig": {},
}


class Permission(_Lambda):
    """A statement of a function's policy; its id is the statement's."""

    type_name = "aws:lambda/permission:Permission"
    label = "Lambda Permission"
    taggable = False
    properties: ClassVar[Properties] = {
        "action": text(required=True, force_new=True),
        "function": text(required=True, force_new=True),
        "principal": text(required=True, force_new=True),
        "sourceAccount": text(force_new=True),
        "sourceArn": text(force_new=True),
        "statementId": text(computed=True, force_new=True),
        "statementIdPrefix": text(force_new=True, program_only=True),
    }

    def create(self, call: Call) -> str:
        """Add the statement, under a name that is made up where there is none."""
        inputs = call.inputs
        name = str(inputs.get("statementId") or naming.from_prefix(inputs.get("statementIdPrefix") or "terraform-"))
        request = self.members(inputs, "action", "principal", "sourceAccount", "sourceArn")
        self.client(call).add_permission(FunctionName=inputs["function"], StatementId=name, **request)
        return name

    def read(self, call: Call) -> Values | None:
        """Return the statement; an import's id is `FUNCTION/STATEMENT`, which this does not take."""
        function = call.inputs.get("function") or call.state.get("function")
        if not function:
            return None
        try:
            policy = json.loads(self.client(call).get_policy(FunctionName=function)["Policy"])
        except ClientError as error:
            if code(error) in self.gone:
                return None
            raise
        statement = next((each for each in policy["Statement"] if each.get("Sid") == call.id), None)
        if statement is None:
            return None
        condition, principal = statement.get("Condition") or {}, statement.get("Principal") or {}
        return {
            "action": statement["Action"],
            "function": function,
            "principal": principal.get("Service") or principal.get("AWS"),
            "sourceAccount": (condition.get("StringEquals") or {}).get("AWS:SourceAccount"),
            "sourceArn": (condition.get("ArnLike") or {}).get("AWS:SourceArn"),
            "statementId": call.id,
        }

    def delete(self, call: Call) -> None:
        """Remove the statement."""
        try:
            self.client(call).remove_permission(FunctionName=call.state["function"], StatementId=call.id)
        except ClientError as error:
            if code(error) not in self.gone:
                raise


class FunctionEventInvokeConfig(_Lambda):
    """How a function is invoked asynchronously; its id is the function's name or ARN, as the program has it."""

    type_name = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    label = "Lambda Function Event Invoke Config"
    taggable = False
    properties: ClassVar[Properties] = {
        "destinationConfig": block(
            {
                "onFailure": block({"destination": text(required=True)}),
                "onSuccess": block({"destination": text(required=True)}),
            }
        ),
        "functionName": text(required=True, force_new=True),
        "maximumEventAgeInSeconds": whole(),
        "maximumRetryAttempts": whole(default=2),
    }
    reads = Ask("get_function_event_invoke_config", lambda call: {"FunctionName": call.id})
    deletes = Ask("delete_function_event_invoke_config", lambda call: {"FunctionName": call.id})

    def create(self, call: Call) -> str:
        """Put it."""
        self._put(call)
        return str(call.inputs["functionName"])

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return its function, as the program names it."""
        del found
        return {"functionName": call.id}

    def update(self, call: Call) -> None:
        """Put all of it again."""
        self._put(call)

    def _put(self, call: Call) -> None:
        request = self.members(call.inputs, *self.properties)
        request["MaximumRetryAttempts"] = call.inputs["maximumRetryAttempts"]
        self.client(call).put_function_event_invoke_config(**request)


def _named_as(call: Call, arn: str) -> str:
    """Return a function as the program names it: by its ARN or its name."""
    written = str(call.inputs.get("functionName") or call.state.get("functionName") or arn)
    return written if written in {arn, arn.rpartition(":")[2]} else arn
