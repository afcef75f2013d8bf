// The page: shows the newest view, sends what is touched, and says "call staff" when the station does not
// answer.

import { BUTTONS } from './buttons.js';
import { comfortButtons, resetComfort } from './comfort.js';
import { follow, reloadWhenServed, send } from './connection.js';
import { h } from './dom.js';
import { helpScreen, mayNeedHelp } from './help.js';
import { keypad, lockedKeypad, typeKey, withoutKeypad } from './keypad.js';
import { SCREENS } from './screens.js';
import { sign } from './signs.js';
import { sayAloud } from './sound.js';
import { build, settle } from './stage.js';
import { withSupport } from './support.js';
import { currentLanguage, languageName, loadTexts, setLanguage, setTimeZone, t } from './text.js';
import { showTimer } from './timer.js';
import { loadWall } from './wall.js';

/** After a tap, and after the screen has changed under a finger, further taps do nothing for this long. */
const DEBOUNCE_MS = 600;
const SETTLE_MS = 350;
/** A notice that stays in the view is not in the way for longer than this. */
const NOTICE_MS = 8000;
/** This long after the last touch, the next person starts with the station's own language and look. */
const NEXT_PERSON_MS = 20_000;
/** Scans that could not be read count as one person's for this long. */
const UNREAD_MS = 45_000;

const main = document.getElementById('screen');
const state = {
  station: null, view: null, viewAt: 0, alive: false, clearing: null, helping: null, shown: '', shownName: '',
  quietUntil: 0, sending: false, touchedAt: 0, notice: '', noticeTimer: null, unread: { count: 0, at: 0, id: '' },
};

async function start() {
  const response = await fetch('/station.json');
  if (!response.ok) throw new Error('no station');
  state.station = await response.json();
  // A number is never broken over two lines.
  state.station.phone = state.station.phone.replaceAll(' ', '\u00a0');
  setTimeZone(state.station.timeZone);
  await Promise.all([loadTexts(state.station.languages), loadWall()]);
  setLanguage(state.station.defaultLanguage);
  document.addEventListener('keydown', (event) => { if (typeKey(event)) event.preventDefault(); });
  for (const kind of ['pointerdown', 'keydown']) {
    document.addEventListener(kind, () => { state.touchedAt = performance.now(); }, true);
  }
  document.addEventListener('contextmenu', (event) => event.preventDefault());
  setInterval(awaitNextPerson, 1000);
  // The first screen is the first view, or "call staff" if none comes in time.
  frame();
  follow({ version: state.station.page, onView: receive, onLost: lose });
}

function receive(view) {
  countUnread(view);
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
  leaveOldQuestions(name);
  const screen = fallback ?? (state.alive ? describe(name) : offline());
  const { view } = state;
  const shown = JSON.stringify([
    name, currentLanguage(), state.clearing, state.helping, state.alive && state.unread.count,
    state.alive && [view.screen, view.keypad, view.scannerConnected, view.endsIn === undefined, view.support],
  ]);
  if (shown === state.shown) {
    // Only doors have changed: the keypad and the finger above it stay undisturbed.
    const picture = main.querySelector('.picture');
    if (picture !== null && screen.picture) picture.replaceChildren(screen.picture());
  } else {
    const focused = document.activeElement?.dataset.id;
    const scrolled = name === state.shownName ? main.querySelector('.content')?.scrollTop ?? 0 : 0;
    const actions = (screen.actions ?? []).map(actionButton);
    const isTimed = state.alive && fallback === null && view.endsIn !== undefined;
    const more = isTimed
      ? actionButton({ label: t('button.moreTime'), button: BUTTONS.moreTime(), look: 'more' }) : null;
    build(main, name, screen, { actions, more, keys: keys(screen.keypad ?? null), phone: state.station.phone });
    main.querySelector('.content')?.scrollTo(0, scrolled);
    const isNew = settle(main, name, screen, focused, state.shownName);
    if (name !== state.shownName) state.quietUntil = Math.max(state.quietUntil, performance.now() + SETTLE_MS);
    if (isNew && state.shownName !== '') sayAloud(name, screen);
    state.shownName = name;
    state.shown = shown;
  }
  showTimer(main, state.alive ? view.endsIn : undefined);
  frame();
  // How to hold the code is on the home screen itself then.
  const isShown = state.alive && !(name === 'home' && view.notice?.kind === 'scanUnreadable');
  showNotice(isShown ? view.notice ?? null : null);
}

/** The page's own questions end with the screen that they were asked on. */
function leaveOldQuestions(name) {
  // Over as soon as there is nothing left to clear: a later alarm of the same door starts from the menu again.
  const attention = name === 'staffMenu' ? state.view.screen.staffMenu._0.attention : [];
  if (!attention.some((item) => item.compartment === state.clearing)) state.clearing = null;
  if (state.helping !== null && state.helping.about !== about(name)) state.helping = null;
}

function about(name) {
  const step = state.view?.screen[name]?._0;
  return [name, step?.compartment ?? '', step?.orderNumber ?? ''].join(' ');
}

function describe(name) {
  const { view, station, clearing, helping, unread } = state;
  const context = { view, station, clearing, unread: unread.count, openClear, actionButton };
  if (helping !== null) return helpScreen(name, helping.problem, { ...context, chooseProblem, leaveHelp });
  const screen = withSupport(name, SCREENS[name](view.screen[name], context), view);
  if (!mayNeedHelp(name)) return screen;
  const help = { label: t('help.button'), action: () => chooseProblem(null), look: 'quiet', id: 'help' };
  return { ...screen, actions: [...(screen.actions ?? []), help] };
}

/** "Something is wrong": whoever reads what to do about it is not hurried meanwhile. */
function chooseProblem(problem) {
  state.helping = { about: about(state.shownName), problem };
  if (state.view.endsIn !== undefined) send({ button: BUTTONS.moreTime() });
  show();
}

function leaveHelp() {
  state.helping = null;
  show();
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
  const name = id ?? (button === undefined ? label : Object.keys(button)[0]);
  return h('button', { type: 'button', class: look, 'data-id': name, onclick: press }, label);
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

/** Scans that could not be read, one after the other: the home screen then shows how to hold a code. */
function countUnread(view) {
  const { unread } = state;
  const now = performance.now();
  const name = Object.keys(view.screen)[0];
  if (now - unread.at > UNREAD_MS || name !== 'home') unread.count = 0;
  if (view.notice?.kind !== 'scanUnreadable') {
    unread.id = '';
  } else if (name === 'home' && unread.id !== String(view.revision)) {
    unread.count += 1;
    unread.at = now;
    unread.id = String(view.revision);
  }
}

function offline() {
  return {
    tone: 'stop', title: t('offline.title'), next: t('offline.next'), hint: t('offline.hint'), phone: true,
    picture: () => sign('attention'),
  };
}

/** The page itself failed: the same words as for a station that is gone, and a fresh start. */
function broken() {
  reloadWhenServed(10_000);
  return offline();
}

function frame() {
  document.getElementById('station').textContent = state.station.name;
  document.getElementById('help').textContent = t('help', { phone: state.station.phone });
  const box = document.getElementById('languages');
  if (box.dataset.shown === currentLanguage()) return;
  box.dataset.shown = currentLanguage();
  box.setAttribute('aria-label', t('languages.group'));
  const focused = document.activeElement?.dataset.id;
  box.replaceChildren(...state.station.languages.map((name) => h('button', {
    type: 'button', class: 'language', lang: name, 'data-id': `language-${name}`,
    'aria-pressed': String(name === currentLanguage()),
    onclick: () => { setLanguage(name); show(); },
  }, languageName(name))));
  comfortButtons(document.getElementById('comfort'), show);
  document.querySelector(`.bar [data-id="${CSS.escape(focused ?? '')}"]`)?.focus();
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

/** Nobody has touched the home screen for a while: whoever comes next finds it as the store has set it up. */
function awaitNextPerson() {
  const idle = performance.now() - state.touchedAt > NEXT_PERSON_MS;
  if (!idle || state.shownName !== 'home') return;
  const wasChanged = resetComfort();
  if (currentLanguage() === state.station.defaultLanguage && !wasChanged) return;
  setLanguage(state.station.defaultLanguage);
  document.getElementById('languages').dataset.shown = '';
  show();
}

start().catch(() => reloadWhenServed(2000));
