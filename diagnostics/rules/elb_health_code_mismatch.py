"""The health check's path answers with a code that the target group does not count as healthy.

## What it looks for
`Health checks failed with these codes: [404]` (or any other code) in a target's health, in a service event or in a
stopped reason: `Target.ResponseCodeMismatch`. Or the program's own access log, where `ELB-HealthChecker/2.0` asked.
Where ECS stopped the task for the load balancer's checks and no more is shown, the log's last request like one (to
`/health`, `/ping`, …), and a request by the task's address that Django or Rails refuses, which also counts where
nothing of the task's end is shown; then it is only suspect.

## Why waiting cannot help
The program answers, so it is up, and what it answers on that path is what it is made to answer. While the health check
grace period runs the finding is only suspect: many programs answer 503 while they start.

## What to do
| code | usual reason | change |
|---|---|---|
| 301, 302, 307, 308 | the path redirects | the path that it redirects to, or the matcher |
| 400 | the host name is refused: the load balancer calls the task by its address | allow it, for this path |
| 401, 403 | the path wants a login | exempt the path |
| 404 | there is no such path | the path |
| 5xx | the program fails | its log |

    aws elbv2 modify-target-group --target-group-arn ARN --health-check-path PATH
    aws elbv2 modify-target-group --target-group-arn ARN --matcher HttpCode=200-399

## What it is not
- Nothing answers on the probed port: `elb-health-port-mismatch`, or a time-out.
- The process died: the check fails because of that.
- The program answers 502, 503 or 504 until it is ready, which its log shows to be too late:
  `health-grace-period-too-short`.

## References
- https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
"""

from diagnostics.evidence import Evidence, TargetGroup
from diagnostics.model import Finding, Quote, Verdict
from diagnostics.names import pasted, quoted, short_arn
from diagnostics.probes import Probe, failing_probes, waiting_may_help
from diagnostics.slow_start import slow_starts

ID = "elb-health-code-mismatch"
VERDICT = Verdict.DOOMED

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LOGINS = frozenset({401, 403})
_BAD_REQUEST = 400
_NOT_FOUND = 404
_SERVER_ERRORS = 500
_NOT_YET = frozenset({502, 503, 504})


def match(evidence: Evidence) -> Finding | None:
    """Return the path, the codes that it answers, and the codes that are wanted."""
    probe = next((probe for probe in failing_probes(evidence) if not probe.silent), None)
    if probe is None or (_starting(probe) and slow_starts(evidence)):
        return None
    group = evidence.target_group(probe.target_group_arn)
    may_help = not probe.guessed and waiting_may_help(evidence, probe)
    path = (group.health_check_path if group else "") or probe.path
    return Finding(
        what=_what(probe, group),
        why="it answers, so it is up; until the grace period is over it may still answer otherwise"
        if may_help
        else "the program is up and answers the same each time, and the target group does not count that as healthy",
        fix=_fix(probe, path or "the health check's path"),
        evidence=(probe.quote, *_settings(group)),
        verdict=Verdict.SUSPECT if may_help or probe.guessed else None,
    )


def _starting(probe: Probe) -> bool:
    """Say whether the codes are those of a program, or of a proxy before it, that has not started yet."""
    return all(code in _NOT_YET for code in probe.codes)


def _what(probe: Probe, group: TargetGroup | None) -> str:
    path = (group.health_check_path if group else "") or probe.path
    check = f"the health check {quoted(path)}" if path else "the health check"
    port = f" on port {probe.port}" if probe.port else ""
    codes = " and ".join(map(str, probe.codes)) or "a code"
    wanted = (
        f"and the target group wants {group.matcher}" if group and group.matcher else "which does not count as healthy"
    )
    named = short_arn(probe.target_group_arn)
    where = f" (target group {quoted(named)})" if named else ""
    return f"{check}{port} is answered with {codes}, {wanted}{where}"


def _fix(probe: Probe, path: str) -> str:
    code = probe.codes[0] if probe.codes else 0
    change = f"aws elbv2 modify-target-group --target-group-arn {pasted(probe.target_group_arn or 'ARN')}"
    shown = quoted(path) if path.startswith("/") else path
    if code in _REDIRECTS:
        advice = f"set the path to where {shown} redirects, or count redirects as healthy"
        return f"{advice}:\n{change} --matcher HttpCode=200-399"
    if code in _LOGINS:
        return f"let {shown} answer without a login, or check a path that does:\n{change} --health-check-path PATH"
    if code == _BAD_REQUEST:
        return f"let {shown} answer whatever the Host header is: the load balancer sends the task's address in it"
    if code == _NOT_FOUND:
        return f"set the path to one that the program answers, or add {shown} to it:\n{change} --health-check-path PATH"
    if code >= _SERVER_ERRORS:
        return f"correct what makes {shown} answer {code}; the program's log of that time says what"
    advice = f"let {shown} answer a code that the target group wants, or widen the matcher"
    return f"{advice}:\n{change} --matcher HttpCode=CODES"


def _settings(group: TargetGroup | None) -> tuple[Quote, ...]:
    if group is None or not group.health_check_path:
        return ()
    return (
        Quote(f"target group {group.name} HealthCheckPath", f"{group.health_check_path} (Matcher {group.matcher})"),
    )
