// What staff see. Each function makes one screen's description from the view's values; see screens.js.

import { BUTTONS, CLEAR_REASONS } from './buttons.js';
import { h } from './dom.js';
import { sign } from './signs.js';
import { number, t, tn } from './text.js';
import { drawWall, place } from './wall.js';

/** A badge was read. */
export function staffPIN() {
  return {
    tone: 'staff',
    title: t('staffPIN.title'),
    next: t('staffPIN.next'),
    picture: () => sign('badge'),
    keypad: { kind: 'pin', send: (text) => ({ pin: text }) },
    actions: [{ label: t('button.cancel'), button: BUTTONS.finish(), look: 'quiet' }],
  };
}

/** What is to do; or, while a person clears a door, what they found behind it. */
export function staffMenu({ _0: menu }, context) {
  const clearing = menu.attention.find((item) => item.compartment === context.clearing && item.clearable);
  return clearing === undefined ? overview(menu, context) : clearDoor(clearing, context);
}

function overview(menu, { openClear, actionButton }) {
  const free = menu.free.map(({ size, count }) => {
    const words = t(`size.${size}`);
    return h('li', {}, h('b', {}, number(count)), ` ${words}`);
  });
  return {
    tone: 'staff',
    title: t('staffMenu.title'),
    next: menu.toLoad > 0 ? tn('staffMenu.toLoad', menu.toLoad) : t('staffMenu.toLoad.none'),
    content: h('div', { class: 'lists' },
      h('section', { class: 'free' }, h('h2', {}, t('staffMenu.free')),
        free.length > 0 ? h('ul', {}, free) : h('p', {}, t('staffMenu.free.none'))),
      section(t('staffMenu.attention'), t('staffMenu.attention.none'), menu.attention.map((item) => {
        const attention = item.reason;
        const clear = {
          label: t('button.clear'),
          action: () => openClear(item.compartment),
          look: 'small',
          id: `clear-${item.compartment}`,
        };
        return row(item.compartment, t(`attention.${attention}.title`), t(`attention.${attention}.next`),
          item.clearable ? actionButton(clear) : null, 'alarm');
      })),
      section(t('staffMenu.recall'), t('staffMenu.recall.none'), menu.toRecall.map((item) => row(
        item.compartment, t('step.order', { order: item.orderNumber }), place(item.compartment),
        actionButton({
          label: t('button.recall'),
          button: BUTTONS.recall(item.compartment),
          look: 'small',
          id: `recall-${item.compartment}`,
        }),
      )))),
    actions: [
      { label: t('button.startLoading'), button: BUTTONS.startLoading(), look: 'main' },
      ...(menu.toWalk > 0
        ? [{ label: tn('button.startWalk', menu.toWalk), button: BUTTONS.startWalk(), look: 'quiet' }] : []),
      { label: t('button.signOut'), button: BUTTONS.finish(), look: 'quiet' },
    ],
  };
}

function clearDoor(item, { view, openClear }) {
  const attention = item.reason;
  return {
    tone: 'ask',
    eyebrow: t(`attention.${attention}.title`),
    title: t('clear.title', item),
    next: t('clear.next'),
    door: { label: item.compartment, place: place(item.compartment) },
    picture: () => drawWall(view.doors, { compartment: item.compartment }),
    actions: [
      ...clearReasons(item, view).map((clearReason) => ({
        label: t(`clear.${clearReason}`),
        button: BUTTONS.clear(item.compartment, clearReason),
        look: 'choice',
        id: `clear-${clearReason}`,
      })),
      { label: t('button.back'), action: () => openClear(null), look: 'quiet', id: 'clear-back' },
    ],
  };
}

/** That a door is shut is asked only of one that is drawn open, and of one left open nothing else. */
function clearReasons(item, view) {
  const looksOpen = view.doors.some((one) => one.compartment === item.compartment && one.look === 'open');
  return CLEAR_REASONS.filter((reason) => (
    reason === 'doorIsClosed' ? looksOpen : item.reason !== 'leftOpen'
  ));
}

/** Scan the next label. */
export function loadScan({ lastLoaded = null, waiting }) {
  return {
    tone: 'staff',
    eyebrow: lastLoaded === null ? null : t('loadScan.loaded', { compartment: lastLoaded }),
    title: t('loadScan.title'),
    next: waiting > 0 ? tn('loadScan.waiting', waiting) : t('loadScan.waiting.none'),
    hint: t('loadScan.hint'),
    picture: () => h('img', { class: 'drawing', src: '/assets/label.svg', alt: t('loadScan.picture') }),
    actions: [
      { label: t('button.menu'), button: BUTTONS.menu(), look: 'main' },
      { label: t('button.signOut'), button: BUTTONS.finish(), look: 'quiet' },
    ],
  };
}

/** A compartment opens for the parcel. */
export function loadOpening({ _0: step, attempt }, { view }) {
  return {
    ...load(step, view, { tone: 'go' }),
    title: t('opening.title', step),
    next: attempt > 1 ? t('opening.again.next') : t('loadOpening.next'),
    actions: doubt(step, { label: t('button.doorIsOpen'), button: BUTTONS.doorIsOpen() }),
  };
}

/** Put the parcel in. */
export function loadPutIn({ _0: step }, { view }) {
  return {
    ...load(step, view, { tone: 'go', ajar: true }),
    title: t('loadPutIn.title', step),
    next: t('loadPutIn.next'),
    hint: step.largerIsFree ? t('loadPutIn.larger') : t('loadPutIn.noLarger'),
    actions: [
      ...doubt(step, { label: t('button.doorIsClosed'), button: BUTTONS.doorIsClosed() }),
      { label: t('button.doesNotFit'), button: BUTTONS.doesNotFit(), look: 'quiet' },
    ],
  };
}

/** The door was closed at once. */
export function loadConfirm({ _0: step }, { view }) {
  return {
    ...load(step, view, { tone: 'ask' }),
    title: t('loadConfirm.title', step),
    next: t('loadConfirm.next'),
    actions: [
      { label: t('button.parcelInside'), button: BUTTONS.parcelInside(), look: 'main' },
      { label: t('button.parcelNotInside'), button: BUTTONS.parcelNotInside(), look: 'quiet' },
    ],
  };
}

/** No free compartment fits. */
export function wallFull({ orderNumber, size }, { view }) {
  return {
    tone: 'wait',
    eyebrow: `${t('step.order', { order: orderNumber })} · ${t(`size.${size}`)}`,
    title: t('wallFull.title'),
    next: t('wallFull.next'),
    hint: t('wallFull.hint'),
    picture: () => drawWall(view.doors),
    actions: [{ label: t('button.menu'), button: BUTTONS.menu(), look: 'main' }],
  };
}

/** A compartment opens to be emptied. */
export function recallOpening({ _0: step, attempt }, { view }) {
  return {
    ...recall(step, view, { tone: 'go' }),
    title: t('opening.title', step),
    next: attempt > 1 ? t('opening.again.next') : t('recallOpening.next'),
    actions: doubt(step, { label: t('button.doorIsOpen'), button: BUTTONS.doorIsOpen() }),
  };
}

/** Take everything out. */
export function recallTakeOut({ _0: step }, { view }) {
  return {
    ...recall(step, view, { tone: 'go', ajar: true }),
    title: t('recallTakeOut.title', step),
    next: t('recallTakeOut.next'),
    actions: doubt(step, { label: t('button.doorIsClosed'), button: BUTTONS.doorIsClosed() }),
  };
}

/** Is it empty? */
export function recallConfirm({ _0: step }, { view }) {
  return {
    ...recall(step, view, { tone: 'ask' }),
    title: t('recallConfirm.title', step),
    next: t('recallConfirm.next'),
    actions: [
      { label: t('button.emptied'), button: BUTTONS.emptied(), look: 'main' },
      { label: t('button.notEmptied'), button: BUTTONS.notEmptied(), look: 'quiet' },
    ],
  };
}

/** A person's word against the door's sensor, where it counts. */
function doubt({ mayDoubtSensor }, action) {
  return mayDoubtSensor ? [{ ...action, look: 'quiet' }] : [];
}

function load(step, view, look) {
  const eyebrow = t('step.parcel', { order: step.orderNumber, parcel: step.parcel });
  return { ...recall(step, view, look), eyebrow };
}

function recall(step, view, { tone, ajar = false }) {
  return {
    tone,
    eyebrow: t('step.order', { order: step.orderNumber }),
    door: { label: step.compartment, place: place(step.compartment) },
    picture: () => drawWall(view.doors, { ajar, compartment: step.compartment }),
  };
}

function section(title, none, rows) {
  const list = rows.length > 0 ? h('ul', { class: 'rows' }, rows) : h('p', {}, none);
  return h('section', {}, h('h2', {}, title), list);
}

function row(label, title, detail, action, look = '') {
  const words = h('div', {}, h('p', {}, title), h('p', { class: 'detail' }, detail));
  return h('li', { class: look }, h('b', { class: 'plate' }, label), words, action);
}
