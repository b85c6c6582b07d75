"""The page of proofs keeps what was not run, and says of what was run whether it held."""

from types import SimpleNamespace

from tests.proofs import HEAD, page, proved, read, write


def report(name="any_order", when="call", passed=True, tried=("40 histories.",), seconds=3.4):
    properties = [("score", "{}"), *(("tried", words) for words in tried)]
    return SimpleNamespace(
        nodeid=f"tests/x.py::test_{name}",
        when=when,
        passed=passed,
        duration=seconds,
        user_properties=properties,
    )


def test_a_proof_holds_when_it_passed_and_nothing_broke_around_it():
    found = proved(
        [
            report("a"),
            report("a", "setup"),
            report("b[7 | 8]", passed=False),
            report("c"),
            report("c", "teardown", False),
        ]
    )
    assert {name: each.held for name, each in found.items()} == {"a": True, "b (7 / 8)": False, "c": False}


def test_the_page_reads_back_as_it_was_written():
    found = proved(
        [
            report(),
            report("other", tried=()),
            report("third", tried=("| a | b |\n|---|---|\n| 1 | 2 |", "And more.")),
        ]
    )
    assert read(page(found)) == found
    assert page({}) == HEAD


def test_a_proof_not_run_this_time_keeps_its_row_and_its_words(tmp_path):
    file = tmp_path / "proofs.md"
    write(file, proved([report("a"), report("b")]), whole=True)
    write(file, proved([report("b", passed=False, tried=("1 history.",))]), whole=False)
    assert {name: (each.held, each.tried) for name, each in read(file.read_text()).items()} == {
        "a": (True, "40 histories."),
        "b": (False, "1 history."),
    }
    write(file, proved([report("b")]), whole=True)
    assert list(read(file.read_text())) == ["b"]
