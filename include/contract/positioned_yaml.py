"""YAML in which every value knows its line, so that a message can point at it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C takes a tenth of the time


@dataclass(frozen=True)
class Located:
    """A YAML value and its 1-based line (its key's, when it has one).

    `value` is a dict of Located by key text, a list of Located, or a scalar; `text` is a scalar as
    written. Only `true`/`false` are booleans and dates stay text: a code map may hold keys such as `no` or `Y`, which
    YAML 1.1 would turn into booleans.
    """

    value: Any
    line: int
    text: str = ""

    def plain(self) -> Any:
        """The value without its positions."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value


class YamlInvalid(ValueError):
    """A file is not YAML, or repeats a key; the message is `file:line: what is wrong`."""


def read_positioned(path: Path) -> Located:
    """The document of a YAML file.

    Raises
    ------
    YamlInvalid: not UTF-8, not YAML, empty, or a key given twice.
    """
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except OSError as error:
        raise YamlInvalid(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise YamlInvalid(f"{path}: is not UTF-8 text. Save it as UTF-8.") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        tab = " Indent with blanks, not with tabs." if "cannot start any token" in (error.problem or "") else ""
        raise YamlInvalid(f"{path}:{line}: not valid YAML: {error.problem}.{tab}") from None
    except yaml.YAMLError as error:
        raise YamlInvalid(f"{path}: not valid YAML: {str(error).splitlines()[0]}.") from None
    if node is None:
        raise YamlInvalid(f"{path}:1: the file is empty.")
    try:
        return _located(node, path)
    except RecursionError:
        raise YamlInvalid(f"{path}: an alias refers to itself, or values are nested too deeply.") from None


def _located(node: yaml.Node, path: Path) -> Located:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        items: dict[str, Located] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise YamlInvalid(f"{path}:{key.start_mark.line + 1}: a key must be a single word or text.")
            if key.value in items:
                raise YamlInvalid(f"{path}:{key.start_mark.line + 1}: {key.value} is given twice.")
            items[key.value] = replace(_located(value, path), line=key.start_mark.line + 1)
        return Located(items, line)
    if isinstance(node, yaml.SequenceNode):
        return Located([_located(item, path) for item in node.value], line)
    return Located(_scalar(node), line, node.value)


def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    text = node.value
    if node.style:
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"-?(0|[1-9]\d*)", text):
        return int(text)
    if re.fullmatch(r"-?\d+\.\d+", text):
        return float(text)
    return text


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean x?` for the nearest known word, or nothing when none is near."""
    near = difflib.get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]}?" if near else ""
