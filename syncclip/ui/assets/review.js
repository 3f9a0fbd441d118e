// The review: a list of segments, the one that is chosen, and what can be done to it.
// Gradio runs this once with `element`, `props`, `server` and `watch`.
const root = element.querySelector(".sr");
const state = { path: "", after: -1, language: "en", words: {}, rows: [], movies: [], undo: null,
  chosen: 0, filter: "all", asked: 0, busy: false, said: "" };
const pictures = new Map();
const PARTS = ["start", "middle", "end"];
const FILTERS = {
  all: () => true,
  look: (row) => row.tier === "review" && !row.corrected,
  unmatched: (row) => row.tier === "unmatched",
  done: (row) => row.corrected !== "",
};

const word = (name) => state.words[name] ?? name;
const make = (tag, kind = "", text = "", more = {}) => {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  if (text !== "") made.textContent = text;
  return Object.assign(made, more);
};
const button = (kind, text, act, more = {}) =>
  make("button", kind, text, { type: "button", onclick: act, ...more });
const clock = (seconds) => {
  const all = Math.max(0, Math.round(seconds * 1000)), minutes = Math.floor(all / 60000);
  const rest = ((all % 60000) / 1000).toFixed(3).padStart(6, "0");
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
};
const whole = (part) => part.every((share, at) => Math.abs(share - (at < 2 ? 0 : 1)) < 0.006);
const percent = (share) => `${Math.round(share * 100)} %`;
const row = () => state.rows[state.chosen];
const shown = () => state.rows.filter(FILTERS[state.filter]);

async function ask(name, more = {}) {
  const answer = await server[name]({ path: state.path, language: state.language, ...more });
  return answer ?? { error: word("noanswer") };
}

async function load() {
  const turn = ++state.asked;
  pictures.clear();
  root.replaceChildren(make("p", "sr-empty", word(state.path ? "loading" : "empty")));
  state.rows = [];
  if (!state.path) return;
  const found = await ask("review_load");
  if (turn !== state.asked) return;
  if (found.error) {
    root.replaceChildren(make("p", "sr-empty sr-wrong", found.error));
    return;
  }
  Object.assign(state, { rows: found.segments, movies: found.movies, undo: found.undo, said: "" });
  state.chosen = Math.min(state.chosen, state.rows.length - 1);
  draw();
}

async function show(segment) {
  if (state.busy && !pictures.has(segment)) return;
  const found = await pictured(segment);
  if (row() !== segment) return;  // another was chosen meanwhile
  for (const figure of root.querySelectorAll(".sr-frame")) {
    const uri = found[figure.dataset.picture];
    if (uri) figure.firstChild.src = uri;
    figure.classList.add(uri ? "there" : "missing");
    if (!uri) pictures.delete(segment);  // its file may be back the next time
  }
  const next = shown()[shown().indexOf(segment) + 1];
  if (next && !state.busy) pictured(next);
}

function pictured(segment) {
  if (!pictures.has(segment)) {
    const wanted = ask("review_pictures", { n: segment.n });
    pictures.set(segment, wanted.then((answer) => answer.pictures ?? {}));
  }
  return pictures.get(segment);
}

// What a change will come to, shown at once: it stands when the server has said so.
const GUESSED = {
  accept: (before) => ({ ...before, tier: "exact", confidence: 1, corrected: "accept" }),
  reject: (before) => ({ ...before, tier: "unmatched", corrected: "reject", place: {} }),
  swap: (before, { to }) => ({ ...before, tier: "exact", confidence: 1, corrected: "swap",
    place: before.others[to - 1] }),
};

async function change(action, more = {}) {
  if (state.busy || (action === "undo" && !state.undo)) return;
  const before = row();
  state.busy = true;
  if (GUESSED[action]) put([GUESSED[action](before, more)]);
  say(word("saving"));
  const answer = await ask("review_change", { action, n: before.n, ...more });
  state.busy = false;
  if (answer.error) {
    if (GUESSED[action]) put([before]);
    return say(answer.error, true);
  }
  state.undo = answer.undo;
  if (action === "undo" && answer.rows.length) state.chosen = answer.rows[0].n - 1;
  state.said = word("saved");
  put(answer.rows);
}

// Take rows over in place of those of the same numbers; pictures that stay the same are kept.
function put(rows) {
  const seen = ({ frames, place, others }) => JSON.stringify([frames, place, others]);
  let anew = false;  // whether one comes into the list, or leaves it
  for (const changed of rows) {
    const old = state.rows[changed.n - 1];
    if (pictures.has(old) && (seen(old) === seen(changed) || !changed.place.movie))
      pictures.set(changed, pictures.get(old));
    state.rows[changed.n - 1] = changed;
    const item = root.querySelector(`.sr-row[data-n="${changed.n}"]`);
    if (!item === FILTERS[state.filter](changed)) anew = true;
    else item?.replaceWith(listed(changed));
  }
  drawBar();
  if (anew) drawList();
  else mark();
  drawDetail();
}

function say(text, wrong = false) {
  state.said = text;
  const place = root.querySelector(".sr-said");
  place.textContent = text;
  place.classList.toggle("sr-wrong", wrong);
}

const KEYS = {
  j: () => step(1), k: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1),
  a: () => change("accept"), x: () => row().place.movie && change("reject"), u: () => change("undo"),
  ",": () => row().place.movie && change("nudge", { slip_frames: -1 }),
  ".": () => row().place.movie && change("nudge", { slip_frames: 1 }),
};
for (const rank of [1, 2, 3, 4])
  KEYS[rank] = () => row().others.length >= rank && change("swap", { to: rank });

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!root.offsetParent || !state.rows.length || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});

function told() {
  const said = JSON.parse(props.value || "{}");
  const other = said.path !== state.path;
  const anew = other || said.after !== state.after;
  if (other) Object.assign(state, { chosen: 0, filter: "all" });
  Object.assign(state, said);
  if (anew || !state.rows.length) load();
  else draw();
}
watch("value", told);
told();
