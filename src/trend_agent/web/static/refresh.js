// Keeps the list current. The browser sends If-None-Match by itself; an answer that says nothing new costs
// a few bytes. Rows stay the same elements while they change, so nothing jumps under the reader's eyes.

const EVERY = 15_000;
const SLOWEST = 240_000;
const pulse = document.getElementById("pulse");
let wait = EVERY;
let shown = "";
let timer;

async function look() {
  const answer = await fetch(location.href, { cache: "no-cache", signal: AbortSignal.timeout(20_000) });
  if (!answer.ok) {
    const after = Number(answer.headers.get("Retry-After"));
    throw Object.assign(new Error(`answer ${answer.status}`), { after });
  }
  const text = await answer.text();
  if (text !== shown) {
    shown = text;
    keepingPlace(() => renew(new DOMParser().parseFromString(text, "text/html")));
  }
}

function renew(fresh) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!other) continue;
    if (part.dataset.live === "trends") renewRows(part, other);
    else if (part.innerHTML !== other.innerHTML) {
      const words = pulse.textContent;
      part.replaceChildren(...other.childNodes);
      part.hidden = other.hidden;
      part.querySelector("#pulse")?.replaceWith(pulse);
      pulse.textContent = words;
    }
  }
}

function renewRows(list, other) {
  const known = new Map([...list.children].map((row) => [row.dataset.topic, row]));
  let place = list.firstElementChild;
  for (const next of [...other.children]) {
    let row = known.get(next.dataset.topic);
    known.delete(next.dataset.topic);
    if (!row) {
      row = document.importNode(next, true);
      row.classList.add("fresh");
    } else if (row.innerHTML !== next.innerHTML) {
      const focused = row.contains(document.activeElement);
      row.className = next.className;
      row.replaceChildren(...next.childNodes);
      if (focused) row.querySelector("a")?.focus({ preventScroll: true });
    }
    if (row === place) place = place.nextElementSibling;
    else list.insertBefore(row, place);
  }
  for (const gone of known.values()) gone.remove();
}

// The first row in sight stays where it is, whatever comes in above it.
function keepingPlace(change) {
  const row = scrollY > 0 && [...document.querySelectorAll(".trend")].find((r) => r.getBoundingClientRect().bottom > 0);
  const before = row ? row.getBoundingClientRect().top : 0;
  change();
  if (row && row.isConnected) scrollBy({ top: row.getBoundingClientRect().top - before, behavior: "instant" });
}

async function turn() {
  clearTimeout(timer);
  if (!document.hidden) {
    try {
      await look();
      wait = EVERY;
      pulse.textContent = "";
    } catch (fault) {
      wait = Math.min(SLOWEST, Math.max(2 * wait, 1000 * (fault.after || 0)));
      pulse.textContent = "not reachable, trying again";
    }
  }
  clearTimeout(timer);
  timer = setTimeout(turn, wait);
}

timer = setTimeout(turn, wait);
document.addEventListener("visibilitychange", () => document.hidden || turn());
addEventListener("online", turn);
