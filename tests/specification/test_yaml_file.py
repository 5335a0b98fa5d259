"""YAML in and out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from optimizer.errors import InputError
from optimizer.specification.yaml_file import Document, dump, read


def write(folder: Path, text: str, name: str = "s.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def plain(folder: Path, text: str) -> object:
    return read(write(folder, text)).root.plain()


def told(path: Path) -> str:
    """Give the message of a file that cannot be read, with the test's own folder left out."""
    with pytest.raises(InputError) as caught:
        read(path)
    return str(caught.value)


class TestScalars:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("1e3", 1000.0),
            ("-1.5e-3", -0.0015),
            (".5", 0.5),
            ("010", 10),
            ("12", 12),
            ("1" * 30, float("1" * 30)),
            (".inf", float("inf")),
            ("-.INF", float("-inf")),
            ("true", True),
            ("False", False),
            ("null", None),
            ("~", None),
            ("", None),
            ("on", "on"),
            ("NO", "NO"),
            ("22:00", "22:00"),
            ("1_000", "1_000"),
            ("0x10", "0x10"),
            ("2025-01-01", "2025-01-01"),
            ("2025-13-01T00:00Z", "2025-13-01T00:00Z"),
            ("'12'", "12"),
            ("!!str 12", "12"),
            ("!!float 12", 12.0),
        ],
    )
    def test_scalars_follow_yaml_1_2(self, tmp_path, text, value):
        found = plain(tmp_path, f"a: {text}\n")["a"]
        assert found == value
        assert type(found) is type(value)

    def test_not_a_number_is_read_as_such(self, tmp_path):
        assert str(plain(tmp_path, "a: .nan")["a"]) == "nan"

    @pytest.mark.parametrize("tag", ["!!python/name:os.system", "!mine", "!!int"])
    def test_a_mark_of_a_type_is_a_fault(self, tmp_path, tag):
        path = write(tmp_path, f"b: 1\na: {tag} x\n")
        (_, fault), *others = read(path).faults
        assert not others
        assert fault.where == f"{path}:2: a"
        assert fault.what.startswith("'x' is marked as ")
        assert fault.remedy == "remove the mark"


class TestStructure:
    def test_every_value_knows_its_line(self, tmp_path):
        path = write(tmp_path, "# a comment\na:\n  - b: 1\n    c: 2\n  - {d: 3,\n     e: 4}\n")
        root = read(path).root
        lines = {
            location: root.mark_at(location).line
            for location in [(), ("a",), ("a", 0), ("a", 0, "c"), ("a", 1, "d"), ("a", 1, "e"), ("a", 1, "x"), ("a", 9)]
        }
        assert list(lines.values()) == [2, 2, 3, 4, 5, 6, 5, 2]
        assert str(root.mark_at(("a",))) == f"{path}:2"

    def test_a_key_given_twice_is_a_fault_of_its_line(self, tmp_path):
        path = write(tmp_path, "a: 1\nb:\n  - c: 1\n    d: 2\n    c: 3\na: 2\n")
        assert [str(fault) for _, fault in read(path).faults] == [
            f"{path}:5: b[0]: `c` is given twice, first on line 3; keep one of them",
            f"{path}:6: `a` is given twice, first on line 1; keep one of them",
        ]

    def test_a_key_that_is_no_text_is_a_fault(self, tmp_path):
        path = write(tmp_path, "a:\n  [1, 2]: 3\n  4: 5\n")
        document = read(path)
        assert [str(fault) for _, fault in document.faults] == [
            f"{path}:2: a: a key is a list or a mapping; keys are text"
        ]
        assert document.root.plain() == {"a": {"4": 5}}

    def test_anchors_are_followed_but_not_in_a_circle(self, tmp_path):
        assert plain(tmp_path, "a: &x {b: 1}\nc: *x\n") == {"a": {"b": 1}, "c": {"b": 1}}
        path = write(tmp_path, "a: &x\n  b: *x\n")
        assert told(path) == f"{path}:2: is more than 32 levels deep; give hourly values as files under `series`"

    def test_a_file_that_holds_a_year_of_values_is_refused(self, tmp_path):
        path = write(tmp_path, "a: [" + "1,\n" * 30_000 + "1]")
        assert told(path) == f"{path}:19999: holds more than 20000 values; give hourly values as files under `series`"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "{path}: is empty; give at least `name`, `horizon` and `site`, or `base`"),
            ("# nothing\n", "{path}: is empty; give at least `name`, `horizon` and `site`, or `base`"),
            (
                "- a\n",
                "{path}: holds a list, not a mapping of keys to values; begin with lines such as `name: my site`",
            ),
            (
                "hello\n",
                "{path}: holds 'hello', not a mapping of keys to values; begin with lines such as `name: my site`",
            ),
            (
                "a: 1\n\tb: 2\n",
                "{path}:2:1: is not YAML: found a tab character that violates indentation; "
                "indent with blanks, not tabs",
            ),
            (
                "a: @x\n",
                "{path}:1:4: is not YAML: found character that cannot start any token; "
                "indent with blanks, not tabs, and put text that begins with @, % or ` in quotes",
            ),
            (
                "a: b: c\n",
                "{path}:1:5: is not YAML: mapping values are not allowed in this context; "
                "put text that holds ': ' in quotes, or mend the indentation",
            ),
            (
                "a: [1, 2\nb: 3\n",
                "{path}:2:2: is not YAML: did not find expected ',' or ']'; "
                "look for a bracket, a quote or an indentation that does not match, here or just above",
            ),
            (
                "a: 1\nb\nc: 2\n",
                "{path}:3:1: is not YAML: could not find expected ':'; write `key: value`, or mend the indentation",
            ),
            ("a: *x\n", "{path}:1:4: is not YAML: found undefined alias"),
            (
                "a: 1\n---\nb: 2\n",
                "{path}:2:1: is not YAML for one scenario: it holds more than one document; remove the line '---'",
            ),
        ],
    )
    def test_what_is_no_scenario_is_told_in_one_line(self, tmp_path, text, message):
        path = write(tmp_path, text)
        assert told(path) == message.format(path=path)

    def test_a_control_character_is_told(self, tmp_path):
        path = write(tmp_path, "a: \x07\n")
        assert told(path).startswith(f"{path}: is not YAML: ")
        assert "\n" not in told(path)

    def test_another_encoding_is_told(self, tmp_path):
        path = tmp_path / "s.yaml"
        path.write_bytes("a: é\n".encode("latin-1"))
        assert told(path) == f"{path}: {path} is not UTF-8 text (byte 3); save it as UTF-8"

    def test_a_byte_order_mark_does_no_harm(self, tmp_path):
        path = tmp_path / "s.yaml"
        path.write_bytes(b"\xef\xbb\xbfa: 1\n")
        assert read(path).root.plain() == {"a": 1}


class TestFiles:
    def test_a_missing_file_is_told_with_the_nearest(self, tmp_path):
        write(tmp_path, "a: 1", "scenario.yaml")
        assert (
            told(tmp_path / "scenaro.yml")
            == f"{tmp_path}/scenaro.yml: no such file; did you mean {tmp_path}/scenario.yaml?"
        )
        assert told(tmp_path / "xyz") == f"{tmp_path}/xyz: no such file"
        assert told(tmp_path / "no" / "s.yaml") == (
            f"{tmp_path}/no/s.yaml: no such file; there is no folder {tmp_path}/no either"
        )

    def test_a_link_that_leads_nowhere_is_told(self, tmp_path):
        (tmp_path / "s.yaml").symlink_to("gone.yaml")
        assert told(tmp_path / "s.yaml") == (
            f"{tmp_path}/s.yaml: no such file: it is a link to gone.yaml, which does not exist; mend the link"
        )

    def test_a_folder_is_told_with_a_file_in_it(self, tmp_path):
        assert told(tmp_path) == f"{tmp_path}: {tmp_path} is a folder; name a file in it"
        write(tmp_path, "a: 1", "scenario.yaml")
        assert told(tmp_path) == f"{tmp_path}: {tmp_path} is a folder; did you mean {tmp_path}/scenario.yaml?"

    def test_a_path_that_no_system_allows_is_told(self):
        assert "cannot be read" in told(Path("a\0b"))


class TestBase:
    def test_what_differs_is_laid_over_the_base_and_both_keep_their_lines(self, tmp_path):
        write(tmp_path, "a: 1\nb: {c: 2, d: 3}\n", "base.yaml")
        path = write(tmp_path, "base: base.yaml\nb:\n  d: 4\n")
        root = read(path).root
        assert root.plain() == {"a": 1, "b": {"c": 2, "d": 4}}
        assert [Path(str(root.mark_at(at))).name for at in [("a",), ("b", "c"), ("b", "d")]] == [
            "base.yaml:1",
            "base.yaml:2",
            "s.yaml:3",
        ]

    def test_bases_form_a_chain_over_folders_and_series_are_found_from_the_last(self, tmp_path):
        write(tmp_path, "series: [{path: x.csv}, {path: /y.csv}, 5]\n", "one/a.yaml")
        write(tmp_path, "base: ../one/a.yaml\nb: 1\n", "two/b.yaml")
        path = write(tmp_path, "base: two/b.yaml\nc: 2\n", "c.yaml")
        expected = {"series": [{"path": "one/x.csv"}, {"path": "/y.csv"}, 5], "b": 1, "c": 2}
        assert read(path).root.plain() == expected

    def test_faults_of_the_base_are_kept(self, tmp_path):
        base = write(tmp_path, "a: 1\na: 2\n", "base.yaml")
        path = write(tmp_path, "base: base.yaml\nb: 1\nb: 2\n")
        assert [str(mark) for mark, _ in read(path).faults] == [f"{path}:3", f"{base}:2"]

    def test_a_circle_is_refused(self, tmp_path):
        first = write(tmp_path, "base: b.yaml\n", "a.yaml")
        second = write(tmp_path, "x: 1\nbase: a.yaml\n", "b.yaml")
        assert told(first) == (
            f"{second}:2: base: the files are based on each other in a circle: {first} -> {second} -> {first}; "
            "remove one `base`"
        )

    def test_a_missing_base_is_told_where_it_is_named(self, tmp_path):
        write(tmp_path, "a: 1", "scenario.yaml")
        path = write(tmp_path, "base: scenaro.yaml")
        assert told(path) == (
            f"{path}:1: base: there is no file {tmp_path}/scenaro.yaml; did you mean {tmp_path}/scenario.yaml?"
        )

    @pytest.mark.parametrize("value", ["3", "''", "[a.yaml]", "null"])
    def test_a_base_that_is_no_path_is_refused(self, tmp_path, value):
        path = write(tmp_path, f"base: {value}")
        assert told(path).endswith(" is not the path of a file")


class TestDump:
    @pytest.mark.parametrize(
        "text", ["on", "1e3", "010", "22:00", "null", "2025-01-01", "a: b", "", "é", "x\ny", "1_0"]
    )
    def test_text_stays_text_for_readers_of_either_yaml(self, tmp_path, text):
        written = dump({"a": text})
        assert plain(tmp_path, written) == {"a": text}
        assert yaml.safe_load(written) == {"a": text}

    @pytest.mark.parametrize("number", [0.1, 1e-7, 1e22, 5, -3.0])
    def test_numbers_stay_numbers(self, tmp_path, number):
        assert plain(tmp_path, dump({"a": number})) == {"a": number}


def test_a_document_without_base_is_left_as_it_is(tmp_path):
    assert read(write(tmp_path, "a: 1\n")) == Document(read(write(tmp_path, "a: 1\n")).root)
