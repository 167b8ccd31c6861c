"""B: the committed package is byte for byte what the generator makes of the document today."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import yaml
from openapi_python_client.config import ConfigFile

from .reading import ROOT


def test_the_provenance_is_of_the_files_that_are_there() -> None:
    record = json.loads((ROOT / "generated" / "PROVENANCE.json").read_text(encoding="utf-8"))
    for name, checksum in record["sha256"].items():
        assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == checksum, name


def test_the_generated_package_is_what_the_document_gives() -> None:
    command = [sys.executable, "scripts/generate.py", "--check"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_option_of_the_generator_is_one_that_it_knows() -> None:
    config = yaml.safe_load((ROOT / "generator-config.yml").read_text(encoding="utf-8"))
    assert config.keys() <= ConfigFile.model_fields.keys()
