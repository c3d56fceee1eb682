"""What a screen reader would miss in a PDF."""

from collections.abc import Iterator

import pypdf


def faults(file) -> list[str]:
    """Find what a PDF lacks for somebody who listens to it.

    Parameters
    ----------
    file : path or binary file
        The PDF.

    Returns
    -------
    list of str
        Empty if it has tags, a language and a title, its headings begin with one of the first
        level and skip none, each picture has words, and each table has header cells.
    """
    document = pypdf.PdfReader(file)
    catalogue = document.trailer["/Root"]
    tree = catalogue.get("/StructTreeRoot")
    if tree is None or not catalogue.get("/MarkInfo", {}).get("/Marked"):
        return ["has no tags"]
    found = []
    if not catalogue.get("/Lang"):
        found.append("does not say its language")
    if not (document.metadata and document.metadata.title):
        found.append("has no title")
    parts = list(_parts(tree.get_object()))
    level = 0
    for part in parts:
        role = part["/S"][1:]
        inside = {inner["/S"] for inner in _parts(part)} if role in ("Figure", "Table") else set()
        # A figure on a page is one around the picture, with its caption.
        if role == "Figure" and "/Figure" not in inside and not str(part.get("/Alt", "")).strip():
            found.append("has a picture without words")
        if role == "Table" and "/TD" in inside and "/TH" not in inside:
            found.append("has a table without header cells")
        if role[0] == "H" and role[1:].isdigit():
            if int(role[1:]) > level + 1:
                found.append(f"jumps from heading level {level} to {role[1:]}")
            level = int(role[1:])
    if not level:
        found.append("has no heading")
    return found


def _parts(node) -> Iterator[dict]:
    """Walk through a structure tree, in the order in which it is read."""
    inner = node.get("/K", [])
    for one in inner if isinstance(inner, list) else [inner]:
        part = one.get_object()
        if isinstance(part, dict) and "/S" in part:
            yield part
            yield from _parts(part)
