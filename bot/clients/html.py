"""HTML in the Markdown of others."""


def without_comments(text: str) -> str:
    """The text without HTML comments; one that never ends hides the rest, as it would on the page it was written for."""
    kept: list[str] = []
    position = 0
    while (start := text.find("<!--", position)) != -1:
        kept.append(text[position:start])
        end = text.find("-->", start + 4)
        if end == -1:
            return "".join(kept)
        position = end + 3
    return "".join([*kept, text[position:]])
