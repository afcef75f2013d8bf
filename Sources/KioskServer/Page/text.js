// Every word on the screen comes from the string files, through `t` and `tn`.

/** Languages written from right to left. */
const RIGHT_TO_LEFT = new Set(['ar']);

const catalogues = new Map();
let language = 'en';
let timeZone;

/** Loads all string files, so that a language is one tap away even when the station does not answer. */
export async function loadTexts(languages) {
  await Promise.all(languages.map(async (name) => {
    const response = await fetch(`/strings/${name}.json`);
    if (!response.ok) throw new Error(`no strings for ${name}`);
    catalogues.set(name, await response.json());
  }));
}

/** The time zone of the store: times are said in it. */
export function setTimeZone(name) {
  timeZone = name;
}

export function setLanguage(name) {
  language = catalogues.has(name) ? name : language;
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.has(language) ? 'rtl' : 'ltr';
  document.title = t('page.title');
}

export function currentLanguage() {
  return language;
}

/** The name of a language in that language. */
export function languageName(name) {
  return catalogues.get(name)['language.name'];
}

/** The text of `key`, its {placeholders} filled from `values`. */
export function t(key, values = {}) {
  const text = catalogues.get(language)?.[key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? isolated(values[name]) : whole));
}

/** The text for a number of things: `key.one`, `key.few`, … as the language wants it. */
export function tn(key, count, values = {}) {
  const plural = new Intl.PluralRules(language).select(count);
  const own = `${key}.${plural}`;
  const form = catalogues.get(language)?.[own] === undefined ? `${key}.other` : own;
  return t(form, { ...values, count });
}

/** A number or label keeps its own direction in a text that runs the other way (Unicode: first strong isolate). */
function isolated(value) {
  return RIGHT_TO_LEFT.has(language) ? `\u2068${value ?? ''}\u2069` : value ?? '';
}

/** The digits 0 to 9 in every language: labels, codes and keys have them. */
function locale() {
  return `${language}-u-nu-latn`;
}

/** A station time (milliseconds) as people say it. */
export function when(milliseconds) {
  const form = { weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', timeZone };
  return new Intl.DateTimeFormat(locale(), form).format(new Date(milliseconds));
}

/** A number as people write it. */
export function number(value) {
  return new Intl.NumberFormat(locale()).format(value);
}

/** Several labels as one phrase. */
export function list(labels) {
  return new Intl.ListFormat(language, { type: 'conjunction' }).format(labels);
}

/** Minutes and seconds left. */
export function countdown(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
