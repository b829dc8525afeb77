"""The role's list agrees with what a diagnosis reads, and with what the handler calls."""

import re
from pathlib import Path

from alerts import handler
from alerts.permissions import ACTIONS, On
from automation.permissions import Use, actions_of

SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(Path(handler.__file__).parent.glob("*.py")))


def test_the_function_may_read_what_a_watch_reads():
    assert set(ACTIONS[On.ANY]) == {*actions_of(Use.WATCH), "ecs:ListTagsForResource"}


def test_the_function_may_use_the_table_as_it_does_and_no_further():
    called = set(re.findall(r"_client\.(\w+_items?)\(", SOURCES))
    assert called == {"batch_get_item", "transact_write_items", "update_item"}
    assert ACTIONS[On.TABLE] == ("dynamodb:BatchGetItem", "dynamodb:UpdateItem")
    # A transaction of updates alone needs no more than UpdateItem.
    assert set(re.findall(r'"(Update|Put|Delete|ConditionCheck)"', SOURCES)) <= {"Update"}
