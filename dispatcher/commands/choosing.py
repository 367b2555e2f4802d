"""Which case a command means, and what there is to choose from when that is not exactly one. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatcher.cases.model import Case, CaseState
from dispatcher.commands.grammar import Keyword


@dataclass(frozen=True, slots=True)
class Meant:
    """The case that is meant, or the cases to choose between (none: there is none)."""

    case: Case | None
    choice: tuple[Case, ...] = ()


def choose(keyword: Keyword, *, person: str, unclosed: Sequence[Case], alerted_for: frozenset[int]) -> Meant:
    """Return the case a command without a reference means.

    ACK and PASS: the only untaken case that the sender was rung or paged for, else the only untaken one. The
    others: the only case the sender has, else as ACK. `alerted_for` are ids of cases (contract section 4).
    """
    if keyword not in {Keyword.ACK, Keyword.PASS}:
        mine = [case for case in unclosed if case.acknowledged_by == person]
        if mine:
            return _only(mine)
    untaken = [case for case in unclosed if case.state == CaseState.OPEN]
    alerted = [case for case in untaken if case.id in alerted_for]
    return _only(alerted or untaken)


def _only(found: Sequence[Case]) -> Meant:
    return Meant(found[0]) if len(found) == 1 else Meant(None, tuple(found))
