"""The SBOM within the wheel (PEP 770): what it contains and what it asks for, as CycloneDX.

Read by hatchling (pyproject.toml, tool.hatch.build.targets.wheel.hooks.custom).
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.core import ProjectMetadata
from packaging.requirements import Requirement

NAME = "talend-oauth.cdx.json"


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
        file = Path(self.folder.name, NAME)
        file.write_text(json.dumps(sbom(self.metadata, made_by), indent=2) + "\n")
        build_data["sbom_files"] = [str(file)]

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the copy."""
        del version, build_data, artifact_path
        self.folder.cleanup()
