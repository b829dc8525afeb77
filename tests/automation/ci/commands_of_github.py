"""What GitHub's runner does with the output and the files of a step, as actions/runner does it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_REGISTERED = {
    *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice"),
    *("remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning"),
}


@dataclass(frozen=True)
class Command:
    """A command that a line holds."""

    name: str
    properties: dict[str, str]
    data: str


@dataclass
class Output:
    """What the runner made of the lines of a step (`ActionCommandManager.cs`)."""

    commands: list[Command] = field(default_factory=list)
    """What was carried out, but for switching off and on."""
    log: list[str] = field(default_factory=list)
    stopped: str | None = None

    @property
    def annotations(self) -> list[Command]:
        return [each for each in self.commands if each.name in {"error", "warning", "notice"}]

    def take(self, line: str) -> None:
        """Take one line, of either stream."""
        found = parse(line, _REGISTERED | ({self.stopped} if self.stopped else set()))
        if found is None or (self.stopped and found.name != self.stopped):
            self.log.append(line)
        elif self.stopped:
            self.stopped = None
        elif found.name == "stop-commands":
            self.stopped = found.data
        else:
            self.commands.append(found)

    def take_all(self, lines: Iterable[str]) -> "Output":
        for line in lines:
            self.take(line)
        return self


def parse(line: str, registered: set[str]) -> Command | None:
    """Return the command of a line, in the new or in the old way of writing one (`ActionCommand.cs`)."""
    return _parse_new(line.lstrip(), registered) or _parse_old(line, registered)


def _parse_new(line: str, registered: set[str]) -> Command | None:
    if not line.startswith("::") or "::" not in line[2:]:
        return None
    info, _, data = line[2:].partition("::")
    name, _, rest = info.partition(" ")
    if name.lower() not in {each.lower() for each in registered}:
        return None
    properties = dict(pair.split("=", 1) for pair in rest.strip().split(",") if "=" in pair)
    unescaped = {key: _unescape(value, ("\r", "\n", ":", ",", "%")) for key, value in properties.items()}
    return Command(name, unescaped, _unescape(data, ("\r", "\n", "%")))


def _parse_old(line: str, registered: set[str]) -> Command | None:
    found = re.search(r"##\[(?P<info>[^\]]*)\](?P<data>.*)", line, re.DOTALL)
    name = found["info"].partition(" ")[0] if found else ""
    if found is None or name.lower() not in {each.lower() for each in registered}:
        return None
    return Command(name, {}, _unescape(found["data"], (";", "\r", "\n", "]", "%")))


def _unescape(text: str, characters: Iterable[str]) -> str:
    for each in characters:
        text = text.replace(f"%{ord(each):02X}", each)
    return text


def parse_outputs(text: str) -> dict[str, str]:
    """Return the outputs that a file sets (`SetEnvFileCommand` and its like); a file that is malformed is an error."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, value = line.split("=", 1)
        elif heredoc >= 0:
            name, delimiter = line.split("<<", 1)
            value = "\n".join(_until(lines, delimiter))
        else:
            raise ValueError(f"invalid format {line!r}")
        assert name
        found[name] = value
    return found


def _until(lines: Iterable[str], delimiter: str) -> Iterable[str]:
    for line in lines:
        if line == delimiter:
            return
        yield line
    raise ValueError(f"matching delimiter not found {delimiter!r}")
