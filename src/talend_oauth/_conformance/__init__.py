"""The conformance kit: runs a client of any language against the sandbox, and says what it does.

`conformance/BEHAVIOUR.md` has the requirements, `conformance/cases` what is run for each. Needs the
extra `sandbox`.
"""

from ._cases import LEVELS, Case, Requirement, load_cases, load_requirements, select_cases
from ._report import Report, read_baseline
from ._run import Options, Result, run_cases

__all__ = [
    "LEVELS",
    "Case",
    "Options",
    "Report",
    "Requirement",
    "Result",
    "load_cases",
    "load_requirements",
    "read_baseline",
    "run_cases",
    "select_cases",
]
