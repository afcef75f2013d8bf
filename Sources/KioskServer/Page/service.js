// What is shown while a technician works. Each function makes one screen's description from the view's values;
// see screens.js.

import { BUTTONS } from './buttons.js';
import { sign } from './signs.js';
import { t, tn } from './text.js';
import { drawWall, place } from './wall.js';

/** The number that proves that somebody stands at the wall. */
export function serviceNumber({ _0: step }, { view }) {
  const { number, compartment } = step;
  return {
    tone: 'ask',
    title: compartment === undefined
      ? t('serviceNumber.begin.title')
      : t('serviceNumber.open.title', { compartment }),
    next: t('serviceNumber.next', { number }),
    picture: () => drawWall(view.doors),
  };
}

/** A technician works at the wall. */
export function service({ _0: step }, { view }) {
  const { compartment, isOpen } = step;
  if (compartment === undefined) {
    return {
      tone: 'wait',
      title: t('service.title'),
      next: t('service.next'),
      picture: () => sign('clock'),
    };
  }
  return {
    tone: 'wait',
    title: t('service.door.title', { compartment }),
    next: t('service.next'),
    hint: isOpen ? t('service.close') : undefined,
    door: { label: compartment, place: place(compartment) },
    picture: () => drawWall(view.doors),
  };
}

/** A technician walks along the wall from the kiosk: one door after the other. */
export function walk({ _0: step }, { view }) {
  const { compartment = '', stage, left, other = '' } = step;
  const again = { label: t('button.walkAgain'), button: BUTTONS.walkOpen(), look: 'choice' };
  const skip = { label: t('button.walkSkip'), button: BUTTONS.walkSkip(), look: 'quiet' };
  const actions = {
    ready: [{ label: t('button.walkOpen'), button: BUTTONS.walkOpen(), look: 'main' }, skip],
    confirm: [{ label: t('button.walked'), button: BUTTONS.walked(), look: 'main' }, again, skip],
    crossed: [again, skip],
    stayedShut: [again, skip],
  };
  const ends = stage === 'opening' || stage === 'open'
    ? [] : [{ label: t('button.walkEnd'), button: BUTTONS.finish(), look: 'quiet' }];
  const description = {
    tone: stage === 'crossed' || stage === 'stayedShut' ? 'stop' : 'staff',
    eyebrow: tn('walk.left', left),
    title: t(`walk.${stage}.title`, { compartment, other }),
    next: t(`walk.${stage}.next`, { compartment, other }),
    actions: [...(actions[stage] ?? []), ...ends],
  };
  if (compartment === '') return { ...description, picture: () => sign('badge') };
  return {
    ...description,
    door: { label: compartment, place: place(compartment) },
    picture: () => drawWall(view.doors, { ajar: stage === 'open', compartment }),
  };
}
