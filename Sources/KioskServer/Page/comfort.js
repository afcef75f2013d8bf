// What makes the screen easier to use, each by one tap: contrast, larger text, lower controls, sound. Kept for one
// person only: nothing is stored.

import { h, svg } from './dom.js';
import { setSound } from './sound.js';
import { t } from './text.js';

const SWITCHES = ['contrast', 'large', 'reach', 'sound'];
const ICONS = {
  contrast: 'M50 12a38 38 0 1 0 0 76 38 38 0 1 0 0-76zm0 10v56a28 28 0 0 1 0-56z',
  large: 'M8 78l20-52h8l20 52h-9l-5-14H22l-5 14zm17-22h14l-7-20zM60 78l13-34h7l13 34h-8l-3-8H71l-3 8zm13-15h7l-3.500-10z',
  reach: 'M45 12h10v46l16-16 7 7-28 28-28-28 7-7 16 16zM18 82h64v8H18z',
  sound: 'M14 38h16l22-18v60L30 62H14zM62 36a20 20 0 0 1 0 28l-5-6a12 12 0 0 0 0-16zM72 24a36 36 0 0 1 0 52l-6-6a28 28 0 0 0 0-40z',
};
const on = new Set(['sound']);

/** Fills `box` with the switches; `changed` is called after one was tapped. */
export function comfortButtons(box, changed) {
  box.setAttribute('aria-label', t('comfort.group'));
  box.replaceChildren(...SWITCHES.map((comfort) => {
    const label = t(`comfort.${comfort}`);
    const button = h('button', {
      type: 'button', class: 'switch', 'data-id': `comfort-${comfort}`, 'aria-label': label,
      'aria-pressed': String(on.has(comfort)),
      onclick: () => {
        if (!on.delete(comfort)) on.add(comfort);
        button.setAttribute('aria-pressed', String(on.has(comfort)));
        apply();
        changed();
      },
    }, svg('svg', { viewBox: '0 0 100 100', 'aria-hidden': 'true' },
      svg('path', { d: ICONS[comfort], 'fill-rule': 'evenodd' })), h('span', {}, label));
    return button;
  }));
}

/** As the store has set it up; says whether anything was different. */
export function resetComfort() {
  const wasChanged = on.size !== 1 || !on.has('sound');
  on.clear();
  on.add('sound');
  if (wasChanged) apply();
  return wasChanged;
}

function apply() {
  const root = document.documentElement;
  for (const comfort of SWITCHES) root.classList.toggle(comfort, on.has(comfort));
  setSound(on.has('sound'));
  // What is low on the screen is low for the keyboard and for a screen reader, too.
  const top = document.getElementById('top');
  const isLow = top.previousElementSibling !== null;
  if (on.has('reach') && !isLow) document.getElementById('bottom').before(top);
  if (!on.has('reach') && isLow) document.body.prepend(top);
}
