"""How documents overlay each other, and how a dotted path changes them."""

from __future__ import annotations

import pytest

from optimizer.errors import InputError
from optimizer.specification.document import changed, merge, node_of


def merged(base: object, over: object) -> object:
    return merge(node_of(base), node_of(over)).plain()


class TestMerge:
    @pytest.mark.parametrize(
        ("base", "over", "expected"),
        [
            ({"a": 1, "b": 2}, {"b": 3, "c": 4}, {"a": 1, "b": 3, "c": 4}),
            ({"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"d": 3}}}, {"a": {"b": {"c": 1, "d": 3}}}),
            ({"a": {"b": 1}}, {"a": None}, {"a": None}),
            ({"a": {"b": 1}}, {"a": 5}, {"a": 5}),
            ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
            ({"a": [{"name": "x"}]}, {"a": []}, {"a": []}),
            ({"a": [{"path": "x", "b": 1}]}, {"a": [{"path": "x"}]}, {"a": [{"path": "x"}]}),
            (
                {"a": [{"name": "x", "p": 1, "q": 1}, {"name": "y", "p": 2}]},
                {"a": [{"name": "z"}, {"name": "x", "p": 3}]},
                {"a": [{"name": "x", "p": 3, "q": 1}, {"name": "y", "p": 2}, {"name": "z"}]},
            ),
        ],
    )
    def test_mappings_merge_by_key_lists_by_name_and_all_else_replaces(self, base, over, expected):
        assert merged(base, over) == expected

    def test_a_name_given_twice_stays_twice_so_that_it_is_found_later(self):
        assert merged([{"name": "x"}], [{"name": "x", "a": 1}, {"name": "x", "a": 2}]) == [
            {"name": "x", "a": 1},
            {"name": "x", "a": 2},
        ]

    @pytest.mark.parametrize(
        ("base", "over", "expected"),
        [
            ({"min": 0, "max": 9, "annual_cost": 5}, 7, {"annual_cost": 5, "size": 7}),
            ({"size": 4, "annual_cost": 5}, {"min": 1, "max": 9}, {"annual_cost": 5, "min": 1, "max": 9}),
            ({"min": 0, "max": 9}, {"size": 7}, {"size": 7}),
            (4, {"annual_cost": 5}, {"size": 4, "annual_cost": 5}),
            (4, {"max": 9}, {"max": 9}),
            ({"size": 4, "annual_cost": 5}, "9 MW", "9 MW"),
            ({"size": 4, "annual_cost": 5}, None, None),
            ({"size": 4}, True, True),
        ],
    )
    def test_a_capacity_keeps_its_yearly_cost_while_its_size_changes(self, base, over, expected):
        assert merged(base, over) == expected

    def test_a_mapping_of_names_to_null_leaves_items_out(self):
        base = {"a": {"b": [{"name": "x", "p": 1}, {"name": "y", "p": 2}]}}
        assert merged(base, {"a": {"b": {"x": None}}}) == {"a": {"b": [{"name": "y", "p": 2}]}}
        assert merged(base, {"a": {"b": {"y": None, "x": None}}}) == {"a": {"b": []}}
        with pytest.raises(InputError) as caught:
            merged(base, {"a": {"b": {"x": None, "yy": None}}})
        assert str(caught.value) == "a.b: there is no 'yy' to leave out; did you mean 'y'?"

    def test_a_mapping_with_other_values_is_none_of_names_to_leave_out(self):
        """It stays what it is, so that it is told to be no list."""
        assert merged([{"name": "x"}], {"x": None, "y": 1}) == {"x": None, "y": 1}
        assert merged([{"name": "x"}], {}) == {}
        assert merged([{"path": "x"}], {"x": None}) == {"x": None}


class TestChanged:
    root = node_of(
        {
            "site": {
                "batteries": [{"name": "b.1", "size": {"size": 3, "annual_cost": 2}}, {"name": "7", "soc": 0.1}],
                "grid": None,
                "supplies": [],
            },
            "files": [{"path": "x"}, {"path": "y"}],
        }
    )

    @pytest.mark.parametrize(
        ("path", "value", "expected"),
        [
            ("site.batteries[1].soc", 0.5, ("batteries", 1, "soc")),
            ("site.batteries.1.soc", 0.5, ("batteries", 1, "soc")),
            ("site.batteries.7.soc", 0.5, ("batteries", 1, "soc")),
            ("site.batteries.b.1.name", "c", ("batteries", 0, "name")),
            ("site.grid", {"a": 1}, ("grid",)),
            ("site.supplies", [{"name": "n"}], ("supplies",)),
        ],
    )
    def test_items_go_by_name_or_by_index_and_values_replace(self, path, value, expected):
        before = self.root.plain()
        found = changed(self.root, {path: value}).plain()["site"]
        for part in expected:
            found = found[part]
        assert found == value
        assert self.root.plain() == before

    def test_a_capacity_keeps_its_yearly_cost(self):
        size = "site.batteries.b.1.size"
        assert changed(self.root, {size: 9}).plain()["site"]["batteries"][0]["size"] == {"annual_cost": 2, "size": 9}
        free = changed(self.root, {f"{size}.min": 1, f"{size}.max": 4}).plain()["site"]["batteries"][0]["size"]
        assert free == {"annual_cost": 2, "min": 1, "max": 4}
        whole = changed(self.root, {size: {"size": 8}}).plain()["site"]["batteries"][0]["size"]
        assert whole == {"size": 8}

    @pytest.mark.parametrize(
        ("path", "told"),
        [
            ("sight.grid", "change 'sight.grid': there is no `sight`; did you mean `site`?"),
            ("site.gird", "change 'site.gird': there is no `gird` in site; did you mean `grid`?"),
            (
                "site.batteries.c.soc",
                "change 'site.batteries.c.soc': there is no 'c' in site.batteries; known: 'b.1', '7'",
            ),
            ("site.batteries[2]", "change 'site.batteries[2]': there is no '2' in site.batteries; known: 'b.1', '7'"),
            ("site.supplies.pv", "change 'site.supplies.pv': there is no 'pv' in site.supplies; it is empty"),
            ("files.x.path", "change 'files.x.path': there is no 'x' in files; it has 2 items"),
            (
                "site.grid.energy_price",
                "change 'site.grid.energy_price': site.grid is null and has no `energy_price`; change it as a whole",
            ),
            ("files[0].path.x", "change 'files[0].path.x': files[0].path is 'x' and has no `x`"),
            ("", "change '': '' is not a path; write one such as 'site.grid.energy_price'"),
            (3, "change 3: 3 is not a path; write one such as 'site.grid.energy_price'"),
            ("..", "change '..': '..' is not a path; write one such as 'site.grid.energy_price'"),
        ],
    )
    def test_a_path_that_leads_nowhere_is_told_with_the_nearest(self, path, told):
        with pytest.raises(InputError) as caught:
            changed(self.root, {path: 1})
        assert str(caught.value) == told

    def test_null_in_place_of_an_item_leaves_it_out(self):
        def left(*paths: str) -> list[str]:
            found = changed(self.root, dict.fromkeys(paths)).plain()["site"]["batteries"]
            return [battery["name"] for battery in found]

        assert left("site.batteries.b.1") == ["7"]
        assert left("site.batteries[1]") == ["b.1"]
        assert left("site.batteries.b.1", "site.batteries.7") == []
        assert changed(self.root, {"site.batteries.7.soc": None}).plain()["site"]["batteries"][1]["soc"] is None
        with pytest.raises(InputError) as caught:
            left("site.batteries.b1")
        assert str(caught.value) == (
            "change 'site.batteries.b1': there is no 'b1' in site.batteries; did you mean 'b.1'?"
        )

    def test_all_wrong_paths_are_told_together(self):
        with pytest.raises(InputError) as caught:
            changed(self.root, {"sight": 1, "site.grid": 2, "site.gird": 3})
        assert [fault.where for fault in caught.value.faults] == ["change 'sight'", "change 'site.gird'"]


def test_a_mapping_that_holds_itself_is_refused():
    circle: dict[str, object] = {}
    circle["a"] = [circle]
    with pytest.raises(InputError) as caught:
        node_of(circle)
    assert str(caught.value) == "the mapping is more than 32 levels deep; does it hold itself?"
