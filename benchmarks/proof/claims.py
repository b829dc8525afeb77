"""What is claimed, held against the results: each claim with the number of cases in which it holds, and its misses."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automation.preflight.checks import secrets_json_key
from benchmarks.proof.kinds import KINDS
from diagnostics.watch import INTERVAL

Case = Mapping[str, Any]
OURS = "failwell"
SOONER = 4.0
"""How many times sooner than the breaker the cause is to be named, in the median at desired count 1."""
REFUSED = 0.6
"""The share of the failures that is to be refused before anything is touched."""


@dataclass(frozen=True)
class Claim:
    """What is claimed, in how many cases it holds, and where it does not."""

    text: str
    holds: int
    of: int
    misses: tuple[str, ...] = ()
    figure: str = ""
    """What was measured, where the claim is about one figure of all cases."""

    @property
    def true(self) -> bool:
        """Whether it holds in every case, of which there is one at least."""
        return self.of > 0 and self.holds == self.of


@dataclass(frozen=True)
class Compared:
    """The cases of a run, by who ran them."""

    cases: Sequence[Case]

    def of(self, tool: str, *, failing: bool | None = None) -> list[Case]:
        """Return the cases of a tool, failing or healthy ones, or all."""
        mine = [case for case in self.cases if case["tool"] == tool]
        return [case for case in mine if failing is None or KINDS[case["kind"]].fails is failing]

    def plain(self, tool: str, kind: str) -> Case | None:
        """Return a tool's case of a kind at desired count 1 with a breaker."""
        alike = (case for case in self.of(tool) if case["kind"] == kind and case["desired"] == 1 and case["breaker"])
        return next(alike, None)

    def peers(self) -> list[str]:
        """Return the ids of the other tools, in their order."""
        return list(dict.fromkeys(case["tool"] for case in self.cases if case["tool"] != OURS))

    def kinds(self) -> list[str]:
        """Return the failures that we met, in the order of the table."""
        met = {case["kind"] for case in self.of(OURS, failing=True)}
        return [kind for kind in KINDS if kind in met]

    def breaker(self, kind: str) -> float | None:
        """Return when ECS's breaker gave up a deployment that nobody stopped."""
        left_alone = (self.plain(peer, kind) for peer in self.peers() if peer != "ecs-deploy")
        return next((case["given_up"] for case in left_alone if case and case["given_up"] is not None), None)

    def named(self, tool: str, kind: str) -> float | None:
        """Return when a tool named the cause, from the deployment's creation; one that is asked later, from then on."""
        case = self.plain(tool, kind)
        if case is None or case["named"] is None:
            return None
        asked = (case["given_up"] or 0.0) if tool == "mcp" else 0.0
        return float(case["named"] + asked)


def cut_off(case: Case) -> bool:
    """Whether the time of the run was over before AWS showed why it fails, so that nobody could have named it."""
    return case["exit_code"] is None and case["conclusive"] is None


def unfinished(case: Case) -> bool:
    """Whether the time of the run was over before our tool ended."""
    return bool(case["tool"] == OURS and case["exit_code"] is None)


def claims(compared: Compared, ends: Sequence[Case] = ()) -> list[Claim]:
    """Return all claims, each held against the results."""
    return [
        _named_at_all(compared),
        _named_first(compared),
        _nearest(compared),
        _at_the_limit(compared),
        sooner_than_the_breaker(compared),
        *(sooner_at_an_end(compared, ends, end) for end in ("low", "high") if ends),
        _refused(compared),
        _alone_first(compared),
        _right(compared),
        _healthy(compared),
    ]


def label(case: Case) -> str:
    """Return what a case is called on the page."""
    breaker = "with" if case["breaker"] else "without"
    return f"{case['kind']}, desired {case['desired']}, {breaker} breaker"


def _over(text: str, cases: Iterable[Any], holds: Callable[[Any], bool], name: Callable[[Any], str]) -> Claim:
    all_of = list(cases)
    missed = tuple(name(each) for each in all_of if not holds(each))
    return Claim(text, len(all_of) - len(missed), len(all_of), missed)


def _named_at_all(compared: Compared) -> Claim:
    ours = [case for case in compared.of(OURS, failing=True) if not cut_off(case)]
    return _over("the cause of each failure is named", ours, lambda case: case["named"] is not None, label)


def _named_first(compared: Compared) -> Claim:
    def first(kind: str) -> bool:
        mine = compared.named(OURS, kind)
        others = [at for peer in compared.peers() if (at := compared.named(peer, kind)) is not None]
        return mine is not None and all(mine <= at + INTERVAL for at in others)

    text = f"no other tool names it more than one poll ({INTERVAL:g} s) sooner"
    return _over(text, compared.kinds(), first, str)


def _nearest(compared: Compared) -> Claim:
    """Compare distances, which do not depend on when the evidence comes."""

    def near(kind: str) -> bool:
        mine = compared.plain(OURS, kind)
        late = distance(mine) if mine else None
        rivals = [each for peer in compared.peers() if peer != "mcp" and (each := compared.plain(peer, kind))]
        others = [at for each in rivals if (at := distance(each)) is not None]
        return late is not None and all(late <= at + INTERVAL for at in others)

    text = "no other tool is more than one poll nearer to the evidence of its own sandbox"
    return _over(text, compared.kinds(), near, str)


def distance(case: Case) -> float | None:
    """Return how long after the first conclusive evidence the cause was named; negative: it was named before."""
    if case["named"] is None or case["conclusive"] is None:
        return None
    return round(float(case["named"] - case["conclusive"]), 1)


def _at_the_limit(compared: Compared) -> Claim:
    ours = [case for case in compared.of(OURS, failing=True) if not cut_off(case)]

    def near(case: Case) -> bool:
        late = distance(case)
        ahead = case["conclusive"] is None and case["named"] is not None
        return ahead or (late is not None and late <= INTERVAL)

    def shown(case: Case) -> str:
        late = distance(case)
        return f"{label(case)}: {'not named' if late is None else f'{late:.1f} s after it'}"

    return _over(
        f"it is named at most one poll ({INTERVAL:g} s) after the first conclusive evidence", ours, near, shown
    )


def ratios(compared: Compared) -> dict[str, float]:
    """Return how many times sooner than the breaker's verdict each cause was named, at desired count 1."""
    found = {}
    for kind in compared.kinds():
        breaker, mine = compared.breaker(kind), compared.named(OURS, kind)
        if breaker is not None and mine:
            found[kind] = breaker / mine
    return found


def ratios_at(compared: Compared, ends: Sequence[Case], end: str) -> dict[str, float]:
    """Return the same where every timing is at one end: evidence there, plus our measured distance to it."""
    found = {}
    for each in ends:
        mine = compared.plain(OURS, each["kind"])
        late = distance(mine) if mine else None
        if each["end"] == end and each["given_up"] is not None and each["conclusive"] and late is not None:
            found[each["kind"]] = each["given_up"] / max(0.1, each["conclusive"] + late)
    return found


def _median_claim(text: str, found: Mapping[str, float]) -> Claim:
    middle = statistics.median(found.values()) if found else 0.0
    enough = middle >= SOONER
    return Claim(text, int(enough), 1, () if enough else (f"{middle:.1f} times",), f"{middle:.1f} times")


def sooner_than_the_breaker(compared: Compared) -> Claim:
    """Return whether the cause is named so much sooner than ECS's breaker gives up, in the median."""
    text = f"in the median it is named {SOONER:g} times sooner than the circuit breaker's verdict, at desired count 1"
    return _median_claim(text, ratios(compared))


def sooner_at_an_end(compared: Compared, ends: Sequence[Case], end: str) -> Claim:
    """Return the same with every timing at one end of its range."""
    return _median_claim(f"the same with every timing at its {end} end", ratios_at(compared, ends, end))


def refused(compared: Compared, kind: str) -> Sequence[str]:
    """Return which checks refuse a failure before anything is touched."""
    case = compared.plain(OURS, kind)
    return (case["refused"] or ()) if case else ()


def refused_share(compared: Compared, *without: str) -> float:
    """Return the share of the failures that are refused before anything is touched, by other checks than these."""
    kinds = compared.kinds()
    return sum(bool({*refused(compared, kind)} - {*without}) for kind in kinds) / len(kinds) if kinds else 0.0


def without_keys(compared: Compared) -> str:
    """Return how many would be refused without `--read-secret-keys`; "" where that makes no difference."""
    share = refused_share(compared, secrets_json_key.ID)
    return "" if share == refused_share(compared) else f"with `--read-secret-keys`; without it {share:.0%}"


def _refused(compared: Compared) -> Claim:
    share = refused_share(compared)
    enough = share >= REFUSED
    text = f"at least {REFUSED:.0%} of the failures are refused before anything is touched"
    more = without_keys(compared)
    figure = f"{share:.0%}, {more}" if more else f"{share:.0%}"
    return Claim(text, int(enough), 1, () if enough else (f"{share:.0%}",), figure)


def _alone_first(compared: Compared) -> Claim:
    def first(kind: str) -> bool:
        case = compared.plain(OURS, kind)
        mine = case["alone"] if case else None
        others = [each["alone"] for peer in compared.peers() if (each := compared.plain(peer, kind))]
        return mine is not None and all(mine <= at for at in others if at is not None)

    return _over("the previous revision serves alone sooner than with any other tool", compared.kinds(), first, str)


def _right(compared: Compared) -> Claim:
    def no_worse(case: Case) -> bool:
        rivals = [each for peer in compared.peers() if (each := compared.plain(peer, case["kind"]))]
        return bool(case["right"]) or not any(rival["right"] for rival in rivals)

    ours = [case for kind in KINDS if (case := compared.plain(OURS, kind))]
    return _over("where another tool's exit code is right, ours is", ours, no_worse, label)


def _healthy(compared: Compared) -> Claim:
    ours = compared.of(OURS, failing=False)
    return _over("a deployment that comes to serve is called a success", ours, lambda case: bool(case["right"]), label)
