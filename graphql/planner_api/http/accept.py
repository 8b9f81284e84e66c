"""Which form of answer a client takes, by its Accept header."""

from __future__ import annotations

from functools import lru_cache

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENTS = "text/event-stream"
PAGE = "text/html"


@lru_cache(maxsize=256)
def preferred(accept: str | None, streams: bool = True) -> str | None:
    """The form to answer in: one of `JSON`, `GRAPHQL`, `EVENTS`; None when the client takes none of them.

    A client that names no form of its own gets `JSON`, as those from before the newer form expect. `streams`: whether events can be had.
    """
    if not accept or not accept.strip():
        return JSON
    best: tuple[float, int, str] | None = None
    for place, part in enumerate(accept.split(",")):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        utf8 = True
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
            elif name.strip() == "charset":
                utf8 = value.strip().strip('"') in ("utf-8", "utf8")
        form = {JSON: JSON, GRAPHQL: GRAPHQL, EVENTS: EVENTS if streams else None, "*/*": JSON, "application/*": JSON}.get(media)
        if form is None or not weight > 0 or not utf8:
            continue
        found = (-weight, place, form)
        if best is None or found < best:
            best = found
    return None if best is None else best[2]


def wants_page(accept: str | None) -> bool:
    """Whether a browser asks, for a person to look at."""
    return accept is not None and PAGE in accept.lower()


@lru_cache(maxsize=256)
def names_a_form(accept: str | None) -> bool:
    """Whether a client asks for one of the forms by its name.

    What a browser fetches by itself for any page (a picture, a style, a link's target) never does; so no page elsewhere can have a query run by
    GET just by pointing at it.
    """
    said = (accept or "").lower()
    return JSON in said or GRAPHQL in said or EVENTS in said
