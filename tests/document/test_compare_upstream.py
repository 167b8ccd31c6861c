"""Another document of the endpoint is laid beside ours, however it is written."""

from __future__ import annotations

import copy
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_document import compare_upstream, derive, loading
from openapi_document.edits import find, put, remove, rename
from openapi_document.mutations import MUTATIONS, Mutation
from openapi_document.notes import Note, find_note, read_notes

from .drawing import places, steady

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = loading.read(loading.DOCUMENT)
NOTES = read_notes(loading.DOCUMENT.with_name("NOTES.md").read_text("utf-8"))
UPSTREAM = Path(__file__).parent / "upstream" / "talend.yaml"
POST = "/paths/~1security~1oauth~1token/post"


def rows(theirs: loading.Object) -> list[compare_upstream.Row]:
    return compare_upstream.compare(OURS, theirs, NOTES)


def inlined(node: Any, document: loading.Object) -> Any:
    """Gives a value with every reference replaced by what it leads to."""
    if isinstance(node, dict) and "$ref" in node:
        return inlined(find(document, node["$ref"].removeprefix("#")), document)
    if isinstance(node, dict):
        return {key: inlined(value, document) for key, value in node.items()}
    return [inlined(value, document) for value in node] if isinstance(node, list) else node


def test_a_vendors_document_is_laid_beside_ours() -> None:
    found = [
        (row.kind, row.place, row.ours, row.theirs, row.note and row.note.title)
        for row in rows(compare_upstream.load(str(UPSTREAM)))
    ]
    body, token = "request application/json", "response 200 application/json"
    assert found == [
        ("only there", "server https://api.in.cloud.talend.com", "-", "yes", "Servers"),
        ("only there", "parameters header authorization", "-", "yes", "Version parameters"),
        ("only there", f"{body} .scope", "-", "yes", "Token request"),
        ("only there", "response 200 header cache-control", "-", "yes", "Token issued"),
        ("only there", "response 429", "-", "yes", "Statuses"),
        ("only ours", "tags", "tokens", "-", "Names and wording"),
        ("only ours", f"{body} .grant_type default", "client_credentials", "-", "Grant type"),
        ("only ours", f"{body} .audience minLength", "1", "-", "Audience"),
        ("only ours", f"{token} .access_token format", "password", "-", "Access token"),
        ("only ours", f"{token} .access_token minLength", "1", "-", "Access token"),
        ("only ours", f"{token} .token_type minLength", "1", "-", "Token type"),
        ("only ours", f"{token} .expires_in as integer", "yes", "-", "Lifetime"),
        ("only ours", f"{token} .expires_in as string", "yes", "-", "Lifetime"),
        ("only ours", "response 400", "yes", "-", "Refusals from the general page"),
        ("only ours", "response 401 application/json", "yes", "-", "Error bodies"),
        ("only ours", "response 403 application/json", "yes", "-", "Error bodies"),
        ("only ours", "response 415", "yes", "-", "Refusals from the general page"),
        ("only ours", "response 500 application/json", "yes", "-", "Error bodies"),
        ("differs", "operationId", "createToken", "getToken", "Names and wording"),
        ("differs", "security", "http basic", "none", "Authentication"),
        ("differs", "request required", "true", "false", "Request body"),
        ("differs", f"{body} other fields", "refused", "allowed", "Token request"),
        ("differs", f"{token} .expires_in type", "integer or string", "string", "Lifetime"),
        (
            "differs",
            "order of the parameters",
            "query talendVersion, header talend-version",
            "header talend-version, query talendVersion",
            "Version parameters",
        ),
    ]


def renamed() -> loading.Object:
    text = derive.render(OURS)
    for kind in ("schemas", "parameters", "responses"):
        for name in OURS["components"][kind]:
            text = text.replace(f"#/components/{kind}/{name}", f"#/components/{kind}/X{name}")
            text = text.replace(f'"{name}": {{', f'"X{name}": {{')
    return loading.parse(text)


def behind_a_base_path() -> loading.Object:
    document = copy.deepcopy(OURS)
    rename("/paths", "/security/oauth/token", "/token")(document)
    for server in document["servers"]:
        server["url"] += "/security/oauth"
    return document


def with_a_longer_path() -> loading.Object:
    document = copy.deepcopy(OURS)
    rename("/paths", "/security/oauth/token", "/v1/security/oauth/token")(document)
    return document


@pytest.mark.parametrize(
    "theirs",
    [
        OURS,
        loading.read(loading.DERIVED),
        inlined(OURS, OURS),
        renamed(),
        behind_a_base_path(),
        with_a_longer_path(),
    ],
    ids=["itself", "3.0", "inlined", "renamed", "base path", "longer path"],
)
def test_a_document_that_says_the_same_in_other_words_does_not_differ(
    theirs: loading.Object,
) -> None:
    assert rows(theirs) == []


# What another document may do otherwise without a difference in what is sent.
UNSEEN = {"schema renamed", "header in other case", "another server first", "callback added"}
UNSEEN |= {"nothing", "description", "example", "order of the schemas", "order of the responses"}
UNSEEN |= {"parameter written in another style", "operation added", "path renamed", "POST -> PUT"}
UNSEEN |= {"path parameter renamed", "another server region by default"}


@pytest.mark.parametrize(
    "mutation", [m for m in MUTATIONS if m.name not in UNSEEN], ids=lambda mutation: mutation.name
)
def test_each_change_of_what_is_sent_is_a_difference(mutation: Mutation) -> None:
    before, after = mutation.apply(OURS)
    assert compare_upstream.compare(before, before, NOTES) == []
    assert compare_upstream.compare(before, after, NOTES)
    assert compare_upstream.compare(after, before, NOTES)


@steady
@given(
    place=st.sampled_from(list(places(OURS))),
    value=st.sampled_from([..., None, 1, "x", [], {}, ["x"], {"x": "x"}, {"$ref": "#/x"}]),
)
def test_a_broken_document_is_an_error_that_says_so_and_never_a_crash(
    place: str, value: object
) -> None:
    theirs = copy.deepcopy(OURS)
    (remove(place) if value is ... else put(place, value))(theirs)
    try:
        rows(theirs)
    except loading.DocumentError as error:
        assert str(error)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not an object at its top"),
        ("a: [", "neither YAML nor JSON"),
        ("a: 1", "not OpenAPI"),
        ('{"swagger": "2.0"}', "swagger 2.0, and only OpenAPI 3 is understood"),
        ("openapi: 4.0.0", "4.0.0, and only OpenAPI 3 is understood"),
        ("openapi: 3.1.0", "has no paths"),
        (
            "openapi: 3.1.0\npaths: {}",
            "no endpoint POST /security/oauth/token in it; it has no POST",
        ),
        (
            "openapi: 3.1.0\npaths: {/token: {post: {}}, /me: {get: {}}}",
            "no endpoint POST /security/oauth/token in it; it has POST /token",
        ),
        (
            "openapi: 3.1.0\npaths: {/security/oauth/token: {$ref: '#/nowhere'}}",
            "/nowhere: nothing there",
        ),
        (
            "openapi: 3.1.0\npaths: {/security/oauth/token: {$ref: 'https://x.example/y'}}",
            "leads out of the document",
        ),
        ("openapi: 3.1.0\npaths: {/security/oauth/token: {post: 7}}", "not valid OpenAPI"),
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
    assert "24 differences; our reasons, from openapi/NOTES.md:" in out
    assert "Lifetime" in out.split("in short")[1]


def test_an_address_without_a_document_is_refused(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare_upstream.main([f"{address}/none.yaml"]) == 2
    assert "404" in capsys.readouterr().err
    assert compare_upstream.main(["http://127.0.0.1:1/none.yaml"]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_document_without_end_is_refused(
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "large.json").write_text(derive.render(OURS))
    monkeypatch.setattr(compare_upstream, "LIMIT", 1000)
    assert compare_upstream.main([f"{address}/large.json"]) == 2
    assert "larger than 1000 bytes" in capsys.readouterr().err


def test_the_note_of_the_longest_pointer_counts_and_the_most_particular_place_first() -> None:
    text = (
        "# Notes\n\n## All\n\n- Applies to: `/a`, `/b`\n- In short: One.\n\n"
        "## Part\n\n- Applies to: `/a/b`\n- Status: ours\n- In short: Two.\n\n## None\n\nText.\n"
    )
    whole, part = notes = read_notes(text)
    assert notes == [Note("All", ("/a", "/b"), "One."), Note("Part", ("/a/b",), "Two.")]
    assert find_note(notes, ["/a/b/c"]) == part
    assert find_note(notes, ["/a/bc"]) == whole
    assert find_note(notes, ["/x", "/b", "/a/b"]) == whole
    assert find_note(notes, ["/x"]) is None
    assert find_note(notes, []) is None


def test_lists_maps_and_schemas_that_contain_themselves_are_facts_too() -> None:
    schema = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/T"}}},
        "additionalProperties": {"type": "integer"},
    }
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/T"}}}}
    document = {
        "openapi": "3.1.0",
        "paths": {compare_upstream.PATH: {"post": {"requestBody": body}}},
        "components": {"schemas": {"T": schema}},
    }
    found = compare_upstream.facts(document)
    key = ("request", "application/json")
    assert found[*key, ".items", "type"].value == "array"
    assert found[*key, ".items", "items", "type"].value == "itself"
    assert found[*key, "other fields", "type"].value == "integer"


@pytest.mark.parametrize(
    ("scheme", "words"),
    [
        ({"type": "oauth2", "flows": {"clientCredentials": {}}}, "oauth2 clientCredentials read"),
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, "apiKey header X-Key read"),
        ({"type": "http", "scheme": "Bearer"}, "http bearer read"),
    ],
)
def test_a_scheme_of_security_is_told_in_words(scheme: loading.Object, words: str) -> None:
    document = copy.deepcopy(OURS)
    document["components"]["securitySchemes"] = {"a": scheme}
    document["security"] = [{"a": ["read"]}, {}]
    assert compare_upstream.facts(document)["security",].value.split(" or ") == sorted(
        ["none", words]
    )


def test_every_fact_of_our_document_has_a_note() -> None:
    facts = compare_upstream.facts(OURS)
    assert len(facts) > 60
    assert [key for key, fact in facts.items() if not find_note(NOTES, fact.pointers)] == []
