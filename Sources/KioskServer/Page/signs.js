// Large signs beside a screen's words: drawn, so that they need no font. They say nothing that the title does
// not say.

import { h, svg } from './dom.js';

const PATHS = {
  attention: 'M44 22h12l-2 36h-8zM50 65a6.5 6.5 0 1 0 .1 0z',
  tick: 'M25 52l8-8 11 11 24-26 8 8-32 34z',
  clock: 'M46 22h8v26l17 9-4 7-21-11z',
  badge: 'M23 30h54a5 5 0 0 1 5 5v30a5 5 0 0 1-5 5H23a5 5 0 0 1-5-5V35a5 5 0 0 1 5-5z'
    + 'M37 39a6.5 6.5 0 1 0 .1 0z'
    + 'M25 62h24c0-7-5-10-12-10s-12 3-12 10zM55 41h20v5H55zM55 50h20v5H55zM55 59h13v4H55z',
};

/** A sign: "attention", "tick", "clock" or "badge". */
export function sign(name) {
  return h('div', { class: 'sign', 'aria-hidden': 'true' }, svg('svg', { viewBox: '0 0 100 100' },
    svg('circle', { cx: 50, cy: 50, r: 50 }), svg('path', { d: PATHS[name], 'fill-rule': 'evenodd' })));
}
