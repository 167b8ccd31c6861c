"""Run the state machine of tests/lifecycle in two processes, and count the steps."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEST = "tests/lifecycle/test_state_machine.py"
LEAST = 100_000
PROCESSES = 2


def main() -> int:
    """Run it; return 0 when every step held and there were enough."""
    with tempfile.TemporaryDirectory(prefix="steps-") as folder:
        counts = [Path(folder, f"{number}") for number in range(PROCESSES)]
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "pytest", "-q", "-p", "no:logging", TEST],
                cwd=ROOT,
                env={**os.environ, "LIFECYCLE": f"{number + 1}", "STEPS_FILE": str(count)},
            )
            for number, count in enumerate(counts)
        ]
        failed = [process for process in running if process.wait() != 0]
        steps = sum(int(count.read_text()) for count in counts if count.exists())
    held = not failed and steps >= LEAST
    print(f"{steps} steps, at least {LEAST} wanted: {'all held' if held else 'FAILED'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
