// A customer on the phone with support: the number that support needs, and its question whether to open the door.

import { BUTTONS } from './buttons.js';
import { t } from './text.js';
import { drawWall, place } from './wall.js';

/** Where a customer can be stuck. */
const MAY_CALL = new Set(['doorStuck', 'refused']);

/** The screen with what support adds to it. */
export function withSupport(name, screen, view) {
  const { support } = view;
  if (support === undefined) return MAY_CALL.has(name) ? withCall(screen) : screen;
  if (support.opens !== undefined) {
    return about(support.opens, view, { tone: 'go', title: t('support.opens', { compartment: support.opens }) });
  }
  if (support.asksToOpen !== undefined) {
    return about(support.asksToOpen, view, {
      tone: 'ask',
      title: t('support.asks', { compartment: support.asksToOpen }),
      actions: [
        { label: t('support.yes'), button: BUTTONS.supportYes(), look: 'main', id: 'support-yes' },
        { label: t('support.no'), button: BUTTONS.supportNo(), look: 'quiet', id: 'support-no' },
      ],
    });
  }
  // Read out in two halves.
  const number = `${support.number.slice(0, 3)}\u00a0${support.number.slice(3)}`;
  return { ...screen, hint: t('support.number', { number }) };
}

function withCall(screen) {
  const call = { label: t('support.call'), button: BUTTONS.callSupport(), look: 'quiet', id: 'support' };
  return { ...screen, actions: [...(screen.actions ?? []), call] };
}

function about(compartment, view, screen) {
  return {
    ...screen,
    door: { label: compartment, place: place(compartment) },
    picture: () => drawWall(view.doors, { compartment }),
  };
}
