"""How drivers and clients say that the name of a service does not resolve.

Source: what psycopg2, psycopg, asyncpg, PyMySQL, redis-py, requests, httpx, aiohttp, pg, mysql2, ioredis, axios,
undici, pgx, lib/pq and go-redis print, provoked. The wordings of the other drivers are known from reports of failures;
no source of theirs is cited here.
"""

from diagnostics.said import Wording

_NAME = r"(?<![\w.-])(?P<host>[A-Za-z0-9_](?:[\w.-]{0,250}[A-Za-z0-9])?)"
_Q = r"[\u2018\u2019'\"`]"

NO_NAME_OF = (
    Wording.of("enotfound", rf"\bENOTFOUND {_NAME}"),
    Wording.of("eai_again", rf"\bEAI_AGAIN {_NAME}"),
    Wording.of(
        "lookup ",
        rf"lookup {_NAME}\.?(?: on \S+)?: [^\n]{{0,80}}?(?:i/o timeout|no such host|misbehaving|connection refused"
        rf"|temporary failure)",
    ),
    Wording.of("dial tcp: lookup", rf"dial tcp: lookup {_NAME}\.?(?: on [\d.:]*)?:?[.\u2026\s]*\Z"),
    # c-ares, whose codes of a query are not those of a connection
    *Wording.any_of(
        ("query", "gethostby"),
        r"\b(?:query[A-Z]\w{0,10}|getHostBy\w{4}) (?:ETIMEOUT|ESERVFAIL|EREFUSED|ECONNREFUSED|ENODATA|EBADRESP"
        rf"|EBADNAME) {_NAME}",
    ),
    Wording.of("could not translate host name", rf"could not translate host name \"{_NAME}\""),
    Wording.of("failed to resolve host", rf"failed to resolve host(?:name)? ?{_Q}{_NAME}"),
    Wording.of("failed to resolve", rf"failed to resolve {_Q}{_NAME}{_Q} ?\("),
    Wording.of(
        "can't connect to",
        rf"can't connect to (?:MySQL|MariaDB) server on '{_NAME}(?::\d+)?'[^\n]{{0,300}}(?:name or service"
        rf"|temporary failure|getaddrinfo|unknown)",
    ),
    Wording.of("unknown", rf"unknown (?:MySQL |MariaDB )?server host '{_NAME}'"),
    Wording.of("connecting to", rf"Error -\d connecting to {_NAME}:\d+"),
    Wording.of(
        "cannot connect to host",
        rf"cannot connect to host {_NAME}:\d++.{{0,300}}(?:name or service|temporary failure|name resolution|nodename)",
    ),
    Wording.of("[errno -", rf"(?:ServerSelectionTimeoutError: |^|[\s\"'(]){_NAME}:\d+: \[Errno -\d\]"),
    Wording.of("unknownhostexception", rf"UnknownHostException: {_NAME}"),
    Wording.of("unresolvedaddressexception", r"UnresolvedAddressException"),
    Wording.of("host not found in upstream", rf"host not found in upstream \"{_NAME}"),
    Wording.of("could not be resolved", rf"{_NAME}\"?:? could not be resolved\b"),
    Wording.of("bad address", rf"bad address ['\"]?{_NAME}"),
    Wording.of("could not resolve", rf"could not resolve (?:host(?:name)?(?: address)?|proxy):? {_Q}?{_NAME}"),
    Wording.of("getaddrinfo", rf"getaddrinfo for {_NAME} failed"),
    Wording.of("getaddrinfo", rf"getaddrinfo\(\)?:? [^\n]{{0,30}}\b{_NAME}: (?:name|temporary|no address)"),
    Wording.of("dns query name does not exist", rf"dns query name does not exist: {_NAME}"),
    Wording.of("resolution failed", rf"name resolution failed (?:for )?[^\n]{{0,20}}{_Q}{_NAME}{_Q}"),
    Wording.of("does not resolve", rf"{_Q}{_NAME}{_Q}[^\n]{{0,20}}does not resolve"),
    Wording.of("non-existing domain", rf"tcp connect \({_NAME}:\d+\): non-existing domain"),
    Wording.of("name or service not known", rf"{_NAME}(?::\d+)?: name or service not known"),
    Wording.of("temporary failure in name resolution", rf"{_NAME}: temporary failure in name resolution"),
    Wording.of("no resolver defined", rf"no resolver defined to resolve {_NAME}"),
    Wording.of("no such host is known", rf"no such host is known\.? \({_NAME}:\d+\)"),
    Wording.of("no such device or address (", rf"\bno such device or address \({_NAME}:\d+\)"),
    Wording.of("resource temporarily unavailable (", rf"\bresource temporarily unavailable \({_NAME}:\d+\)"),
    Wording.of("unable to resolve", rf"unable to resolve (?:host|service for|address) ?(?!type\b){_Q}?{_NAME}"),
)
"""Each names what does not resolve."""

NO_NAME = (
    Wording.of("no such host"),
    Wording.of("server misbehaving"),
    Wording.of("enotfound", r"\bENOTFOUND\b"),
    Wording.of("eai_again", r"\bEAI_AGAIN\b"),
    Wording.of("temporary failure in name resolution"),
    Wording.of("name or service not", r"\bname or service not (?:known|[a-z]{0,4}[.\u2026\s]*\Z)"),
    Wording.of("name does not resolve"),
    Wording.of("nodename nor servname"),
    Wording.of("name resolution", r"\bname resolution (?:fail|error)"),
    Wording.of("nameresolutionerror"),
    Wording.of("unknownhostexception"),
    Wording.of("unknown host", r"\bunknown host\b"),
    Wording.of("could not translate host name"),
    Wording.of("no address associated with"),
    Wording.of("nxdomain", r"\bnxdomain\b"),
    Wording.of("servfail", r"\bSERVFAIL\b"),
    Wording.of("getaddrinfo", r"getaddrinfo(?:\(\))?:? [^\n]{0,40}\bfail"),
    Wording.of("gaierror"),
    Wording.of("system.net.dns.", r"^\s*at System\.Net\.Dns\.(?:GetHost|HostResolution|InternalGetHost)"),
    Wording.of("failed to lookup address information"),
    Wording.of("php_network_getaddresses"),
    Wording.of("no such host is known"),
    Wording.of("host not found in upstream"),
    Wording.of("host or service not provided, or not known"),
    Wording.of("host not found", r"\bhost not found(?:,| \(| in )"),
    Wording.of("dns resolution failed"),
    Wording.of("dns error", r"\bdns error:"),
    Wording.of("dns lookup failed"),
    Wording.of("failed to resolve ", r"\bfailed to resolve '[^'\n]{1,253}' \[A"),
    Wording.of("domain name not found"),
    Wording.of("resolution lifetime expired"),
    Wording.of("nameservers failed to answer"),
    Wording.of("could not resolve address"),
    Wording.of("ora-12545"),
    Wording.of("no resolvable bootstrap urls"),
    Wording.of("couldn't resolve server"),
    Wording.of("non-existing domain"),
    Wording.of("produced zero addresses"),
    Wording.of("host resolution failure"),
    Wording.of("temporary failure resolving"),
    # .NET on Linux, whose text is that of EAI_AGAIN's number alone
    Wording.of("socketexception (", r"SocketException \((?:0*1, 11|0xFFFDFFFE)\)"),
)
"""Each says that a name does not resolve, and may not say which."""
