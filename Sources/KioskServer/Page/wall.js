// The picture of this wall, and the words for a place in it.

import { svg } from './dom.js';
import { t } from './text.js';

const HEIGHT = 900;
const GAP = 9;
const FRAME = 16;
const BETWEEN = 46;
const TITLE = 58;
const PLINTH = 34;
// Flatter than the real heights, so that the smallest door still has room for its label.
const UNITS = { S: 1, M: 1.55, L: 2.5, XL: 3.6 };

let plan = { banks: [] };

export async function loadWall() {
  const response = await fetch('/wall.json');
  if (!response.ok) throw new Error('no wall plan');
  plan = await response.json();
}

/**
 * Draws the wall. `doors` is the view's list; the lit door is drawn ajar when `ajar`. `compartment` is the
 * door that this screen is about: it is lit, and the picture's description says where it is.
 */
export function drawWall(doors, { ajar = false, compartment = null } = {}) {
  const looks = new Map(doors.map((door) => [door.compartment, door.look]));
  if (compartment !== null) looks.set(compartment, 'lit');
  const columns = plan.banks.reduce((sum, bank) => sum + bank.columns.length, 0);
  const width = Math.min(230, Math.max(120, 800 / Math.max(1, columns)));
  const titled = plan.banks.some((bank) => bank.title !== '') ? TITLE : 8;
  const drawing = svg('g');
  const onTop = svg('g');
  let x = 8;
  for (const bank of plan.banks) {
    const inner = bank.columns.length * (width + GAP) - GAP;
    drawing.append(
      rect('plinth', x + 14, titled + HEIGHT - 6, inner + 2 * FRAME - 28, PLINTH, 4),
      rect('frame', x, titled, inner + 2 * FRAME, HEIGHT, 16),
      svg('text', { class: 'bank', x: x + inner / 2 + FRAME, y: titled - 18 }, bank.title),
    );
    bank.columns.forEach((cells, index) => {
      const left = x + FRAME + index * (width + GAP);
      drawColumn(cells, left, titled + FRAME, width, looks, ajar, drawing, onTop);
    });
    x += inner + 2 * FRAME + BETWEEN;
  }
  const description = compartment === null
    ? t('wall.picture')
    : t('wall.pictureOf', { compartment, where: place(compartment) });
  // The lit door's leaf swings beyond its column: room for it at the left edge.
  return svg('svg', {
    class: 'wall',
    viewBox: `-40 0 ${x - BETWEEN + 88} ${titled + HEIGHT + PLINTH}`,
    role: 'img',
    'aria-label': description,
  }, drawing, onTop);
}

function drawColumn(cells, x, top, width, looks, ajar, drawing, onTop) {
  const units = cells.reduce((sum, cell) => sum + UNITS[cell.size], 0);
  const room = HEIGHT - 2 * FRAME - GAP * (cells.length - 1);
  let y = top;
  for (const cell of cells) {
    const height = room * UNITS[cell.size] / units;
    const look = looks.get(cell.compartment) ?? 'unknown';
    (look === 'lit' ? onTop : drawing).append(drawDoor(cell.compartment, look, ajar, x, y, width, height));
    y += height + GAP;
  }
}

function drawDoor(label, look, ajar, x, y, width, height) {
  const lit = look === 'lit';
  const size = Math.min(lit ? 56 : 36, height * 0.62, width / (label.length * (lit ? 0.68 : 0.8)));
  const middle = { x: x + width / 2, y: y + height / 2 };
  const words = svg('text', { class: 'label', ...middle, 'font-size': size }, label);
  const open = look === 'open' || (lit && ajar);
  const parts = [rect('door', x, y, width, height, 7)];
  if (lit) parts.unshift(rect('glow', x - 16, y - 16, width + 32, height + 32, 20));
  if (open) parts.push(svg('path', { class: 'leaf', d: leaf(x, y, width, height) }));
  else if (!lit) parts.push(rect('handle', x + width - 20, y + height * 0.3, 8, height * 0.4, 4));
  if (look === 'outOfService') {
    parts.push(svg('path', { class: 'cross', d: `M${x + 10} ${y + 10}l${width - 20} ${height - 20}` }));
  }
  return svg('g', { class: `cell ${look}${open ? ' ajar' : ''}` }, ...parts, words);
}

function rect(name, x, y, width, height, rx) {
  return svg('rect', { class: name, x, y, width, height, rx });
}

/** The door's leaf, hinged on the left and swung towards the reader. */
function leaf(x, y, width, height) {
  const reach = width * 0.24;
  const drop = Math.min(22, height * 0.14);
  return `M${x} ${y}L${x - reach} ${y + drop}V${y + height + drop}L${x} ${y + height}Z`;
}

/** Where a compartment is: "left column, second from the top". Empty if it is not in the plan. */
export function place(compartment) {
  for (const bank of plan.banks) {
    for (const [index, cells] of bank.columns.entries()) {
      const row = cells.findIndex((cell) => cell.compartment === compartment);
      if (row < 0) continue;
      const words = [columnWords(index, bank.columns.length), rowWords(row, cells.length)];
      if (plan.banks.length > 1 && bank.title !== '') words.unshift(bank.title);
      return words.filter((part) => part !== '').join(t('place.comma'));
    }
  }
  return '';
}

function columnWords(index, count) {
  if (count === 1) return '';
  if (index === 0) return t('place.column.left');
  if (index === count - 1) return t('place.column.right');
  if (count === 3) return t('place.column.middle');
  return index < count / 2
    ? t('place.column.fromLeft', { nth: nthColumn(index + 1) })
    : t('place.column.fromRight', { nth: nthColumn(count - index) });
}

function rowWords(index, count) {
  if (count === 1) return '';
  if (index === 0) return t('place.row.top');
  if (index === count - 1) return t('place.row.bottom');
  return index < count / 2
    ? t('place.row.fromTop', { nth: nthRow(index + 1) })
    : t('place.row.fromBottom', { nth: nthRow(count - index) });
}

function nthColumn(nth) {
  return nth <= 6 ? t(`place.nthColumn.${nth}`) : t('place.nthColumn.more', { nth });
}

function nthRow(nth) {
  return nth <= 6 ? t(`place.nthRow.${nth}`) : t('place.nthRow.more', { nth });
}
