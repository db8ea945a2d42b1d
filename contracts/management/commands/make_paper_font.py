"""Make the vendored font: Noto Sans CJK SC cut to GB 2312, Latin and signs.

Run by hand where Debian's fonts-noto-cjk is installed; the same input gives the same bytes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from fontTools import subset
from fontTools.ttLib import TTCollection

from contracts.adapters.paper import FONT_FILE

SOURCE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
FAMILY = "Noto Sans CJK SC"
SIGNS = "¥·–—‘’“”…→≤≥≠≈±×÷°‰√∞µ²³−€©®™§¶†•"
DROPPED = ["GSUB", "GPOS", "BASE", "vhea", "vmtx", "VORG", "DSIG"]


def _gb2312() -> Iterator[int]:
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                yield ord(bytes((high, low)).decode("gb2312"))
            except UnicodeDecodeError:
                continue


class Command(BaseCommand):
    """Cut the font and write it beside the paper adapter."""

    help = "Make the font of PDFs from Debian's fonts-noto-cjk."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Refuse where the source font is missing."""
        if not SOURCE.exists():
            raise CommandError(f"{SOURCE} is missing: install fonts-noto-cjk")
        font = next(
            font for font in TTCollection(SOURCE).fonts if font["name"].getDebugName(1) == FAMILY
        )
        font.recalcTimestamp = False
        options = subset.Options()
        options.layout_features = []
        options.hinting = False
        options.notdef_outline = True
        options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
        options.drop_tables += DROPPED
        cutter = subset.Subsetter(options)
        latin = {*range(0x20, 0x7F), *range(0xA0, 0x180)}
        cutter.populate(unicodes={*_gb2312(), *latin, *map(ord, SIGNS)})
        cutter.subset(font)
        font.save(FONT_FILE)
        print(f"{FONT_FILE.name}: {FONT_FILE.stat().st_size} bytes")
