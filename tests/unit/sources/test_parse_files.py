"""`trend parse` as a user meets it."""

import gzip
import json

import pytest
import typer
from typer.testing import CliRunner

from trend_agent.cli.parse import parse

FEED = (
    "<rss><channel><title>T&amp;co</title>"
    "<item><guid>7</guid><title>A <![CDATA[<b>b</b>]]></title></item></channel></rss>"
)

APP = typer.Typer()
APP.command()(parse)


def run(*arguments):
    result = CliRunner().invoke(APP, [str(argument) for argument in arguments])
    return [json.loads(line) for line in result.stdout.splitlines()], result.exit_code


def test_each_file_is_one_line_whatever_it_holds(tmp_path):
    (tmp_path / "a.xml").write_text(FEED)
    (tmp_path / "b.xml").write_text("<!doctype html><p>no")
    (tmp_path / "c.json").write_text('{"items": [{"id": 1, "title": "J"}], "title": "JF"}')
    rows, code = run(tmp_path / "a.xml", tmp_path / "b.xml", tmp_path / "c.json", tmp_path / "missing.xml")
    assert [row["file"].rpartition("/")[2] for row in rows] == ["a.xml", "b.xml", "c.json", "missing.xml"]
    assert [("error" in row) for row in rows] == [False, True, False, True]
    assert code == 3


def test_titles_are_as_the_document_has_them(tmp_path):
    (tmp_path / "a.xml").write_text(FEED)
    (row,), code = run(tmp_path / "a.xml")
    assert row["feed"] == {"title": "T&co", "well_formed": True, "encoding": "utf-8"}
    assert row["entries"][0]["title"] == "A <b>b</b>"
    assert row["entries"][0]["id"].endswith(":7")
    assert code == 0


def test_folders_are_walked_in_order_and_their_index_left_out(tmp_path):
    below = tmp_path / "more"
    below.mkdir()
    for name in ("more/b.xml", "a.xml", ".hidden.xml"):
        (tmp_path / name).write_text(FEED)
    (tmp_path / "index.json").write_text("[]")
    rows, _ = run(tmp_path)
    assert [row["file"] for row in rows] == [str(tmp_path / "a.xml"), str(below / "b.xml")]


@pytest.mark.parametrize("way", ["folder", "file"])
def test_headers_are_taken_from_the_index(tmp_path, way):
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "a.xml").write_bytes("<rss><channel><title>Ж</title></channel></rss>".encode("koi8-r"))
    header = {"Content-Type": "application/xml; charset=koi8-r"}
    (tmp_path / "index.json").write_text(json.dumps([{"file": "suite/a.xml", "http_headers": header}]))
    (row,), _ = run(tmp_path if way == "folder" else folder / "a.xml")
    assert row["feed"]["title"] == "Ж"


def test_an_index_of_another_kind_is_no_index(tmp_path):
    (tmp_path / "a.xml").write_text(FEED)
    for text in ("not json", "{}", '["a.xml"]', '[{"file": "a.xml", "http_headers": 3}]'):
        (tmp_path / "index.json").write_text(text)
        assert run(tmp_path)[1] == 0


def test_links_are_relative_to_the_base_given(tmp_path):
    (tmp_path / "a.xml").write_text(FEED.replace("<guid>7</guid>", "<link>/x</link>"))
    (row,), _ = run("--base", "https://a.example/feed", tmp_path / "a.xml")
    assert row["entries"][0]["url"] == "https://a.example/x"


def test_a_packed_file_is_unpacked_and_a_broken_one_is_an_error(tmp_path):
    packed = gzip.compress(FEED.encode())
    for name, body in (
        ("a", packed),
        ("b", packed[:-10]),
        ("c", b"no gzip"),
        ("d", gzip.compress(bytes(32 << 20))),
    ):
        (tmp_path / f"{name}.xml.gz").write_bytes(body)
    rows, code = run(tmp_path)
    assert rows[0]["feed"]["title"] == "T&co"
    assert "breaks off" in rows[1]["error"]
    assert "no gzip" in rows[2]["error"]
    assert "unpacks to over" in rows[3]["error"]
    assert code == 3
