"""Folds what the driver and the watchers say into a `Scene`: a pure function of a scene and a message."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from automation.engine.update import Ended, ResourceEnded, ResourceStarted, ServiceStarted, Started
from automation.watcher import Looked
from diagnostics.fleet import FleetLook
from diagnostics.redact import redact_text
from diagnostics.scene import Mood, Said, Scene, ServiceView, Working
from diagnostics.scene_of_look import service_view
from diagnostics.serving import Serving
from diagnostics.shapes import tail
from diagnostics.watch import Look

_STORY_KEPT = 200
_DOING = {"create": "creating", "update": "updating", "delete": "deleting", "read": "reading", "import": "importing"}
_STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Proved:
    """A look at what serves in the end was taken, of the service with this URN."""

    urn: str
    serving: Serving


@dataclass(frozen=True)
class Told:
    """The tool says a line."""

    text: str


def after(scene: Scene, message: Any, at: datetime) -> Scene:
    """Return the scene after a message; the same one where the message changes nothing that is shown.

    Args:
        scene: what was shown before.
        message: of `automation.engine.update`, `automation.watcher` or this module, or a `FleetLook`.
        at: when it came, on ECS's clock.
    """
    match message:
        case Told(text):
            return replace(scene, story=(*scene.story, Said(at, redact_text(text)))[-_STORY_KEPT:])
        case Looked() | FleetLook() | Proved():
            return _after_a_look(scene, message)
    return _after_the_engine(scene, message, at)


def _after_a_look(scene: Scene, message: Looked | FleetLook | Proved) -> Scene:
    match message:
        case Looked(urn, look) if known := _service(scene, urn):
            return _with(scene, service_view(known, look))
        case Proved(urn, serving) if known := _service(scene, urn):
            return _with(scene, _proved(known, serving))
        case FleetLook(looks=looks):
            for name, look in looks:
                known = _service(scene, name) or ServiceView(name, name, _cluster(look))
                scene = _with(scene, service_view(known, look))
    return scene


def _after_the_engine(scene: Scene, message: Any, at: datetime) -> Scene:
    match message:
        case Started():
            return replace(scene, has_engine=True)
        case ServiceStarted(target):
            new = ServiceView(target.urn, target.name, tail(target.cluster))
            return _with(_begun(scene, target.urn, target.operation.value, at), _service(scene, target.urn) or new)
        case ResourceStarted(urn, _, operation):
            return _begun(scene, urn, operation, at)
        case ResourceEnded():
            return _over(scene, message)
        case Ended():
            return replace(scene, working=(), ended=True)
    return scene


def _service(scene: Scene, key: str) -> ServiceView | None:
    return next((each for each in scene.services if each.key == key), None)


def _with(scene: Scene, service: ServiceView) -> Scene:
    """Put a service in the place of the one of that key, or behind the others."""
    if _service(scene, service.key) is None:
        return replace(scene, services=(*scene.services, service))
    return replace(scene, services=tuple(service if each.key == service.key else each for each in scene.services))


def _cluster(look: Look) -> str:
    service = look.evidence.service
    return tail(look.evidence.cluster_arn or (service.cluster_arn if service else ""))


def _begun(scene: Scene, urn: str, operation: str, at: datetime) -> Scene:
    doing = _DOING.get(operation.partition("-")[0], "checking")
    begun = Working(urn, doing, urn.split("::")[-2].rpartition("$")[2], urn.rpartition("::")[2], at)
    return replace(scene, has_engine=True, working=(*(each for each in scene.working if each.urn != urn), begun))


def _over(scene: Scene, ended: ResourceEnded) -> Scene:
    scene = replace(scene, working=tuple(each for each in scene.working if each.urn != ended.urn))
    if ended.type == _STACK:
        return scene
    if ended.failed:
        return replace(scene, failed=(*scene.failed, f"{ended.type} {ended.urn.rpartition('::')[2]}"))
    kind = ended.operation.partition("-")[0]  # `create-replacement`, `delete-replaced`
    return replace(scene, done=scene.done + (kind in _DOING), unchanged=scene.unchanged + (kind == "same"))


def _proved(service: ServiceView, serving: Serving) -> ServiceView:
    if serving.proven:
        counts = f"{serving.running} of {serving.desired} tasks run"
        targets = f", {serving.targets_healthy} of {serving.targets_total} healthy" if serving.targets_total else ""
        back = service.mood is Mood.ERROR
        thought = f"{serving.revision} serves{' again' if back else ''}, proven: {counts}{targets}"
        return replace(service, thought=thought, mood=Mood.WARNING if back else Mood.OK, proven=True)
    return replace(service, thought=f"proving what serves: {serving.missing[0]}") if serving.missing else service
