"""Carries out every proof of both sides of the wire, and prints a table."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from openapi_document.table import table

from .breaches import BREACHES
from .command import container_proof, pipx_proof, start_proof
from .prism import mock_proof, mock_status_proof, proxy_notices_proof, proxy_proof
from .proof import Outcome, Proof, carry_out
from .respect import smoke_notices_proof, smoke_proof
from .schemathesis import EXCLUSIONS, breach_proof, conforming_proof


def proofs() -> list[Proof]:
    """Return every proof, the quick ones first."""
    return [
        container_proof(),
        pipx_proof(),
        mock_proof(),
        mock_status_proof(403, 3),
        mock_status_proof(415, 3),
        proxy_proof(),
        proxy_notices_proof(),
        smoke_proof(),
        smoke_notices_proof(),
        *(breach_proof(what, break_it) for what, break_it in BREACHES.items()),
        conforming_proof(),
    ]


def verdict(outcome: Outcome) -> str:
    """Return one word on an outcome."""
    return "ok" if outcome.as_expected else "UNEXPECTED"


def show(outcome: Outcome) -> None:
    """Report progress."""
    said = f"{verdict(outcome)}: {outcome.proof.tool}, {outcome.proof.what}"
    print(said, file=sys.stderr, flush=True)


def main() -> int:
    """Run `scripts/prove wire`."""
    for setting, reason in EXCLUSIONS:
        print(f"left out of Schemathesis: {reason}\n  by {' '.join(setting.split())}")
    outcomes = [carry_out(start_proof())]  # alone, since it measures
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for waiting in [pool.submit(carry_out, proof) for proof in proofs()]:
            show(outcomes[-1])
            if not outcomes[-1].as_expected:
                pool.shutdown(cancel_futures=True)
                break
            outcomes.append(waiting.result())
        else:
            show(outcomes[-1])
    rows = [
        (done.proof.tool, done.proof.what, verdict(done), f"{done.seconds:.1f}", done.seen)
        for done in outcomes
    ]
    print(table(("tool", "what", "verdict", "s", "seen"), rows))
    return 0 if outcomes[-1].as_expected else 1


if __name__ == "__main__":
    sys.exit(main())
