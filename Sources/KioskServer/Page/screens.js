// Every screen of the station's `KioskScreen`, by its name in the view's JSON.
//
// A screen's function gets the screen's values and a context, and returns a description:
//   tone     how it looks: home, go, wait, stop, ask, thanks, staff
//   eyebrow  a line above the title: which order, which door
//   title    what this is about, and next: what to do now; hint: what else helps
//   door     {label, place} of the one door this is about
//   picture  makes the picture; content: anything else, such as lists; phone: show the number large
//   keypad   {kind, send}: a keypad for a code or PIN, and how to send what was typed
//   actions  [{label, button or action, look}], the most likely one first

import {
  cannotServe, closeDoor, confirmTaken, done, doorStuck, home, opening, refused, takeParcel,
} from './customer.js';
import {
  loadConfirm, loadOpening, loadPutIn, loadScan, recallConfirm, recallOpening, recallTakeOut, staffMenu,
  staffPIN, wallFull,
} from './staff.js';
import { service, serviceNumber, walk } from './service.js';
import { busTool, openAll, wallDoors } from './tools.js';

export const SCREENS = {
  home,
  cannotServe,
  opening,
  takeParcel,
  closeDoor,
  doorStuck,
  confirmTaken,
  done,
  refused,
  staffPIN,
  staffMenu,
  loadScan,
  loadOpening,
  loadPutIn,
  loadConfirm,
  wallFull,
  recallOpening,
  recallTakeOut,
  recallConfirm,
  serviceNumber,
  service,
  walk,
  busTool,
  wallDoors,
  openAll,
};
