// The demo session of now, followed over one stream: whole states, so that nothing can be missed.
// A page that is not seen holds none (a browser has six connections to a host) and is told anew once
// it is seen again.
import { answering, tryNow } from "../shared/connection.js";
import { at } from "../shared/place.js";

const SILENT_MS = 40_000; // the stream beats every 15 s (ui/routes/session.py): so long means it is dead
const WATCH_MS = 5000;
const BROKEN_MS = 1000;

/**
 * Follow the session as the desk sees it; null where there is none. `elsewhere` is told what other
 * machines have, null where there are none.
 *
 * @param {(state: DeskState | null) => void} told
 * @param {(found: DeskElsewhere | null) => void} elsewhere
 */
export function followSession(told, elsewhere) {
  /** @type {EventSource | null} */
  let source = null;
  let heardAt = 0;
  let timer = 0;
  setInterval(() => source && performance.now() - heardAt > SILENT_MS && open(), WATCH_MS);

  function open() {
    close();
    if (document.hidden) return;
    const stream = new EventSource(at("/api/session/events?of=desk"));
    source = stream;
    heardAt = performance.now();
    stream.onmessage = (event) => {
      heardAt = performance.now();
      told(JSON.parse(event.data));
    };
    stream.addEventListener("elsewhere", ({ data }) => elsewhere(JSON.parse(data)));
    stream.addEventListener("beat", () => {
      heardAt = performance.now();
    });
    stream.onerror = () => {
      close(); // the browser would try again for itself, and nobody would be told
      tryNow().then(() => {
        if (answering()) timer = setTimeout(open, BROKEN_MS);
      });
    };
  }

  function close() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  for (const name of ["playground:back", "resume"]) document.addEventListener(name, open);
  addEventListener("online", open);
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && open());
  open();
}
