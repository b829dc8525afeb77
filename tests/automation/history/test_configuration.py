"""The configuration of a record: never a secret, and whole again with the secrets of today."""

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from automation.history.configuration import named, put_back, recorded

SECURE = {"secure": "v1:AAAA:BBBB"}
CONFIG: dict[str, Any] = {
    "shop:image": "shop:good-1",
    "shop:desired_count": 2,
    "shop:token": SECURE,
    "shop:environment": {
        "LOG_LEVEL": "debug",
        "API_KEY": "0123456789abcdef",
        "URL": "postgres://me:hunter2222@db/shop",
    },
    "shop:secrets": {"DATABASE_PASSWORD": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"},
    "shop:list": ["plain", SECURE, {"inner": SECURE, "other": 1}, "last"],
}


def test_secrets_are_left_out_and_where_they_were_is_said() -> None:
    kept = recorded(CONFIG)
    text = json.dumps(kept.values)
    for secret in ("v1:AAAA", "0123456789abcdef", "hunter2222"):
        assert secret not in text
    assert kept.absent == (
        ("shop:token",),
        ("shop:environment", "API_KEY"),
        ("shop:environment", "URL"),
        ("shop:list", 1),
        ("shop:list", 2, "inner"),
    )
    assert kept.values["shop:environment"] == {"LOG_LEVEL": "debug"}
    assert kept.values["shop:secrets"] == CONFIG["shop:secrets"], "the name of a secret is none"
    assert kept.values["shop:list"] == ["plain", {"other": 1}, "last"]


def test_what_is_recorded_shares_nothing_with_the_settings() -> None:
    before = copy.deepcopy(CONFIG)
    recorded(CONFIG)
    assert before == CONFIG


def test_it_is_whole_again_with_the_secrets_of_today() -> None:
    kept = recorded(CONFIG)
    whole = put_back(kept.values, kept.absent, CONFIG)
    assert whole.values == CONFIG
    assert (whole.from_now, whole.missing) == (kept.absent, ())


def test_a_secret_that_the_settings_do_not_hold_any_more_is_missing() -> None:
    kept = recorded(CONFIG)
    today = {key: value for key, value in CONFIG.items() if key != "shop:token"} | {"shop:list": ["plain"]}
    whole = put_back(kept.values, kept.absent, today)
    assert [named(path) for path in whole.missing] == ["shop:token", "shop:list.1", "shop:list.2.inner"]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just("plain")
    | st.just(SECURE)
    | st.just("postgres://a:hunter2222@b/c"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(("p:a", "p:b", "p:c")), VALUES, max_size=3))
def test_any_configuration_loses_its_secrets_and_gets_them_back(config: dict[str, Any]) -> None:
    kept = recorded(config)
    text = json.dumps(kept.values)
    assert "v1:AAAA" not in text
    assert "hunter2222" not in text
    assert put_back(kept.values, kept.absent, config).values == config
