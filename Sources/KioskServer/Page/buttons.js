// What each button sends: the JSON form of the station's `KioskButton`.

export const BUTTONS = {
  finish: () => ({ finish: {} }),
  moreTime: () => ({ moreTime: {} }),
  retry: () => ({ retry: {} }),
  reopen: () => ({ reopen: {} }),
  taken: () => ({ taken: {} }),
  doorDidNotOpen: () => ({ doorDidNotOpen: {} }),
  callSupport: () => ({ callSupport: {} }),
  supportYes: () => ({ supportYes: {} }),
  supportNo: () => ({ supportNo: {} }),
  doorIsOpen: () => ({ doorIsOpen: {} }),
  doorIsClosed: () => ({ doorIsClosed: {} }),
  startLoading: () => ({ startLoading: {} }),
  doesNotFit: () => ({ doesNotFit: {} }),
  parcelInside: () => ({ parcelInside: {} }),
  parcelNotInside: () => ({ parcelNotInside: {} }),
  recall: (compartment) => ({ recall: { _0: compartment } }),
  emptied: () => ({ emptied: {} }),
  notEmptied: () => ({ notEmptied: {} }),
  clear: (compartment, reason) => ({ clear: { _0: compartment, reason } }),
  menu: () => ({ menu: {} }),
  startWalk: () => ({ startWalk: {} }),
  walkOpen: () => ({ walkOpen: {} }),
  walkSkip: () => ({ walkSkip: {} }),
  walked: () => ({ walked: {} }),
};

/** The station's `ClearReason`, in the order in which they are offered. */
export const CLEAR_REASONS = ['contentsIntact', 'empty', 'contentsMissing', 'repaired', 'doorIsClosed'];
