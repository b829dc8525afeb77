"""docs/preflight.md lists the checks that there are."""

from automation.preflight.catalogue import PAGE, with_table


def test_the_page_has_the_table_of_the_checks() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_table(page), "run `python -m automation.preflight.catalogue`"
