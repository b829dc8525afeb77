"""Whole stories, look by look: what recovers is at no moment called doomed, and what does not is in the end.

Each file of `stories/` is a recording named after what happens and how it ends. They are written by hand, in AWS's
shapes and with AWS's words as the rules' own pages cite them.
"""

import json
from pathlib import Path

import pytest

from diagnostics.engine import INSUFFICIENT
from diagnostics.evidence import Evidence
from diagnostics.model import Verdict
from diagnostics.recorder import read_documents
from diagnostics.story import Story

STORIES = sorted((Path(__file__).parent / "stories").glob("*.jsonl"))


def told(path: Path) -> tuple[Story, list[Verdict]]:
    story, verdicts = Story(), []
    with path.open(encoding="utf-8") as stream:
        for each in read_documents(stream).documents:
            assert isinstance(each, Evidence), each
            verdicts.append(story.add(each).verdict)
    return story, verdicts


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_ends_as_its_name_says(path: Path) -> None:
    story, verdicts = told(path)
    assert story.best is not None
    if path.stem.endswith("-resolved"):
        assert Verdict.DOOMED not in verdicts, verdicts
        assert story.best.verdict is Verdict.HEALTHY
    else:
        assert path.stem.endswith("-doomed"), "a story's name says how it ends"
        assert verdicts[-1] is Verdict.DOOMED
        assert Verdict.DOOMED not in verdicts[:1]


def test_words_that_a_log_brings_later_say_more_than_that_nothing_says_why() -> None:
    task = {"taskArn": "t/1", "startedBy": "ecs-svc/1", "lastStatus": "STOPPED", "stopCode": "EssentialContainerExited"}
    seen = {"schema": "evidence/1", "tasks": [{**task, "containers": [{"name": "app", "exitCode": 1}]}]}
    log = {"task_arn": "t/1", "container": "app", "events": [{"message": "FATAL the moon is in the wrong phase"}]}
    story = Story(rules=())
    story.add(Evidence.parse(seen))
    assert story.best is not None
    assert story.best.root_cause == INSUFFICIENT
    story.add(Evidence.parse({**seen, "logs": [log]}))
    assert "the moon is in the wrong phase" in story.best.what


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_says_what_it_is_about(path: Path) -> None:
    header = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    assert header["schema"] == "recording/1"
    assert header["story"]
