"""The start of a flight: in a thread of its own, for which nobody waits, and its end."""

from __future__ import annotations

from _thread import start_new_thread
from threading import Thread

from talend_oauth._clock import now
from talend_oauth._imports import IMPORTING
from talend_oauth.errors import TalendOAuthError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cached_token import Slot
    from .single_flight import Flight, Outcome
    from .source import TokenSource


def start(source: TokenSource, slot: Slot, flight: Flight, *, urgent: bool) -> None:
    """Begin to fetch a token.

    Args:
        source: Who asks for it.
        slot: Takes the token or remembers the failure.
        flight: Hands it to those who wait.
        urgent: Whether somebody does; then it is fetched right here where no thread can be had.
    """
    try:
        # Thread.start() waits until its thread runs. An event loop, or a caller of a token
        # that lives, should not: so another thread starts it.
        start_new_thread(_launch, (source, slot, flight))
    except RuntimeError:  # the interpreter is shutting down, or no thread can be had
        if urgent:
            fly(source, slot, flight)
        else:
            error = TalendOAuthError("No thread could be started to renew the token.")
            slot.fail(flight, error, now(source.clock), b"")
            _land(slot, flight, error)


def _launch(source: TokenSource, slot: Slot, flight: Flight) -> None:
    # Not in the launching thread itself: what is not a Thread has no name, and is not traced.
    try:
        Thread(
            target=fly, args=(source, slot, flight), name="talend-oauth renewal", daemon=True
        ).start()
    except RuntimeError:  # no second one can be had
        fly(source, slot, flight)


def fly(source: TokenSource, slot: Slot, flight: Flight) -> None:
    """Obtain a token and hand it, or the error, to everybody who waits; in every case."""
    outcome: Outcome = TalendOAuthError("The token request was abandoned.", hint="Ask again.")
    try:
        with IMPORTING:
            from .fetch import obtain  # imports httpx, which must not hold up an event loop

        outcome = obtain(source, slot, flight)
    except TalendOAuthError as error:
        outcome = error.again()
        slot.fail(flight, outcome, now(source.clock), b"")
    except Exception as error:  # noqa: BLE001 - whatever it is, nobody is left waiting
        outcome = TalendOAuthError(
            f"Obtaining a token failed inside talend-oauth ({type(error).__name__}).",
            hint="Please report this as a bug, with the version of talend-oauth.",
        )
        slot.fail(flight, outcome, now(source.clock), b"")
    finally:
        _land(slot, flight, outcome)


def _land(slot: Slot, flight: Flight, outcome: Outcome) -> None:
    with slot.lock:
        if slot.flight is flight:
            slot.flight = None
    flight.land(outcome)
