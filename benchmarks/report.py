"""How large the HTML report is, and how soon a browser has it: `python -m benchmarks.report` prints bytes and seconds.

The recording is a large service's worst deployment: 100 tasks that all die and 5,000 log lines, more with each look.
Measured in Chromium: from the start of the navigation to the event `load`, and to the first frame after it.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.diagnose import BEGAN, snapshot
from diagnostics.render.html.page import to_html
from diagnostics.render.html.report import report_of, sections_of_stream

_WORDS = ("order", "cart", "user", "cache", "refund", "session", "invoice", "retry", "queue", "stock")


def large_recording(tasks: int, lines: int, looks: int) -> Iterator[str]:
    """Yield the lines of a recording whose last look has so many tasks and log lines, and each look before it fewer."""
    whole = snapshot(tasks, lines)
    chance = Random(1)  # noqa: S311 - the same report each time
    for log in whole["logs"]:
        for event in log["events"]:
            # Programs do not repeat themselves: ids and figures that no compression foresees.
            event["message"] += f" {chance.choice(_WORDS)}={chance.getrandbits(64):016x}"
    yield json.dumps({"schema": "recording/1"}) + "\n"
    for number in range(1, looks + 1):
        yield json.dumps(_part(whole, number / looks)) + "\n"


def _part(whole: dict[str, Any], share: float) -> dict[str, Any]:
    def first(items: list[Any]) -> list[Any]:
        return items[: max(1, int(len(items) * share))]

    return whole | {
        "captured_at": (BEGAN + timedelta(seconds=160 * share)).isoformat(),
        "tasks": first(whole["tasks"]),
        "logs": [log | {"events": first(log["events"])} for log in first(whole["logs"])],
    }


def load_seconds(page: Path, rounds: int, executable: str) -> list[float]:
    """Return how long each of some loads of a page takes, each in a new context of one browser."""
    from playwright.sync_api import sync_playwright

    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable)
        for _ in range(rounds):
            context = browser.new_context(viewport={"width": 390, "height": 844})
            tab = context.new_page()
            tab.goto(page.as_uri())
            frame = "new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"
            taken.append(tab.evaluate(frame) / 1000)
            context.close()
        browser.close()
    return taken


def main() -> None:
    """Print what the report costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--lines", type=int, default=5000)
    parser.add_argument("--looks", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    recording = list(large_recording(given.tasks, given.lines, given.looks))
    began = time.process_time()
    text = to_html(report_of([section for section, _ in sections_of_stream(recording)], BEGAN))
    made = time.process_time() - began
    size = sum(map(len, recording)) / 1024**2
    print(f"recording: {given.looks} looks, {given.tasks} tasks, {given.lines} log lines, {size:.1f} MiB")
    print(f"page:      {len(text.encode()) / 1024**2:.2f} MiB, made in {made:.2f} s of the processor's time")
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        print("load:      not measured: there is no Chromium (`make browser` installs it)")
        return
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(text, encoding="utf-8")
        taken = load_seconds(page, given.rounds, executable)
    print(f"load:      median {statistics.median(taken):.2f} s, worst {max(taken):.2f} s of {given.rounds}")


if __name__ == "__main__":
    main()
