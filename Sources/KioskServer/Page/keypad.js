// The keypad for codes and PINs. What is typed lives here only until OK, and is forgotten after half a
// minute.

import { h, onTouch } from './dom.js';
import { countdown, t, tn } from './text.js';

const FORGET_MS = 30_000;
const BOUNCE_MS = 60;

let typed = '';
let owner = '';
let forgetting = null;
let lastKey = { key: '', at: 0 };
let active = null;

/** A keypad of `kind` "code" or "pin". `digits`: a code's length (null: any). `onOK(text)`: what was typed. */
export function keypad({ kind, digits, onOK }) {
  if (owner !== kind) clearKeypad();
  owner = kind;
  const limit = digits ?? 16;
  // Digits run from left to right in every language.
  const display = h('output', { class: `display ${kind}`, dir: 'ltr', 'aria-live': 'off' });
  const hint = h('p', { class: 'hint', 'aria-live': 'polite' });
  const keys = [...'123456789', 'delete', '0', 'ok'].map((key) => button(key, press));
  const grid = h('div', { class: 'keys', dir: 'ltr' }, keys);
  const root = h('section', { class: 'keypad', 'aria-label': label(kind) }, display, hint, grid);

  function press(key) {
    const now = performance.now();
    if (key === lastKey.key && now - lastKey.at < BOUNCE_MS) return;
    lastKey = { key, at: now };
    if (key === 'ok') return confirm();
    if (key === 'delete') typed = typed.slice(0, -1);
    else if (typed.length < limit) typed += key;
    clearTimeout(forgetting);
    forgetting = setTimeout(() => { typed = ''; show(); }, FORGET_MS);
    show();
  }

  function confirm() {
    if (typed.length < (digits ?? 1)) {
      hint.textContent = kind === 'code' ? tn('keypad.tooShort', digits) : t('keypad.noPIN');
      return;
    }
    const text = typed;
    clearKeypad();
    show();
    onOK(text);
  }

  function show() {
    hint.textContent = typed === '' ? prompt(kind, digits) : '';
    display.replaceChildren(...places(kind, digits));
    display.setAttribute('aria-label', tn('keypad.typed', typed.length));
    root.classList.toggle('complete', typed.length >= (digits ?? 1));
  }

  active = press;
  show();
  return root;
}

/** Instead of the keypad while it is locked: when it is back, from `seconds` (as of `since`) down. */
export function lockedKeypad(seconds, since, phone) {
  active = null;
  clearKeypad();
  const clock = h('p', { class: 'clock', 'aria-live': 'off' });
  function tick() {
    const left = Math.max(0, Math.ceil(seconds - (performance.now() - since) / 1000));
    clock.textContent = countdown(left);
    if (left > 0 && (clock.isConnected || !clock.dataset.shown)) setTimeout(tick, 500);
    clock.dataset.shown = 'yes';
  }
  tick();
  return h('section', { class: 'keypad locked', 'aria-label': t('keypad.code') },
    h('h2', {}, t('keypad.locked.title')), clock, h('p', {}, t('keypad.locked.next', { phone })));
}

/** No keypad is on the screen. */
export function withoutKeypad() {
  active = null;
  clearKeypad();
}

/** Gives a key of a keyboard to the keypad on the screen; says whether it was one of its keys. */
export function typeKey(event) {
  if (active === null || event.ctrlKey || event.altKey || event.metaKey) return false;
  if (/^[0-9]$/.test(event.key)) active(event.key);
  else if (event.key === 'Backspace') active('delete');
  else if (event.key === 'Enter' && !(document.activeElement instanceof HTMLButtonElement)) active('ok');
  else return false;
  return true;
}

function clearKeypad() {
  typed = '';
  clearTimeout(forgetting);
}

function button(key, press) {
  const name = key === 'ok' ? t('keypad.ok') : key === 'delete' ? t('keypad.delete') : key;
  const face = key === 'delete' ? '⌫' : name;
  const kind = key === 'ok' || key === 'delete' ? key : 'digit';
  const element = h('button', {
    type: 'button', class: `key ${kind}`, 'aria-label': name, 'data-id': `key-${key}`,
  }, face);
  onTouch(element, () => press(key));
  return element;
}

function places(kind, digits) {
  const shown = kind === 'pin' ? Math.max(4, typed.length) : Math.max(digits ?? 0, typed.length);
  return Array.from({ length: shown }, (_, index) => {
    const filled = index < typed.length;
    const look = ['place'];
    if (filled) look.push('filled');
    if (kind === 'code' && index > 0 && index % 4 === 0) look.push('gap');
    const face = kind === 'pin' ? '●' : typed[index];
    return h('span', { class: look.join(' '), 'aria-hidden': 'true' }, filled ? face : '');
  });
}

function label(kind) {
  return kind === 'code' ? t('keypad.code') : t('keypad.pin');
}

function prompt(kind, digits) {
  return kind === 'code' ? tn('keypad.prompt', digits) : t('keypad.promptPIN');
}
