"""
The program's own code or a library that it needs is not in the image.

## What it looks for
A language's words for it in the last lines of a program that died: `ModuleNotFoundError`, `Cannot find module`,
`ClassNotFoundException`, `Could not find or load main class`, `Unable to access jarfile`, `error while loading shared
libraries`, `Could not find gem`, `Could not load file or assembly`, PHP's `Class "X" not found`, `Error loading ASGI app`.

## Why waiting cannot help
What is in the image is fixed when it is built. Every task of this revision starts from it. The program says so itself
with a name, so it is certain with the second death at the latest.

## What to do
Look whether the file is in the image, in the directory that the program starts in, and installed for the user and the
interpreter that run it:

    docker run --rm --entrypoint sh IMAGE -c 'pwd; ls'

A dependency that is only a development one is not installed with `--omit=dev` or `NODE_ENV=production`; a file that is in
`.dockerignore` is not copied.

## What it is not
- The command itself that is not there: `app-command-not-found`.
- An import that fails for another reason (a syntax error, a setting): `app-crash-exception`, `app-config-missing`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
- https://nodejs.org/api/errors.html#module_not_found
- https://docs.python.org/3/library/exceptions.html#ModuleNotFoundError
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import images_of, pasted, quoted
from diagnostics.said import Said, Wording, container_of, said_at_death, said_by_aws, tasks_of

ID = "app-module-not-found"
VERDICT = Verdict.SUSPECT

_NAME = r"[‘'\"`]?(?P<name>[\w@./:$\\-]+)"
_WORDINGS = (
    # Python
    Wording.of("no module named", rf"no module named {_NAME}"),
    Wording.of("modulenotfounderror"),
    Wording.of("cannot import name", rf"ImportError: cannot import name {_NAME}"),
    Wording.of("could not import module", rf"could not import module {_NAME}"),
    Wording.of("failed to find attribute", rf"failed to find attribute {_NAME} in"),
    Wording.of("can't open file", rf"python[\w.]*: can't open file {_NAME}"),
    Wording.of("unable to load application", r"unable to load app(?:lication)?\b[^\n]*(?:no module|not found|import)"),
    Wording.of("could not locate a flask application"),
    Wording.of("error loading asgi app", rf"error loading (?:asgi|wsgi) app[^\n]*?(?:module {_NAME})?"),
    Wording.of("error: unable to load celery application", r"unable to load celery application"),
    # Node, Deno, Bun
    Wording.of("cannot find module", rf"cannot find module {_NAME}"),
    Wording.of("cannot find package", rf"cannot find package {_NAME}"),
    Wording.of("err_module_not_found"),
    Wording.of("module not found", rf"module not found:?[^\n]*?(?:resolve )?{_NAME}"),
    Wording.of("err_package_path_not_exported"),
    Wording.of("could not find a production build"),
    Wording.of("prisma client could not", r"prisma client (?:could not locate|did not initialize)[^\n]*"),
    Wording.of("query engine", r"could not (?:locate|find)[^\n]{0,60}query engine"),
    # JVM
    Wording.of("could not find or load main class", rf"could not find or load main class {_NAME}"),
    Wording.of("unable to access jarfile", rf"unable to access jarfile {_NAME}"),
    Wording.of("classnotfoundexception", rf"ClassNotFoundException:? ?{_NAME}?"),
    Wording.of("noclassdeffounderror", rf"NoClassDefFoundError:? ?(?!Could not initialize){_NAME}?"),
    Wording.of("no main manifest attribute"),
    Wording.of("unsatisfiedlinkerror"),
    # the dynamic linker
    Wording.of("error while loading shared libraries", rf"error while loading shared libraries: {_NAME}"),
    Wording.of("error loading shared library", rf"error loading shared library {_NAME}"),
    Wording.of("cannot open shared object file", rf"{_NAME}: cannot open shared object file"),
    Wording.of("symbol not found", r"error relocating [^\n]*symbol not found"),
    Wording.of("version `glibc", r"version `(?P<name>GLIBC\w*_[\d.]+)' not found"),
    # Ruby
    Wording.of("could not find gem", rf"could not find gem {_NAME}"),
    Wording.of("cannot load such file", rf"cannot load such file -- {_NAME}"),
    Wording.of("bundler::gemnotfound"),
    Wording.of(
        "could not find", rf"could not find {_NAME}[^\n]* in (?:any of the sources|locally installed gems|cached gems)"
    ),
    Wording.of("could not locate gemfile"),
    Wording.of("your bundle only supports"),
    # PHP
    Wording.of("class", r"Class [\"'](?P<name>[\w\\]+)[\"'] not found"),
    Wording.of("failed opening required", rf"failed opening required {_NAME}"),
    Wording.of("could not open input file", rf"could not open input file: {_NAME}"),
    Wording.of("call to undefined function", r"call to undefined function (?P<name>[\w\\]+)"),
    Wording.of("composer", r"(?:vendor/autoload\.php|composer)[^\n]*(?:no such file|not found|failed to open)"),
    # .NET
    Wording.of("could not load file or assembly", rf"could not load file or assembly {_NAME}"),
    Wording.of("to execute does not exist", r"application to execute does not exist: ?['\"]?(?P<name>[^'\"\n]+)"),
    Wording.of("you must install or update .net"),
    Wording.of(
        "framework",
        r"(?:It was not possible to find any compatible framework version|framework '(?P<name>[^']+)'[^\n]*not found)",
    ),
    Wording.of("dllnotfoundexception", r"unable to load (?:DLL|shared library) '(?P<name>[^']+)'"),
    Wording.of("unable to load shared library", r"unable to load shared library '(?P<name>[^']+)'"),
    # Go, Elixir, Perl, R, Lua
    Wording.of("plugin.open", r"plugin\.Open\(\"(?P<name>[^\"]+)\"\)[^\n]*(?:not found|no such file|realpath failed)"),
    Wording.of("@inc", r"can't locate (?P<name>\S+) in @INC"),
    Wording.of("undefinedfunctionerror", r"UndefinedFunctionError\) function (?P<name>\S+) is undefined \(module"),
    Wording.of("there is no package called", r"there is no package called [‘'\"](?P<name>[\w.]+)"),
)
_THE_COMMAND = re.compile(r"query engine library|npm ERR! missing script", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the code that the image does not have."""
    said = [*said_at_death(evidence, _WORDINGS), *(each for each in said_by_aws(evidence, _WORDINGS) if each.task)]
    if not said:
        return None
    first = said[0]
    name = first.group("name").rstrip("'\"’`.:,")
    container = container_of(first)
    return Finding(
        what=f"{quoted(name)} is not in the image of the container {quoted(container or 'app')}"
        if name
        else f"the program of the container {quoted(container or 'app')} misses code that is not in its image",
        why="what is in the image is fixed when it is built, and every task of this revision starts from it",
        fix=_fix(evidence, first),
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )


def _fix(evidence: Evidence, said: Said) -> str:
    image = next(iter(images_of(evidence, said.task)), "IMAGE")
    return (
        "install or copy it when the image is built (is it a development dependency, or in `.dockerignore`?), or correct the "
        f"command's path; to look:\ndocker run --rm --entrypoint sh {pasted(image)} -c 'pwd; ls'"
    )
