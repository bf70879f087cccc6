"""Charts as SVG text, without a library and without a network."""

import html

COLOURS = {"seawall": "#0b6e99", "probe": "#9aa5b1"}
PEER_COLOUR = "#c9b79c"
FONT = 'font-family="sans-serif" font-size="12"'
WIDTH = 760


def text(x, y, words, anchor="start", weight="normal"):
    return (f'<text x="{x}" y="{y}" {FONT} text-anchor="{anchor}" font-weight="{weight}" '
            f'fill="#222">{html.escape(words)}</text>')


def short(value):
    if value >= 1e6:
        return f"{value / 1e6:.2f}M"
    if value >= 1e4:
        return f"{value / 1e3:.0f}k"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def frame(title, note, height, body):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}">\n<rect width="{WIDTH}" height="{height}" '
            f'fill="#fff"/>\n{text(16, 24, title, weight="bold")}\n' + "\n".join(body)
            + f'\n{text(16, height - 12, note)}\n</svg>\n')


def bars(title, groups, note):
    """`groups`: (heading, [(name, value, label)]); each group has a scale of its own."""
    left, right, row = 150, 170, 19
    y, body = 38, []
    for heading, items in groups:
        y += 16
        body.append(text(16, y, heading, weight="bold"))
        y += 8
        most = max((value for _, value, _ in items), default=1) or 1
        for name, value, label in items:
            length = max(1, round((WIDTH - left - right) * value / most))
            colour = COLOURS.get(name, PEER_COLOUR)
            body.append(f'<rect x="{left}" y="{y}" width="{length}" height="{row - 5}" '
                        f'fill="{colour}"/>')
            body.append(text(left - 8, y + 11, name, "end"))
            body.append(text(left + length + 6, y + 11, label))
            y += row
    return frame(title, note, y + 36, body)


def line(title, values, step, unit, note):
    """`values`, `step` seconds apart, as one line from zero up."""
    left, top, width, height = 70, 40, WIDTH - 100, 200
    most = max(values) * 1.1 or 1
    seconds = step * max(1, len(values) - 1)
    points = " ".join(
        f"{left + width * index / max(1, len(values) - 1):.1f},{top + height * (1 - value / most):.1f}"
        for index, value in enumerate(values))
    axis = f'stroke="#888" d="M{left} {top}V{top + height}H{left + width}"'
    body = [f'<path fill="none" {axis}/>',
            f'<polyline fill="none" stroke="{COLOURS["seawall"]}" stroke-width="2" '
            f'points="{points}"/>',
            text(left - 6, top + 10, f"{most:.0f} {unit}", "end"),
            text(left - 6, top + height, "0", "end"),
            text(left + width, top + height + 16, f"{seconds:.0f} s", "end")]
    return frame(title, note, top + height + 50, body)
