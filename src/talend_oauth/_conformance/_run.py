"""All cases, run against a client."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from talend_oauth.errors import ConfigurationError

from ._cases import USUAL_LIFETIME, Case, load_requirements
from ._scene import Failed, NotScored, Scene

Outcome = Literal["passed", "failed", "not scored"]
PATIENCE = 90.0  # three tries of 20 s, and pauses


@dataclass(frozen=True, kw_only=True)
class Options:
    """How cases are run.

    Attributes:
        command: Starts a client.
        patience: Seconds to wait for a result, at most.
        forms: Whether the sandbox takes forms.
        lifetime: Seconds that tokens are valid in the cases that watch one age; each has its own
            when None.
        jobs: How many cases are run at once.
    """

    command: Sequence[str]
    patience: float = PATIENCE
    forms: bool = False
    lifetime: float | None = None
    jobs: int = 4


@dataclass(frozen=True)
class Result:
    """What became of a case.

    Attributes:
        case: The case.
        outcome: In a word.
        reason: Why, unless it passed.
    """

    case: Case
    outcome: Outcome
    reason: str = ""


def run_cases(
    cases: Sequence[Case], options: Options, progress: Callable[[Result], None] = lambda _: None
) -> list[Result]:
    """Run cases, several at once, and return what became of each.

    Args:
        cases: Each after those that it needs.
        options: How.
        progress: Called with each result, on any thread.

    Raises:
        ConfigurationError: When the client cannot be started, or reports nothing.
    """
    runner = _Runner(options)
    runner.try_client()
    # Each waits only for those that were started before it.
    pool = ThreadPoolExecutor(options.jobs)
    try:
        for case in cases:
            runner.futures[case.id] = pool.submit(runner.run, case, progress)
        return [future.result() for future in runner.futures.values()]
    finally:  # after Ctrl+C as well
        runner.stopped.set()
        pool.shutdown(cancel_futures=True)


class _Runner:
    def __init__(self, options: Options) -> None:
        self._options = options
        self.futures: dict[str, Future[Result]] = {}
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._caches: dict[float, bool] = {}

    def try_client(self) -> None:
        scene = self._scene(_probe(USUAL_LIFETIME), USUAL_LIFETIME)
        try:
            with scene:
                scene.run()
        except OSError as error:
            raise ConfigurationError(
                f"The client {self._options.command[0]!r} cannot be started: {error.strerror}.",
                hint="Give its command after `--`.",
            ) from None
        except NotScored:
            return
        except Failed as problem:
            if not scene.spoke:
                raise ConfigurationError(
                    f"The client reported nothing for `call`: {problem}.",
                    hint="It has to write a line of JSON for each line that it reads, and to flush "
                    "it; see the page on conformance.",
                ) from None

    def run(self, case: Case, progress: Callable[[Result], None]) -> Result:
        result = self._run(case)
        progress(result)
        return result

    def _run(self, case: Case) -> Result:
        for need in case.needs:
            future = self.futures.get(need)
            if future is not None and future.result().outcome != "passed":
                return Result(case, "not scored", f"needs {need}, which did not pass")
        if case.json_only and self._options.forms:
            return Result(case, "not scored", "the sandbox takes forms in this run")
        lifetime = case.lifetime
        if lifetime < USUAL_LIFETIME and self._options.lifetime is not None:
            lifetime = self._options.lifetime
        if lifetime < USUAL_LIFETIME and not self._keeps(lifetime):
            return Result(
                case,
                "not scored",
                f"a token of {lifetime:g} s is fetched for every call: the client's refresh window "
                "is wider (try --lifetime)",
            )
        result = self._run_once(case, lifetime)
        if result.outcome == "failed" and lifetime < USUAL_LIFETIME:
            # A machine that is busy may be late for an age; it has to fail with more time as well.
            result = self._run_once(case, 2 * lifetime)
            if result.outcome == "failed":
                more = f"{result.reason}, with tokens of {2 * lifetime:g} s (--lifetime)"
                result = Result(case, "failed", more)
        return result

    def _run_once(self, case: Case, lifetime: float) -> Result:
        try:
            with self._scene(case, lifetime) as scene:
                scene.run()
        except Failed as problem:
            return Result(case, "failed", str(problem))
        except NotScored as reason:
            return Result(case, "not scored", str(reason))
        return Result(case, "passed")

    def _keeps(self, lifetime: float) -> bool:
        """Say whether the client keeps a token of such a lifetime at all."""
        with self._lock:
            if lifetime not in self._caches:
                # A machine that is busy may be late for once.
                self._caches[lifetime] = any(self._probe_keeps(lifetime) for _ in range(2))
            return self._caches[lifetime]

    def _probe_keeps(self, lifetime: float) -> bool:
        with self._scene(_probe(lifetime), lifetime) as scene:
            try:
                scene.run()
            except (Failed, NotScored):
                return False
            return True

    def _scene(self, case: Case, lifetime: float) -> Scene:
        options = self._options
        return Scene(
            case,
            options.command,
            patience=options.patience,
            forms=options.forms,
            lifetime=lifetime,
            stopped=self.stopped,
        )


def _probe(lifetime: float) -> Case:
    """Return a case that shows whether a client speaks, and keeps a token."""
    steps = ({"send": "call"}, {"send": "call"}, {"expect": {"token_requests": 1}})
    requirement = next(iter(load_requirements().values()))
    return Case("probe", requirement, "two calls, one token", steps, lifetime=lifetime)
