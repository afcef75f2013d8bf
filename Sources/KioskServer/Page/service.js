// What is shown while a technician works. Each function makes one screen's description from the view's values;
// see screens.js.

import { sign } from './signs.js';
import { t } from './text.js';
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
