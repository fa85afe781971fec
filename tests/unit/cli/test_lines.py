"""JSON Lines that survive bad lines."""

import gzip
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from trend_agent.cli.lines import Lines, readable, write
from trend_agent.errors import Rejected


def test_a_bad_line_is_reported_by_number_and_the_rest_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "items.jsonl"
    file.write_bytes(b'{"id": "a"}\n\xff\xfe\n[1]\n\n{"id": "b"}\n{"id": ')
    lines = Lines([file])
    assert [row["id"] for row in lines] == ["a", "b"]
    assert lines.bad == 3
    errors = capsys.readouterr().err
    assert f"{file}:2:" in errors
    assert f"{file}:3: expected an object, found list" in errors


def test_gzip_is_read_as_it_is_and_a_cut_one_up_to_the_cut(tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(b'{"id": "%d", "x": "%s"}\n' % (n, b"y" * (n % 97)) for n in range(2000)))
    good, cut = tmp_path / "good.jsonl.gz", tmp_path / "cut.jsonl.gz"
    good.write_bytes(whole)
    cut.write_bytes(whole[: len(whole) // 2])
    assert sum(1 for _ in Lines([good])) == 2000
    lines = Lines([cut])
    assert 0 < sum(1 for _ in lines) < 2000
    assert lines.bad == 1


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(Rejected, match=r"nowhere\.jsonl"):
        Lines([Path("nowhere.jsonl")])


def test_control_characters_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a\x1b[31m.jsonl"
    file.write_bytes(b"nope\n")
    list(Lines([file]))
    assert "\x1b" not in capsys.readouterr().err


def test_a_filter_ends_quietly_when_nobody_reads_on(tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.write_text("The harbour stays closed until the storm has passed\n" * 20_000)
    command = [sys.executable, "-c", "from trend_agent.cli import main; main()", "language", str(texts)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_line_that_is_written_leaves_other_pipes_as_they_were(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    before = signal.getsignal(signal.SIGPIPE)
    write({"a": 1})
    assert signal.getsignal(signal.SIGPIPE) == before


def test_a_folder_is_called_a_folder_and_not_missing(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="it is a folder"):
        Lines([tmp_path])


def test_a_pipe_is_read_like_a_file_where_once_is_enough(tmp_path: Path) -> None:
    out, into = os.pipe()
    try:
        os.write(into, b'{"id": "a"}\n')
        os.close(into)
        assert [row["id"] for row in Lines([Path(f"/dev/fd/{out}")])] == ["a"]
        with pytest.raises(Rejected, match="once only"):
            readable(Path(f"/dev/fd/{out}"), again=True)
    finally:
        os.close(out)


def test_gzip_is_known_by_its_beginning_and_not_by_its_name(tmp_path: Path) -> None:
    packed, plain = tmp_path / "items.jsonl", tmp_path / "items.jsonl.gz"
    packed.write_bytes(gzip.compress(b'{"id": "a"}\n'))
    plain.write_bytes(b'{"id": "b"}\n')
    assert [row["id"] for row in Lines([packed, plain])] == ["a", "b"]


def test_a_mark_of_byte_order_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    file = tmp_path / "items.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"id": "a"}\n')
    lines = Lines([file])
    assert [row["id"] for row in lines] == ["a"]
    assert lines.bad == 0


def test_what_is_no_utf_8_is_called_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "latin1.jsonl"
    file.write_bytes('{"id": "é"}\n'.encode("latin1"))
    list(Lines([file]))
    assert capsys.readouterr().err == f"trend: {file}:1: no UTF-8 text\n"
