"""The comment of a preview: what it shows, that it fits, and that nothing of others becomes markup or a mention."""

import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from automation.ci.comment import LONGEST, marker, marker_of, to_comment
from automation.ci.markdown import code, escaped, table

MARKDOWN = MarkdownIt("commonmark").enable("table")
HOSTILE = (
    "@octocat `@octocat` #1 GH-1 | a \\| b \\\\| <img src=x onerror=alert(1)> <!-- --> </details> [a](https://evil.example)"
    " ![i](http://evil.example/x.png) https://evil.example www.evil.example\n```\n# heading\n::error::x\x1b[2J --> $x$"
)
DIGEST = "sha256:" + "a" * 64


def finding(status: str, **more: Any) -> dict[str, Any]:
    given = {"check": "image-exists", "service": "shop", "what": "the image is not there", "why": None, "fix": None}
    return {**given, "status": status, "evidence": [], **more}


def control(state: str, **more: Any) -> dict[str, Any]:
    given = {"control": "LOG-02", "class": "default", "type": "aws:cloudwatch/logGroup:LogGroup", "path": "kmsKeyId"}
    said = {"message": "is not set", "requires": "log lines are encrypted", "instead": "kmsKeyId: ARN"}
    return {**given, **said, "resource": "urn:pulumi:prod::shop::x::shop-logs", "state": state, **more}


def preview(**more: Any) -> dict[str, Any]:
    return {
        "schema": "preview/1",
        "stack": "prod",
        "refused": False,
        "resources": [
            {"operation": "update", "type": "aws:ecs/service:Service", "name": "shop", "urn": "urn", "inputs": ["cpu"]}
        ],
        "services": [
            {
                "service": "shop",
                "revision": "shop:41",
                "changes": [
                    {"path": "containerDefinitions[app].image", "before": "shop:1", "after": "shop:2"},
                    {"path": "containerDefinitions[app].imageDigest", "before": None, "after": DIGEST},
                    {"path": "cpu", "before": "256", "after": None},
                ],
                "unseen": None,
            }
        ],
        "warnings": [],
        "preflight": {
            "schema": "preflight/1",
            "refused": False,
            "seconds": 0.1,
            "findings": [finding("ok")],
            "images": [{"service": "shop", "container": "app", "image": "shop:2", "digest": DIGEST}],
        },
        "gate": {
            "schema": "gate/1",
            "passed": True,
            "new_revision": True,
            "revisions": [{"service": "shop", "new": True, "what": "a new revision of `shop` is registered"}],
            "refused": [],
        },
        "controls": {"schema": "audit/1", "broken": False, "gaps": [], "findings": [control("passed")]},
        **more,
    }


def with_findings(*findings: dict[str, Any]) -> dict[str, Any]:
    made = preview()
    return {**made, "preflight": {**made["preflight"], "findings": list(findings)}}


def with_controls(*findings: dict[str, Any]) -> dict[str, Any]:
    return preview(controls={"schema": "audit/1", "broken": True, "gaps": [], "findings": list(findings)})


def test_it_says_what_changes_by_container_and_field() -> None:
    text = to_comment(preview(), "shop")
    assert text.startswith(f"{marker('shop', 'prod')}\n## Preview of `shop`, stack `prod`: ready\n")
    assert "**Gate passed:** a new revision of `shop` is registered" in text
    assert "Service `shop`, now `shop:41`:" in text
    assert "| `app` | `image` | `shop:1` | `shop:2` |" in text
    assert f"| `app` | `imageDigest` | (none) | `{DIGEST}` |" in text
    assert "|   | `cpu` | `256` | (none) |" in text
    assert f"| `shop` | `app` | `shop:2` | `{DIGEST}` |" in text
    assert "resources: 1 to update" in text


def test_it_says_what_is_refused_warned_and_not_done() -> None:
    evidence = [{"source": "BatchGetImage", "quote": "ImageNotFound"}]
    text = to_comment(
        with_findings(
            finding("refused", why="the registry answered", fix="push it", evidence=evidence),
            finding("warned", check="grace-period", what="it is short", fix="wait longer"),
            finding("not-done", check="way-out", what="the route is unknown"),
        )
        | {"refused": True},
        "shop",
    )
    assert ": `up` would refuse it" in text
    assert "1 refused, 1 warned, 1 not done." in text
    assert "**refused** `image-exists` of `shop`: the image is not there. Why: the registry answered." in text
    assert "**Do:** push it." in text
    assert "BatchGetImage: ImageNotFound" in text
    assert "**warned** `grace-period`" in text
    assert "- `way-out` of `shop`: the route is unknown" in text


def test_it_says_which_controls_fail_and_which_are_waived_until_when() -> None:
    waived = control("waived", control="TSK-01", message="is off (waived until 2027-01-31: the vendor writes there)")
    text = to_comment(with_controls(control("failed"), waived, control("not checked", control="NET-03")), "shop")
    assert "0 hold; 1 failures, 1 waived, 1 not to be seen before the update." in text
    assert "| `LOG-02` (default) | `shop-logs` kmsKeyId is not set | log lines are encrypted; kmsKeyId: ARN |" in text
    assert "waived until 2027-01-31: the vendor writes there" in text
    assert "`NET-03`" in text


def test_a_gate_that_is_refused_says_what_to_do() -> None:
    gate = preview()["gate"] | {"passed": False, "refused": [finding("refused", check="new-revision", fix="change it")]}
    text = to_comment(preview(gate=gate), "shop")
    assert "**Gate refused:**" in text
    assert "- `new-revision`: the image is not there. **Do:** change it." in text


def test_each_stack_has_a_marker_of_its_own_whatever_its_name() -> None:
    names = [("shop", "prod"), ("shop", "dev"), ("shop/prod", ""), ("-->", "<script>"), ("shop", "org/shop/prod")]
    markers = {marker(*each) for each in names}
    assert len(markers) == len(names)
    assert all(marker_of(each + "\nx") == each for each in markers)
    assert marker_of("hello " + marker("a", "b")) is None


def everywhere(document: Any, text: str) -> Any:
    """Return a document with the text in the place of every text that is not a word of the format."""
    match document:
        case dict():
            words = {"schema", "status", "state", "class", "operation"}
            return {key: each if key in words else everywhere(each, text) for key, each in document.items()}
        case list():
            return [everywhere(each, text) for each in document]
        case str():
            return text
    return document


def full() -> dict[str, Any]:
    evidence = [{"source": "s", "quote": "q"}]
    states = ("refused", "warned", "not-done", "skipped", "ok")
    made = with_findings(*(finding(each, why="w", fix="f", evidence=evidence) for each in states))
    made["controls"]["findings"] = [control(each) for each in ("failed", "waived", "not checked", "passed")]
    made["gate"]["refused"] = [finding("refused", fix="f")]
    made["services"][0]["unseen"] = "u"
    made["warnings"] = ["w"]
    return made


def test_hostile_text_in_every_place_stays_text() -> None:
    text = to_comment(everywhere(full(), HOSTILE), HOSTILE)
    assert_only_ours(text)


TEXT = st.text(alphabet="@`|\\<>#[]()!*_~&$- \nabhttps:/.w\x1b1", max_size=30)


@settings(max_examples=150, deadline=None)
@given(TEXT)
def test_no_text_gets_out_of_its_place(text: str) -> None:
    assert_only_ours(to_comment(everywhere(full(), text), "shop"))


OUR_HTML = re.compile(
    r"(<details>|</details>|<summary>.*</summary>|<!-- failwell:preview:[0-9a-f]{64} -->|<!-- -->|\s)+"
)


def assert_only_ours(text: str) -> None:
    """Hold a comment to what it may be: our headings, tables, folds and code, and no link, image, mention or HTML."""
    tokens = MARKDOWN.parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    kinds = {each.type for each in (*tokens, *inline)}
    assert not kinds & {"link_open", "image", "code_block", "blockquote_open", "lheading_open"}
    for each in (*tokens, *inline):
        if each.type in {"html_block", "html_inline"}:
            assert OUR_HTML.fullmatch(each.content), each.content
        if each.type == "text":
            assert not re.search(r"@\w|#\d", each.content), each.content
            assert not re.search(r"(?i)\b(https?|ftp)://|\bwww\.", each.content), each.content
    assert {each.tag for each in tokens if each.type == "heading_open"} <= {"h2", "h3"}
    html = "".join(each.content for each in tokens if each.type == "html_block")
    assert html.count("<details>") == html.count("</details>")
    assert "\x1b" not in text


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=3))
def test_a_row_has_as_many_cells_as_its_head(rows: list[tuple[str, str]]) -> None:
    lines = table(("one", "two"), [(code(a), escaped(" ".join(b.split()))) for a, b in rows])
    for line in lines[2:]:
        # As cmark-gfm reads cells: an escaped character belongs to its cell, also in a code span.
        assert len(re.sub(r"\\[\x21-\x7e]", "", line).split("|")) == 4, line


def test_it_is_never_longer_than_github_takes() -> None:
    made = full()
    made["services"][0]["changes"] *= 400
    made["preflight"]["findings"] = [finding("refused", what=HOSTILE * 5, why="w" * 3000) for _ in range(60)]
    text = to_comment(made, "shop")
    assert len(text.encode()) <= LONGEST
    assert "Some of it is left out here, because it is too long" in text
    assert "… and 1140 more." in text
    assert_only_ours(text)


def test_a_preview_without_controls_has_no_part_of_them() -> None:
    assert "Hardening" not in to_comment(preview(controls=None), "shop")


def test_it_is_made_of_what_a_file_holds() -> None:
    assert to_comment(json.loads(json.dumps(preview())), "shop") == to_comment(preview(), "shop")
