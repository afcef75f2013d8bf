// "Something is wrong": at each step of collecting, what can be the matter, what to try, and whom to call. The
// page asks; what is tried goes to the station as its own buttons.

import { BUTTONS } from './buttons.js';
import { sign } from './signs.js';
import { t } from './text.js';
import { drawWall, place } from './wall.js';

/** What can be wrong on which screen, the likeliest first. */
const PROBLEMS = {
  opening: ['stuck', 'find', 'reach'],
  takeParcel: ['empty', 'wrong', 'damaged', 'reach', 'close'],
  closeDoor: ['close', 'empty', 'wrong', 'damaged'],
  doorStuck: ['stuck', 'find', 'reach'],
  confirmTaken: ['stuck', 'empty', 'wrong', 'damaged'],
  done: ['left', 'empty', 'wrong', 'damaged'],
};

/** Whether a screen has the button. */
export function mayNeedHelp(name) {
  return Object.hasOwn(PROBLEMS, name);
}

/** The question, or what to do about `problem`. */
export function helpScreen(name, problem, context) {
  const { view, station, chooseProblem, leaveHelp } = context;
  const step = view.screen[name]._0;
  const back = {
    label: t('button.back'), id: 'help-back', look: 'quiet',
    action: problem === null ? leaveHelp : () => chooseProblem(null),
  };
  const values = { order: step.orderNumber, compartment: step.compartment ?? '', phone: station.phone };
  const common = {
    tone: 'ask',
    eyebrow: t('step.order', values),
    door: step.compartment === undefined
      ? undefined : { label: step.compartment, place: place(step.compartment) },
  };
  if (problem === null) {
    const choices = PROBLEMS[name].map((one) => choice(one, values, chooseProblem));
    return { ...common, title: t('help.title'), next: t('help.next'), actions: [...choices, back] };
  }
  return {
    ...common,
    title: t(`help.${problem}.title`, values),
    next: t(`help.${problem}.next`, values),
    hint: t('help.call', values),
    phone: true,
    picture: step.compartment === undefined
      ? () => sign('attention') : () => drawWall(view.doors, { compartment: step.compartment }),
    actions: [...remedy(name, problem, view.screen[name]), back],
  };
}

function choice(problem, values, chooseProblem) {
  return {
    label: t(`help.${problem}.title`, values), id: `help-${problem}`, look: 'choice',
    action: () => chooseProblem(problem),
  };
}

/** What the station can do about it now. */
function remedy(name, problem, { _0: step, canRetry }) {
  if (problem === 'stuck' && name === 'doorStuck' && canRetry) {
    return [{ label: t('button.retry'), button: BUTTONS.retry(), look: 'main' }];
  }
  if (problem === 'stuck' && name === 'confirmTaken') {
    return [{ label: t('button.doorDidNotOpen'), button: BUTTONS.doorDidNotOpen(), look: 'main' }];
  }
  if (name === 'done' && step.reopen !== undefined) {
    const label = t('button.reopen', { compartment: step.reopen });
    return [{ label, button: BUTTONS.reopen(), look: 'main' }];
  }
  return [];
}
