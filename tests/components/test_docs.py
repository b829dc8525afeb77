"""docs/component.md says what the components take and give: its tables are made from the code."""

import re

import pytest

from tests.components.document import PAGE, tables, with_tables


@pytest.mark.parametrize("name", tables())
def test_the_page_has_each_table(name):
    assert f"<!-- {name} -->\n" in PAGE.read_text()


def test_the_tables_are_current():
    page = PAGE.read_text()
    assert with_tables(page) == page, "run: python -m tests.components.document"


def test_every_argument_and_output_is_in_its_table():
    from components import FargateService
    from components.arguments import ARGUMENTS

    def names(table):
        return set(re.findall(r"^\| `(\w+)` \|", tables()[table], re.MULTILINE))

    assert names("arguments") == set(ARGUMENTS.keys)
    assert names("outputs") == set(FargateService.__annotations__)


def test_what_the_page_calls_a_default_is_one(worker):
    from components.validation import read

    settings = read("shop", worker)
    assert settings.desired_count == 2
    assert settings.log_retention_in_days == 365
    assert settings.deployment.bake_time_in_minutes == 5
    assert settings.target_group.deregistration_delay == 30
    assert settings.create_kms_key is True
