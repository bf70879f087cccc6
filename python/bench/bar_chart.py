"""A bar chart as SVG, readable on light and dark pages."""

from __future__ import annotations

from xml.sax.saxutils import escape

WIDTH, LEFT, BAR, STEP, TOP = 720, 210, 26, 40, 44


def bar_chart(title: str, bars: list[tuple[str, float, str]], left: int = LEFT) -> str:
    """Returns an SVG with a horizontal bar per (name, value, label), longest value full width.

    `left` is the room for names, in pixels.
    """
    scale = (WIDTH - left - 170) / max(value for _, value, _ in bars)
    height = TOP + STEP * len(bars) + 8
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="14" fill="#777">',
        f"<title>{escape(title)}</title>",
        f'<text x="10" y="24" font-size="15">{escape(title)}</text>',
    ]
    for place, (name, value, label) in enumerate(bars):
        y = TOP + STEP * place
        width = max(2.0, value * scale)
        lines += [
            f'<text x="{left - 10}" y="{y + 18}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{left}" y="{y}" width="{width:.1f}" height="{BAR}" fill="#2a7ab0"/>',
            f'<text x="{left + width + 8:.1f}" y="{y + 18}">{escape(label)}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
