"""Things with an id of their own that can be fetched again by it."""

from __future__ import annotations

import strawberry


@strawberry.interface(description="A thing that `node` finds again by its id.")
class Node:
    id: strawberry.ID = strawberry.field(description="Names the thing among all others; opaque.")
