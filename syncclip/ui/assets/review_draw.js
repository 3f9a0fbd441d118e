// How the review is drawn: its bar, its list, and the segment that is chosen.
function draw() {
  root.replaceChildren(make("div", "sr-bar"), make("div", "sr-body"));
  root.lastChild.append(make("div", "sr-list"), make("section", "sr-detail"));
  drawBar();
  drawList();
  drawDetail();
}

function drawBar() {
  const bar = root.querySelector(".sr-bar");
  const filters = Object.keys(FILTERS).map((name) =>
    button("sr-filter", `${word(name)} ${state.rows.filter(FILTERS[name]).length}`, () => {
      state.filter = name;
      drawBar();
      drawList();
      const first = shown()[0];
      if (first && !shown().includes(row())) choose(first.n - 1);
    }, { ariaPressed: String(state.filter === name) }));
  const undo = button("sr-undo", word("undo"), () => change("undo"), { disabled: !state.undo });
  if (state.undo) undo.textContent += ` (${word(state.undo.action)} ${state.undo.n})`;
  bar.replaceChildren(...filters, make("span", "sr-said", state.said), undo);
}

function listed(segment) {
  const item = button(`sr-row tier-${segment.tier}`, "", () => choose(segment.n - 1));
  item.dataset.n = segment.n;
  const where = segment.place.movie
    ? `${clock(segment.place.from)} · ${segment.place.movie}` : word("nowhere");
  item.append(make("b", "", String(segment.n)), make("i"), make("span", "sr-when", clock(segment.start)),
    make("span", "sr-where", where), make("em", "", segment.corrected ? "✓" : ""));
  return item;
}

function drawList() {
  const list = root.querySelector(".sr-list"), rows = shown();
  list.replaceChildren(...rows.map(listed));
  if (!rows.length) list.append(make("p", "sr-empty", word("nothing")));
  mark();
}

function mark() {
  root.querySelector(".sr-row.chosen")?.classList.remove("chosen");
  const item = root.querySelector(`.sr-row[data-n="${state.chosen + 1}"]`);
  item?.classList.add("chosen");
  item?.scrollIntoView({ block: "nearest" });
}

function choose(index) {
  state.chosen = index;
  state.said = "";
  mark();
  drawDetail();
}

function step(by) {
  const rows = shown(), at = rows.indexOf(row());
  const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  if (next) choose(next.n - 1);
}

function drawDetail() {
  const segment = row(), detail = root.querySelector(".sr-detail");
  const head = make("header");
  head.append(make("h3", "", `${word("segment")} ${segment.n}`),
    make("span", `sr-tier tier-${segment.tier}`, word(`tier.${segment.tier}`)),
    make("span", "", `${clock(segment.start)} – ${clock(segment.end)}`),
    make("span", "", `${word("frames")} ${segment.frames[0]} – ${segment.frames[1]}`));
  if (segment.place.movie)
    head.append(make("span", "", `${word("confidence")} ${percent(segment.confidence)}`));
  detail.replaceChildren(head, strips(segment), facts(segment), actions(segment), others(segment),
    byHand(segment), make("p", "sr-keys", word("keys")));
  show(segment);
}

function strips(segment) {
  const grid = make("div", "sr-strips"), sides = ["commentary", "movie"];
  grid.append(make("span"), ...PARTS.map((part) => make("span", "sr-part", word(part))));
  for (const side of segment.place.movie ? sides : sides.slice(0, 1)) {
    grid.append(make("span", "sr-side", word(side)));
    const [box, mirrored] = side === "movie" ? [segment.place.box, segment.place.mirrored] : [segment.pane];
    for (const part of PARTS) grid.append(frame(`${side}-${part}`, box, mirrored));
  }
  return grid;
}

// A picture with a box around what is meant, where that is not all of it.
function frame(name, part, mirrored = false) {
  const figure = make("figure", "sr-frame");
  figure.dataset.picture = name;
  figure.append(make("img", "", "", { alt: "" }));
  // Seen as the commentary shows it, so that the two can be compared.
  figure.classList.toggle("flip", mirrored);
  if (!whole(part)) {
    const box = make("div", "sr-box"), [x, y, w, h] = part;
    const share = { left: mirrored ? 1 - x - w : x, top: y, width: w, height: h };
    for (const side in share) box.style[side] = `${100 * share[side]}%`;
    figure.append(box);
  }
  return figure;
}

function facts(segment) {
  const list = make("p", "sr-facts"), place = segment.place;
  if (!place.movie) list.append(make("span", "", word("nowhere")));
  else {
    list.append(make("b", "", place.movie), make("span", "", `${word("from")} ${clock(place.from)}`),
      make("span", "", `${word("speed")} ${place.speed}×`));
    if (place.mirrored) list.append(make("span", "", word("mirrored")));
    if (!whole(place.crop))
      list.append(make("span", "", `${word("crop")} ${percent(place.crop[2])} × ${percent(place.crop[3])}`));
  }
  if (segment.spoken) list.append(make("q", "", segment.spoken));
  return list;
}

function actions(segment) {
  const bar = make("div", "sr-actions"), placed = Boolean(segment.place.movie);
  bar.append(button("sr-accept", word("accept"), () => change("accept")),
    button("sr-reject", word("reject"), () => change("reject"), { disabled: !placed }),
    make("span", "sr-title", word("nudge")));
  for (const edge of placed ? ["in", "out", "slip"] : ["in", "out"]) {
    const group = make("span", "sr-nudge");
    group.append(make("label", "", word(edge)));
    for (const by of [-10, -1, 1, 10])
      group.append(button("", by > 0 ? `+${by}` : `−${-by}`, () => change("nudge", { [`${edge}_frames`]: by }),
        { title: `${word(edge)} ${by}` }));
    bar.append(group);
  }
  return bar;
}

function others(segment) {
  const part = make("div", "sr-others");
  if (segment.others.length) part.append(make("h4", "", word("others")));
  segment.others.forEach((place, rank) => {
    const card = make("div", "sr-other");
    card.append(frame(`movie-other${rank}`, place.box, place.mirrored), make("b", "", place.movie),
      make("span", "", `${clock(place.from)} · ${word("likeness")} ${percent(place.similarity)}`),
      button("", word("use"), () => change("swap", { to: rank + 1 })));
    part.append(card);
  });
  return part;
}

function byHand(segment) {
  const form = make("form", "sr-hand"), place = segment.place, movie = make("select");
  movie.append(...state.movies.map((name) => make("option", "", name, { value: name })));
  movie.value = place.movie ?? state.movies[0] ?? "";
  const start = make("input", "", "", { value: place.movie ? clock(place.from) : "", required: true,
    placeholder: word("at"), title: word("at") });
  const speed = make("input", "", "", { type: "number", min: 0, step: "any", value: place.speed ?? 1,
    title: word("speed") });
  const mirrored = make("input", "", "", { type: "checkbox", checked: Boolean(place.mirrored) });
  const flip = make("label", "", word("mirrored"));
  flip.prepend(mirrored);
  const own = place.movie && place.crop.join() !== "0,0,1,1" ? place.crop.join(", ") : "";
  const part = make("input", "sr-crop", "", { value: own, placeholder: word("part"), title: word("part") });
  movie.onchange = () => { part.value = movie.value === place.movie ? own : ""; };  // a crop is of one movie
  form.append(make("h4", "", word("byhand")), movie, start, speed, make("span", "", "×"), flip, part,
    make("button", "sr-set", word("set")));
  form.onsubmit = (event) => {
    event.preventDefault();
    change("set", { movie: movie.value, start: start.value, speed: speed.value || 1,
      mirrored: mirrored.checked, crop: part.value });
  };
  return form;
}
