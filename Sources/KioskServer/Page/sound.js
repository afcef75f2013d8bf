// Says aloud what the screen says: by the browser's speech where this machine has a voice for the language, by a few
// tones where it has none. Staff work to tones only.

import { wordsOf } from './stage.js';
import { currentLanguage } from './text.js';

/** Hertz, one after the other, for each tone of a screen; others are silent. */
const TONES = {
  go: [660, 880], thanks: [660, 880, 1100], wait: [520, 520], ask: [590, 590], stop: [330, 260],
};
const NOTE_S = 0.13;
const LOUDNESS = 0.12;
const FOR_STAFF = /^(staff|load|recall|wall|service|walk)/;

let isOn = true;
let audio = null;

/** Switches it; what is being said ends. */
export function setSound(on) {
  if (isOn && !on) window.speechSynthesis?.cancel();
  isOn = on;
}

/** Says the screen `name`, described by `screen`. The home screen waits in silence. */
export function sayAloud(name, screen) {
  if (!isOn) return;
  window.speechSynthesis?.cancel();
  if (name === 'home') return;
  const voice = FOR_STAFF.test(name) ? undefined : voiceFor(currentLanguage());
  if (voice === undefined) return play(TONES[screen.tone] ?? []);
  const words = new SpeechSynthesisUtterance(wordsOf(screen));
  words.voice = voice;
  words.lang = voice.lang;
  words.rate = 0.95;
  window.speechSynthesis.speak(words);
}

/** Only a voice of this machine: nothing that is said here goes over a network. */
function voiceFor(language) {
  const voices = window.speechSynthesis?.getVoices() ?? [];
  return voices.find((voice) => voice.localService && voice.lang.slice(0, 2) === language);
}

function play(tones) {
  if (tones.length === 0 || window.AudioContext === undefined) return;
  audio ??= new AudioContext();
  // Without a touch before it, a browser that is not set up as a kiosk keeps silent.
  if (audio.state === 'suspended') audio.resume();
  tones.forEach((hertz, index) => {
    const at = audio.currentTime + index * NOTE_S;
    const oscillator = audio.createOscillator();
    const volume = audio.createGain();
    oscillator.frequency.value = hertz;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.01);
    volume.gain.linearRampToValueAtTime(0, at + NOTE_S);
    oscillator.connect(volume).connect(audio.destination);
    oscillator.start(at);
    oscillator.stop(at + NOTE_S);
  });
}
