"""Another document of the endpoint is laid beside ours, however it is written."""

from __future__ import annotations

import copy
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from openapi_document import compare_upstream, derive, loading
from openapi_document.notes import read_notes

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = loading.read(loading.DOCUMENT)
ENDPOINT = compare_upstream.load(str(loading.DOCUMENT))
NOTES = read_notes(loading.DOCUMENT.with_name("NOTES.md").read_text("utf-8"))
UPSTREAM = Path(__file__).parent / "upstream" / "talend.yaml"


def rows(theirs: loading.Object) -> list[compare_upstream.Row]:
    return compare_upstream.compare(ENDPOINT, theirs, NOTES)


def test_a_vendors_document_is_laid_beside_ours() -> None:
    found = {(row.kind, row.place): row for row in rows(compare_upstream.load(str(UPSTREAM)))}
    body, token = "request application/json", "response 200 application/json"
    assert {
        ("only there", f"{body} .scope"): "Token request",
        ("only there", "response 429"): "Statuses",
        ("only ours", "tags"): "Names and wording",
        ("only ours", f"{body} .grant_type default"): "Grant type",
        ("only ours", f"{token} .access_token format"): "Access token",
        ("only ours", f"{token} .expires_in as integer"): "Lifetime",
        ("only ours", "response 400"): "Refusals from the general page",
        ("only ours", "response 401 application/json"): "Error bodies",
        ("only ours", "security http basic"): "Authentication",
        ("differs", "operationId"): "Names and wording",
        ("differs", "request required"): "Request body",
        ("differs", f"{body} other fields"): "Token request",
        ("differs", f"{token} .expires_in type"): "Lifetime",
    }.items() <= {key: row.note.title for key, row in found.items() if row.note}.items()
    row = found["differs", f"{token} .expires_in type"]
    assert (row.ours, row.theirs) == ("integer or string", "string")
    assert all(row.note for row in found.values())


def behind_a_base_path() -> loading.Object:
    document = copy.deepcopy(OURS)
    document["paths"] = {"/token": document["paths"][compare_upstream.PATH]}
    for server in document["servers"]:
        server["url"] += "/security/oauth"
    return document


def with_a_longer_path() -> loading.Object:
    document = copy.deepcopy(OURS)
    document["paths"] = {"/v1/security/oauth/token": document["paths"][compare_upstream.PATH]}
    return document


@pytest.mark.parametrize(
    "theirs",
    [
        OURS,
        loading.read(loading.DERIVED),
        behind_a_base_path(),
        with_a_longer_path(),
    ],
    ids=["itself", "3.0", "base path", "longer path"],
)
def test_a_document_that_says_the_same_in_other_words_does_not_differ(
    theirs: loading.Object, tmp_path: Path
) -> None:
    path = tmp_path / "theirs.json"
    path.write_text(derive.render(theirs))
    assert rows(compare_upstream.load(str(path))) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not an object at its top"),
        ("a: [", "neither YAML nor JSON"),
        ("a: 1", "not OpenAPI 3"),
        ('{"swagger": "2.0"}', "not OpenAPI 3"),
        ("openapi: 4.0.0", "not OpenAPI 3"),
        ("openapi: 3.1.0\npaths: {}", "no endpoint POST /security/oauth/token in it; it has []"),
        ("openapi: 3.1.0\npaths: {/token: {post: {}}}", "it has ['/token']"),
        ("openapi: 3.1.0\npaths: {/security/oauth/token: {$ref: '#/nowhere'}}", "no endpoint"),
        ("openapi: 3.1.0\npaths: 7", "not valid OpenAPI"),
        ("openapi: 3.1.0\npaths: {/security/oauth/token: {post: 7}}", "oasdiff diff:"),
    ],
)
def test_a_document_that_is_no_use_is_refused_with_the_reason(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "theirs.yaml"
    path.write_text(text)
    assert compare_upstream.main([str(path)]) == 2
    assert message in capsys.readouterr().err


def test_a_missing_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare_upstream.main([str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml: cannot be read" in capsys.readouterr().err


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Serves the test's folder on a loopback port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_document_is_read_from_an_address(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "same.json").write_text(derive.render(OURS))
    (tmp_path / "other.yaml").write_text(UPSTREAM.read_text())
    assert compare_upstream.main([f"{address}/same.json"]) == 0
    assert "says the same as talend-oauth.yaml" in capsys.readouterr().out
    assert compare_upstream.main([f"{address}/other.yaml"]) == 1
    out = capsys.readouterr().out
    assert "differences; our reasons, from openapi/NOTES.md:" in out
    assert "Lifetime" in out.split("in short")[1]


def test_an_address_without_a_document_is_refused(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare_upstream.main([f"{address}/none.yaml"]) == 2
    assert "404" in capsys.readouterr().err
    assert compare_upstream.main(["http://127.0.0.1:1/none.yaml"]) == 2
    assert "cannot be read" in capsys.readouterr().err
