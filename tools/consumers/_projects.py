"""What each language needs: its tools, how its clients are made, compiled and run."""

from dataclasses import dataclass

from ._commands import TOP

Command = tuple[str, ...]
OPENAPI_GENERATOR: Command = ("openapi-generator-cli", "generate", "-c", "openapi-generator.yaml")


@dataclass(frozen=True)
class Client:
    """A generated client and the program over it.

    Attributes:
        generator: Name of the generator.
        pinned_in: File that names its version, below the top of the checkout.
        pinned_by: What stands before the version there.
        program: Command that runs the program.
    """

    generator: str
    pinned_in: str
    pinned_by: str
    program: Command

    @property
    def version(self) -> str:
        """The version that the build uses."""
        _, found, after = (TOP / self.pinned_in).read_text().partition(self.pinned_by)
        if not found:
            raise ValueError(f"{self.pinned_in} does not pin {self.generator}")
        return after.split(maxsplit=1)[0].strip('",')


def _openapi_generator(*program: str) -> Client:
    return Client("openapi-generator", "requirements/tools.txt", "openapi-generator-cli==", program)


@dataclass(frozen=True)
class Project:
    """The folder of one language.

    Attributes:
        language: Its name, which is the folder's too.
        tools: Commands that must be installed.
        sample: Command that runs the sample of the documentation.
        clients: The clients that are generated; none where the folder is only a sample.
        generate: Commands that make them.
        compile: Commands that compile them and the programs.
        lint: Commands that check our own code; without any, compiling it does.
        mistakes: Command that compiles the folder `mistakes`, and has to fail.
    """

    language: str
    tools: tuple[str, ...]
    sample: Command
    clients: tuple[Client, ...] = ()
    generate: tuple[Command, ...] = ()
    compile: tuple[Command, ...] = ()
    lint: tuple[Command, ...] = ()
    mistakes: Command = ()


_JAVA_CLASSES = "program/target/program-1.jar:program/target/lib/*"
_JAVAC_MISTAKES = (
    "javac -proc:none -d program/target/mistakes -cp 'program/target/lib/*' mistakes/*.java"
)
_OWN_GO = (".", "./sample")

PROJECTS = (
    Project(
        language="rust",
        tools=("cargo", "cargo-clippy", "cc", "java"),
        clients=(_openapi_generator("target/debug/consumer"),),
        generate=(OPENAPI_GENERATOR,),
        compile=(("cargo", "build", "--quiet"),),
        lint=(("cargo", "clippy", "--quiet", "--no-deps", "--", "-D", "warnings"),),
        mistakes=(
            *("cargo", "check", "--quiet", "--examples", "--features", "mistakes"),
            *("--keep-going", "--message-format", "short"),
        ),
        sample=("target/debug/sample",),
    ),
    Project(
        language="java",
        tools=("java", "javac", "mvn"),
        clients=(_openapi_generator("java", "-cp", _JAVA_CLASSES, "example.consumer.Main"),),
        generate=(OPENAPI_GENERATOR,),
        # -Xlint:all and -Werror are in the build file.
        compile=(("mvn", "--quiet", "--batch-mode", "clean", "package"),),
        mistakes=("sh", "-c", _JAVAC_MISTAKES),
        sample=("java", "-cp", _JAVA_CLASSES, "example.consumer.Sample"),
    ),
    Project(
        language="go",
        tools=("go", "java"),
        clients=(
            Client(
                "oapi-codegen",
                "consumers/go/go.mod",
                "oapi-codegen/oapi-codegen/v2 v",
                ("build/consumer", "oapi-codegen"),
            ),
            _openapi_generator("build/consumer", "openapi-generator"),
        ),
        generate=(("go", "generate"), OPENAPI_GENERATOR),
        compile=(("go", "build", "-o", "build/", *_OWN_GO),),
        lint=(("go", "vet", *_OWN_GO), ("go", "tool", "staticcheck", *_OWN_GO)),
        mistakes=("go", "build", "-tags", "mistakes", "./mistakes"),
        sample=("build/sample",),
    ),
    Project(
        language="typescript",
        tools=("node", "npm", "java"),
        clients=(
            Client(
                "openapi-typescript",
                "consumers/typescript/package.json",
                '"openapi-typescript": "',
                ("node", "build/src/main.js", "openapi-fetch"),
            ),
            _openapi_generator("node", "build/src/main.js", "typescript-fetch"),
        ),
        generate=(
            ("npm", "ci", "--silent", "--no-audit", "--no-fund"),
            ("npm", "run", "--silent", "generate"),
            OPENAPI_GENERATOR,
        ),
        compile=(("npm", "run", "--silent", "build"),),
        mistakes=("node_modules/.bin/tsc", "-p", "mistakes"),
        sample=("node", "build/src/sample.js"),
    ),
    Project(
        language="curl", tools=("curl", "sed"), sample=("sh", "-c", "./first.sh && ./sample.sh")
    ),
    Project(language="python", tools=("python",), sample=("python", "sample.py")),
)
