"""The page in a browser: it asks nobody, overflows nowhere, and can be read without eyes, mouse or network."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from diagnostics.render.html.page import to_html
from diagnostics.render.html.report import Report
from tests.diagnostics.render.pages import HOSTILE, hostile, story, whole

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium: `make browser` installs it with apt, as root"
)
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAYS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "print": {"color_scheme": "dark", "viewport": {"width": 794, "height": 1123}},
}
"""How it is read."""
READ: tuple[tuple[Callable[[], Report], str], ...] = (
    *((whole, way) for way in WAYS),
    (hostile, "light"),
    (hostile, "phone"),
    (lambda: story("spot-interrupted-once-resolved"), "light"),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS), chromium_sandbox=False)
        yield started
        started.close()


@dataclass
class Seen:
    """A page that is open, and what it did."""

    page: Page
    said: list[str] = field(default_factory=list)
    """In the console, errors of the page included."""
    asked: list[str] = field(default_factory=list)
    """Addresses of requests, the page's own first."""
    failed: list[str | None] = field(default_factory=list)
    """Why requests did."""


Opener = Callable[[Report, str], Seen]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    contexts = []

    def open_page(report: Report, way: str) -> Seen:
        file = tmp_path / "report.html"
        file.write_text(to_html(report), encoding="utf-8")
        contexts.append(context := browser.new_context(**WAYS[way]))
        seen = Seen(context.new_page())
        seen.page.on("console", lambda message: seen.said.append(message.text))
        seen.page.on("pageerror", lambda error: seen.said.append(str(error)))
        seen.page.on("dialog", lambda dialog: (seen.said.append(dialog.message), dialog.dismiss()))
        seen.page.on("request", lambda request: seen.asked.append(request.url))
        seen.page.on("requestfailed", lambda request: seen.failed.append(request.failure))
        if way == "print":
            seen.page.emulate_media(media="print")
        seen.page.goto(file.as_uri())
        return seen

    yield open_page
    for context in contexts:
        context.close()


def everything_open(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


@pytest.mark.parametrize(("report", "way"), READ)
def test_it_is_quiet_alone_as_wide_as_the_page_and_accessible(
    opened: Opener, report: Callable[[], Report], way: str
) -> None:
    seen = opened(report(), way)
    everything_open(seen.page)
    assert [address.split(":")[0] for address in seen.asked if not address.startswith("data:")] == ["file"]
    assert seen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = Axe().run(seen.page).response["violations"]
    grave = [each for each in found if each["impact"] in {"serious", "critical"}]
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in grave] == []
    assert seen.said == []


def test_what_others_say_stays_text(opened: Opener) -> None:
    seen = opened(hostile(), "light")
    page = seen.page
    everything_open(page)
    assert page.evaluate("document.querySelectorAll('script, img, [onload], [onerror]').length") == 0
    assert page.title() != "x"
    shown = HOSTILE.replace("\x1b", "\ufffd").replace("\u202e", "\ufffd")
    assert page.text_content("h1") == shown
    assert HOSTILE.partition("\x1b")[0] in (page.text_content("pre.log") or "")


def test_the_policy_stops_what_would_slip_through(opened: Opener) -> None:
    """The second line of defence: a script, a style and an image that somebody brings into the page do nothing."""
    seen = opened(whole(), "light")
    seen.page.evaluate(
        """() => {
            const script = document.createElement('script'); script.textContent = "document.title = 'run'";
            const style = document.createElement('style'); style.textContent = 'body { width: 10px }';
            const image = document.createElement('img'); image.src = 'http://127.0.0.1:9/seen';
            document.body.append(script, style, image);
        }"""
    )
    seen.page.wait_for_function("() => document.images[0].complete")
    assert seen.page.title() == "web: app-config-missing"
    assert seen.page.evaluate("document.body.offsetWidth") > 100
    assert len([said for said in seen.said if "Content Security Policy" in said]) >= 3
    assert seen.failed == ["csp"], "it was asked for, and stopped before it left"


def test_the_evidence_is_downloaded_as_it_is_named(opened: Opener) -> None:
    seen = opened(story("crashed-twice-doomed"), "phone")
    with seen.page.expect_download() as waiting:
        seen.page.click("a.download")
    assert waiting.value.suggested_filename == "recording.jsonl"
    assert waiting.value.path().read_text(encoding="utf-8").startswith('{"schema":"recording/1"')


def test_the_keyboard_reaches_every_link_summary_and_scrolling_part(opened: Opener) -> None:
    page = opened(whole(), "light").page
    everything_open(page)
    wanted = page.evaluate("document.querySelectorAll('a, summary, [tabindex]').length")
    focused = "[...document.querySelectorAll('*')].indexOf(document.activeElement)"
    reached = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(focused))
    assert reached == sorted(set(reached)), "in the order of the page, each once"


def test_dark_light_and_print_have_their_own_colours(opened: Opener) -> None:
    def back(way: str) -> str:
        return str(opened(whole(), way).page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert back("light") == back("print") == "rgb(255, 255, 255)", "paper is white, also for who reads in the dark"
    assert back("dark") != back("light")


def test_it_can_be_printed(opened: Opener) -> None:
    assert opened(whole(), "print").page.pdf(format="A4").startswith(b"%PDF")
