"""The formats that can be imported: the standard one, and one mapping file per outside system."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from daihou.feeds.problems import UnreadableFile

STANDARD = "standard"
STANDARD_TITLE = "标准格式"


@dataclass(frozen=True)
class Mapping:
    """One mapping file as read: its name, its title for people, and its contents."""

    name: str
    title: str
    content: dict[str, Any]


def format_names() -> dict[str, str]:
    """Every format by name, with its title."""
    found = {STANDARD: STANDARD_TITLE}
    for file in sorted(resources.files("daihou.feeds.formats").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            mapping = read_mapping(file.name.removesuffix(".toml"))
            found[mapping.name] = mapping.title
    return found


def read_mapping(name: str) -> Mapping:
    """The mapping file of a format; raises `UnreadableFile` if there is no such format."""
    file = resources.files("daihou.feeds.formats") / f"{name}.toml"
    if not name.replace("-", "").isalnum() or not file.is_file():
        raise UnreadableFile(name, f"没有名为“{name}”的格式")
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    return Mapping(name, content["title"], content)
