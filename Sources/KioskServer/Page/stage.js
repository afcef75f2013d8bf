// Puts one screen's description (see screens.js) on the page.

import { h } from './dom.js';
import { timer } from './timer.js';

let said = '';

/**
 * Fills `main`. `parts` is what only the page can make: the buttons of `screen.actions`, the button that gives
 * `more` time (null: nothing ends), the `keys`, and the `phone` number.
 */
export function build(main, name, screen, parts) {
  const door = screen.door ? h('p', { class: 'where' },
    h('b', { class: 'plate', dir: 'ltr' }, screen.door.label), h('span', {}, screen.door.place)) : null;
  const head = h('div', { class: 'head' },
    screen.eyebrow ? h('p', { class: 'eyebrow' }, screen.eyebrow) : null,
    h('h1', { tabindex: '-1' }, screen.title),
    door,
    h('p', { class: 'next' }, screen.next),
    screen.phone ? h('p', { class: 'phone', dir: 'ltr' }, parts.phone) : null,
    screen.hint ? h('p', { class: 'hint' }, screen.hint) : null);
  const { actions, more, keys } = parts;
  const foot = h('div', { class: 'foot' }, keys,
    actions.length > 0 ? h('div', { class: `actions count-${actions.length}` }, actions) : null,
    more === null ? null : timer(more));
  const picture = screen.picture ? h('div', { class: 'picture' }, screen.picture()) : null;
  // Lists may need scrolling, so a keyboard must be able to get there.
  const box = { class: 'content', tabindex: '0', role: 'group', 'aria-label': screen.title };
  const content = screen.content ? h('div', box, screen.content) : null;
  main.className = `${name} tone-${screen.tone}`;
  main.classList.toggle('with-keypad', Boolean(screen.keypad));
  main.classList.toggle('with-content', content !== null);
  const all = [head, picture, content, foot.childElementCount > 0 ? foot : null];
  main.replaceChildren(...all.filter((part) => part !== null));
}

/**
 * Tells a screen reader what is new, and puts the keyboard where it belongs: on what had it, else on the title of a
 * new screen. Says whether there is anything new to say.
 */
export function settle(main, name, screen, focused, before) {
  const words = wordsOf(screen);
  const isNew = words !== said;
  if (isNew) document.getElementById('live').textContent = words;
  said = words;
  const same = focused === undefined ? null : main.querySelector(`[data-id="${CSS.escape(focused)}"]`);
  if (name === before && same !== null) same.focus();
  else if (isNew && before !== '') main.querySelector('h1').focus({ preventScroll: true });
  return isNew;
}

/** What a screen says, as one text. */
export function wordsOf(screen) {
  const parts = [screen.title, screen.door?.place ?? '', screen.next];
  return parts.filter((part) => part !== '').join('. ');
}
