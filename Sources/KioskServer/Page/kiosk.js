// The page: shows the newest view, sends what is touched, and says "call staff" when the station does not
// answer.

import { follow, send } from './connection.js';
import { h } from './dom.js';
import { keypad, lockedKeypad, typeKey, withoutKeypad } from './keypad.js';
import { SCREENS } from './screens.js';
import { sign } from './signs.js';
import { currentLanguage, languageName, loadTexts, setLanguage, t } from './text.js';
import { loadWall } from './wall.js';

/** After a tap, and after the screen has changed under a finger, further taps do nothing for this long. */
const DEBOUNCE_MS = 600;
const SETTLE_MS = 350;
/** A notice that stays in the view is not in the way for longer than this. */
const NOTICE_MS = 8000;
/** This long after the last touch, the next person starts in the station's own language. */
const LANGUAGE_MS = 20_000;

const main = document.getElementById('screen');
const state = {
  station: null, view: null, viewAt: 0, alive: false, clearing: null, shown: '', shownName: '', said: '',
  quietUntil: 0, sending: false, touchedAt: 0, notice: '', noticeTimer: null,
};

async function start() {
  const response = await fetch('/station.json');
  if (!response.ok) throw new Error('no station');
  state.station = await response.json();
  // A number is never broken over two lines.
  state.station.phone = state.station.phone.replaceAll(' ', '\u00a0');
  await Promise.all([loadTexts(state.station.languages), loadWall()]);
  setLanguage(state.station.defaultLanguage);
  document.addEventListener('keydown', (event) => { if (typeKey(event)) event.preventDefault(); });
  document.addEventListener('pointerdown', () => { state.touchedAt = performance.now(); }, true);
  document.addEventListener('contextmenu', (event) => event.preventDefault());
  setInterval(resetLanguage, 1000);
  // The first screen is the first view, or "call staff" if none comes in time.
  frame();
  follow({ version: state.station.page, onView: receive, onLost: lose });
}

function receive(view) {
  state.view = view;
  state.viewAt = performance.now();
  state.alive = true;
  show();
}

function lose() {
  state.alive = false;
  show();
}

/** Brings the screen to the state. Whatever is wrong with a view, a person gets a way on. */
function show() {
  try {
    render();
  } catch (error) {
    console.error(error);
    render(broken());
  }
}

function render(fallback = null) {
  const name = state.alive && fallback === null ? screenName(state.view.screen) : 'offline';
  // Over as soon as there is nothing left to clear: a later alarm of the same door starts from the menu again.
  const attention = name === 'staffMenu' ? state.view.screen.staffMenu._0.attention : [];
  if (!attention.some((item) => item.compartment === state.clearing)) state.clearing = null;
  const { view, station, clearing } = state;
  const context = { view, station, clearing, openClear, actionButton };
  const screen = fallback ?? (state.alive ? SCREENS[name](view.screen[name], context) : offline());
  const shown = JSON.stringify([
    name, currentLanguage(), clearing, state.alive && [view.screen, view.keypad, view.scannerConnected],
  ]);
  if (shown === state.shown) {
    // Only doors have changed: the keypad and the finger above it stay undisturbed.
    const picture = main.querySelector('.picture');
    if (picture !== null && screen.picture) picture.replaceChildren(screen.picture());
  } else {
    const focused = document.activeElement?.dataset.id;
    const scrolled = name === state.shownName ? main.querySelector('.content')?.scrollTop ?? 0 : 0;
    build(name, screen);
    main.querySelector('.content')?.scrollTo(0, scrolled);
    settle(name, screen, focused);
    state.shown = shown;
  }
  frame();
  showNotice(state.alive ? state.view.notice ?? null : null);
}

function build(name, screen) {
  const door = screen.door ? h('p', { class: 'where' },
    h('b', { class: 'plate' }, screen.door.label), h('span', {}, screen.door.place)) : null;
  const head = h('div', { class: 'head' },
    screen.eyebrow ? h('p', { class: 'eyebrow' }, screen.eyebrow) : null,
    h('h1', { tabindex: '-1' }, screen.title),
    door,
    h('p', { class: 'next' }, screen.next),
    screen.phone ? h('p', { class: 'phone' }, state.station.phone) : null,
    screen.hint ? h('p', { class: 'hint' }, screen.hint) : null);
  const actions = (screen.actions ?? []).map(actionButton);
  const foot = h('div', { class: 'foot' }, keys(screen.keypad ?? null),
    actions.length > 0 ? h('div', { class: `actions count-${actions.length}` }, actions) : null);
  const picture = screen.picture ? h('div', { class: 'picture' }, screen.picture()) : null;
  // Lists may need scrolling, so a keyboard must be able to get there.
  const box = { class: 'content', tabindex: '0', role: 'group', 'aria-label': screen.title };
  const content = screen.content ? h('div', box, screen.content) : null;
  main.className = `${name} tone-${screen.tone}`;
  main.classList.toggle('with-keypad', Boolean(screen.keypad));
  main.classList.toggle('with-content', content !== null);
  const parts = [head, picture, content, foot.childElementCount > 0 ? foot : null];
  main.replaceChildren(...parts.filter((part) => part !== null));
}

/** Tells a screen reader what is new, and puts the keyboard where it belongs. */
function settle(name, screen, focused) {
  const parts = [screen.title, screen.door?.place ?? '', screen.next];
  const words = parts.filter((part) => part !== '').join('. ');
  if (words !== state.said) document.getElementById('live').textContent = words;
  state.said = words;
  const same = focused === undefined ? null : main.querySelector(`[data-id="${CSS.escape(focused)}"]`);
  if (name === state.shownName && same !== null) return same.focus();
  if (name !== state.shownName) {
    state.quietUntil = Math.max(state.quietUntil, performance.now() + SETTLE_MS);
    if (state.shownName !== '') main.querySelector('h1').focus({ preventScroll: true });
  }
  state.shownName = name;
}

function keys(pad) {
  if (pad === null) {
    withoutKeypad();
    return null;
  }
  const { available, lockedOut } = state.view.keypad;
  if (pad.kind === 'code' && lockedOut !== undefined) {
    return lockedKeypad(lockedOut.seconds, state.viewAt, state.station.phone);
  }
  const digits = pad.kind === 'code' ? available.digits : null;
  return keypad({ kind: pad.kind, digits, onOK: (text) => submit(pad.send(text)) });
}

/** A button that sends `button` or does `action`. */
function actionButton({ label, button, action, look, id }) {
  const press = () => {
    const now = performance.now();
    if (now < state.quietUntil || state.sending) return;
    state.quietUntil = now + DEBOUNCE_MS;
    if (action) action();
    else submit({ button });
  };
  return h('button', { type: 'button', class: look, 'data-id': id ?? label, onclick: press }, label);
}

async function submit(input) {
  state.sending = true;
  main.setAttribute('aria-busy', 'true');
  const taken = await send(input);
  state.sending = false;
  main.removeAttribute('aria-busy');
  if (!taken && state.alive) say(t('notice.notSent'));
}

function openClear(compartment) {
  state.clearing = compartment;
  show();
}

function screenName(screen) {
  const name = Object.keys(screen)[0];
  if (!Object.hasOwn(SCREENS, name)) throw new Error(`no screen ${name}`);
  return name;
}

function offline() {
  return {
    tone: 'stop', title: t('offline.title'), next: t('offline.next'), hint: t('offline.hint'), phone: true,
    picture: () => sign('attention'),
  };
}

/** The page itself failed: the same words as for a station that is gone, and a fresh start. */
function broken() {
  setTimeout(() => location.reload(), 10_000);
  return offline();
}

function frame() {
  document.getElementById('station').textContent = state.station.name;
  document.getElementById('help').textContent = t('help', { phone: state.station.phone });
  const others = state.station.languages.filter((name) => name !== currentLanguage());
  const box = document.getElementById('languages');
  if (box.dataset.shown === currentLanguage()) return;
  box.dataset.shown = currentLanguage();
  box.replaceChildren(...others.map((name) => h('button', {
    type: 'button', class: 'language', lang: name, 'data-id': `language-${name}`,
    onclick: () => { setLanguage(name); show(); },
  }, languageName(name))));
}

function showNotice(notice) {
  const kind = notice?.kind;
  // The revision tells the same notice given twice, such as for a second wrong PIN.
  const id = notice === null ? '' : `${kind} ${state.view.revision} ${currentLanguage()}`;
  if (id === state.notice) return;
  state.notice = id;
  say(notice === null ? '' : t(`notice.${kind}`, { compartment: notice.compartment ?? '' }));
}

function say(text) {
  const box = document.getElementById('notice');
  clearTimeout(state.noticeTimer);
  box.replaceChildren(...(text === '' ? [] : [h('p', {}, text)]));
  if (text !== '') state.noticeTimer = setTimeout(() => say(''), NOTICE_MS);
}

function resetLanguage() {
  const idle = performance.now() - state.touchedAt > LANGUAGE_MS;
  if (!idle || state.shownName !== 'home' || currentLanguage() === state.station.defaultLanguage) return;
  setLanguage(state.station.defaultLanguage);
  show();
}

start().catch(() => setTimeout(() => location.reload(), 2000));
