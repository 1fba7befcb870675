"""An amount of a whole order (an invoice, a payment) by its products, so that the parts add up to the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from core.kernel.money import round_ratio, split_minor


@dataclass(frozen=True, slots=True)
class Piece:
    """What one product is of an order, in minor units; cost None: nobody knows what it costs."""

    product_id: int | None
    amount_minor: int
    cost_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A product's part of an amount, and of that amount the margin; None where the cost isn't known."""

    product_id: int | None
    amount_minor: int
    margin_minor: int | None


def shares_of(amount_minor: int, pieces: Sequence[Piece]) -> list[Share]:
    """Split an amount by the amounts of the pieces (largest remainder); the margin follows in proportion.

    5000 by pieces of 6000 (cost 3000) and 4000 (cost unknown) -> 3000 with margin 1500, 2000 with margin None.
    Pieces that are all worth nothing share alike; without a piece the amount is of no product.
    """
    if not pieces:
        return [Share(None, amount_minor, None)]
    weights = [max(0, piece.amount_minor) for piece in pieces]
    parts = split_minor(amount_minor, weights if any(weights) else [1] * len(pieces))
    return [Share(piece.product_id, part, _margin(part, piece)) for piece, part in zip(pieces, parts, strict=True)]


def _margin(part: int, piece: Piece) -> int | None:
    if piece.cost_minor is None:
        return None
    if piece.amount_minor <= 0:
        return part
    return part - round_ratio(Fraction(part * piece.cost_minor, piece.amount_minor))
