// Every word on the screen comes from the string files, through `t` and `tn`.

const catalogues = new Map();
let language = 'en';

/** Loads all string files, so that a language is one tap away even when the station does not answer. */
export async function loadTexts(languages) {
  await Promise.all(languages.map(async (name) => {
    const response = await fetch(`/strings/${name}.json`);
    if (!response.ok) throw new Error(`no strings for ${name}`);
    catalogues.set(name, await response.json());
  }));
}

export function setLanguage(name) {
  language = catalogues.has(name) ? name : language;
  document.documentElement.lang = language;
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
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The text for a number of things: `key.one`, `key.other`, … as the language wants it. */
export function tn(key, count, values = {}) {
  const plural = new Intl.PluralRules(language).select(count);
  return t(`${key}.${plural}`, { ...values, count });
}

/** A station time (milliseconds) as people say it. */
export function when(milliseconds) {
  const form = { weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' };
  return new Intl.DateTimeFormat(language, form).format(new Date(milliseconds));
}

/** Several labels as one phrase. */
export function list(labels) {
  return new Intl.ListFormat(language, { type: 'conjunction' }).format(labels);
}

/** Minutes and seconds left. */
export function countdown(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
