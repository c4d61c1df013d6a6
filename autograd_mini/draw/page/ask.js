// Asking: a node in full, its way to the result, and every path between two picked nodes.

const PATHS_SHOWN = 20;
const TABLE_ROWS = 8;
const TABLE_COLUMNS = 8;

let asked = null;
let picked = [];

const usedBy = boxes.map(() => []);
const usedFrom = boxes.map(() => []);
arrows.forEach(({ source, target }, k) => {
  usedBy[source].push(k);
  usedFrom[target].push(k);
});

// Operands before results.
const order = (() => {
  const waiting = usedFrom.map((edges) => edges.length);
  const found = boxes.flatMap((_, i) => (waiting[i] ? [] : [i]));
  for (const i of found) {
    for (const { target } of usedBy[i].map((k) => arrows[k])) {
      waiting[target] -= 1;
      if (!waiting[target]) found.push(target);
    }
  }
  return found;
})();

// A node in full ---------------------------------------------------------------------------------

function tell() {
  const i = asked ?? subject();
  const about = find("#about");
  about.hidden = i === null;
  if (i !== null) about.replaceChildren(...told(i));
  markWay();
}

function told(i) {
  const { line, detail, inside, full } = boxes[i];
  const value = seen.values.has(i) ? [make("div", {}, ...toldValue(i))] : [];
  const dvar = seen.grads.has(i) ? [make("div", {}, ...toldDvar(i))] : [];
  return [
    make("h2", { textContent: line }),
    ...(full ? [paragraph(full)] : []),
    ...(detail ? [paragraph(detail)] : []),
    ...(inside ? [paragraph(`Folded in it: ${inside}.`)] : []),
    make("div", { className: "sides" }, ...value, ...dvar),
    ...marksKnown(i).map(toldMark),
  ];
}

function toldMark({ sign, text }) {
  const line = paragraph(text, "mark");
  line.dataset.sign = sign;
  return line;
}

function toldValue(i) {
  const { name, float32 } = boxes[i];
  const value = state.values[i];
  const said = `${name}${filled(i)} = ${exact(value, float32)}`;
  return [paragraph(said, "value"), ...picture(value, name, float32)];
}

// dJ/db = dJ/du × du/db + ... = 3 × 2 + ... = 6, as far as it has come.
function toldDvar(i) {
  const edges = receives[i].filter((k) => seen.edges.has(k));
  const grad = seen.grads.get(i);
  const whole = seen.whole.has(i);
  const { derivative, dname, float32 } = boxes[i];
  const sum = [derivative, ...chainRule(i, edges), exact(grad, float32)].join(" = ");
  const numeric = whole ? state.numeric[i] : null;
  return [
    paragraph(whole ? sum : `${sum}, so far`, "dvar"),
    ...(numeric === null ? [] : [paragraph(`By differences: ${exact(numeric)}`)]),
    ...picture(grad, dname, float32),
  ];
}

// The sum in names and, where all are single numbers, in numbers.
function chainRule(i, edges) {
  if (!edges.length || boxes[i].results > 1) return [];
  const more = boxes[i].partly ? [UNTOLD] : [];
  const rules = [...edges.map(rule), ...more].join(" + ");
  if (more.length || edges.some((k) => factorsOf(k).includes(null))) return [rules];
  return [rules, edges.map((k) => product(k).split(" = ")[0]).join(" + ")];
}

// An array as a table of its numbers where they are few, else as a heat map.
function picture(x, name, float32) {
  if (typeof x === "number" || !x.cells?.length) return [];
  const { cells } = x;
  const small = cells.length <= TABLE_ROWS && cells[0].length <= TABLE_COLUMNS;
  const range = `least ${written(x.low)}, mean ${written(x.mean)}, greatest ${written(x.high)}`;
  const [drawn, key] = small ? [table(x, float32), ""] : heatMap(x, `Heat map of ${name}, ${range}`);
  const caption = paragraph(`${name} ${x.shape}: ${range}${small ? "" : meansOf(x.each)}${key}`);
  return [caption, make("div", { className: "scroll" }, drawn)];
}

function meansOf([down, across]) {
  if (down * across === 1) return "";
  return `; a square is the mean of up to ${down} × ${across} numbers`;
}

function table(x, float32) {
  return grid(x, "numbers", (number) => make("td", { textContent: exact(number, float32) }));
}

function heatMap(x, label) {
  const most = Math.max(...x.cells.flat().filter(Number.isFinite).map(Math.abs)) || 1;
  const drawn = grid(x, "heat", (number) => heat(number / most));
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", label);
  return [drawn, `; the deepest orange is ${written(-most)}, the deepest blue ${written(most)}`];
}

// More than two axes are blocks of rows, as long as each row is one.
function grid({ cells, shape, each }, className, cell) {
  const drawn = cells.map((row) => make("tr", {}, ...row.map(cell)));
  const block = each[0] === 1 ? Number(shape.match(/\d+/g).at(-2) ?? 1) : drawn.length;
  const starts = drawn.flatMap((_, i) => (i % block === 0 ? [i] : []));
  const blocks = starts.map((i) => make("tbody", {}, ...drawn.slice(i, i + block)));
  return make("table", { className }, ...blocks);
}

// From orange over the paper's colour to blue: told apart by all kinds of eyes.
function heat(share) {
  const cell = make("td");
  const colour = `var(${share < 0 ? "--low" : "--high"}) ${Math.round(100 * Math.abs(share))}%`;
  const finite = Number.isFinite(share);
  cell.style.background = finite ? `color-mix(in srgb, ${colour}, var(--page))` : "var(--badge)";
  return cell;
}

// Ways -------------------------------------------------------------------------------------------

// The arrows that lie on some way from one box to another.
function between(from, to) {
  const after = reach([from], usedBy, (k) => arrows[k].target);
  const before = reach([to], usedFrom, (k) => arrows[k].source);
  const on = ({ source, target }) => after.has(source) && before.has(target);
  return new Set(arrows.flatMap((arrow, k) => (on(arrow) ? [k] : [])));
}

function reach(pending, edges, next) {
  const found = new Set(pending);
  for (const i of pending) {
    for (const k of edges[i]) {
      if (found.has(next(k))) continue;
      found.add(next(k));
      pending.push(next(k));
    }
  }
  return found;
}

function markWay() {
  const way = wayShown();
  const on = new Set([...way].flatMap((k) => [arrows[k].source, arrows[k].target]));
  groups.forEach((group, i) => group.classList.toggle("way", on.has(i)));
  forward.forEach((parts, k) => {
    for (const part of parts) part.classList.toggle("way", way.has(k));
  });
}

// Between the picked nodes, else from the one that is asked to the result.
function wayShown() {
  if (picked.length === 2) return between(...inOrder(...picked));
  if (asked === null || view.output === null) return new Set();
  return between(asked, view.output);
}

function inOrder(one, other) {
  return order.indexOf(one) < order.indexOf(other) ? [one, other] : [other, one];
}

function tellWays() {
  const panel = find("#ways");
  panel.hidden = picked.length === 0;
  if (picked.length === 1) {
    const { name } = boxes[picked[0]];
    panel.replaceChildren(paragraph(`${name} is picked; pick another to see the paths between.`));
  }
  if (picked.length === 2) panel.replaceChildren(...toldWays(...inOrder(...picked)));
}

function toldWays(from, to) {
  const way = between(from, to);
  const names = `${boxes[from].name} to ${boxes[to].name}`;
  if (!way.size) return [paragraph(`No path leads from ${names}.`)];
  const [count, sum] = summed(from, to, way);
  const listed = paths(from, to, way).map((path) => toldPath(from, path));
  const title = `${count === 1 ? "One path" : `${written(count)} paths`} from ${names}`;
  const items = listed.map((textContent) => make("li", { textContent }));
  const below = [];
  if (count > listed.length) below.push(`Cut here: ${written(count - listed.length)} more paths.`);
  if (count > 1 && sum !== null && boxes[from].results === 1) below.push(toldSum(sum, from, to));
  if (view.boxes.some((i) => boxes[i].stub)) below.push("Paths through what is not drawn are left out.");
  const head = make("h2", { textContent: title });
  return [head, make("ol", {}, ...items), ...below.map((text) => paragraph(text))];
}

function toldSum(sum, from, to) {
  const whole = !view.boxes.some((i) => boxes[i].stub);
  const of = whole ? `, the derivative of ${boxes[to].name} by ${boxes[from].name}` : "";
  return `The products together: ${written(sum)}${of}.`;
}

function toldPath(from, path) {
  const nodes = [from, ...path.map((k) => arrows[k].target)].map((i) => boxes[i].name);
  const slopes = path.map(slopeOf);
  if (slopes.includes(null)) return nodes.join(" → ");
  const result = slopes.length > 1 ? ` = ${written(slopes.reduceRight((x, y) => x * y))}` : "";
  return `${nodes.join(" → ")}: ${slopes.map((x) => written(x)).join(" × ")}${result}`;
}

// The local derivative along an arrow: one number, and stepped through already.
function slopeOf(k) {
  return seen.edges.has(k) ? single(state.locals[k]) : null;
}

// The first paths, by going deep; only what leads there is entered.
function paths(from, to, way) {
  const found = [];
  const stack = [[from, []]];
  while (stack.length && found.length < PATHS_SHOWN) {
    const [i, path] = stack.pop();
    if (i === to) found.push(path);
    else {
      const onward = usedBy[i].filter((k) => way.has(k)).reverse();
      stack.push(...onward.map((k) => [arrows[k].target, [...path, k]]));
    }
  }
  return found;
}

// How many paths there are and what their products come to, by adding up, however many.
function summed(from, to, way) {
  const count = new Map([[from, 1]]);
  const sum = new Map([[from, 1]]);
  for (const i of order) {
    const edges = usedFrom[i].filter((k) => way.has(k));
    if (!edges.length) continue;
    const parts = edges.map((k) => times(slopeOf(k), sum.get(arrows[k].source)));
    count.set(i, edges.map((k) => count.get(arrows[k].source)).reduce((x, y) => x + y));
    sum.set(i, parts.includes(null) ? null : parts.reduce((x, y) => x + y));
  }
  return [count.get(to), sum.get(to)];
}

function times(x, y) {
  return x === null || y === null ? null : x * y;
}

// Nodes as buttons -------------------------------------------------------------------------------

function ask(i) {
  asked = i;
  tell();
}

function pick(i) {
  const kept = picked.filter((other) => other !== i);
  picked = kept.length < picked.length ? kept : [...picked, i].slice(-2);
  groups.forEach((group, at) => group.setAttribute("aria-pressed", picked.includes(at)));
  tellWays();
  markWay();
}

// One node at a time is in the order of Tab; arrows move on to the nearest that way.
function rove(i) {
  for (const at of view.boxes) groups[at].setAttribute("tabindex", at === i ? 0 : -1);
}

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function neighbour(i, [dx, dy]) {
  const [x0, y0] = middle(i);
  const away = (at) => {
    const [x, y] = middle(at);
    const along = (x - x0) * dx + (y - y0) * dy;
    const aside = Math.abs((x - x0) * dy) + Math.abs((y - y0) * dx);
    return along > 1 ? along + 2 * aside : Infinity;
  };
  const far = view.boxes.map(away);
  const nearest = Math.min(...far);
  return nearest === Infinity ? i : view.boxes[far.indexOf(nearest)];
}

function middle(i) {
  const { x, y, width, height } = groups[i].getBBox();
  return [x + width / 2, y + height / 2];
}

function onNodeKey(event, i) {
  if (event.key in WAYS) groups[neighbour(i, WAYS[event.key])].focus();
  else if (event.key === "Enter" || event.key === " ") pick(i);
  else if (event.key === "Escape") picked.forEach((at) => pick(at));
  else return;
  event.preventDefault();
}

function startAsking() {
  for (const { svg } of views) svg.setAttribute("role", "group");
  groups.forEach((group, i) => {
    group.setAttribute("role", "button");
    group.setAttribute("aria-pressed", "false");
    group.addEventListener("click", () => pick(i));
    group.addEventListener("keydown", (event) => onNodeKey(event, i));
    group.addEventListener("pointerenter", () => ask(i));
    group.addEventListener("pointerleave", () => ask(null));
    group.addEventListener("focus", () => {
      rove(i);
      ask(i);
    });
    group.addEventListener("blur", () => ask(null));
  });
  rove(0);
  document.addEventListener("shown", () => {
    tell();
    tellWays();
  });
}
