"""What the server itself says of the pages: compressed, kept or not, and found or not."""

import httpx
from serving import Served


def test_built_files_are_compressed_and_kept_and_the_document_is_not(site: Served) -> None:
    document = httpx.get(site.address)
    assert document.headers["cache-control"] == "no-cache"
    assert "script-src 'self'" in document.headers["content-security-policy"]
    names = [part.split('"')[0] for part in document.text.split('src="')[1:]]
    script = next(name for name in names if name.startswith("/assets/"))
    built = httpx.get(site.address + script, headers={"Accept-Encoding": "gzip"})
    assert built.headers["content-encoding"] == "gzip"
    assert "immutable" in built.headers["cache-control"]
    assert built.headers["content-type"].startswith("text/javascript")
    plain = httpx.get(site.address + script, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == built.content
    assert built.headers["etag"] != plain.headers["etag"]


def test_a_person_who_is_lost_gets_a_page_and_a_program_a_problem(site: Served) -> None:
    person = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for path, accept, kind in (
        ("/nowhere", person, "text/html; charset=utf-8"),
        ("/nowhere", {"Accept": "*/*"}, "application/problem+json"),
        ("/api/v1/nowhere", person, "application/problem+json"),
        ("/assets/nowhere.js", person, "application/problem+json"),
    ):
        answer = httpx.get(site.address + path, headers=accept)
        assert (answer.status_code, answer.headers["content-type"]) == (404, kind)
    refused = httpx.post(site.address, headers=person)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
