"""How runtimes, languages and servers say that a file, a port or a change of owner is not permitted."""

import re

from diagnostics.said import Wording

_PATH = r"[\u2018'`\"]?(?<![\w./@:+-])(?P<path>[\w.@+-]*+/(?!/)[\w./@+-]++)[\u2019'`\"]?"
_Q = r"[\\\"'`\u2018\u2019]{0,8}"

_EXEC = (
    Wording.of(
        "could not be invoked", r"container command ['\"`](?P<exec>[^'\"`\n]{1,300})['\"`] could not be invoked"
    ),
    Wording.of("permission denied", rf"exec:? {_Q}(?P<exec>[^\s\"'`\\:]+){_Q}: (?:stat \S+: )?permission denied"),
    Wording.of("perm", rf"exec:? {_Q}(?P<exec>[^\s\"'`\\:]+){_Q}: perm[a-z]{{0,6}}(?: d[a-z]{{0,5}})?[.\u2026\s]*\Z"),
    Wording.of("is a directory", rf"exec:? {_Q}(?P<exec>[^\s\"'`\\:]+){_Q}: is a directory"),
    Wording.of("permission denied", r"exec user process caused:? \W*permission denied"),
    Wording.of(
        "permission denied", rf"chdir to cwd \({_Q}(?P<path>[^\s\"'`\\)]+){_Q}\)[^\n]{{0,300}}permission denied"
    ),
)
BY_THE_RUNTIME = (
    *_EXEC,
    Wording.of(
        "permission denied",
        r"(?:runc|oci runtime|container_linux\.go|starting container process|CannotStartContainerError)"
        r"[^\n]{0,300}permission denied",
    ),
)
"""runc, containerd and Docker's daemon. Source: runc libcontainer/init_linux.go, Go's os/exec."""

NOT_EXECUTABLE = (
    *_EXEC,
    Wording.of("permission denied", r"\[FATAL tini \(\d+\)\] exec (?P<exec>\S+) failed: Permission denied"),
    Wording.of("permission denied", r"^exec (?P<exec>[^\s:]+): permission denied"),
    Wording.of("permission denied", r"\[dumb-init\] (?P<exec>[^\s:]+): Permission denied"),
    Wording.of(
        "permission denied",
        r"^\S{0,100}(?:sh|env): (?:(?:line )?\d+: )?(?:exec: )?(?P<exec>[^\s:]+): Permission denied$",
    ),
    Wording.of("permission denied", r"^sh: 1: (?P<exec>[^\s:]+): Permission denied$"),
    # A file with capabilities that the container has not
    Wording.of(
        "operation not permitted",
        r"^(?:\S{1,100}: (?:line )?\d+: (?:exec: )?|exec )(?P<exec>/[^\s:]+): operation not permitted$",
    ),
)
"""Shells and small inits, and the runtime where it writes into the container's log."""

NO_PORT = (
    Wording.of("permission denied", r"\bbind\(\) to \S*?:(?P<port>\d{1,5}) failed \(13"),
    Wording.of("permission denied", r"\blisten (?:tcp\d?|udp\d?) \S*?:(?P<port>\d{1,5}): bind: permission denied"),
    Wording.of("eacces", r"listen EACCES:? (?:permission denied )?\S*?:(?P<port>\d{1,5})\b"),
    Wording.of("permission denied", r"could not bind to address \S*?:(?P<port>\d{1,5})"),
    Wording.of("permission denied", r"bind on address \('[^']*', (?P<port>\d{1,5})[^)]*\): permission denied"),
    Wording.of("permission denied", r"\bconnection to \('[^']*', (?P<port>\d{1,5})\) failed: \[Errno 13\]"),
    Wording.of("permission denied", r"bind\(2\) for \S* port (?P<port>\d{1,5})"),
    Wording.of(
        "permission denied",
        r"(?:\bbind|\blisten|binding)[^\n]{0,80}?:(?P<port>\d{1,5})\b[^\n]{0,60}permission denied",
    ),
    Wording.of(
        "cannot bind socket",
        r"cannot bind socket \(Permission denied\)[^\n\]]{0,40}\[[^\]\n]{0,60}:(?P<port>\d{1,5})\]",
    ),
    Wording.of("not permitted", r"\bat http failed, port (?P<port>\d{1,5}) not permitted"),
    Wording.of(
        "permission denied", r"SocketException: Permission denied|permission denied[^\n]{0,60}\b(?:bind|listen)\b"
    ),
)
"""A port that the user may not bind: nginx, Go, Node, Apache, asyncio, gunicorn, Ruby, the JVM, HAProxy, Bandit."""

NO_FILE = (
    Wording.of("eacces", rf"\bEACCES\b[^\n/]{{0,60}}{_PATH}"),
    Wording.of("eacces", r"(?<!code: ')\bEACCES\b"),
    Wording.of("errno 13", rf"\[Errno 13\][^\n/]{{0,40}}{_PATH}"),
    Wording.of("errno 13", r"\[Errno 13\]"),
    Wording.of("accessdeniedexception", rf"java\.nio\.file\.AccessDeniedException: {_PATH}"),
    Wording.of("is denied", rf"Access to the path {_PATH} is denied"),
    Wording.of("permission denied", rf"{_PATH}[^\n]{{0,40}}(?:\(13: |\()?permission denied"),
    Wording.of("permission denied", rf"permission denied[^\n/]{{0,30}}{_PATH}"),
    Wording.of("permissiondenied", r"code: (?:1|13), kind: PermissionDenied|\bkind: PermissionDenied,?$"),
    Wording.of("requires ", r"\brequires (?P<asked>read|write|net|env|run|sys|ffi) access to\b"),
    Wording.of(
        "access denied", rf"^\S{{1,60}}(?: \S{{1,60}})?: fatal: unable to [^\n/]{{1,60}}{_PATH}: access denied$"
    ),
    Wording.of("eperm", rf"\bEPERM\b[^\n/]{{0,60}}{_PATH}"),
    Wording.of("errno 1]", rf"\[Errno 1\][^\n/]{{0,40}}{_PATH}"),
    Wording.of(
        "operation not permitted",
        r"(?:could not|cannot|can't|unable to|failed to) (?:write|open|create|read|remove|rename|link|unlink|mkdir)\b"
        r"[^\n:]{0,100}: operation not permitted$",
    ),
    Wording.of(
        "permission",
        r"(?:unable|failed) to (?:create|write|open)\b[^\n]{0,200}\bensure (?:that )?\w+ (?:\w+ )?ha(?:ve|s) "
        r"(?:write )?permission",
    ),
    Wording.of(
        "locations are not writable", r"node locks, tried \[+(?P<path>/[^\s\]]+)[^\n]{0,300}locations are not writable"
    ),
    Wording.of(
        "create ",
        r"\b(?:unable|failed) to create (?:the )?(?:director(?:y|ies)|folder|file)\b[^\n/]{0,40}"
        r"(?P<path>/[\w./@+-]+)[\]\"'.)]*$",
    ),
    Wording.of(
        "grant ", rf"trying to \w{{1,20}}(?: \w{{1,10}})? {_PATH}[^\n]{{0,40}} need to grant \w{{1,10}} permissions"
    ),
    Wording.of("bundler::permissionerror"),
    Wording.of("folder contains root-owned files"),
    Wording.of(
        "could not be opened", rf"\bstream or file \"{_PATH}\" could not be opened(?![^\n]{{0,300}}no such file)"
    ),
    # A line that is cut in the words
    Wording.of("permission d", rf"{_PATH}[^\n]{{0,60}}: permission d\w{{0,5}}$"),
    Wording.of(" directory (", rf"unable to (?:create|write in) the \"\w{{1,40}}\" directory \({_PATH}\)"),
    Wording.of("permissions", rf"{_PATH}\"? has (?:invalid|wrong|too open|insecure) permissions"),
    Wording.of("by owner only", rf"{_PATH} must be accessible by owner only"),
    Wording.of("permissions?", rf"\bcan ?not write to {_PATH}[^\n]{{0,20}} permissions\?"),
    Wording.of("operation not p", rf"{_PATH}: (?:handle-)?open: (?:open: )?operation not p"),
    Wording.of("cannot write into ", r"cannot write into [\"']\w+[\"'] directory"),
    Wording.of("operating system error number 13"),
    Wording.of("belongs to uid", r"fatal: (?P<path>/\S+) belongs to uid \d+ instead of"),
    Wording.of(
        "unable to access log file", r"unable to access log file[^\n/]{0,60}that (?P<path>/\S+) exists and is writ"
    ),
    Wording.of("must be suid", r"\bsu: must be suid to work properly"),
    Wording.of("effective uid is not 0", r"\bsudo: effective uid is not 0"),
    Wording.of("must be present and writable", rf"the {_PATH} directory must be present and writable"),
    Wording.of("not writ", rf"{_PATH}[:']? (?:directory |folder |file )?(?:is )?not writ(?:e?able|en)\b"),
    Wording.of(
        "unable to open database file", r"(?:sqlite\w*\b|database|\[14\])[^\n]{0,80}unable to open database file"
    ),
    Wording.of("attempt to write a readonly database"),
    Wording.of("permission denied", r"\(13: Permission denied\)|\(13\)Permission denied|Permission denied \(13\)"),
    Wording.of("permission denied", r"(?:^|: |\()permission denied(?: \(os error 13\)|\)|\.)?$"),
)
"""Node, Python, Java, .NET, Rust, Ruby, Go, PHP, nginx, Apache, coreutils, runit, s6-overlay, PostgreSQL, InnoDB,
Elasticsearch, Nextcloud, SQLite (src/main.c), Bundler, Symfony, RabbitMQ, Jenkins, WiredTiger."""

NO_CHANGE_OF_OWNER = (
    Wording.of(
        "operation not permitted",
        rf"(?:chown|chmod|chgrp|chang\w+ (?:the )?(?:ownership|owner|permissions))[^\n/]{{0,80}}{_PATH}"
        r"[^\n]{0,80}operation not permitted",
    ),
    Wording.of("operation not permitted", r"(?:chown|chmod|chgrp|ownership)[^\n]{0,200}operation not permitted"),
    Wording.of(
        "operation not permitted",
        r"(?:setgroups|set groups|setgid|setuid|initgroups|setresuid|setresgid|su-exec|gosu|failed switching to|prctl"
        r"|capset|capabilit\w{1,5})"
        r"[^\n]{0,200}operation not permitted",
    ),
    Wording.of("not owned by", rf"{_PATH}[^\n]{{0,40}}not owned by\b"),
    Wording.of("wrong ownership", rf"{_PATH}\"? has wrong ownership"),
    Wording.of("wrong ownership", r"has wrong ownership"),
)
"""coreutils, nginx, PostgreSQL, su-exec, gosu: another owner or user."""

NOT_OURS = re.compile(
    r"permission denied (?:for|to|on) (?:table|schema|relation|database|sequence|function|view|create|set)\b"
    r"|publickey|mount\.nfs|access denied for user|is not authorized to perform|\bs3[:.]|AccessDenied:"
    r"|https?://|\bhvac\b|rpc error|code = PermissionDenied|PERMISSION_DENIED|\b403\b|remote: "
    r"|SQLSTATE(?!\[HY000\](?: \[14\]|: General error: (?:8|14)\b))",
    re.IGNORECASE,
)
"""A database, ssh, git, EFS's mount, a gRPC service or an API of AWS refuses: other causes; SQLite is none."""
