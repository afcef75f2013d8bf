// What customers see. Each function makes one screen's description from the view's values; see screens.js.

import { h } from './dom.js';
import { BUTTONS } from './buttons.js';
import { sign } from './signs.js';
import { list, t, tn, when } from './text.js';
import { drawWall, place } from './wall.js';

const HAND_IN = { code: (text) => ({ code: text }) };

/** Hold your code in front of the scanner, or type it. */
export function home(_, { view, station, unread }) {
  const locked = view.keypad.lockedOut !== undefined;
  const key = view.scannerConnected
    ? (locked ? 'home.next.scanOnly' : 'home.next')
    : (locked ? 'home.next.nothing' : 'home.next.typeOnly');
  const isCoached = unread > 0 && view.scannerConnected;
  return {
    tone: 'home',
    title: isCoached ? t('coach.title') : t('home.title'),
    next: t(key, { phone: station.phone }),
    hint: isCoached ? null : t('home.whereCode'),
    picture: () => scanner(view, isCoached),
    keypad: { kind: 'code', send: HAND_IN.code },
  };
}

/** The station serves nobody. */
export function cannotServe({ _0: cannotServe }, { station }) {
  const needsPerson = cannotServe === 'noLockBoard' || cannotServe === 'powerLost';
  return {
    tone: needsPerson ? 'stop' : 'wait',
    title: t(`cannotServe.${cannotServe}.title`),
    next: t(`cannotServe.${cannotServe}.next`, { phone: station.phone }),
    picture: () => sign(needsPerson ? 'attention' : 'clock'),
    phone: needsPerson,
  };
}

/** A door is being unlocked. */
export function opening({ _0: step, attempt }, { view }) {
  const again = attempt > 1;
  return {
    ...door(step, view, { tone: 'go' }),
    title: again ? t('opening.again.title', step) : t('opening.title', step),
    next: again ? t('opening.again.next') : t('opening.next'),
    actions: sayOpen(step),
  };
}

/** The door is open. */
export function takeParcel({ _0: step }, { view }) {
  return {
    ...door(step, view, { tone: 'go', ajar: true }),
    title: t('takeParcel.title'),
    next: step.number < step.count ? t('takeParcel.more', step) : t('takeParcel.next', step),
  };
}

/** The door has been open for long. */
export function closeDoor({ _0: step }, { view }) {
  return {
    ...door(step, view, { tone: 'wait', ajar: true }),
    title: t('closeDoor.title', step),
    next: t('closeDoor.next'),
  };
}

/** The door did not open. */
export function doorStuck({ _0: step, canRetry }, { view, station }) {
  const finish = { label: t('doorStuck.leave'), button: BUTTONS.finish(), look: canRetry ? 'quiet' : 'main' };
  const retry = { label: t('button.retry'), button: BUTTONS.retry(), look: 'main' };
  return {
    ...door(step, view, { tone: 'stop' }),
    title: t('doorStuck.title', step),
    next: canRetry ? t('doorStuck.retry') : t('doorStuck.next', { phone: station.phone }),
    hint: t('doorStuck.safe'),
    actions: [...(canRetry ? [retry] : []), ...sayOpen(step), finish],
  };
}

/** No sensor can tell. */
export function confirmTaken({ _0: step }, { view }) {
  return {
    ...door(step, view, { tone: 'ask' }),
    title: t('confirmTaken.title', step),
    next: t('confirmTaken.next'),
    actions: [
      { label: t('button.taken'), button: BUTTONS.taken(), look: 'main' },
      { label: t('button.doorDidNotOpen'), button: BUTTONS.doorDidNotOpen(), look: 'quiet' },
    ],
  };
}

/** Thank you. */
export function done({ _0: step }, { view, station }) {
  const stuck = step.stuck.length > 0;
  const reopen = step.reopen ?? null;
  const facts = [];
  if (step.remaining > 0) facts.push(tn('done.remaining', step.remaining));
  if (reopen !== null) facts.push(t('done.leftBehind'));
  return {
    tone: stuck ? 'wait' : 'thanks',
    eyebrow: t('step.order', { order: step.orderNumber }),
    title: stuck ? t('done.stuck.title') : t('done.title'),
    next: stuck
      ? tn('done.stuck', step.stuck.length, { compartments: list(step.stuck), phone: station.phone })
      : t('done.next'),
    hint: facts.join(' '),
    picture: stuck ? () => drawWall(view.doors, { compartment: step.stuck[0] }) : () => sign('tick'),
    actions: [
      { label: t('button.finish'), button: BUTTONS.finish(), look: 'main' },
      ...(reopen === null ? [] : [
        { label: t('button.reopen', { compartment: reopen }), button: BUTTONS.reopen(), look: 'quiet' },
      ]),
    ],
  };
}

/** The code was understood, and nothing opens. */
export function refused({ _0: answer }, { view, station }) {
  const [refusal, facts] = Object.entries(answer)[0];
  const values = { order: facts.orderNumber, store: facts.storeName, phone: station.phone };
  const typeAgain = refusal === 'unknownCode' && view.keypad.available !== undefined;
  return {
    tone: SOFT.has(refusal) ? 'wait' : 'stop',
    eyebrow: facts.orderNumber === undefined ? null : t('step.order', { order: facts.orderNumber }),
    title: t(`refused.${refusal}.title`, values),
    next: refusalNext(refusal, facts, values),
    hint: facts.triesLeft === undefined ? null : tn('refused.triesLeft', facts.triesLeft),
    picture: () => sign(refusal === 'notReadyYet' || refusal === 'tooEarly' ? 'clock' : 'attention'),
    phone: !typeAgain && CALL.has(refusal),
    keypad: typeAgain || refusal === 'keypadLockedOut' ? { kind: 'code', send: HAND_IN.code } : null,
    actions: [{ label: t('button.finish'), button: BUTTONS.finish(), look: typeAgain ? 'quiet' : 'main' }],
  };
}

/** Nothing is wrong, it is only not possible yet. */
const SOFT = new Set([
  'notReadyYet', 'tooEarly', 'notInLockers', 'alreadyCollected', 'wrongStore', 'tooManyOpenings',
]);
/** A person has to help: the number is shown large. */
const CALL = new Set([
  'expired', 'onHold', 'paymentDue', 'doorsUnavailable', 'needsStaff', 'cancelled', 'powerLost',
  'grantNotValid', 'grantRevoked', 'grantClockUnknown',
]);

function refusalNext(refusal, facts, values) {
  if (refusal === 'alreadyCollected' && facts.at !== undefined) {
    return t('refused.alreadyCollected.nextWhen', { ...values, when: when(facts.at) });
  }
  if (refusal === 'wrongStore' && facts.storeName !== undefined) {
    return t('refused.wrongStore.nextStore', values);
  }
  if (refusal === 'tooEarly') values = { ...values, when: when(facts.from) };
  if (refusal === 'keypadLockedOut') {
    values = { ...values, minutes: tn('refused.minutes', Math.max(1, Math.ceil(facts.seconds / 60))) };
  }
  return t(`refused.${refusal}.next`, values);
}

/** Its lock was pulsed, its sensor saw nothing: the person's word counts. */
function sayOpen({ mayBeOpen }) {
  return mayBeOpen ? [{ label: t('button.doorIsOpen'), button: BUTTONS.doorIsOpen(), look: 'quiet' }] : [];
}

/** What all screens about one door have. */
function door(step, view, { tone, ajar = false }) {
  const eyebrow = [t('step.order', { order: step.orderNumber })];
  if (step.count > 1) eyebrow.push(t('step.door', step));
  return {
    tone,
    eyebrow: eyebrow.join(' · '),
    door: { label: step.compartment, place: place(step.compartment) },
    picture: () => drawWall(view.doors, { ajar, compartment: step.compartment }),
  };
}

/** How to hold the code, or, after a scan that could not be read, what helps; below it how the scanner is. */
function scanner({ scannerConnected, doors }, isCoached) {
  if (!scannerConnected) return h('div', { class: 'scan' }, drawWall(doors), scannerState('away', t('scanner.away')));
  if (isCoached) return h('div', { class: 'scan' }, tips(), scannerState('unclear', t('scanner.unclear')));
  const picture = h('img', { class: 'drawing', src: '/assets/scan.svg', alt: t('home.picture') });
  return h('div', { class: 'scan' }, picture, scannerState('ready', t('scanner.ready')));
}

function scannerState(look, words) {
  return h('p', { class: `scanner ${look}` }, words);
}

function tips() {
  const words = [t('coach.bright'), t('coach.distance'), t('coach.whole'), t('coach.type')];
  return h('ol', { class: 'tips' }, words.map((tip, index) => (
    h('li', {}, h('b', { class: 'plate', 'aria-hidden': 'true' }, String(index + 1)), h('span', {}, tip)))));
}
