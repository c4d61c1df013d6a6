// Live inputs: each can be moved, and the recorded program computes all of the page anew.

const FIELDS_SHOWN = 16; // of an array with more numbers one at a time has a field
const NUDGED_SHOWN = 20;
const NO_NUMBER = "That is no number; write one as in 5, −0.25 (with a point), 1/3, 1e−3, inf or nan.";
const NONE = { text: "none" };
const UNCHECKED = { text: "moved: not checked" };
const MARK = 8.5;
const HALO = 6;
const APART = 13; // an arrow's head
const SMALLEST = 0.75;
const MARKS_TOLD = 3;
const CELL_ROWS = 24;
const CELL_COLUMNS = 32;

const { inputs, listed } = data.live;
const plan = Object.fromEntries(
  Object.entries(data.live.plan).map(([name, row]) => [name, row.map((runs) => runs && unrun(runs))]),
);
const recorded = inputs.map((input) => input.data.map(asNumber));
const recordedState = decoded(data.state);
const leaves = recorded.map((numbers) => [...numbers]);
const places = backward.map((group) => group && rectOf(group)); // of labels, as they were drawn
let results = computed();
const shapes = results.map((_, k) => data.live.shapes[k] ?? []);

// From the program's results to a state ----------------------------------------------------------

function computed() {
  return program(leaves.map((numbers, i) => (inputs[i].shape?.length ? numbers : numbers[0])));
}

// What stood there as one number or array does so again, what stood for several as a text.
function recomputed() {
  const itemsAt = (places) => places.map((k) => ({ x: results[k], shape: shapes[k] }));
  const column = (name, one) => plan[name].map((at, i) => (at ? one(itemsAt(at), i) : null));
  const alike = (was, items, text) => (was?.text && !was.shape ? { text: text() } : shown(items[0]));
  const found = {
    values: column("values", (items, i) =>
      alike(recordedState.values[i], items, () => valueText(items, itemsAt(plan.entering[i] ?? []))),
    ),
    grads: column("grads", (items, i) => alike(recordedState.grads[i], items, () => gathered(items))),
    numeric: recordedState.numeric.map((x) => (x === null ? null : UNCHECKED)),
    locals: column("locals", ([item]) => shown(item)),
    parts: column("parts", (items, k) => alike(recordedState.parts[k], items, () => gathered(items))),
    totals: column("totals", ([item]) => shown(item)),
  };
  const spoilt = ({ source, target }) => [source, target].some((i) => !finite(plan.values[i]));
  found.locals = found.locals.map((x, k) => x !== null && spoilt(arrows[k]) ? NONE : x);
  if (exists()) return found;
  const none = (column) => column.map((x) => x !== null ? NONE : x);
  return { ...found, grads: none(found.grads), parts: none(found.parts), totals: none(found.totals) };
}

// A nan or inf that comes of finite inputs has no derivative, though the rules may give a number.
function exists() {
  return finite(plan.result[0]) || !leaves.flat().every(Number.isFinite);
}

// Where runs of results stand: from which one on, and how many.
function unrun(runs) {
  const places = [];
  for (let at = 0; at < runs.length; at += 2) {
    for (let k = 0; k < runs[at + 1]; k++) places.push(runs[at] + k);
  }
  return places;
}

function numbersAt(places) {
  return (places ?? []).flatMap((k) => (shapes[k].length ? [...results[k]] : [results[k]]));
}

function finite(places) {
  return numbersAt(places).every(Number.isFinite);
}

function shown({ x, shape }) {
  if (!shape.length) return x;
  const numbers = [...x];
  const columns = shape.at(-1);
  const rows = numbers.length ? numbers.length / columns : 0;
  const each = [Math.ceil(rows / CELL_ROWS) || 1, Math.ceil(columns / CELL_COLUMNS) || 1];
  const cells = [];
  for (let i = 0; i < rows; i += each[0]) {
    const row = [];
    for (let j = 0; j < columns; j += each[1]) {
      const part = numbers.filter((_, k) => {
        const [down, across] = [Math.floor(k / columns) - i, (k % columns) - j];
        return down >= 0 && down < each[0] && across >= 0 && across < each[1];
      });
      row.push(mean(part));
    }
    cells.push(row);
  }
  const low = least(numbers);
  const high = -least(numbers.map((y) => -y));
  return { text: ranged(numbers, shape), shape: tuple(shape), low, mean: mean(numbers), high, cells, each };
}

function mean(numbers) {
  return numbers.reduce((x, y) => x + y, 0) / numbers.length;
}

function least(numbers) {
  return numbers.length ? numbers.reduce((x, y) => Math.min(x, y)) : NaN;
}

function tuple(shape) {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

// An array's numbers where they are few, else the range they lie in.
function ranged(numbers, shape) {
  if (!shape.length) return written(numbers[0]);
  if (!numbers.length) return "empty";
  const brief = (x) => written(x, 4);
  if (shape.length === 1 && numbers.length <= 4) return `[${numbers.map(brief).join(" ")}]`;
  if (numbers.some(Number.isNaN)) return "has nan";
  const [low, high] = [least(numbers), -least(numbers.map((y) => -y))].map(brief);
  return low === high ? `all ${low}` : `${low} … ${high}`;
}

function gathered(items) {
  const numbers = items.flatMap(({ x }) => (typeof x === "number" ? [x] : [...x]));
  return ranged(numbers, items.length === 1 ? items[0].shape : [numbers.length]);
}

function valueText(items, entering) {
  const alike = items.every(({ shape }) => tuple(shape) === tuple(items[0].shape));
  const shape = alike && items[0].shape.length ? `${tuple(items[0].shape)}: ` : "";
  const goesIn = entering.length ? `${gathered(entering)} → ` : "";
  return `${goesIn}${shape}${gathered(items)}`;
}

// Marks ------------------------------------------------------------------------------------------

let marked = null; // by box, for the numbers that are set now; null until they are asked for

function marksNow(i) {
  if (fresh) return boxes[i].marks;
  if (!marked) {
    const reaching = spoilers();
    marked = boxes.map((_, at) => [...nanMarks(at, reaching), ...kinkMarks(at), ...deadMarks(at)]);
  }
  return marked[i];
}

function mark(kind, text, backward = false) {
  return { ...data.live.kinds[kind], text, backward };
}

// The boxes whose nan or inf goes on to a result.
function spoilers() {
  const bad = (i) => boxes[i].stub || !finite(plan.values[i]);
  const outputs = views.map(({ output }) => output).filter((i) => i !== null && bad(i));
  const edges = usedFrom.map((from) => from.filter((k) => bad(arrows[k].source)));
  return reach(outputs, edges, (k) => arrows[k].source);
}

// It begins where all that goes in is finite; backward, in an op whose derivative alone is not.
function nanMarks(i, reaching) {
  const begins = reaching.has(i) && plan.operands[i] && finite(plan.operands[i]);
  if (begins && !finite(plan.values[i])) return [mark("nan", toldNan(i))];
  const k = usedFrom[i].find((k) => exists() && bornBackward(k));
  if (k === undefined) return [];
  const why = boxes[i].needs && `; ${boxes[i].op} needs ${boxes[i].needs}`;
  const by = boxes[arrows[k].source].name;
  return [mark("nan", `the derivative of ${boxes[i].name} by ${by} is infinite or nan${why}`, true)];
}

function bornBackward(k) {
  const { source, target } = arrows[k];
  const within = [plan.values[source], plan.values[target], plan.grads[target]];
  return within.every(finite) && !finite(plan.parts[k]) && !finite(plan.grads[source]);
}

function toldNan(i) {
  const { name, line, input, op, needs } = boxes[i];
  const value = withShape(state.values[i]);
  if (input) return `${name} is ${value}: an input`;
  const lacks = numbersAt(plan.values[i]).some(Number.isNaN);
  const wants = needs && `${op} needs ${needs}`;
  const large = "numbers go up to 1.8e308";
  const why = lacks ? [wants] : [wants, large];
  return [`${line}${filled(i)} = ${value}`, ...why.filter(Boolean)].join("; ");
}

function kinkMarks(i) {
  const at = numbersAt(plan.kinks[i]);
  const count = at.filter(Boolean).length;
  if (!count) return [];
  const known = usedFrom[i].filter((k) => single(state.locals[k]) !== null);
  const taken = known.map((k) => `by ${boxes[arrows[k].source].name}: ${brief(state.locals[k])}`);
  const where = at.length > 1 ? ` (${count} of ${at.length})` : "";
  const so = taken.length ? `; derivative taken ${taken.join(", ")}` : "";
  return [mark("kink", `${boxes[i].line}${filled(i)} is at a kink${where}${so}`)];
}

function deadMarks(i) {
  const into = boxes[i].op === "relu" ? numbersAt(plan.operands[i]) : [];
  if (!into.length || !into.every((x) => x < 0)) return [];
  return [mark("dead", `${boxes[i].line}${filled(i)}: below 0, so its derivative is 0`)];
}

function drawMarks() {
  all(".mark-now", stage).forEach((each) => each.remove());
  const known = fresh ? [] : view.boxes.map((i) => [i, marksKnown(i)]);
  for (const [i, marks] of known) {
    const { x, y, width } = rectOf(groups[i]);
    [...new Set(marks.map(({ sign }) => sign))].forEach((sign, at) => {
      const drawn = drawnMark(sign, x + width - 4 - 2.4 * MARK * at, y);
      groups[i].insertAdjacentHTML("beforeend", drawn);
    });
  }
  find("#marked").replaceChildren(...toldMarks(known.flatMap(([, marks]) => marks)));
}

// What the marks mean that are there, and what is amiss.
function toldMarks(marks) {
  const key = new Map(marks.map((one) => [one.sign, one]));
  const told = [...key.values()].flatMap(({ sign, meaning }) => {
    const texts = marks.filter((one) => one.sign === sign).map(({ text }) => paragraph(`${text}.`));
    return [toldMark({ sign, text: meaning }), ...texts.slice(0, MARKS_TOLD)];
  });
  if (fresh || exists() || !seen.values.has(view.output)) return told;
  const { name } = boxes[view.output];
  const value = withShape(state.values[view.output]);
  return [...told, paragraph(`${name} is ${value} for these inputs, and so has no derivatives.`)];
}

function drawnMark(sign, x, y) {
  const text = `<text x="${x}" y="${y + 4.2}" text-anchor="middle" font-size="12.5" font-weight="bold">`;
  return `<g class="mark-now"><circle cx="${x}" cy="${y}" r="${MARK}"/>${text}${sign}</text></g>`;
}

// Moving -----------------------------------------------------------------------------------------

function moved() {
  fresh = leaves.every((numbers, i) => numbers.every((x, k) => Object.is(x, recorded[i][k])));
  results = computed();
  marked = null;
  find("#refused").textContent = "";
  const detail = fresh ? data.state : recomputed();
  document.dispatchEvent(new CustomEvent("recomputed", { detail }));
  controls.forEach((each) => each.follow());
}

function move(i, k, x) {
  leaves[i][k] = held(i, x);
  find("#nudged").replaceChildren();
  moved();
}

// A number as the input holds it, which may be of float32.
function held(i, x) {
  return inputs[i].single ? Math.fround(x) : x;
}

function fieldText(i, x) {
  return digits(x, inputs[i].single);
}

// Twice as far as the number is from 0, to both sides, in some 400 round steps.
function rangeAbout(x) {
  const reach = 2 * Math.abs(x) || 2;
  if (!Number.isFinite(x) || !Number.isFinite(2 * reach) || reach < 1e-300) return null;
  const step = Number(`1e${Math.floor(Math.log10(reach)) - 2}`);
  const count = Math.round(reach / step);
  const middle = Math.round(x / step);
  return [middle - count, middle + count, 1].map((n) => Number((n * step).toPrecision(12)));
}

// 5 becomes 5.001, 0.2 becomes 0.2001.
function nudgeOf(x) {
  return x ? Number(`1e${Math.floor(Math.log10(Math.abs(x))) - 3}`) : 0.001;
}

// Nudging ----------------------------------------------------------------------------------------

function numberAt(place, k) {
  const x = place && results[place[0]];
  return typeof x === "number" ? x : x?.[k] ?? null;
}

function nudge(i, k, name) {
  const x = leaves[i][k];
  const y = held(i, Number((x + nudgeOf(x)).toPrecision(15)));
  if (!Number.isFinite(y) || y === x) {
    const why = `There is no small step up from ${written(x)}; ${name} stays as it is.`;
    find("#nudged").replaceChildren(paragraph(why));
    return;
  }
  // Before and after by this program: what was recorded may be some bits off.
  const [before, result] = [recomputed().values, numberAt(plan.result, 0)];
  const slope = numberAt(plan.slopes[i], k);
  move(i, k, y);
  const now = numberAt(plan.result, 0);
  const rows = view.boxes.flatMap((at) => {
    const [was, is] = [before[at], state.values[at]];
    const both = typeof was === "number" && typeof is === "number";
    return both && !boxes[at].input && was !== is ? [[boxes[at].name, was, is]] : [];
  });
  const region = make("div", { className: "scroll", tabIndex: 0, role: "region" });
  region.setAttribute("aria-label", `What the nudge of ${name} moves`);
  region.append(nudgeTable([[name, x, y], ...rows.slice(-NUDGED_SHOWN)], y - x));
  const cut = rows.length - NUDGED_SHOWN;
  const told = [toldQuotient(name, (now - result) / (y - x), slope)];
  if (cut > 0) told.push(`Cut here: the first ${cut} nodes that it moves.`);
  find("#nudged").replaceChildren(...told.map((text) => paragraph(text)), region);
}

// More digits than elsewhere, as the difference is in the last ones.
function precise(x, digits = 10) {
  return Number.isFinite(x) ? signed(String(Number(x.toPrecision(digits)))) : written(x);
}

function toldQuotient(name, quotient, slope) {
  const result = boxes[view.output]?.name ?? "the result";
  const one = shapes[plan.result[0][0]].every((n) => n === 1);
  if (!one) return `${name} was nudged; ${result} is an array, and has no one derivative.`;
  if (!Number.isFinite(quotient)) return `${name} was nudged; ${result} is not a finite number.`;
  const times = precise(quotient, 6);
  const moves = `${result} moves ${times} time${times === "1" ? "" : "s"} as far as ${name}`;
  if (slope === null) return `${moves}.`;
  return `${moves}; the gradient said ${precise(slope, 6)}.`;
}

function nudgeTable(rows, change) {
  const heads = ["variable", "before", "after", `change ÷ ${precise(change, 6)}`];
  const head = heads.map((textContent) => make("th", { textContent, scope: "col" }));
  const body = rows.map(([name, was, is]) => {
    const cells = [precise(was), precise(is), precise((is - was) / change, 6)];
    const row = make("th", { textContent: name, scope: "row" });
    return make("tr", {}, row, ...cells.map((textContent) => make("td", { textContent })));
  });
  return make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body));
}

// Controls ---------------------------------------------------------------------------------------

const made = new Map(); // controls by input, made when they are first shown
let controls = []; // those that are shown

// The controls of one input: ``follow`` shows its numbers anew.
function control(i) {
  const { name, shape } = inputs[i];
  const count = leaves[i].length;
  const choice = count > FIELDS_SHOWN ? [placeField(i)] : [];
  const places = choice.length ? [choice[0].place] : leaves[i].map((_, k) => () => k);
  const fields = places.map((place) => numberField(i, place));
  const slider = shape?.length ? [] : [numberSlider(i)];
  const parts = [...choice, ...slider, ...fields];
  const grid = make("div", { className: "live-fields" }, ...parts.map(({ element }) => element));
  const columns = shape?.length && !choice.length ? Math.min(shape.at(-1), 4) : 2;
  grid.style.setProperty("--columns", columns);
  const legend = make("legend", { textContent: shape?.length ? `${name} ${tuple(shape)}` : name });
  const element = make("fieldset", {}, legend, grid, nudgeButton(i, fields, choice));
  return { element, follow: () => parts.forEach((part) => part.follow()) };
}

function elementName(i, k) {
  const { name, shape } = inputs[i];
  return shape?.length ? name + indexText(shape, k) : name;
}

function indexText(shape, k) {
  const index = [];
  for (const n of [...shape].reverse()) {
    index.unshift(k % n);
    k = Math.floor(k / n);
  }
  return `[${index.join(", ")}]`;
}

// "3, 4" or "x[3, 4]" as the place among all numbers of an array; null where there is none.
function placeOf(shape, text) {
  const index = text.slice(text.lastIndexOf("[") + 1).match(/-?\d+/g)?.map(Number) ?? [];
  const within = index.length === shape.length && index.every((k, axis) => 0 <= k && k < shape[axis]);
  return within ? index.reduce((place, k, axis) => place * shape[axis] + k) : null;
}

function textField() {
  return make("input", { type: "text", autocomplete: "off", spellcheck: false });
}

function refuse(element, text) {
  element.setAttribute("aria-invalid", text !== "");
  find("#refused").textContent = text;
}

// Chooses which number of a large array has the field beside it: ``place`` tells.
function placeField(i) {
  const { name, shape } = inputs[i];
  const element = textField();
  let at = 0;
  element.setAttribute("aria-label", `Which number of ${name}`);
  element.value = indexText(shape, at);
  element.addEventListener("input", () => {
    const place = placeOf(shape, element.value);
    at = place ?? at;
    const last = indexText(shape, leaves[i].length - 1);
    refuse(element, place === null ? `${name} has numbers from ${indexText(shape, 0)} to ${last}.` : "");
    made.get(i).follow();
  });
  const restore = () => {
    element.value = indexText(shape, at);
    refuse(element, "");
  };
  element.addEventListener("change", restore);
  return { element, place: () => at, follow: () => {} };
}

function numberField(i, place) {
  const element = textField();
  const restore = () => {
    element.setAttribute("aria-label", elementName(i, place()));
    element.value = fieldText(i, leaves[i][place()]);
    element.setAttribute("aria-invalid", false);
  };
  element.addEventListener("input", () => {
    const x = read(element.value);
    if (x !== null) move(i, place(), x);
    refuse(element, x === null ? NO_NUMBER : "");
  });
  element.addEventListener("change", () => {
    const typed = element.value;
    restore();
    const stays = `${elementName(i, place())} stays ${signed(element.value)}, not “${typed}”.`;
    find("#refused").textContent = read(typed) === null ? `${stays} ${NO_NUMBER}` : "";
  });
  restore();
  return { element, place, follow: () => element === document.activeElement || restore() };
}

// A number outside its range, typed in, has the range laid about it anew.
function numberSlider(i) {
  const element = make("input", { type: "range" });
  element.setAttribute("aria-label", inputs[i].name);
  const follow = () => {
    const x = leaves[i][0];
    const within = !element.disabled && Number(element.min) <= x && x <= Number(element.max);
    if (!within || !element.hasAttribute("max")) lay(element, x);
    element.value = x;
    element.setAttribute("aria-valuetext", fieldText(i, x));
  };
  element.addEventListener("input", () => move(i, 0, element.valueAsNumber));
  follow();
  return { element, follow };
}

function lay(slider, x) {
  const range = rangeAbout(x);
  slider.disabled = range === null;
  if (range) [slider.min, slider.max, slider.step] = range;
}

// Of an array it nudges the number whose field had the focus last.
function nudgeButton(i, fields, choice) {
  const title = "A step up, of a thousandth of it or less";
  const element = make("button", { type: "button", textContent: "Nudge", title });
  let { place } = fields[0];
  const aim = (field) => {
    place = field.place;
    element.setAttribute("aria-label", `Nudge ${elementName(i, place())}`);
  };
  for (const field of fields) field.element.addEventListener("focus", () => aim(field));
  for (const field of choice) field.element.addEventListener("input", () => aim(field));
  element.addEventListener("click", () => nudge(i, place(), elementName(i, place())));
  aim(fields[0]);
  return element;
}

// A few at a time; the others are found by their names.
function showInputs() {
  const wanted = plain(find("#input-sought")?.value.trim() ?? "");
  const found = [...inputs.keys()].filter((i) => plain(inputs[i].name).includes(wanted));
  controls = found.slice(0, listed).map((i) => made.get(i) ?? made.set(i, control(i)).get(i));
  controls.forEach((each) => each.follow());
  find("#live-inputs").replaceChildren(...controls.map(({ element }) => element));
  const more = found.length - controls.length;
  find("#inputs-more").textContent = more > 0 ? `${more} more: look for them by name.` : "";
}

function reset() {
  leaves.forEach((numbers, i) => numbers.splice(0, numbers.length, ...recorded[i]));
  find("#nudged").replaceChildren();
  moved();
}

// Numbers that have grown longer than their place are set smaller, and then closer. All are measured
// before any is set, as each change has the page laid out anew.
function squeeze() {
  all("[textLength]", view.svg).forEach((line) => {
    for (const name of ["textLength", "style"]) line.removeAttribute(name);
  });
  const labelled = view.arrows.filter((k) => places[k]);
  labelled.forEach((k) => setLabel(k, places[k]));
  if (fresh) return;
  const inBoxes = view.boxes.flatMap((i) => {
    const room = rectOf(groups[i]).width - 12;
    return Object.values(lines[i]).flatMap((line) => tooLong(line, room));
  });
  const labels = labelled.filter((k) => seen.edges.has(k)).map((k) => {
    const [left, right] = roomOf(k);
    const room = right - left;
    const texts = all("text", backward[k]);
    const long = Math.max(...texts.map((text) => text.getComputedTextLength())) + HALO;
    const width = Math.max(places[k].width, Math.min(room, long));
    const x = Math.min(places[k].x - (width - places[k].width) / 2, right - width);
    return { k, x, width, tight: texts.flatMap((text) => tooLong(text, room - HALO)) };
  });
  labels.forEach((label) => setLabel(label.k, label));
  for (const [line, room, share] of [...inBoxes, ...labels.flatMap(({ tight }) => tight)]) {
    line.style.fontSize = `${Math.max(share, SMALLEST) * line.getAttribute("font-size")}px`;
    line.setAttribute("textLength", room);
    line.setAttribute("lengthAdjust", "spacingAndGlyphs");
  }
}

function tooLong(line, room) {
  const share = line?.textContent ? room / line.getComputedTextLength() : 1;
  return share < 1 ? [[line, room, share]] : [];
}

function rectOf(group) {
  const rect = find(":scope > rect:last-of-type", group);
  const at = ["x", "y", "width", "height"].map((name) => [name, rect[name].baseVal.value]);
  return Object.fromEntries(at);
}

// From where to where a label may reach before it meets a box or another label.
function roomOf(k) {
  const { x, y, width, height } = places[k];
  const labels = view.arrows.filter((other) => other !== k && places[other]);
  const others = [...view.boxes.map((i) => rectOf(groups[i])), ...labels.map((other) => places[other])];
  const beside = others.filter((other) => other.y < y + height && y < other.y + other.height);
  const ends = beside.filter((other) => other.x < x).map((other) => other.x + other.width + APART);
  const starts = beside.filter((other) => other.x > x).map((other) => other.x - HALO / 2);
  return [Math.min(x, Math.max(...ends)), Math.max(x + width, Math.min(...starts))];
}

function setLabel(k, { x, width }) {
  const halo = find("rect", backward[k]);
  for (const [name, value] of Object.entries({ x, width })) halo.setAttribute(name, value);
  for (const text of all("text", backward[k])) text.setAttribute("x", x + width / 2);
}

function startLive() {
  find("#live-reset").addEventListener("click", reset);
  find("#input-sought").addEventListener("input", showInputs);
  find("#input-sought").parentElement.hidden = inputs.length <= listed;
  showInputs();
  marksOf = marksNow;
  // A label may grow: what is drawn last no box crosses out.
  for (const group of backward) group?.parentNode.append(group);
  document.addEventListener("shown", squeeze);
  document.addEventListener("shown", drawMarks);
  find("#live").hidden = false;
}
