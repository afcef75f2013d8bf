// What a technician or manager sees while they use a tool: boards of a bus, every door, all doors one after the
// other. Each function makes one screen's description from the view's values; see screens.js.

import { BUTTONS } from './buttons.js';
import { h } from './dom.js';
import { sign } from './signs.js';
import { list, t, tn } from './text.js';
import { drawWall, place } from './wall.js';

const toMenu = () => ({ label: t('button.menu'), button: BUTTONS.menu(), look: 'quiet' });
const choice = (label, button) => ({ label, button, look: 'choice', id: label });

/** The boards of a bus: looking for them, giving one another address. */
export function busTool({ _0: step }) {
  const { tool } = step;
  const { bus = '', model = '', unit = '', target = '', stage: busStage } = tool;
  const values = { bus, model, unit, target };
  const trouble = tool.trouble ?? null;
  return {
    tone: busStage === 'failed' ? 'stop' : 'staff',
    eyebrow: tool.job === 'scan' ? t('button.startScan') : t('button.startSetAddress'),
    title: t(`busTool.${busStage}.title`, values),
    next: trouble === null ? t(`busTool.${busStage}.next`, values) : troubleText(trouble, values),
    hint: progressText(step.progress),
    content: busStage === 'scanned' ? findings(tool) : undefined,
    picture: busStage === 'scanned' ? undefined : () => sign(busStage === 'changed' ? 'tick' : 'badge'),
    actions: busActions(step, busStage),
  };
}

function troubleText(busTrouble, values) {
  return t(`busTool.trouble.${busTrouble}`, values);
}

function progressText(progress = null) {
  return progress === null ? undefined : t('busTool.progress', progress);
}

function busActions({ tool, buses, models, addresses }, stage) {
  const actions = {
    chooseBus: () => buses.map((name) => choice(name, BUTTONS.chooseBus(name))),
    chooseSpeeds: () => [
      { label: t('button.ownSpeed'), button: BUTTONS.scanLine(false), look: 'main' },
      { label: t('button.everySpeed'), button: BUTTONS.scanLine(true), look: 'choice' },
    ],
    chooseModel: () => models.map((name) => choice(name, BUTTONS.chooseModel(name))),
    connect: () => [{ label: t('button.connected'), button: BUTTONS.go(), look: 'main' }],
    running: () => [{ label: t('button.stop'), button: BUTTONS.stop(), look: 'main' }],
    found: () => addresses.map((unit) => choice(t('button.address', { unit }), BUTTONS.chooseAddress(unit))),
    failed: () => [{ label: t('button.tryAgain'), button: BUTTONS.go(), look: 'main' }],
  };
  const own = actions[stage]?.() ?? [];
  return tool.order === undefined ? [...own, toMenu()] : own;
}

function findings({ found, isCutShort }) {
  const rows = found.map((board) => h('li', { class: board.isCollision ? 'alarm' : '' },
    h('b', { class: 'plate' }, String(board.unit)),
    h('div', {}, h('p', {}, findingText(board)), h('p', { class: 'detail' }, board.line ?? ''))));
  return h('div', { class: 'lists' }, h('section', {},
    h('h2', {}, tn('busTool.count', found.length)),
    rows.length > 0 ? h('ul', { class: 'rows' }, rows) : h('p', {}, t('busTool.nothing')),
    isCutShort ? h('p', {}, t('busTool.cutShort')) : null));
}

function findingText({ isCollision, isEveryAddress, models }) {
  if (isCollision) return t('busTool.collision');
  const names = models.length === 0 ? t('busTool.unknownModel') : list(models);
  if (isEveryAddress) return t('busTool.everyAddress', { models: names });
  return models.length > 1 ? t('busTool.oneOf', { models: names }) : names;
}

/** Every door, and which may be taken out of service. */
export function wallDoors({ _0: step }, { view, actionButton }) {
  const rows = step.mayTakeOut.map((compartment) => h('li', {},
    h('b', { class: 'plate' }, compartment), h('div', {}, h('p', {}, place(compartment))),
    actionButton({
      label: t('button.takeOut'),
      button: BUTTONS.takeOutOfService(compartment),
      look: 'small',
      id: `take-out-${compartment}`,
    })));
  return {
    tone: 'staff',
    title: t('wallDoors.title'),
    next: t('wallDoors.next'),
    picture: () => drawWall(view.doors),
    content: rows.length > 0 ? h('div', { class: 'lists' }, h('ul', { class: 'rows' }, rows)) : undefined,
    actions: [{ ...toMenu(), look: 'main' }],
  };
}

/** All doors, one after the other. */
export function openAll({ _0: step }, { view }) {
  const { compartment = '', stage: openStage, seconds = 0, pause: openPause = null } = step;
  const values = { ...step, compartment, seconds };
  const go = { label: t('button.openAllGo'), button: BUTTONS.go(), look: 'main' };
  const stop = { label: t('button.stop'), button: BUTTONS.stop(), look: 'main' };
  const next = { label: t('button.openAllNext'), button: BUTTONS.next(), look: 'main' };
  const actions = {
    toConfirm: [go, toMenu()],
    opening: [stop],
    open: [stop],
    word: [next, { ...stop, look: 'quiet' }],
    resting: [stop],
    paused: [go, toMenu()],
    done: [{ ...toMenu(), look: 'main' }],
  };
  const hints = [
    openPause === null || openStage === 'toConfirm' ? '' : t(`openAll.pause.${openPause}`),
    step.failed.length > 0 ? t('openAll.failed', { doors: list(step.failed) }) : '',
    step.leftOut.length > 0 ? t('openAll.leftOut', { doors: list(step.leftOut) }) : '',
  ].filter((text) => text !== '');
  return {
    tone: openStage === 'toConfirm' || openStage === 'paused' ? 'ask' : 'staff',
    eyebrow: tn('openAll.count', step.opened),
    title: t(`openAll.${openStage}.title`, values),
    next: t(`openAll.${openStage}.next`, values),
    hint: hints.length > 0 ? hints.join(' ') : undefined,
    door: compartment === '' ? undefined : { label: compartment, place: place(compartment) },
    picture: () => drawWall(view.doors, { ajar: openStage === 'open', compartment }),
    actions: actions[openStage],
  };
}
