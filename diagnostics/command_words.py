"""How runtimes, shells, small inits and package managers say that a command is not there."""

from diagnostics.said import Wording

_Q = r"[\\\"'`\u2018\u2019]{0,8}"
"""Quotation marks around a name, in any nesting that Docker's layers add."""
_EXEC = rf"exec:? {_Q}(?P<path>[^\"`\n]{{1,300}}?){_Q}: "
_NAME = r"[\u2018'`\"]?(?P<path>[\w./@+\\$,\[-]{1,200})[\u2019'`\"]?"
_AFTER = r"(?:^|\s)\S{0,100}"
"""Where a shell's own name begins: a process manager may have written its prefix before it."""

BY_THE_RUNTIME = (
    Wording.of("exec user process caused", r"exec user process caused:? \W*no such file or directory"),
    Wording.of("executable f", rf"{_EXEC}executable f"),
    Wording.of("no such file", rf"{_EXEC}(?:stat [^\n]{{1,300}}?(?:: |\.\.\.))?no such file"),
    # The reason of a container is cut at 255 characters, and people paste less of it.
    Wording.of("exec: ", rf"{_EXEC}exe(?:cut\w{{0,6}})?[.\u2026\s]*\Z"),
    Wording.of("stat ", rf"{_EXEC}stat [^\s:]*$"),
    Wording.of("executable file", r"executable file [`'\"]?(?P<path>[^\s`'\"]+)[`'\"]? not found"),
    Wording.of("executable file not found"),
    Wording.of("process caused", rf"caused:? {_Q}exec: {_Q}(?P<path>[^\"`]{{1,300}})\Z"),
    Wording.of(
        "chdir to cwd",
        rf"chdir to cwd \({_Q}(?P<path>[^\s\"'`\\)]+){_Q}\)[^\n]{{0,40}}failed: (?:no such file|not a directory)",
    ),
    Wording.of(
        "not found or does not exist", rf"container command {_Q}(?P<path>[^'\"`\n]{{1,300}}){_Q} not found or does not"
    ),
    Wording.of("no command specified"),
    Wording.of("args must not be empty"),
    Wording.of("cannot find the file specified", r"CreateProcess[^\n]{0,300}cannot find the file specified"),
    Wording.of("cannot find the path specified", r"CreateProcess[^\n]{0,300}cannot find the path specified"),
)
"""runc, crun, containerd, Docker's daemon and Windows' hcsshim.

Sources: runc libcontainer/init_linux.go, standard_init_linux.go and utils_linux.go, Go's os/exec, crun
src/libcrun/linux.c, moby daemon/create.go, hcsshim internal/hcs/errors.go.
"""

SHELL = (
    Wording.of(": not found", rf"{_AFTER}sh: (?:line )?(?:\d+: )?(?:exec: )?{_NAME}: not found$"),
    Wording.of(
        ": not found", rf"^\S{{1,100}}: (?:exec: )?(?:line )?\d+: (?:\S{{1,100}}: )?(?:exec: )?{_NAME}: not found$"
    ),
    Wording.of(": command not found", rf"^\S{{1,100}}: (?:line \d+: )?{_NAME}: command not found$"),
    Wording.of(": command not found", rf"{_AFTER}sh: (?:line \d+: )?{_NAME}: command not found$"),
    Wording.of("command not found", r"(?P<path>\$'\\r'): command not found$"),
    Wording.of("command not found: ", r"^zsh: command not found: (?P<path>\S+)$"),
    Wording.of("exec: ", rf"^exec: {_NAME}: not found$"),
    Wording.of("open ", rf"{_AFTER}sh: \d+: (?:cannot|can't) open {_NAME}(?:: No such file)?"),
    Wording.of("can't open", rf"{_AFTER}sh: can't open {_NAME}: No such file"),
    Wording.of("no such file or directory", rf"{_AFTER}sh: (?:line \d+: )?{_NAME}: No such file or directory$"),
    Wording.of(
        "no such file or directory",
        rf"^\.{{0,2}}/\S{{1,100}}: line \d+: (?:exec: )?{_NAME}: No such file or directory$",
    ),
    # A whole line that was given as the name of a script
    Wording.of(
        "no such file or directory",
        rf"{_AFTER}sh: (?:line \d+: )?(?P<path>[\w./-]{{1,80}}(?: [\w./=-]{{1,80}}(?::\w{{1,40}})?){{1,5}}): "
        r"No such file or directory$",
    ),
    Wording.of(": command not found", rf"^{_NAME}: command not found$"),
    Wording.of("127", r"\b(?:exited|failed)\b[^\n]{0,20}\bexit (?:code|status):? 127\b"),
    Wording.of("required file not found", rf"(?:^|: )(?:line \d+: )?{_NAME}: cannot execute: required file not found"),
    Wording.of("bad interpreter", rf": (?:line \d+: )?{_NAME}: \S{{1,100}}: bad interpreter"),
    Wording.of("env: ", rf"(?:^|\s)(?:/\S{{1,100}}/)?env: (?:can't execute )?{_NAME}: No such file or directory"),
)
"""dash, busybox ash, bash, zsh, and `env` in the first line of a script."""

STARTER = (
    Wording.of("exec ", rf"\[FATAL tini \(\d+\)\] exec {_NAME} failed: No such file or directory"),
    Wording.of("dumb-init", rf"\[dumb-init\] {_NAME}: No such file or directory"),
    Wording.of("unable to exec", rf"unable to exec(?:ute)? {_NAME}: No such file or directory"),
    Wording.of("failed to exec pid1", r"failed to exec pid1: No such file or directory"),
    Wording.of(
        "no such file or directory",
        rf"^(?:su-exec|gosu|setpriv|catatonit|chroot|nohup|timeout|nice|chpst)\b[^\n]{{0,200}}?:? {_NAME}: "
        r"(?:exec: )?No such file or directory",
    ),
    Wording.of("failed to execute", rf"^setpriv: failed to execute {_NAME}: No such file or directory"),
    Wording.of("error: exec:", rf"^error: exec: {_NAME}: executable file not found"),
    Wording.of("no such file or directory", r"^exec (?P<path>[^\s:]+): no such file or directory$"),
    Wording.of("can't find command", r"can't find command '(?P<path>[^']+)'"),
)
"""Small inits and those that drop privileges: tini, dumb-init, s6, catatonit, su-exec, gosu, setpriv, supervisor."""

PACKAGE_SCRIPT = (
    Wording.of(
        "missing script",
        r"(?:npm (?:ERR!|error)|ERR_PNPM_NO_SCRIPT)[^\n]{0,20}missing script:? \"?(?P<path>[\w:./-]+)",
    ),
    Wording.of("command ", r"^(?:error|\W{0,4}ERR_PNPM_\w{1,60}) {1,3}Command \"(?P<path>[^\"]+)\" not found\.?$"),
    Wording.of("couldn't find a script", r"couldn't find a script named \"(?P<path>[^\"]+)\""),
    Wording.of("script not found", r"^error: Script not found \"(?P<path>[^\"]+)\""),
    Wording.of("task not found", r"^\W{0,8}(?:error: )?Task not found: (?P<path>[\w:./-]+)"),
    Wording.of(
        "is not defined", r"^\W{0,8}(?:\[\w{1,60}\]\W{0,4})?Command \"(?P<path>[\w:.-]{1,100})\" is not defined\."
    ),
    Wording.of("there are no commands defined", r"no commands defined in the \"(?P<path>[\w:.-]{1,100})\" namespace"),
    Wording.of("could not be found", r"\(Mix\) The task \"(?P<path>[\w.]{1,100})\" could not be found"),
    Wording.of("does not exist", r"^task: Task \"(?P<path>[^\"\n]{1,100})\" does not exist"),
)
"""npm, pnpm, Yarn 1, Yarn, Bun, Deno, Symfony's console (Laravel's artisan too), Mix, Task."""

LAUNCHER = (
    Wording.of("command not found: ", r"^(?:[\w./-]{1,60}: )?command not found: (?P<path>\S+)$"),
    Wording.of("could not be found within path", r"the command (?P<path>\S+) could not be found within PATH"),
    Wording.of("failed to spawn", r"^error: Failed to spawn: `(?P<path>[^`]+)`"),
    Wording.of("no rule to make target", r"^make: \*\*\* No rule to make target [`'](?P<path>[^']+)'"),
    Wording.of("make: ", r"^make: (?P<path>\S+): (?:Command not found|No such file or directory)$"),
)
"""Poetry, Bundler, Pipenv, uv and make."""
