"""An answer is held to its service's model: what is wrong is as if it were not told, and nothing else is touched."""

from datetime import UTC, datetime

from botocore.session import Session

from diagnostics.answers import as_modelled


def test_what_has_another_type_is_left_out_and_lists_are_always_there() -> None:
    shape = Session().get_service_model("ecs").operation_model("DescribeServices").output_shape
    at = datetime(2026, 11, 20, tzinfo=UTC)
    right = {"serviceName": "web", "desiredCount": 2, "createdAt": at, "newer": {"than": "the model"}}
    wrong = {"status": 7, "runningCount": True, "events": None, "loadBalancers": {}, "deployments": [None, {"id": 5}]}
    assert as_modelled({"services": [right | wrong, "x"]}, shape) == {
        "services": [right | {"events": [], "loadBalancers": [], "deployments": [{}]}],
        "failures": [],
    }
    assert as_modelled(None, shape) == {"services": [], "failures": []}


def test_a_policy_that_was_read_as_json_stays() -> None:
    shape = Session().get_service_model("iam").operation_model("GetRolePolicy").output_shape
    answer = {"RoleName": "r", "PolicyName": "p", "PolicyDocument": {"Statement": []}}
    assert as_modelled(answer, shape) == answer
