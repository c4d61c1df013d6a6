// The page: steps through the graph, and keeps picture, table and words at one step.

const data = (() => {
  const text = find("#data").textContent.trim();
  if (text.startsWith("{")) return JSON.parse(text);
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text), (c) => c.charCodeAt(0))));
})();
const { boxes, arrows } = data;

// A view is a picture of the graph with other scopes folded: {boxes, arrows, steps, output, frames,
// says, svg}. Of all boxes and arrows its own ones follow on those of the views before.
const views = (() => {
  const pictures = all(".picture > svg");
  const starts = { boxes: 0, arrows: 0 };
  const numbers = (kind, count) => {
    starts[kind] += count;
    return Array.from({ length: count }, (_, i) => starts[kind] - count + i);
  };
  return data.views.map((given, at) => {
    const own = { boxes: numbers("boxes", given.boxes), arrows: numbers("arrows", given.arrows) };
    const steps = given.steps.map(([kind, i]) => [kind, own[kind === "edge" ? "arrows" : "boxes"][i]]);
    const output = own.boxes[given.output] ?? null;
    return { ...given, ...own, steps, output, svg: pictures[at] };
  });
})();
let view = views[0];

// All numbers stand here: values and grads of boxes, and numeric, what differences give for grads;
// locals (derivatives), parts (contributions) and totals (running sums) of arrows. Each is a number
// or null, or a view of an array: {text, shape, low, mean, high, cells, each}.
let state = decoded(data.state);
let step = 0;
let seen = seenAt(0);
let fresh = true; // the numbers are those that were recorded
let marksOf = (i) => boxes[i].marks;

// Small help -------------------------------------------------------------------------------------

function find(selector, within = document) {
  return within.querySelector(selector);
}

function all(selector, within = document) {
  return [...within.querySelectorAll(selector)];
}

function make(name, properties = {}, ...inside) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...inside);
  return element;
}

function paragraph(textContent, className = "") {
  return make("p", { textContent, className });
}

// Numbers as text --------------------------------------------------------------------------------

// JSON knows no nan and no inf: they come as text.
function decoded(given) {
  const columns = Object.entries(given).map(([name, column]) => [name, column.map(decodedOne)]);
  return Object.fromEntries(columns);
}

function decodedOne(x) {
  if (x === null || typeof x !== "object") return asNumber(x);
  const [low, mean, high] = [x.low, x.mean, x.high].map(asNumber);
  return { ...x, low, mean, high, cells: (x.cells ?? []).map((row) => row.map(asNumber)) };
}

function asNumber(x) {
  return typeof x === "string" ? Number(x) : x;
}

// A number as people type it, be it a fraction: "5", "−.25", "1 / 3", "1e-3", "inf"; else null.
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/;
const SPECIAL = new Map([["nan", NaN], ["inf", Infinity], ["+inf", Infinity], ["-inf", -Infinity]]);

function read(text) {
  const parts = text.toLowerCase().replaceAll("−", "-").split("/").map((part) => part.trim());
  const numbers = parts.map((part) => (NUMBER.test(part) ? Number(part) : SPECIAL.get(part) ?? null));
  if (numbers.length > 2 || numbers.includes(null)) return null;
  return numbers.reduce((x, y) => x / y);
}

// As the static picture writes it: 4 digits, halves to even, whole ones below a million in full.
// Moved numbers have 6, so that a nudge is to be seen and 3·11.001 = 33.003; those of arrays, for
// which boxes have no room, have ``most`` 4.
function written(x, most = 6) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "−inf";
  if (x === 0) return "0";
  const digits = Number.isInteger(x) && Math.abs(x) < 1e6 ? 6 : fresh ? 4 : most;
  const [mantissa, exponent] = rounded(x, digits).split("e");
  const plain = exponent >= -4 && exponent < digits;
  const short = `${Number(mantissa)}e${Number(exponent)}`;
  return signed(plain ? String(Number(short)) : short);
}

function signed(text) {
  return text.replaceAll("-", "−");
}

function rounded(x, digits) {
  const up = x.toExponential(digits - 1);
  const longer = x.toExponential(digits);
  const half = Number(longer) === x && longer.split("e")[0].endsWith("5");
  if (!half || Number(up.split("e")[0].at(-1)) % 2 === 0) return up;
  const [mantissa, exponent] = longer.split("e");
  return `${mantissa.slice(0, -1)}e${exponent}`;
}

function brief(x) {
  return typeof x === "number" ? written(x) : x.text;
}

function withShape(x) {
  return x.shape ? `${x.shape}: ${x.text}` : brief(x);
}

function exact(x, float32 = false) {
  return typeof x === "number" ? signed(digits(x, float32)) : withShape(x);
}

// As many as it takes to tell the number from its neighbours, be they of float32.
function digits(x, float32) {
  if (!Number.isFinite(x)) return written(x);
  let text = String(x);
  for (let count = 9; float32 && count > 0; count -= 1) {
    const shorter = String(Number(x.toPrecision(count)));
    if (Math.fround(Number(shorter)) !== x) break;
    text = shorter;
  }
  return text;
}

// Steps ------------------------------------------------------------------------------------------

// The arrows along which each box receives, in the order of the steps.
const receives = boxes.map(() => []);
for (const [kind, k] of views.flatMap(({ steps }) => steps)) {
  if (kind === "edge") receives[arrows[k].source].push(k);
}

// What is known after so many steps. The last of a node's contributions makes its dvar whole.
function seenAt(count) {
  const known = { values: new Set(), edges: new Set(), grads: new Map(), whole: new Set() };
  for (const [kind, at] of view.steps.slice(0, count)) {
    if (kind === "value") known.values.add(at);
    else receive(known, kind === "edge" ? arrows[at].source : at, kind === "edge" ? at : null);
  }
  return known;
}

function receive(known, box, edge) {
  if (edge !== null) known.edges.add(edge);
  const whole = receives[box].every((k) => known.edges.has(k));
  if (whole) known.whole.add(box);
  const grad = whole ? state.grads[box] : state.totals[edge];
  if (grad !== null) known.grads.set(box, grad);
}

// The formula with numbers in it, " = 3·11"; "" where it has none, or not single numbers.
function filled(box) {
  const { formula } = boxes[box];
  const operands = formula.filter((part) => typeof part === "number");
  if (!operands.length || operands.some((i) => typeof state.values[i] !== "number")) return "";
  const parts = formula.map((part, at) => (typeof part === "number" ? operand(formula, at) : part));
  return ` = ${parts.join("")}`;
}

// A negative number stands in brackets where a sign comes before it, or a power after.
function operand(formula, at) {
  const x = state.values[formula[at]];
  const alone = at === 0 || /(\(|, )$/.test(formula[at - 1]);
  const raised = /^[⁰¹²³⁴⁵⁶⁷⁸⁹⁻^]/.test(formula[at + 1] ?? "");
  return x < 0 && (raised || !alone) ? `(${written(x)})` : written(x);
}

// What is not drawn, or goes from one result of a box to another within it.
const UNTOLD = "what no arrow here brings";

// Sentences --------------------------------------------------------------------------------------

function sentence(count) {
  if (count === 0) return "The graph as it was recorded. Step on: values flow from left to right.";
  const [kind, at] = view.steps[count - 1];
  return { value: valueSentence, dvar: dvarSentence, edge: edgeSentence }[kind](at);
}

function valueSentence(box) {
  const { line, input, broadcast } = boxes[box];
  const value = withShape(state.values[box]);
  if (input) return `Forward: ${line} = ${value}, an input.`;
  return `Forward: ${[`${line}${filled(box)} = ${value}`, ...broadcast].join("; ")}.`;
}

function dvarSentence(box) {
  const start = box === view.output ? ", where we start" : "";
  return `Backward: ${boxes[box].derivative} = ${withShape(state.grads[box])}${start}.`;
}

function edgeSentence(k) {
  const { source, note } = arrows[k];
  const { name, dname } = boxes[source];
  const sign = boxes[source].results > 1 ? "get" : sums(source) ? "+=" : "=";
  const why = note ? `${note}, as ${name} was broadcast` : "";
  return `Backward: ${dname} ${sign} ${rule(k)} = ${product(k)}${why}${soFar(source)}.`;
}

// Whether more comes than along one arrow.
function sums(box) {
  return receives[box].length > 1 || boxes[box].partly;
}

function soFar(box) {
  const { dname, partly, results } = boxes[box];
  const total = seen.grads.get(box);
  if (!sums(box) || total === undefined) return "";
  if (!seen.whole.has(box)) return `; ${dname} is now ${brief(total)}`;
  const now = partly ? `with ${UNTOLD} ${dname}` : dname;
  return `; ${now} ${results > 1 ? "are" : "is"} ${partly ? "in all" : "now"} ${brief(total)}`;
}

function rule(k) {
  const { target, slope, rule: given } = arrows[k];
  const { name, derivative } = boxes[target];
  return given || (slope ? `${derivative} × ${slope}` : `what flows back from ${name}`);
}

// 3 × 2 = 6 for numbers, else what comes out.
function product(k) {
  const factors = factorsOf(k);
  if (factors.includes(null)) return withShape(state.parts[k]);
  return "{} × {} = {}".replace(/{}/g, () => written(factors.shift()));
}

function factorsOf(k) {
  return [state.grads[arrows[k].target], state.locals[k], state.parts[k]].map(single);
}

// The one number that something is, in an array or not; else null.
function single(x) {
  if (typeof x === "number") return x;
  return x?.cells?.length === 1 && x.cells[0].length === 1 ? x.cells[0][0] : null;
}

// The picture ------------------------------------------------------------------------------------

const groups = drawn("boxes", (svg, i) => find(`[data-box="${i}"]`, svg));
const forward = drawn("arrows", (svg, k) => all(`[data-arrow="${k}"]:not(g)`, svg));
const backward = drawn("arrows", (svg, k) => find(`g[data-arrow="${k}"]`, svg));
const stage = find(".picture");
const rows = boxes.map((_, i) => find(`tr[data-row="${i}"]`));
const lines = groups.map((group) => ({
  value: find(".am-value", group),
  dvar: find(".am-dvar", group),
}));

// In its SVG each view numbers from 0.
function drawn(kind, found) {
  return views.flatMap(({ svg, [kind]: own }) => own.map((_, i) => found(svg, i)));
}

function show(count) {
  step = Math.min(Math.max(count, 0), lastStep());
  seen = seenAt(step);
  const now = step ? view.steps[step - 1] : [];
  for (const i of view.boxes) showBox(i, now);
  for (const k of view.arrows) showArrow(k, now);
  find("desc", view.svg).textContent = view.boxes.map(spoken).join("; ");
  showControls(now);
  if (subject() !== null) bringIntoSight(groups[subject()]);
  document.dispatchEvent(new CustomEvent("shown"));
}

// Whom the step is about: who gets a value or a part of its dvar.
function subject() {
  if (!step) return null;
  const [kind, at] = view.steps[step - 1];
  return kind === "edge" ? arrows[at].source : at;
}

function bringIntoSight(group) {
  const [box, frame] = [group.getBoundingClientRect(), stage.getBoundingClientRect()];
  if (box.left < frame.left || box.right > frame.right) {
    stage.scrollLeft += (box.left + box.right - frame.left - frame.right) / 2;
  }
  if (box.top < frame.top || box.bottom > frame.bottom) {
    stage.scrollTop += (box.top + box.bottom - frame.top - frame.bottom) / 2;
  }
}

function lastStep() {
  const forwardOnly = data.exercise && !data.solved;
  const { steps } = view;
  return forwardOnly ? steps.filter(([kind]) => kind === "value").length : steps.length;
}

function showBox(i, [kind, at]) {
  const reached = boxes[i].stub || seen.values.has(i);
  const now = kind === "edge" ? arrows[at].source === i : kind !== undefined && at === i;
  const value = seen.values.has(i) ? withShape(state.values[i]) : "";
  const dvar = dvarText(i);
  const numeric = seen.whole.has(i) && state.numeric[i] !== null ? brief(state.numeric[i]) : "";
  write(lines[i].value, value);
  write(lines[i].dvar, dvar && `${boxes[i].dname} = ${dvar}`);
  const cells = Object.entries({ value, dvar, numeric });
  for (const [role, text] of cells) showCell(rows[i], role, text);
  const classes = groups[i].classList;
  classes.toggle("waiting", !reached);
  classes.toggle("now", now);
  classes.toggle("back", kind !== "value");
  groups[i].setAttribute("aria-label", spoken(i));
  rows[i]?.classList.toggle("now", now);
}

function write(line, text) {
  if (line && line.textContent !== text) line.textContent = text;
}

// A cell with a field in it keeps that.
function showCell(row, role, text) {
  const cell = row && find(`td.${role}`, row);
  if (!cell?.firstElementChild) write(cell, text);
}

function dvarText(i) {
  return seen.grads.has(i) ? brief(seen.grads.get(i)) : "";
}

function spoken(i) {
  const value = seen.values.has(i) ? `value ${withShape(state.values[i])}` : "";
  const dvar = dvarText(i);
  const marks = marksKnown(i).map(({ meaning }) => meaning);
  const told = [boxes[i].line, value, dvar && `${boxes[i].dname} = ${dvar}`, ...new Set(marks)];
  return `${boxes[i].role} ${told.filter(Boolean).join(", ")}`;
}

// A mark on a value is known with it, one on a derivative with that.
function marksKnown(i) {
  return marksOf(i).filter(({ backward }) => (backward ? seen.whole : seen.values).has(i));
}

function showArrow(k, [kind, at]) {
  const { source, target } = arrows[k];
  const known = (i) => boxes[i].stub || seen.values.has(i);
  const flows = kind === "edge" && at === k;
  const now = (kind === "value" && at === target) || (flows && !backward[k]);
  for (const element of forward[k]) {
    element.classList.toggle("waiting", !(known(source) && known(target)));
    element.classList.toggle("now", now);
    element.classList.toggle("flows", flows && !backward[k]);
  }
  if (!backward[k]) return;
  backward[k].setAttribute("display", seen.edges.has(k) ? "inline" : "none");
  backward[k].classList.toggle("now", flows);
  showLabel(all("text", backward[k]), seen.edges.has(k) ? flowText(k) : "");
}

function flowText(k) {
  return factorsOf(k).includes(null) ? brief(state.parts[k]) + arrows[k].note : product(k);
}

// A long label stands on two lines.
function showLabel(lines, text) {
  const at = text.includes(" = ") ? text.lastIndexOf(" = ") + 1 : text.lastIndexOf(", ") + 2;
  const whole = lines.length < 2 || at < 2;
  const [first, second] = whole ? [text, ""] : [text.slice(0, at - 1), text.slice(at)];
  lines[0].textContent = first;
  if (lines[1]) lines[1].textContent = second;
}

// Controls ---------------------------------------------------------------------------------------

const slider = find("#at");
let playing = null;

const moves = {
  first: () => show(0),
  back: () => show(step - 1),
  on: () => show(step + 1),
  last: () => show(lastStep()),
  play: () => (playing ? pause() : play()),
};

function showControls([kind]) {
  slider.max = lastStep();
  slider.value = step;
  slider.setAttribute("aria-valuetext", `step ${step} of ${lastStep()}`);
  find("#count").textContent = `step ${step} of ${lastStep()}`;
  find("#says").textContent = sentence(step);
  find("#says").classList.toggle("back", kind === "dvar" || kind === "edge");
}

function play() {
  if (step === lastStep()) show(0);
  playing = setInterval(() => (step < lastStep() ? go("on") : pause()), 1200);
  find("[data-to=play]").textContent = "Pause";
}

function pause() {
  clearInterval(playing);
  playing = null;
  find("[data-to=play]").textContent = "Play";
}

function go(to) {
  if (to !== "play" && to !== "on") pause();
  moves[to]();
  remember();
}

// A frame in a notebook has no address to keep the step in.
function remember() {
  const shown = view === views[0] ? "" : `&view=${views.indexOf(view)}`;
  if (location.protocol !== "about:") history.replaceState(null, "", `#step=${step}${shown}`);
}

function remembered() {
  const found = /^#step=(\d+)/.exec(location.hash);
  return found ? Number(found[1]) : lastStep();
}

const KEYS = { ArrowLeft: "back", ArrowRight: "on", Home: "first", End: "last", " ": "play" };

// A field, a slider and what scrolls have their own use for these keys, a button for the space bar.
function onKey(event) {
  const busy = event.target.closest(event.key === " " ? "input, button, summary, .scroll" : "input, .scroll");
  if (busy || event.defaultPrevented || !(event.key in KEYS)) return;
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  go(KEYS[event.key]);
}

// Who has a recompute(leaves) for other inputs sends the state that it returns, and the page is drawn
// from it: document.dispatchEvent(new CustomEvent("recomputed", { detail: recompute(leaves) })).
// The marks drawn in the picture are those of the recorded numbers.
function onRecomputed({ detail }) {
  state = decoded(detail);
  fresh = detail === data.state;
  for (const each of all(".picture > svg")) each.classList.toggle("moved", !fresh);
  show(step);
}

function start() {
  all("[data-box] > title, [data-arrow] > title").forEach((title) => title.remove());
  for (const button of all("[data-to]")) {
    button.addEventListener("click", () => go(button.dataset.to));
  }
  for (const part of all(".player, .keys")) part.hidden = false;
  slider.addEventListener("input", () => {
    pause();
    show(slider.valueAsNumber);
    remember();
  });
  document.addEventListener("keydown", onKey);
  document.addEventListener("recomputed", onRecomputed);
  addEventListener("hashchange", () => show(remembered()));
  show(remembered());
}
