"""`rules`: the rule list, or a rule's page."""

from typing import Annotated

import typer

from commands.options import FormatOption, PlainFormat
from commands.running import refuse
from commands.saying import echo_json


def rules(
    rule: Annotated[str | None, typer.Argument(metavar="ID", help="A rule; all where none is named.")] = None,
    form: FormatOption = PlainFormat.TEXT,
) -> None:
    """List the rules, or print a rule's page."""
    from diagnostics.catalogue import to_document
    from diagnostics.render.pages import print_page, print_rules
    from diagnostics.rules import RULES

    known = {each.ID: each for each in RULES}
    if rule is None and form is PlainFormat.JSON:
        for each in RULES:
            echo_json(to_document(each, whole=False))
    elif rule is None:
        print_rules()
    elif rule in known and form is PlainFormat.JSON:
        echo_json(to_document(known[rule]))
    elif rule in known:
        print_page(known[rule])
    else:
        from diagnostics.names import COMMAND

        refuse(f"there is no rule `{rule}`; `{COMMAND} rules` lists them")
