"""Pictures of screens, compared with kept ones, and what must not be seen on any: text that is cut off, parts that lie
over each other, targets that are too small.

Tolerance: both pictures are laid out in blocks of 16 x 16 pixels; a block differs when the mean of its greatest channel
difference is above 20 of 255; at most 0.3 % of the blocks may. A changed word is more than that; another version of the
browser, which smooths letters a little differently, is less. Pictures are kept at half their size in 256 colours."""

import io
import os
import pathlib

from PIL import Image, ImageChops

FOLDER = pathlib.Path(__file__).parent / "screens"
BLOCK, LEVEL, SHARE = 16, 20, 0.003

MISFITS = r"""() => {
  const found = [];
  const name = (e) => e.tagName.toLowerCase() + (e.className?.baseVal ?? e.className ? '.' + (e.className.baseVal ?? e.className) : '')
    + ' "' + (e.textContent ?? '').trim().slice(0, 40) + '"';
  const shown = (e) => e.checkVisibility() && !e.closest('.unseen');
  const { innerWidth: width, innerHeight: height } = window;
  const root = document.scrollingElement;
  if (root.scrollWidth > width || root.scrollHeight > height) found.push('the page scrolls');
  const scrolls = (e) => e.closest('.content') !== null
    || (document.documentElement.classList.contains('large') && e.closest('.head') !== null);
  for (const e of document.querySelectorAll('h1, h2, p, button, li, output, span, b')) {
    if (!shown(e) || scrolls(e)) continue;
    const box = e.getBoundingClientRect();
    if (box.left < -1 || box.top < -1 || box.right > width + 1 || box.bottom > height + 1) found.push('outside: ' + name(e));
    if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline' && e.id !== 'station') {
      found.push('too wide: ' + name(e));
    }
    if (e.scrollHeight > e.clientHeight + 4 && e.tagName === 'BUTTON') found.push('too high: ' + name(e));
  }
  const parts = [...document.querySelectorAll('main > *, header, footer')].filter(shown).map((e) => {
    const range = document.createRange();
    range.selectNodeContents(e);
    const box = e.matches('.content, .picture') || e.querySelector('.keypad') ? e.getBoundingClientRect() : range.getBoundingClientRect();
    return [e, box];
  }).filter(([e, box]) => box.width > 0 && box.height > 0
    && !(e.matches('.head') && document.documentElement.classList.contains('large')));
  for (const [i, [a, one]] of parts.entries()) {
    for (const [b, other] of parts.slice(i + 1)) {
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (across > 2 && down > 2) found.push(`${name(a)} lies over ${name(b)} by ${Math.round(down)}`);
    }
  }
  for (const e of document.querySelectorAll('button')) {
    if (!shown(e)) continue;
    const box = e.getBoundingClientRect();
    const least = e.matches('.key') ? 60 : 44;
    if (box.width < least - 0.5 || box.height < least - 0.5) found.push(`small: ${name(e)} ${Math.round(box.width)} x ${Math.round(box.height)}`);
  }
  return found;
}"""


def misfits(page):
    """What does not fit, in words; empty when all is well."""
    return page.evaluate(MISFITS)


def compare(page, name):
    """Compares with the kept picture of this name; keeps it instead when asked to."""
    page.evaluate("() => document.fonts.ready")
    new = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    new = new.resize((new.width // 2, new.height // 2), Image.Resampling.LANCZOS)
    file = FOLDER / f"{name}.png"
    if os.environ.get("BROWSER_KEEP") == "1":
        FOLDER.mkdir(exist_ok=True)
        new.quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
        return
    assert file.exists(), f"{file} is not kept: look at the screen, then run Tests/Browser/run --keep"
    kept = Image.open(file).convert("RGB")
    # What is compared went through the same colours.
    seen = new.quantize(256, dither=Image.Dither.NONE).convert("RGB")
    share = difference(kept, seen)
    if share > SHARE:
        folder = pathlib.Path(os.environ.get("BROWSER_FAILED", "/tmp/pickup-browser"))
        folder.mkdir(parents=True, exist_ok=True)
        seen.save(folder / f"{name}.png")
        raise AssertionError(
            f"{name} differs from the kept picture in {share:.1%} of its blocks; as it is now: {folder}/{name}.png. "
            "If that is meant: Tests/Browser/run --keep"
        )


def difference(kept, seen):
    """The share of blocks that differ; 1 for pictures of two sizes."""
    if kept.size != seen.size:
        return 1.0
    channels = ImageChops.difference(kept, seen).split()
    worst = ImageChops.lighter(ImageChops.lighter(channels[0], channels[1]), channels[2])
    blocks = worst.resize((worst.width // BLOCK, worst.height // BLOCK), Image.Resampling.BOX)
    levels = blocks.histogram()
    return sum(levels[LEVEL + 1:]) / sum(levels)
