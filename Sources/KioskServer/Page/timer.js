// How long the screen stays, and the button that lets it stay longer.

import { h } from './dom.js';
import { countdown, t, tn } from './text.js';

/** From here on it is said aloud, once: time enough to answer (WCAG 2.2, 2.2.1). */
const SOON_S = 20;

/** The line with the time that is left and the `more` button; filled by `showTimer`. */
export function timer(more) {
  return h('div', { class: 'timer' },
    h('p', { class: 'left', 'aria-hidden': 'true' }),
    h('p', { class: 'unseen soon', 'aria-live': 'polite' }), more);
}

/** Shows that `seconds` are left; undefined: nothing ends. */
export function showTimer(main, seconds) {
  const line = main.querySelector('.timer');
  if (line === null || seconds === undefined) return;
  line.querySelector('.left').textContent = t('timer.left', { time: countdown(seconds) });
  const soon = line.querySelector('.soon');
  if (seconds > SOON_S) soon.textContent = '';
  else if (soon.textContent === '') soon.textContent = tn('timer.soon', seconds);
}
