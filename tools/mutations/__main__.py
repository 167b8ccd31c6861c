"""Mutate the source with cosmic-ray, and see which mutants the tests do not notice.

Works in scratch copies of the checkout, one for each of two workers. A mutant is judged by the
tests that run its line (as coverage saw them), the quickest first. tests/mutations.toml says which
tests are asked for which package, and lists the survivors that are accepted, each with its reason.
"""

from __future__ import annotations

import argparse
import ast
import math
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import Manager
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import WorkerOutcome
from coverage import CoverageData

from . import operators  # noqa: F401  it adds two to cosmic-ray's

if TYPE_CHECKING:
    from queue import Queue

    from cosmic_ray.work_item import MutationSpec, WorkItem, WorkResult

SOURCE = Path("src/talend_oauth")
WORKERS = 2
NOTICED = 95.0  # percent
SEED = 12  # of a sample
LISTS = tomllib.loads(Path("tests/mutations.toml").read_text())
TESTS, ACCEPTED = LISTS["tests"], LISTS.get("accepted", [])
# Of the operators that cosmic-ray has for each pair of signs, only those to a sign's neighbour.
OPERATORS = re.compile(
    "here/.*|core/(AddNot|NumberReplacer|Exception.*|RemoveDecorator|Zero.*|ReplaceBreak.*"
    "|ReplaceContinue.*|ReplaceTrue.*|ReplaceFalse.*|ReplaceAnd.*|ReplaceOr.*|.*Delete_Not"
    "|.*_(Eq_NotEq|NotEq_Eq|Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt|Is_IsNot|IsNot_Is|USub_UAdd)"
    "|.*_(Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Mul|Mod_Mul|Pow_Mul|LShift_RShift|RShift_LShift)"
    "|.*_(BitAnd_BitOr|BitOr_BitAnd))"
)
HANGS = 30  # seconds, in which a test that does not end is noticed
PYTEST = (".venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
LIMIT = ("-x", "-o", f"faulthandler_timeout={HANGS}", "-o", "faulthandler_exit_on_timeout=true")


def unread(text: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return where each part of a module begins and ends that only type checkers read."""
    parts: list[ast.AST] = []
    for node in ast.walk(ast.parse(text)):
        parts += [a for n in ("annotation", "returns") if (a := getattr(node, n, None))]
        parts += [d for d in getattr(node, "decorator_list", ()) if ast.unparse(d) == "overload"]
        if isinstance(node, ast.If | ast.Assign) and "TYPE_CHECKING" in ast.unparse(node):
            parts.append(node)
    return [((n.lineno, n.col_offset - 1), (n.end_lineno, n.end_col_offset)) for n in parts]


def wanted(mutation: MutationSpec, text: str) -> bool:
    """Return whether a mutant is of a kind that tests can notice."""
    row, column = mutation.start_pos
    line = text.splitlines()[row - 1]
    parameters = re.search(r"(^|[(,])\s*$", line[:column])
    # cosmic-ray fails on an exception that is named with its module.
    dotted = not line[column : mutation.end_pos[1]].isidentifier()
    return (
        bool(OPERATORS.fullmatch(mutation.operator_name))
        and not (parameters and "_Mul_" in mutation.operator_name)
        and not (dotted and "Exception" in mutation.operator_name)
        and not any(start <= (row, column) < end for start, end in unread(text))
    )


class Tests:
    """Which tests run a line, and how long each takes: from one run of the unchanged source."""

    def __init__(self, paths: list[str]) -> None:
        options = ("-p", "xdist", "-n", str(WORKERS), "-p", "pytest_cov", "--cov", "--cov-report=")
        written = ("--cov-context=test", "--cov-fail-under=0", "--junit-xml=tests.xml")
        subprocess.run((*PYTEST, *options, *written, *paths), check=False)
        self._paths, self._data, self._seconds = paths, CoverageData(), {}
        self._data.read()
        for case in ET.parse("tests.xml").iter("testcase"):  # noqa: S314  our own
            failed = case.find("failure") is not None or case.find("error") is not None
            name = f"{case.get('classname')}.{case.get('name')}"
            self._seconds[name] = math.inf if failed else float(case.get("time", 0))
        self.failed = [name for name, seconds in self._seconds.items() if seconds == math.inf]

    def seconds(self, test: str) -> float:
        """Return how long a test takes."""
        path, _, name = test.partition(".py::")
        return self._seconds.get(path.replace("/", ".") + "." + name.replace("::", "."), 1.0)

    def command(self, mutation: MutationSpec) -> tuple[str, float]:
        """Return what runs the tests of what is mutated, and how many seconds it may take."""
        lines = self._data.contexts_by_lineno(str(mutation.module_path.absolute()))
        (first, _), (last, _) = mutation.start_pos, mutation.end_pos
        found = {c for n in range(first, last + 1) for c in lines.get(n, ())}
        tests = self._quickest(found)
        if "" in found or not tests:  # run by an import, or by a process of a test
            found = {context for contexts in lines.values() for context in contexts}
            tests += [test for test in self._quickest(found) if test not in tests]
        tests = tests or self._paths
        return shlex.join((*PYTEST, *LIMIT, *tests)), 2 * HANGS + 4 * sum(map(self.seconds, tests))

    def _quickest(self, contexts: set[str]) -> list[str]:
        tests = {context.split("|")[0] for context in contexts if context}
        return sorted((t for t in tests if self.seconds(t) < math.inf), key=self.seconds)


def enter(copies: Queue[Path]) -> None:
    """Make a scratch copy the place of this process and of the tests that it runs."""
    os.chdir(copies.get())
    os.environ["PYTHONPATH"] = os.pathsep.join(
        str(Path(f).absolute()) for f in ("src", "generated")
    )
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"


def judge(item: WorkItem, command: str, seconds: float) -> WorkResult:
    """Apply a mutation in this process's copy and run tests."""
    return mutate_and_test(item.mutations, command, seconds)


def changed(result: WorkResult) -> tuple[str, str]:
    """Return the lines before and after, without their indent."""
    lines = result.diff.splitlines()[3:]
    return tuple(" ".join(n[1:].strip() for n in lines if n.startswith(s)) for s in "-+")


def main() -> int:
    """Judge the mutants; 0 if the survivors are the accepted ones, and few."""
    parser = argparse.ArgumentParser(prog="scripts/prove mutations", description=__doc__)
    parser.add_argument(
        "names", metavar="PACKAGE|FILE", nargs="*", default=[k for k in TESTS if k != "*"]
    )
    parser.add_argument(
        "--sample", metavar="N", type=int, help="only N of them, the same each time"
    )
    options = parser.parse_args()
    modules, paths = [], []
    for name in options.names:
        path = Path(name) if name.endswith(".py") else SOURCE / name
        path = path if path.exists() else path.with_suffix(".py")
        package = path.relative_to(SOURCE).with_suffix("").parts[0]
        modules += sorted(path.rglob("*.py")) if path.is_dir() else [path]
        paths += [f"tests/{p}" for p in TESTS.get(package, TESTS["*"]) if f"tests/{p}" not in paths]
    with tempfile.TemporaryDirectory() as scratch, Manager() as manager:
        copies = manager.Queue()
        listing = ("git", "ls-files", "-zco", "--exclude-standard")
        files = subprocess.check_output(listing, text=True)
        for copy in (Path(scratch, str(n)) for n in range(WORKERS)):
            for file in filter(os.path.isfile, files.split("\0")):
                (copy / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, copy / file)
            (copy / ".venv").symlink_to(Path(".venv").absolute())
            copies.put(copy)
        copies.put(Path(scratch, "0"))  # which is this process's as well
        enter(copies)
        return run(modules, Tests(paths), copies, options.sample)


def run(modules: list[Path], tests: Tests, copies: Queue[Path], sample: int | None) -> int:
    """Run the mutants in the copies and report."""
    texts = {m: m.read_text() for m in modules}
    with use_db("mutations.sqlite") as session:
        init(modules, session, {})
        items = sorted(session.work_items, key=lambda item: str(item.mutations))
        items = [i for i in items for m in i.mutations if wanted(m, texts[m.module_path])]
        if sample and sample < len(items):
            items = random.Random(SEED).sample(items, sample)  # noqa: S311
        print(f"{len(items)} mutants", flush=True)
        made, lived, late, survivors = Counter(), Counter(), Counter(), []  # by module
        with ProcessPoolExecutor(WORKERS, initializer=enter, initargs=(copies,)) as pool:
            jobs = {pool.submit(judge, i, *tests.command(i.mutations[0])): i for i in items}
            for done, job in enumerate(as_completed(jobs), 1):
                mutation, result = jobs[job].mutations[0], job.result()
                if result.worker_outcome is not WorkerOutcome.NORMAL:
                    raise RuntimeError(result.output)
                session.set_result(jobs[job].job_id, result)
                module = str(mutation.module_path.relative_to(SOURCE))
                made[module] += 1
                late[module] += result.is_killed and " in " not in result.output[-99:]
                if not result.is_killed:
                    lived[module] += 1
                    survivors.append((module, *changed(result)))
                    print(
                        f"\n{mutation.module_path}:{mutation.start_pos[0]} {mutation.operator_name}"
                    )
                    print(*result.diff.splitlines()[3:], sep="\n", flush=True)
                if done % 25 == 0:
                    print(f"{done} of {len(items)}, {len(survivors)} not noticed", flush=True)
    print(f"\n{'module':40} mutants  noticed  (by a time-out)  survived")
    for module in [*sorted(made), "all"]:
        row = [c.total() if module == "all" else c[module] for c in (made, late, lived)]
        print(f"{module:40} {row[0]:7}  {row[0] - row[2]:7}  {row[1]:15}  {row[2]:8}")
    share = 100 * (1 - len(survivors) / max(len(items), 1))
    accepted = {
        (a["file"], a["was"], a["becomes"]) for a in ACCEPTED if SOURCE / a["file"] in texts
    }
    faults = [f"fails without any mutation, and is not asked: {t}" for t in tests.failed]
    faults += [
        f"not listed in tests/mutations.toml: {s}" for s in sorted(set(survivors) - accepted)
    ]
    if not sample:
        faults += [
            f"listed, but noticed or no more there: {a}" for a in sorted(accepted - set(survivors))
        ]
    if share < NOTICED:
        faults.append(f"less than {NOTICED} % were noticed")
    print(f"\n{share:.1f} % noticed, {len(survivors)} survived", *faults, sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
