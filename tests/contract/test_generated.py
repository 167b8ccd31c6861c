"""The committed package is byte for byte what the generator makes of the document today.

It is also the one that is imported here, and so the one that the other kinds judge. These tests
alone need the checkout: scripts/build --test runs the others against the installed package.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import talend_oauth_api
import yaml
from openapi_python_client.config import ConfigFile

from .reading import ROOT


def test_the_tests_read_the_package_of_this_checkout() -> None:
    assert Path(talend_oauth_api.__file__).parent == ROOT / "generated" / "talend_oauth_api"


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
