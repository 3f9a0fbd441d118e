"use strict";
const facts = JSON.parse(document.getElementById("facts").textContent);
const segments = JSON.parse(document.getElementById("segments").textContent);
const stored = document.getElementsByClassName("pictures");
const list = document.getElementById("list");
const rows = Array.from(list.children);
const detail = document.getElementById("detail");
const help = document.getElementById("help");
const plots = ["match", "confidence"].map((id) => document.getElementById(id));
const state = { chosen: 0, filter: "all", other: -1, difference: true };

const wanted = {
  all: () => true,
  review: (s) => s.tier === "review",
  unmatched: (s) => s.tier === "unmatched",
  low: (s) => Boolean(s.place.movie) && s.confidence < facts.low,
};
const wantsLook = (s) => s.tier === "review" || s.tier === "unmatched" || wanted.low(s);

/** An element with a class and text: text of strangers never becomes markup. */
function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/** The pictures of a segment by name. They stay text until they are looked at. */
function picturesOf(index) {
  const found = new Map();
  for (const line of stored[index].textContent.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) found.set(line.slice(0, at), line.slice(at + 1));
  }
  return found;
}

function frame(aspect) {
  const box = make("div", "frame");
  box.style.aspectRatio = String(aspect);
  box.style.width = `min(100%, ${44 * aspect}vh)`;
  return box;
}

function image(uri, alt) {
  if (!uri) return make("div", "missing", "not at hand");
  const picture = make("img");
  picture.src = uri;
  picture.alt = alt;
  return picture;
}

/** The part of the movie's picture that the commentary shows, as it shows it. */
function shownPart(uri, place) {
  const [x, y, w, h] = place.shown;
  const part = make("div", "fit" + (place.mirrored ? " mirror" : ""));
  if (uri) part.style.backgroundImage = `url("${uri}")`;
  part.style.backgroundSize = `${100 / w}% ${100 / h}%`;
  const along = (start, length) => (length < 1 ? (100 * start) / (1 - length) : 0);
  part.style.backgroundPosition = `${along(x, w)}% ${along(y, h)}%`;
  return part;
}

const whole = ([, , w, h]) => w >= 0.995 && h >= 0.995;

/** An element over a part of the one that holds it: left, top, width, height in fractions. */
function over(element, [x, y, w, h]) {
  element.style.left = `${100 * x}%`;
  element.style.top = `${100 * y}%`;
  element.style.width = `${100 * w}%`;
  element.style.height = `${100 * h}%`;
  return element;
}

/** A frame's picture and, where that is not all of it, a box around a part. */
function boxed(box, picture, part) {
  box.append(picture);
  if (!whole(part)) box.append(over(make("div", "box"), part));
  return box;
}

function movieFrame(uri, place) {
  return boxed(frame(facts.aspects[place.movie] || 16 / 9), image(uri, "movie"), place.shown);
}

/** The movie's picture where the commentary shows it: itself, or how far the two differ. */
function comparison(name, commentary, uri, place, pane) {
  const compared = frame(facts.aspects[""]);
  const part = shownPart(uri, place);
  let inside = compared;
  if (!whole(pane)) {  // of a split screen the rest is left empty: nothing is compared there
    compared.classList.add("split");
    inside = over(make("div", "pane"), pane);
    compared.append(inside);
  }
  if (state.difference) {
    inside.classList.add("difference");
    const picture = image(commentary, `difference, ${name}`);
    const [x, y, w, h] = pane;
    inside.append(whole(pane) || !commentary ? picture : over(picture, [-x / w, -y / h, 1 / w, 1 / h]));
    part.classList.add("subtract");
  }
  inside.append(part);
  return compared;
}

/** One moment's cells: commentary, movie, and how far they differ. */
function moment(name, pictures, place, key, pane) {
  const commentary = pictures.get(`commentary-${name}`);
  const box = boxed(frame(facts.aspects[""]), image(commentary, `commentary, ${name}`), pane);
  box.append(make("span", "moment", name));
  if (!place.movie) return [box];
  const uri = pictures.get(`movie-${key}`);
  return [box, movieFrame(uri, place), comparison(name, commentary, uri, place, pane)];
}

function momentsOf(segment, pictures, place) {
  const grid = make("div", "moments");
  const heads = ["commentary"];
  if (place.movie) {
    heads.push(place.mirrored ? "movie (the commentary mirrors it)" : "movie");
    heads.push(state.difference ? "difference: black is equal" : "movie as the commentary shows it");
  }
  for (const head of heads) grid.append(make("h3", "", head));
  for (const name of state.other < 0 ? ["start", "middle", "end"] : ["middle"]) {
    const key = state.other < 0 ? name : `other${state.other}`;
    grid.append(...moment(name, pictures, place, key, segment.pane));
  }
  grid.classList.toggle("alone", !place.movie);
  return grid;
}

function fact(box, name, value) {
  const item = make("span", "", `${name} `);
  item.append(make("b", "", value));
  box.append(item);
}

function area(part) {
  const [x, y, w, h] = part.map((value) => (100 * value).toFixed(1));
  return `${w} × ${h} % at ${x}, ${y}`;
}

function factsOf(segment, place) {
  const box = make("p", "facts");
  fact(box, "commentary", `${segment.start} – ${segment.end}`);
  fact(box, "frames", `${segment.frames[0]} – ${segment.frames[1]}`);
  if (place.movie) {
    fact(box, "movie", `${place.movie} ${place.start} – ${place.end}`);
    fact(box, "from movie frame", String(place.frame));
    fact(box, "speed", place.speed ? `${place.speed}×` : "freeze frame");
    fact(box, "mirror", place.mirrored ? "yes" : "no");
    fact(box, "crop", area(place.crop));
    fact(box, "likeness", (place.similarity ?? segment.similarity).toFixed(3));
  }
  if (!whole(segment.pane)) fact(box, "pane of a split screen", area(segment.pane));
  if (segment.dissolve) fact(box, "dissolves in over", `${segment.dissolve} frames`);
  if (segment.slack[1] - segment.slack[0] > 0.01) {
    fact(box, "fits as well", `${segment.slack[0]} to +${segment.slack[1]} s`);
  }
  if (segment.corrected) fact(box, "by hand:", segment.corrected);
  if (segment.ambiguous) fact(box, "", "another place explains it as well");
  return box;
}

function otherButtons(segment, pictures) {
  const box = make("div", "others");
  segment.others.forEach((other, rank) => {
    const button = make("button");
    button.type = "button";
    button.dataset.other = String(rank);
    button.setAttribute("aria-pressed", String(state.other === rank));
    button.append(movieFrame(pictures.get(`movie-other${rank}`), other));
    button.append(make("div", "", `${rank + 1}: ${other.movie} ${other.start}`));
    button.append(make("div", "", `likeness ${other.similarity.toFixed(3)}, ${other.speed}×${other.mirrored ? ", mirrored" : ""}`));
    button.addEventListener("click", () => compare(state.other === rank ? -1 : rank));
    box.append(button);
  });
  return box;
}

function commandsOf(segment) {
  const box = make("div", "commands", "Correct it:");
  const say = (words) => box.append(make("code", "", `syncclip review ${facts.result} ${words}`));
  if (segment.place.movie) say(`accept ${segment.n}`), say(`reject ${segment.n}`);
  if (segment.others.length) say(`swap ${segment.n} --to ${Math.max(state.other, 0) + 1}`);
  say(segment.place.movie ? `nudge ${segment.n} --in +1` : `set ${segment.n} --movie MOVIE --start SECONDS`);
  return box;
}

function showDetail() {
  const segment = segments[state.chosen];
  const pictures = picturesOf(state.chosen);
  const other = segment.others[state.other];
  const place = other || segment.place;
  const title = make("h2", "", `Segment ${segment.n} `);
  title.append(make("span", `tier ${segment.tier}`, segment.tier));
  if (segment.place.movie) title.append(` ${(100 * segment.confidence).toFixed(0)} %`);
  if (other) title.append(` – compared with alternative ${state.other + 1}`);
  detail.replaceChildren(title, factsOf(segment, place));
  if (segment.spoken) detail.append(make("p", "spoken", segment.spoken));
  detail.append(momentsOf(segment, pictures, place));
  detail.append(otherButtons(segment, pictures), commandsOf(segment));
}

function choose(index, scroll = true) {
  if (index < 0 || index >= segments.length) return;
  rows[state.chosen].classList.remove("chosen");
  rows[state.chosen].removeAttribute("aria-current");
  state.chosen = index;
  state.other = -1;
  rows[index].classList.add("chosen");
  rows[index].setAttribute("aria-current", "true");
  if (scroll) rows[index].scrollIntoView({ block: "nearest" });
  const mark = plots[1].querySelector(`[data-n="${index + 1}"]`);
  const cursor = document.getElementById("cursor");
  const x = Number(mark.getAttribute("x")) + Number(mark.getAttribute("width")) / 2;
  cursor.setAttribute("x1", x);
  cursor.setAttribute("x2", x);
  showDetail();
}

function compare(rank) {
  state.other = rank;
  showDetail();
}

/** The next segment in a direction that is shown and, where asked, wants a look. */
function step(direction, test = () => true) {
  for (let index = state.chosen + direction; index >= 0 && index < segments.length; index += direction) {
    if (!rows[index].hidden && test(segments[index])) return choose(index);
  }
}

function show(filter) {
  state.filter = filter;
  let shown = 0;
  segments.forEach((segment, index) => {
    rows[index].hidden = !wanted[filter](segment);
    shown += rows[index].hidden ? 0 : 1;
  });
  for (const button of document.querySelectorAll("[data-filter]")) {
    button.setAttribute("aria-pressed", String(button.dataset.filter === filter));
  }
  document.getElementById("count").textContent = `${shown} of ${segments.length} segments`;
  if (shown && rows[state.chosen].hidden) choose(rows.findIndex((row) => !row.hidden));
}

function nextOther() {
  const count = segments[state.chosen].others.length;
  if (count) compare(state.other + 1 < count ? state.other + 1 : -1);
}

function toggleDifference() {
  state.difference = !state.difference;
  showDetail();
}

const ends = (order) => choose(order.find((index) => !rows[index].hidden) ?? state.chosen);
const all = segments.map((_, index) => index);
const keys = {
  ArrowDown: () => step(1),
  j: () => step(1),
  ArrowUp: () => step(-1),
  k: () => step(-1),
  n: () => step(1, wantsLook),
  p: () => step(-1, wantsLook),
  Home: () => ends(all),
  End: () => ends(all.toReversed ? all.toReversed() : all.slice().reverse()),
  1: () => show("all"),
  2: () => show("review"),
  3: () => show("unmatched"),
  4: () => show("low"),
  a: nextOther,
  d: toggleDifference,
  "?": () => (help.open ? help.close() : help.showModal()),
};

document.addEventListener("keydown", (event) => {
  const action = keys[event.key];
  if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
  if (help.open && event.key !== "?") return;
  event.preventDefault();
  action();
});
list.addEventListener("click", (event) => {
  const row = event.target.closest("li");
  if (row) choose(Number(row.dataset.n) - 1, false);
});
for (const plot of plots) {
  plot.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-n]");
    if (mark) return choose(Number(mark.dataset.n) - 1);
    const box = plot.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * plot.viewBox.baseVal.width;
    const bars = Array.from(plots[1].querySelectorAll("[data-n]"));
    const at = bars.findIndex((bar) => x < Number(bar.getAttribute("x")) + Number(bar.getAttribute("width")));
    if (at >= 0) choose(at);
  });
}
for (const button of document.querySelectorAll("[data-filter]")) {
  button.addEventListener("click", () => show(button.dataset.filter));
}
document.getElementById("help-button").addEventListener("click", () => help.showModal());
show("all");
choose(0, false);
document.documentElement.dataset.ready = "true";
