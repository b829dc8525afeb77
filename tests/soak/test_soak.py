"""The soak's short form: a few hard histories, the same each time, and what is kept of them."""

from tests.automation.histories.story import Act, History, Layout, Moment, Run
from tests.soak.batch import expression, live_batch

HISTORIES = 4


def test_hard_histories_end_well() -> None:
    batch = live_batch(7, HISTORIES, shrink=False)
    assert batch.broken is None
    assert batch.tally.histories == HISTORIES
    assert batch.tally.runs.total() >= 2 * HISTORIES  # each ends with a good change


def test_a_history_is_told_as_the_expression_that_makes_it() -> None:
    history = History(Layout(step=10.0), (Run(("good-1",), (1,), (Moment(3.0, Act.LAG),)),))
    told = expression(history)
    assert told == (
        "History(layout=Layout(step=10.0), runs=(Run(tags=('good-1',), counts=(1,), "
        "moments=(Moment(at=3.0, act=Act.LAG),)),))"
    )
    assert eval(told, globals()) == history  # noqa: S307 - it is ours
