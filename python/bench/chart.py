"""Rates as bars on a logarithmic scale, as SVG."""

from __future__ import annotations

import math
from html import escape

_ROW = 24
_LABEL = 300
_BARS = 420
_TAIL = 90


def chart(title: str, rates: list[tuple[str, float]]) -> str:
    """Returns the picture; `rates` are (label, messages per second)."""
    floor = 10 ** math.floor(math.log10(min(rate for _, rate in rates)))
    span = math.log10(max(rate for _, rate in rates) / floor)
    width, height = _LABEL + _BARS + _TAIL, _ROW * (len(rates) + 2)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="8" y="18" font-weight="bold">{escape(title)}</text>',
    ]
    for row, (label, rate) in enumerate(rates):
        y = _ROW * (row + 1) + 4
        bar = max(2, round(_BARS * math.log10(rate / floor) / span))
        colour = "#1f6f8b" if label.startswith("seawall") else "#b8b8b8"
        lines += [
            f'<text x="{_LABEL - 8}" y="{y + 14}" text-anchor="end">{escape(label)}</text>',
            f'<rect x="{_LABEL}" y="{y}" width="{bar}" height="{_ROW - 6}" fill="{colour}"/>',
            f'<text x="{_LABEL + bar + 6}" y="{y + 14}">{rate:,.0f}</text>',
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"
