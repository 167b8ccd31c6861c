"""What the programs of a language have to show: the samples in a sandbox, the client in the kit."""

from collections.abc import Mapping
from pathlib import Path

from talend_oauth._conformance import Options, run_cases, select_cases
from talend_oauth._conformance import Report as ConformanceReport
from talend_oauth.sandbox import Sandbox

from ._commands import StepError, run
from ._projects import Command

PROGRAM_TIMEOUT = 60.0
VERSION = "2021-03"
CASES_AT_ONCE = 8  # most of their time is spent in waiting


def check_samples(samples: tuple[Command, ...], cwd: Path, environment: Mapping[str, str]) -> str:
    """Run each sample with both types of `expires_in`, and look at what it sent and printed.

    Returns:
        How many samples there are.

    Raises:
        StepError: When one does not print whose token it is, or names no version.
    """
    for sample in samples:
        for expires_in in ("integer", "string"):
            with Sandbox(expires_in=expires_in) as sandbox:
                variables = {**environment, **sandbox.environment()}
                outcome = run(sample, cwd, variables, PROGRAM_TIMEOUT)
                versions = [entry.talend_version_header for entry in sandbox.log][:1]
            if outcome.status != 0 or sandbox.accounts[0].name not in outcome.output:
                raise StepError(
                    f"{' '.join(sample)} ended with {outcome.status} (expires_in: {expires_in}):"
                    f"\n{outcome.output}"
                )
            if versions != [VERSION]:
                raise StepError(f"{' '.join(sample)} did not send talend-version: {VERSION}")
    return str(len(samples))


def check_conformance(command: Command, cwd: Path) -> str:
    """Run the cases of the levels core and resilient against a client.

    Returns:
        How many of them it passes, which is all.

    Raises:
        StepError: When one fails or is not scored; the report is part of the text.
    """
    cases = select_cases("resilient")
    # The kit starts a client where it is itself.
    options = Options(command=("env", "-C", str(cwd), *command), jobs=CASES_AT_ONCE)
    results = run_cases(cases, options)
    passed = sum(result.outcome == "passed" for result in results)
    if passed < len(cases):
        raise StepError(ConformanceReport(results).as_text())
    return f"{passed} of {len(cases)}"
