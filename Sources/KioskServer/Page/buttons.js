// What each button sends: the JSON form of the station's `KioskButton`.

export const BUTTONS = {
  finish: () => ({ finish: {} }),
  retry: () => ({ retry: {} }),
  reopen: () => ({ reopen: {} }),
  taken: () => ({ taken: {} }),
  doorDidNotOpen: () => ({ doorDidNotOpen: {} }),
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
  startScan: () => ({ startScan: {} }),
  startSetAddress: () => ({ startSetAddress: {} }),
  startOpenAll: () => ({ startOpenAll: {} }),
  seeDoors: () => ({ seeDoors: {} }),
  chooseBus: (bus) => ({ chooseBus: { _0: bus } }),
  chooseModel: (model) => ({ chooseModel: { _0: model } }),
  chooseAddress: (unit) => ({ chooseAddress: { _0: unit } }),
  scanLine: (everySpeed) => ({ scanLine: { everySpeed } }),
  go: () => ({ go: {} }),
  next: () => ({ next: {} }),
  stop: () => ({ stop: {} }),
  takeOutOfService: (compartment) => ({ takeOutOfService: { _0: compartment } }),
};

/** The station's `ClearReason`, in the order in which they are offered. */
export const CLEAR_REASONS = ['contentsIntact', 'empty', 'contentsMissing', 'repaired', 'doorIsClosed'];
