// The event stream, and what is sent back. Knows within seconds when the station does not answer, and never
// gives up.

const SILENCE_MS = 2200;
const RETRY_MS = 500;

/**
 * Follows `/events` for ever. `onView(view)` for every view, `onLost()` once nothing has come for a while.
 * A server with another version of the page than `version` makes the page load itself again.
 */
export function follow({ version, onView, onLost }) {
  let heard = performance.now();
  let lost = false;

  setInterval(() => {
    if (performance.now() - heard < SILENCE_MS || lost) return;
    lost = true;
    onLost();
  }, 250);

  async function once() {
    const controller = new AbortController();
    // A server that takes the connection and says nothing is as silent as none.
    let patience = setTimeout(() => controller.abort(), SILENCE_MS);
    const response = await fetch('/events', { signal: controller.signal, cache: 'no-store' });
    if (!response.ok) throw new Error(`events: ${response.status}`);
    if (response.headers.get('Kiosk-Page') !== version) return location.reload();
    let revision = -1;
    let buffer = '';
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(patience);
      patience = setTimeout(() => controller.abort(), SILENCE_MS);
      if (!lost) heard = performance.now();
      buffer += decoder.decode(value, { stream: true });
      const events = buffer.split('\n\n');
      buffer = events.pop();
      for (const event of events) {
        const data = event.split('\n').find((line) => line.startsWith('data: '));
        if (data === undefined) continue;
        const view = JSON.parse(data.slice(6));
        if (view.revision < revision) continue;
        revision = view.revision;
        // Only a view proves that the station is back: bytes alone may come from a server without one.
        heard = performance.now();
        lost = false;
        onView(view);
      }
    }
  }

  (async () => {
    for (;;) {
      try {
        await once();
      } catch {
        // The reason is of no use to whoever stands here; what matters is shown by `onLost`.
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  })();
}

/**
 * Loads the page again after `delay`, once the station answers: loaded from a station that is gone, it would be the browser's
 * own error page, which nobody gets away from.
 */
export async function reloadWhenServed(delay) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, delay));
    try {
      const response = await fetch('/station.json', { cache: 'no-store', signal: AbortSignal.timeout(SILENCE_MS) });
      if (response.ok) return location.reload();
    } catch {
      // Not yet.
    }
  }
}

/** Sends an input; says whether the station has taken it. */
export async function send(input) {
  try {
    const response = await fetch('/input', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(input),
      signal: AbortSignal.timeout(8000),
    });
    return response.ok;
  } catch {
    return false;
  }
}
