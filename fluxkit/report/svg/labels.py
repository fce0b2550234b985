"""Text on the page, and the entries of legends."""

from dataclasses import dataclass
from html import escape

from fluxkit.report.svg.marks import PanelPlace, faint, outline, paint, patch


@dataclass(frozen=True)
class Label:
    """Text on the page."""

    text: str
    x: float  #: of its anchor [point]
    y: float  #: of the middle of its height [point]
    size: float = 9.5
    anchor: str = "start"  #: start, middle, end
    colour: str = "#222222"
    bold: bool = False
    turned: bool = False  #: reads upwards

    @property
    def width(self) -> float:
        """About how long it is, rather more than less. [point]"""
        letters = sum(
            _NARROW if c in _NARROW_LETTERS else _WIDE if c in _WIDE_LETTERS else _USUAL for c in self.text
        )
        return letters * self.size * (1.08 if self.bold else 1.0)

    def box(self) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom. [point]"""
        before = {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * self.width
        half = 0.5 * self.size
        if self.turned:
            return self.x - half, self.y + before - self.width, self.x + half, self.y + before
        return self.x - before, self.y - half, self.x - before + self.width, self.y + half

    def svg(self) -> str:
        """Return the element."""
        down = 0.36 * self.size  # from the middle of figures and capitals to the line they stand on
        place = (
            f'transform="translate({self.x + down:.2f} {self.y:.2f}) rotate(-90)"'
            if self.turned
            else f'x="{self.x:.2f}" y="{self.y + down:.2f}"'
        )
        look = "" if self.size == 9.5 else f' font-size="{self.size:g}"'
        look += f' text-anchor="{self.anchor}"' if self.anchor != "start" else ""
        look += ' font-weight="bold"' if self.bold else ""
        look += f' fill="{self.colour}"' if self.colour != "#222222" else ""
        return f"<text {place}{look}>{escape(self.text, quote=False)}</text>"


#: Widths of letters as a share of the size, those of a wide type: texts are placed apart with any.
_NARROW, _USUAL, _WIDE = 0.34, 0.62, 0.88
_NARROW_LETTERS, _WIDE_LETTERS = frozenset(" .,:;'|!()[]/ijlItfr⁻¹²₂°"), frozenset("mwMW%@—−+±")


@dataclass(frozen=True)
class PanelNote:
    """Text in a panel at a share of its width and height, from the lower left."""

    text: str
    x: float
    y: float
    anchor: str = "middle"
    colour: str = "#222222"
    size: float = 9.5
    bold: bool = False

    def word(self, place: PanelPlace) -> Label:
        """Return the text on the page."""
        x, y = place.left + self.x * place.width, place.top + (1.0 - self.y) * place.height
        return Label(self.text, x, y, self.size, self.anchor, self.colour, self.bold)


@dataclass(frozen=True)
class Key:
    """An entry of a legend: its symbol and its label."""

    label: str
    colour: str
    marker: str = ""
    size: float = 4.0
    line: float = 0.0  #: width of a line through it [point]
    dash: str = ""
    alpha: float = 1.0
    hollow: bool = False
    hatch: str = ""

    def svg(self, x: float, y: float, width: float) -> str:
        """Return the sample, ``width`` long from x, its middle at y. [point]"""
        if not self.marker and not self.line:
            path = f"M{x:.2f} {y - 3.2:.2f}h{width:.2f}v6.4h-{width:.2f}z"
            return patch(path, self.colour, self.hatch).replace("<path ", f"<path{faint(self.alpha)} ", 1)
        drawn, fading = "", faint(self.alpha)
        if self.line:
            dash = f' stroke-dasharray="{self.dash}"' if self.dash else ""
            look = f'stroke="{self.colour}" stroke-width="{self.line:g}"{fading}{dash}'
            drawn = f'<path d="M{x:.2f} {y:.2f}h{width:.2f}" {look}/>'
        if self.marker:
            look = paint(self.colour, self.marker, self.size, hollow=self.hollow)
            path = f"M{x + width / 2.0:.2f} {y:.2f}{outline(self.marker, self.size)}"
            drawn += f'<path d="{path}" {look}{fading}/>'
        return drawn
