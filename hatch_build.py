"""What hatchling asks this project: the README as an index shows it, and the SBOM in the wheel.

The README's links and pictures lead to the repository. The SBOM (PEP 770) says what the wheel
contains and what it requires, as CycloneDX.
"""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.core import ProjectMetadata
from hatchling.metadata.plugin.interface import MetadataHookInterface
from packaging.requirements import Requirement

SBOM = "talend-oauth.cdx.json"
# A link or picture of Markdown, or an attribute of HTML, that is relative to the repository.
_RELATIVE = re.compile(r'(\]\(|\b(?:src|srcset)=")(?!https?:|#)([^)"\s]+)')
_PICTURES = (".png", ".svg")


def absolute(text: str, source: str) -> str:
    """Return a README whose links and pictures do not depend on where it is shown.

    Args:
        text: The README of the repository.
        source: The repository's address, as in `[project.urls]`.
    """

    def target(match: re.Match[str]) -> str:
        kind = "raw" if match[2].endswith(_PICTURES) else "blob"
        return f"{match[1]}{source}/{kind}/main/{match[2]}"

    return _RELATIVE.sub(target, text)


class ReadmeForIndex(MetadataHookInterface):
    """Gives hatchling the text."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the field `readme`."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        shown = absolute(text, metadata["urls"]["Source"])
        metadata["readme"] = {"content-type": "text/markdown", "text": shown}


def component(name: str, version: str = "", **more: object) -> dict[str, object]:
    """Return a package of PyPI."""
    purl = f"pkg:pypi/{name}" + (f"@{version}" if version else "")
    numbered = {"version": version} if version else {}
    return {"type": "library", "bom-ref": purl, "name": name, **numbered, "purl": purl, **more}


def sbom(metadata: ProjectMetadata[Any], versions: dict[str, str]) -> dict[str, object]:
    """Return what a wheel is made of; the same for the same sources.

    Args:
        metadata: Of the wheel.
        versions: Of the tools that made the generated client.
    """
    core = metadata.core
    own = component(core.name, metadata.version, licenses=[{"expression": core.license_expression}])
    # A range and not a version: which one is installed is not known before it is.
    needed = [
        component(Requirement(it).name, properties=[{"name": "requirement", "value": it}])
        for it in sorted(core.dependencies)
    ]
    generator, *_ = versions
    client = component(
        "talend_oauth_api",
        metadata.version,
        description=f"Generated from the OpenAPI document by {generator} {versions[generator]}.",
    )
    del client["purl"]  # is not on PyPI but within the wheel
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": own | {"components": [client]}},
        "components": needed,
        "dependencies": [
            {"ref": own["bom-ref"], "dependsOn": [it["bom-ref"] for it in needed]},
        ],
    }


class SbomInWheel(BuildHookInterface[Any]):
    """Gives hatchling the file."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the SBOM where hatchling takes it from."""
        del version
        made_by = json.loads(Path(self.root, "generated/PROVENANCE.json").read_text())["versions"]
        self.folder = tempfile.TemporaryDirectory()
        file = Path(self.folder.name, SBOM)
        file.write_text(json.dumps(sbom(self.metadata, made_by), indent=2) + "\n")
        build_data["sbom_files"] = [str(file)]

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the copy."""
        del version, build_data, artifact_path
        self.folder.cleanup()
