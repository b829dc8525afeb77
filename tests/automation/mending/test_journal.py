"""What a run must put back is on disk before it is made, and is forgotten when it is put back."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from automation.aws.account import read_provider
from automation.engine.update import Operation, ServiceTarget
from automation.mending.journal import Journal, Kind

PROVIDER = {
    "region": "eu-west-1",
    "profile": "shop",
    "secretKey": "[secret]",
    "endpoints": '[{"ecs": "https://ecs.example"}]',
    "assumeRoles": '[{"roleArn": "arn:aws:iam::123456789012:role/deploy", "tags": {"team": "shop"}, '
    '"policyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}]',
}
"""Every kind of setting: texts, lists, roles with lists of their own, and one that the engine hides."""


def _noted(journal: Journal, service: str = "shop"):
    provider = read_provider("urn:provider", PROVIDER)
    target = ServiceTarget(
        f"urn:{service}", service, "prod", "web:1", Operation.UPDATE, "eu-west-1", True, "123456789012", provider
    )
    return journal.note(Kind.SURGE, target, desired_before=1, desired_set=3)


def test_a_noted_change_is_outstanding_until_it_is_undone(tmp_path: Path) -> None:
    change = _noted(Journal(tmp_path, "dev"))
    again = Journal(tmp_path, "organization/shop/dev")
    assert again.outstanding() == (change,)
    again.undone(change)
    again.undone(change)
    assert again.outstanding() == ()


def test_stacks_and_services_are_kept_apart(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "dev")
    changes = {_noted(journal, "shop"), _noted(journal, "pay")}
    assert set(journal.outstanding()) == changes
    assert Journal(tmp_path, "prod").outstanding() == ()


def test_a_half_written_note_is_not_taken_for_one(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "dev")
    change = _noted(journal)
    (journal.directory / "tmp8x").write_text('{"kind": "sur')
    assert journal.outstanding() == (change,)


def test_whether_the_process_that_made_it_lives_is_seen(tmp_path: Path) -> None:
    change = _noted(Journal(tmp_path, "dev"))
    assert not change.made_by_a_live_process  # this very process does not wait for itself
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        mine = replace(change, pid=other.pid)
        assert mine.made_by_a_live_process
        assert not replace(mine, host="elsewhere").made_by_a_live_process
        other.communicate(b"\n")
    assert not mine.made_by_a_live_process
    assert change.pid == os.getpid()
