"""Gathers operation files into one document: python documents.py FILE...

Each file is a document of its own, and two of them may have fragments of one name; where these are alike, one is kept. The generator
takes a whole folder as one document.
"""

from __future__ import annotations

import sys
from pathlib import Path

from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse, print_ast


def gathered(files: list[Path]) -> str:
    """One document of all files. Raises `ValueError` where two definitions of one name differ."""
    known: dict[tuple[str, str], str] = {}
    for file in files:
        for node in parse(file.read_text(encoding="utf-8")).definitions:
            if not isinstance(node, OperationDefinitionNode | FragmentDefinitionNode) or node.name is None:
                raise ValueError(f"{file}: only operations and fragments with names")
            text = print_ast(node)
            if known.setdefault((node.kind, node.name.value), text) != text:
                raise ValueError(f"{file}: {node.name.value} is something else in another file")
    return "\n\n".join(known.values()) + "\n"


if __name__ == "__main__":
    print(gathered([Path(name) for name in sys.argv[1:]]), end="")
