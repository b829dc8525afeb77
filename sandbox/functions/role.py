"""The role of a function: whether Lambda may assume it, what it may do, and the credentials of a session."""

from typing import Any

from sandbox.callers.identity import role_policies
from sandbox.ecs.iam import Policies, parse, trusts

_TRUSTED = "lambda.amazonaws.com"
_SESSION_SECONDS = 12 * 3600


def assumable(role_arn: str, account: str) -> bool:
    """Return whether Lambda may assume a role."""
    role = _role(role_arn)
    return role is not None and trusts(
        parse(role.assume_role_policy_document), _TRUSTED, {"aws:SourceAccount": account}
    )


def _role(arn: str) -> Any | None:
    from moto.iam.models import iam_backends

    backend = iam_backends[arn.split(":")[4]][arn.split(":")[1]]
    return next((each for each in list(backend.roles.values()) if each.arn == arn), None)


def policies(arn: str) -> Policies:
    """Return what is attached to a role; nothing where it is gone."""
    from moto.iam.models import iam_backends

    role = _role(arn)
    return role_policies(role, iam_backends[arn.split(":")[4]][arn.split(":")[1]]) if role else Policies()


def credentials(function: Any) -> dict[str, str]:
    """Return the credentials of a session of the function's role, whose name is the function's."""
    from moto.sts.models import sts_backends

    backend = sts_backends[function.account_id]["aws"]
    session = backend.assume_role(
        region_name=function.region,
        role_session_name=function.function_name,
        role_arn=function.role,
        policy=None,
        duration=_SESSION_SECONDS,
        external_id=None,
    )
    return {
        "AWS_ACCESS_KEY_ID": session.access_key_id,
        "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
        "AWS_SESSION_TOKEN": session.session_token,
    }
