"""What of moto's own interface a sandbox does not take."""

import urllib.error
import urllib.request

import pytest

from sandbox.process import Sandbox


def test_motos_reset_is_refused_because_it_would_leave_our_tasks_behind(running: Sandbox) -> None:
    vpc = running.defaults()["vpc_id"]
    request = urllib.request.Request(f"{running.endpoint}/moto-api/reset", method="POST")  # noqa: S310 - our own
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request, timeout=10)  # noqa: S310 - our own
    with error.value:
        assert error.value.code == 400
        said = error.value.read().decode()
    assert "<Code>UnsupportedOperation</Code>" in said
    assert "deploy.py sandbox stop" in said
    assert running.defaults()["vpc_id"] == vpc
