"""Halts and resumes of the market, of a member and of a chip model."""

from exchange.book.checks import unknown_word
from exchange.book.commands import Halt, Resume
from exchange.book.events import Halted, Happened, Rejected, Resumed
from exchange.book.standing import reshelve_member
from exchange.book.state import State

MARKET, MEMBER, CHIP = "MARKET", "MEMBER", "CHIP"
SCOPES = frozenset({MARKET, MEMBER, CHIP})


def halt(state: State, said: Halt) -> list[Happened]:
    """Stop trading of the subject; what is open stays open and may be cancelled."""
    if said.scope not in SCOPES:
        return [unknown_word("scope", said.scope)]
    subject = "" if said.scope == MARKET else said.subject
    if (said.scope, subject) in state.halts:
        return [Rejected(code="E-HALT-02")]
    state.halts[(said.scope, subject)] = said.reason
    apply_halts(state, said.scope, subject)
    state.number += 1
    return [Halted(number=state.number, scope=said.scope, subject=subject, reason=said.reason)]


def resume(state: State, said: Resume) -> list[Happened]:
    """End a halt that is in force."""
    subject = "" if said.scope == MARKET else said.subject
    if state.halts.pop((said.scope, subject), None) is None:
        return [Rejected(code="E-HALT-03")]
    apply_halts(state, said.scope, subject)
    state.number += 1
    return [Resumed(number=state.number, scope=said.scope, subject=subject)]


def apply_halts(state: State, scope: str, subject: str) -> None:
    """Let the subject stand as the halts in force say."""
    reason = state.halts.get((scope, subject))
    if scope == MARKET:
        state.market_halt = reason
    elif scope == CHIP:
        state.chip(subject).halt = reason
    elif subject.isdecimal() and str(int(subject)) == subject:
        seat = state.seat(int(subject))
        seat.halt = reason
        if seat.trades != seat.stand():
            reshelve_member(state, seat)
