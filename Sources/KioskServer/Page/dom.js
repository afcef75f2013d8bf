// Makes elements. Text is only ever set as text: nothing here parses markup.

/** An element with properties (attributes, `on…` handlers) and children (nodes, texts; null is skipped). */
export function h(name, properties = {}, ...children) {
  return fill(document.createElement(name), properties, children);
}

/** As `h`, for drawings. */
export function svg(name, properties = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), properties, children);
}

function fill(element, properties, children) {
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Calls `action` on a touch at once, and on the keyboard's or a screen reader's click. */
export function onTouch(element, action) {
  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    action();
  });
  element.addEventListener('click', (event) => {
    if (event.detail === 0) action();
  });
}
