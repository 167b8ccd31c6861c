"""Carries out every proof of both sides of the wire, and prints a table."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from openapi_document.table import table

from .breaches import BREACHES
from .prism import mock_proof, mock_status_proof, proxy_notices_proof, proxy_proof
from .proof import Proof, carry_out
from .respect import smoke_notices_proof, smoke_proof
from .schemathesis import EXCLUSIONS, breach_proof, conforming_proof


def proofs() -> list[Proof]:
    """Return every proof, the quick ones first."""
    return [
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


def main() -> int:
    """Run `scripts/prove-wire`."""
    for setting, reason in EXCLUSIONS:
        print(f"left out of Schemathesis: {reason}\n  by {' '.join(setting.split())}")
    rows: list[tuple[str, str, str, str, str]] = []
    expected = True
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = [pool.submit(carry_out, proof) for proof in proofs()]
        for place in waiting:
            outcome = place.result()
            proof, expected = outcome.proof, outcome.as_expected
            verdict = "ok" if expected else "UNEXPECTED"
            print(f"{verdict}: {proof.tool}, {proof.what}", file=sys.stderr, flush=True)
            rows.append((proof.tool, proof.what, verdict, f"{outcome.seconds:.1f}", outcome.seen))
            if not expected:
                pool.shutdown(cancel_futures=True)
                break
    print(table(("tool", "what", "verdict", "s", "seen"), rows))
    return 0 if expected else 1


if __name__ == "__main__":
    sys.exit(main())
