"""What each language needs: its tools, how its clients are made, compiled and run."""

from dataclasses import dataclass

from ._commands import TOP

Command = tuple[str, ...]
OPENAPI_GENERATOR: Command = ("openapi-generator-cli", "generate", "-c", "openapi-generator.yaml")


@dataclass(frozen=True)
class Generator:
    """What makes a client.

    Attributes:
        name: Its name.
        pinned_in: File that names its version, below the top of the checkout.
        pinned_by: What stands before the version there.
    """

    name: str
    pinned_in: str
    pinned_by: str

    @property
    def version(self) -> str:
        """The version that the build uses."""
        _, found, after = (TOP / self.pinned_in).read_text().partition(self.pinned_by)
        if not found:
            raise ValueError(f"{self.pinned_in} does not pin {self.name}")
        return after.split(maxsplit=1)[0].strip('",')


_OPENAPI_GENERATOR = Generator(
    "openapi-generator", "requirements/tools.txt", "openapi-generator-cli=="
)


@dataclass(frozen=True)
class Project:
    """The folder of one language.

    Attributes:
        language: Its name, which is the folder's too.
        tools: Commands that must be installed.
        samples: Commands that run the samples, of which the documentation shows the first.
        generators: What makes its clients; none where the folder is only a sample.
        generate: Commands that make them.
        compile: Commands that compile them and the programs.
        lint: Commands that check our own code; without any, compiling it does.
        mistakes: Command that compiles the folder `mistakes`, and has to fail.
        conformance: Command that starts the program for the conformance kit.
    """

    language: str
    tools: tuple[str, ...]
    samples: tuple[Command, ...]
    generators: tuple[Generator, ...] = ()
    generate: tuple[Command, ...] = ()
    compile: tuple[Command, ...] = ()
    lint: tuple[Command, ...] = ()
    mistakes: Command = ()
    conformance: Command = ()


# Many of these run at once, each for a moment.
_JAVA = (
    *("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
    *("-cp", "program/target/program-1.jar:program/target/lib/*"),
)
_JAVAC_MISTAKES = (
    "javac -proc:none -d program/target/mistakes -cp 'program/target/lib/*' mistakes/*.java"
)
_OWN_GO = ("./talend", "./conformance", "./sample", "./sample-ogen", "./sample-openapi-generator")

PROJECTS = (
    Project(
        language="rust",
        tools=("cargo", "cargo-clippy", "cc", "java"),
        generators=(_OPENAPI_GENERATOR,),
        generate=(OPENAPI_GENERATOR,),
        compile=(("cargo", "build", "--quiet"),),
        lint=(("cargo", "clippy", "--quiet", "--no-deps", "--", "-D", "warnings"),),
        mistakes=(
            *("cargo", "check", "--quiet", "--examples", "--features", "mistakes"),
            *("--keep-going", "--message-format", "short"),
        ),
        samples=(("target/debug/sample",),),
        conformance=("target/debug/conformance",),
    ),
    Project(
        language="java",
        tools=("java", "javac", "mvn"),
        generators=(_OPENAPI_GENERATOR,),
        generate=(OPENAPI_GENERATOR,),
        # -Xlint:all and -Werror are in the build file.
        compile=(("mvn", "--quiet", "--batch-mode", "clean", "package"),),
        mistakes=("sh", "-c", _JAVAC_MISTAKES),
        samples=((*_JAVA, "example.consumer.Sample"),),
        conformance=(*_JAVA, "example.consumer.Conformance"),
    ),
    Project(
        language="go",
        tools=("go", "java"),
        generators=(
            Generator("oapi-codegen", "consumers/go/go.mod", "oapi-codegen/oapi-codegen/v2 v"),
            Generator("ogen", "consumers/go/go.mod", "github.com/ogen-go/ogen v"),
            _OPENAPI_GENERATOR,
        ),
        generate=(("go", "generate"), OPENAPI_GENERATOR),
        compile=(("go", "build", "-o", "build/", *_OWN_GO),),
        lint=(("go", "vet", *_OWN_GO), ("go", "tool", "staticcheck", *_OWN_GO)),
        mistakes=("go", "build", "-tags", "mistakes", "./mistakes"),
        samples=(("build/sample",), ("build/sample-ogen",), ("build/sample-openapi-generator",)),
        conformance=("build/conformance",),
    ),
    Project(
        language="typescript",
        tools=("node", "npm", "java"),
        generators=(
            Generator(
                "openapi-typescript", "consumers/typescript/package.json", '"openapi-typescript": "'
            ),
            _OPENAPI_GENERATOR,
        ),
        generate=(
            ("npm", "ci", "--silent", "--no-audit", "--no-fund"),
            ("npm", "run", "--silent", "generate"),
            OPENAPI_GENERATOR,
        ),
        compile=(("npm", "run", "--silent", "build"),),
        mistakes=("node_modules/.bin/tsc", "-p", "mistakes"),
        samples=(
            ("node", "build/src/sample.js"),
            ("node", "build/src/sample-typescript-fetch.js"),
        ),
        conformance=("node", "build/src/conformance.js"),
    ),
    Project(
        language="kotlin",
        tools=("java", "mvn"),
        generators=(_OPENAPI_GENERATOR,),
        generate=(OPENAPI_GENERATOR,),
        compile=(("mvn", "--quiet", "--batch-mode", "clean", "package"),),
        samples=(("java", "-cp", "target/talend-oauth-kotlin-1.jar:target/lib/*", "SampleKt"),),
    ),
    Project(
        language="ruby",
        tools=("ruby", "java"),
        generators=(_OPENAPI_GENERATOR,),
        generate=(OPENAPI_GENERATOR,),
        lint=(("ruby", "-wc", "sample.rb", "token_source.rb", "conformance.rb"),),
        samples=(("ruby", "-I", "generated/lib", "sample.rb"),),
        conformance=("ruby", "conformance.rb"),
    ),
    Project(
        language="curl",
        tools=("curl", "sed"),
        samples=(("sh", "-c", "./first.sh && ./sample.sh"),),
    ),
    Project(language="python", tools=("python",), samples=(("python", "sample.py"),)),
)
