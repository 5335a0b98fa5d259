"""YAML in and out: marked with file and line, strict about repeated keys, and free of YAML's older surprises.

Scalars are read by the core rules of YAML 1.2, which editors follow too: ``on`` is text, ``1e3`` is a number, ``22:00``
and ``2025-01-01`` are text, and ``010`` is ten.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from optimizer.errors import Fault, InputError
from optimizer.specification.base import Location, Mark, MarkedFault, key_text, nearest, path_text, shown
from optimizer.specification.document import Node, merge

try:  # the C library is some ten times quicker, where PyYAML has it
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # pragma: no cover
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

_TAG = "tag:yaml.org,2002:"
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$|[-+]?\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$")
PARTS_IN_FILES: tuple[Location, ...] = (("site", "grid", "tariff"),)
"""Where a scenario may name a file in place of what the file holds."""

_PARTS_ORDER = 1000  # their faults come after those of the scenario and its bases
_DEEPEST, _MOST = 32, 20_000  # levels and values; far beyond any scenario, and short of what would stall


class _Loader(_SafeLoader):
    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own way


_Loader.add_implicit_resolver(_TAG + "null", re.compile(r"(~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(_TAG + "bool", re.compile(r"(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Loader.add_implicit_resolver(_TAG + "int", re.compile(r"[-+]?[0-9]{1,18}$"), list("-+0123456789"))
_Loader.add_implicit_resolver(_TAG + "float", _FLOAT, list("-+.0123456789"))


class _Dumper(yaml.SafeDumper):  # the C library breaks lines in other places, and the text is to be the same everywhere
    """Quotes whatever YAML 1.1 or 1.2 would not read as text."""


_Dumper.add_implicit_resolver(_TAG + "float", _FLOAT, list("-+.0123456789"))


def dump(data: object) -> str:
    """Write plain values as YAML, the same text for the same values on every machine."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


@dataclass(frozen=True)
class Document:
    """What a file says, and the faults found in how it says it."""

    root: Node
    faults: tuple[MarkedFault, ...] = ()


def read(path: Path) -> Document:
    """Read a YAML file, laid over the files that its key ``base`` names.

    Parameters
    ----------
    path : Path
        The file. ``base`` is a path that starts from the folder of the file that says it; paths of series files are
        rewritten to start from the folder of `path`.

    Returns
    -------
    Document
        A mapping without ``base``, with file and line of every value, and faults such as repeated keys.

    Raises
    ------
    InputError
        If a file is missing, is not YAML or holds no mapping, or if bases go in a circle.
    """
    return based(read_one(path), path.parent, seen=(path,))


def based(document: Document, folder: Path, *, seen: tuple[Path, ...] = ()) -> Document:
    """Lay a document over its bases, if it names one.

    Parameters
    ----------
    document : Document
        What may hold the key ``base``.
    folder : Path
        Where its relative paths start.
    seen : tuple of Path
        The files that led here.

    Raises
    ------
    InputError
        As `read` does.
    """
    root = document.root
    if "base" not in root.value:
        return document
    base = root.value["base"]
    over = Node({key: node for key, node in root.value.items() if key != "base"}, root.mark)
    where = f"{base.mark}: base" if base.mark else "base"
    if not isinstance(base.value, str) or not base.value.strip():
        raise InputError([Fault(where, f"{shown(base.value)} is not the path of a file")])
    path = folder / base.value
    if any(_same(path, other) for other in seen):
        chain = " -> ".join(str(file) for file in (*seen, path))
        raise InputError([Fault(where, f"the files are based on each other in a circle: {chain}", "remove one `base`")])
    below = based(read_one(path, len(seen), where), path.parent, seen=(*seen, path))
    return Document(merge(_relocated(below.root, path.parent, folder), over), (*document.faults, *below.faults))


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _relocated(root: Node, old: Path, new: Path) -> Node:
    """Let the relative paths of series files, and of files that stand for a part, start from another folder."""
    if _same(old, new):
        return root
    for location in PARTS_IN_FILES:
        part = root.at(location)
        if part is not None:
            root = root.put(
                location, _moved(part, old, new) if isinstance(part.value, str) else _at_key(part, "base", old, new)
            )
    series = root.value.get("series")
    if series is None or not isinstance(series.value, list):
        return root
    return root.put(("series",), Node([_at_key(item, "path", old, new) for item in series.value], series.mark))


def _at_key(item: Node, key: str, old: Path, new: Path) -> Node:
    path = item.value.get(key) if isinstance(item.value, dict) else None
    return item if path is None else item.put((key,), _moved(path, old, new))


def _moved(path: Node, old: Path, new: Path) -> Node:
    if not isinstance(path.value, str) or Path(path.value).is_absolute():
        return path
    return Node(Path(os.path.relpath(old / path.value, new)).as_posix(), path.mark)


def filled(document: Document, folder: Path) -> Document:
    """Put what files hold where a scenario names them in place of a part: ``tariff: ../tariffs/ht.yaml``.

    Parameters
    ----------
    document : Document
        A scenario. A part may also say ``base`` and give only what differs from that file.
    folder : Path
        Where its relative paths start.

    Raises
    ------
    InputError
        As `read` does.
    """
    root, faults = document.root, list(document.faults)
    for location in PARTS_IN_FILES:
        part = root.at(location)
        if part is None:
            continue
        if isinstance(part.value, str):
            path, where = folder / part.value, path_text(location)
            found = read_one(path, _PARTS_ORDER, f"{part.mark}: {where}" if part.mark else where)
            held = based(found, path.parent, seen=(path,))
        elif isinstance(part.value, dict):
            held = based(Document(part), folder)
        else:
            continue
        root = root.put(location, held.root)
        faults += held.faults
    return Document(root, tuple(faults))


def read_one(path: Path, order: int = 0, where: str = "") -> Document:
    """Read one YAML file as it stands.

    Parameters
    ----------
    path : Path
        The file.
    order : int
        How many files were read before it, by which its faults are sorted.
    where : str
        What to name in the fault of a missing file; by default the file.

    Raises
    ------
    InputError
        If the file cannot be read, is not YAML, or holds no mapping.
    """
    text = _text(path, where or str(path))
    try:
        tree = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise InputError([_syntax_fault(path, error)]) from None
    except RecursionError:
        raise InputError([Fault(str(path), "is nested too deeply")]) from None
    if tree is None:
        raise InputError([Fault(str(path), "is empty", "give at least `name`, `horizon` and `site`, or `base`")])
    builder = _Builder(str(path), order)
    root = builder.node(tree, ())
    if not isinstance(root.value, dict):
        what = f"holds {shown(root.plain())}, not a mapping of keys to values"
        raise InputError([Fault(str(path), what, "begin with lines such as `name: my site`")])
    return Document(root, tuple(builder.faults))


def _text(path: Path, where: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        fault = Fault(where, f"{path} is not UTF-8 text (byte {error.start})", "save it as UTF-8")
    except IsADirectoryError:
        fault = Fault(where, f"{path} is a folder", _inside(path))
    except (FileNotFoundError, NotADirectoryError):
        what = "no such file" if where == str(path) else f"there is no file {path}"
        if path.is_symlink():
            fault = Fault(where, f"{what}: it is a link to {path.readlink()}, which does not exist", "mend the link")
        else:
            fault = Fault(where, what, _beside(path))
    except (OSError, ValueError) as error:  # a null byte in a path is a ValueError
        fault = Fault(where, f"{path} cannot be read: {error}")
    raise InputError([fault])


def _inside(folder: Path) -> str:
    names = sorted(path.name for path in folder.glob("*.y*ml"))
    return f"did you mean {folder / names[0]}?" if names else "name a file in it"


def _beside(path: Path) -> str:
    """Name the file that was meant, or the first folder that does not exist."""
    if not path.parent.is_dir():
        return f"there is no folder {path.parent} either"
    near = nearest(path.name, (file.name for file in path.parent.iterdir()))
    return f"did you mean {path.parent / near}?" if near else ""


_SYNTAX_REMEDIES = {
    "tab character": "indent with blanks, not tabs",
    "cannot start any token": "indent with blanks, not tabs, and put text that begins with @, % or ` in quotes",
    "mapping values are not allowed": "put text that holds ': ' in quotes, or mend the indentation",
    "could not find expected ':'": "write `key: value`, or mend the indentation",
    "did not find expected": "look for a bracket, a quote or an indentation that does not match, here or just above",
    "single document": "remove the line '---'",
}


def _syntax_fault(path: Path, error: yaml.YAMLError) -> Fault:
    if not isinstance(error, yaml.MarkedYAMLError):  # a character that YAML does not allow
        return Fault(str(path), f"is not YAML: {' '.join(str(error).split())}")
    place = error.problem_mark or error.context_mark
    where = f"{path}:{place.line + 1}:{place.column + 1}" if place else str(path)
    problem = error.problem or "it cannot be read"
    if "single document" in (error.context or ""):
        problem = "it holds more than one document"
        return Fault(where, f"is not YAML for one scenario: {problem}", _SYNTAX_REMEDIES["single document"])
    remedy = next((text for part, text in _SYNTAX_REMEDIES.items() if part in problem), "")
    return Fault(where, f"is not YAML: {problem}", remedy)


class _Builder:
    """Makes nodes of PyYAML's, and collects what YAML lets pass but a user cannot have meant."""

    def __init__(self, file: str, order: int) -> None:
        self.file, self.order, self.count = file, order, 0
        self.faults: list[MarkedFault] = []

    def node(self, tree: yaml.Node, location: Location, mark: Mark | None = None) -> Node:
        mark = mark or self.mark(tree)
        self.count += 1
        if len(location) > _DEEPEST or self.count > _MOST:
            what = f"holds more than {_MOST} values" if self.count > _MOST else f"is more than {_DEEPEST} levels deep"
            raise InputError([Fault(str(mark), what, "give hourly values as files under `series`")])
        if isinstance(tree, yaml.MappingNode):
            return Node(dict(self.items(tree, location)), mark)
        if isinstance(tree, yaml.SequenceNode):
            return Node([self.node(item, (*location, i)) for i, item in enumerate(tree.value)], mark)
        return Node(self.scalar(tree, location), mark)

    def items(self, tree: yaml.MappingNode, location: Location) -> Iterator[tuple[str, Node]]:
        first: dict[str, int] = {}
        for key_tree, value_tree in tree.value:
            mark = self.mark(key_tree)
            if not isinstance(key_tree, yaml.ScalarNode):
                self.fault(mark, location, "a key is a list or a mapping", "keys are text")
                continue
            key = key_tree.value
            if key in first:
                self.fault(
                    mark, location, f"`{key_text(key)}` is given twice, first on line {first[key]}", "keep one of them"
                )
            first.setdefault(key, mark.line)
            yield key, self.node(value_tree, (*location, key), mark)

    def scalar(self, tree: yaml.Node, location: Location) -> str | float | bool | None:
        text, kind = tree.value, tree.tag.removeprefix(_TAG)
        try:
            match kind:
                case "str":
                    return str(text)
                case "null":
                    return None
                case "bool":
                    return bool(text.lower() == "true")
                case "int":
                    return int(text)
                case "float":
                    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:
            pass
        self.fault(
            self.mark(tree), location, f"{shown(text)} is marked as {tree.tag}, which is not read", "remove the mark"
        )
        return str(text)

    def mark(self, tree: yaml.Node) -> Mark:
        return Mark(self.order, self.file, tree.start_mark.line + 1)

    def fault(self, mark: Mark, location: Location, what: str, remedy: str) -> None:
        place = path_text(location)
        self.faults.append((mark, Fault(f"{mark}: {place}" if place else str(mark), what, remedy)))
