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

// A node in full ---------------------------------------------------------------------------------

function tell() {
  const i = asked ?? subject();
  const about = find("#about");
  about.hidden = i === null;
  if (i !== null) about.replaceChildren(...told(i));
  markWay();
}

function told(i) {
  const box = boxes[i];
  const parts = [make("h2", { textContent: box.line })];
  if (box.detail) parts.push(make("p", { textContent: box.detail }));
  const value = seen.values.has(i) ? [make("div", {}, ...toldValue(i))] : [];
  const dvar = seen.grads.has(i) ? [make("div", {}, ...toldDvar(i))] : [];
  parts.push(make("div", { className: "sides" }, ...value, ...dvar));
  for (const { sign, text } of box.marks) {
    const line = make("p", { className: "mark", textContent: text });
    line.dataset.sign = sign;
    parts.push(line);
  }
  return parts;
}

function toldValue(i) {
  const value = state.values[i];
  const numbers = boxes[i].formula.length && ofNumbers(i) ? `= ${filled(i)} ` : "";
  const line = make("p", { className: "value", textContent: `${boxes[i].name} ${numbers}= ${exact(value)}` });
  return [line, ...picture(value, `${boxes[i].name}`)];
}

// dJ/db = dJ/du × du/db + ... = 3 × 2 + ... = 6, as far as it has come.
function toldDvar(i) {
  const edges = receives[i].filter((k) => seen.edges.has(k));
  const grad = seen.grads.get(i);
  const parts = [boxes[i].derivative];
  if (edges.length) parts.push(edges.map(rule).join(" + "));
  if (edges.length && edges.every((k) => !factorsOf(k).includes(null))) parts.push(edges.map((k) => product(k).split(" = ")[0]).join(" + "));
  const lines = [make("p", { className: "dvar", textContent: `${[...parts, exact(grad)].join(" = ")}${soFar(i)}` })];
  if (slopes[i] !== null && seen.whole.has(i)) lines.push(make("p", { textContent: `By differences: ${exact(slopes[i])}` }));
  return [...lines, ...picture(grad, boxes[i].dname)];
}

function soFar(i) {
  return seen.whole.has(i) ? "" : ", so far";
}

// An array as a table of its numbers where they are few, else as a heat map; a column as a row.
function picture(x, name) {
  if (typeof x === "number" || !x.cells?.length) return [];
  const cells = x.cells[0].length === 1 ? [x.cells.flat()] : x.cells;
  const small = cells.length <= TABLE_ROWS && cells[0].length <= TABLE_COLUMNS;
  const range = `least ${written(x.low)}, mean ${written(x.mean)}, greatest ${written(x.high)}`;
  const [drawn, key] = small ? [table(cells), ""] : heatMap(cells, `Heat map of ${name}, ${range}`);
  const means = !small && x.each[0] * x.each[1] > 1 ? `; a square is the mean of up to ${x.each.join(" × ")} numbers` : "";
  const caption = make("p", { textContent: `${name} ${x.shape}: ${range}${means}${key}` });
  return [caption, make("div", { className: "scroll" }, drawn)];
}

function table(cells) {
  return grid(cells, "numbers", (x) => make("td", { textContent: written(x) }));
}

function heatMap(cells, label) {
  const most = Math.max(...cells.flat().filter(Number.isFinite).map(Math.abs)) || 1;
  const drawn = grid(cells, "heat", (x) => heat(x / most));
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", label);
  return [drawn, `; the deepest orange is ${written(-most)}, the deepest blue ${written(most)}`];
}

function grid(cells, className, cell) {
  const lines = cells.map((line) => make("tr", {}, ...line.map((x) => cell(x))));
  return make("table", { className }, make("tbody", {}, ...lines));
}

// From orange over the paper's colour to blue: told apart by all kinds of eyes.
function heat(share) {
  const cell = make("td");
  if (!Number.isFinite(share)) cell.style.background = "var(--badge)";
  else cell.style.background = `color-mix(in srgb, var(${share < 0 ? "--low" : "--high"}) ${Math.round(100 * Math.abs(share))}%, var(--page))`;
  return cell;
}

// Ways -------------------------------------------------------------------------------------------

// The arrows that lie on some way from one box to another.
function between(from, to) {
  const after = reach([from], usedBy, (k) => arrows[k].target);
  const before = reach([to], usedFrom, (k) => arrows[k].source);
  return arrows.flatMap(({ source, target }, k) => (after.has(source) && before.has(target) ? [k] : []));
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
  const ends = picked.length === 2 ? picked : asked === null || data.output === null ? [] : [asked, data.output];
  const way = ends.length ? between(...inOrder(...ends)) : [];
  const on = new Set(way.flatMap((k) => [arrows[k].source, arrows[k].target]));
  groups.forEach((group, i) => group.classList.toggle("way", on.has(i)));
  arrows.forEach((_, k) => forward[k].forEach((path) => path.classList.toggle("way", way.includes(k))));
}

// Operands stand before results.
function inOrder(one, other) {
  return one < other ? [one, other] : [other, one];
}

function tellWays() {
  const panel = find("#ways");
  panel.hidden = picked.length === 0;
  if (picked.length === 1) panel.replaceChildren(make("p", { textContent: `${boxes[picked[0]].name} is picked; pick another node to see the paths between them.` }));
  if (picked.length === 2) panel.replaceChildren(...toldWays(...inOrder(...picked)));
}

function toldWays(from, to) {
  const way = new Set(between(from, to));
  const names = `${boxes[from].name} to ${boxes[to].name}`;
  if (!way.size) return [make("p", { textContent: `No path leads from ${names}.` })];
  const [count, sum] = summed(from, to, way);
  const listed = paths(from, to, way).map((path) => make("li", { textContent: toldPath(from, path) }));
  const more = count > listed.length ? [make("p", { textContent: `Cut here: ${written(count - listed.length)} more paths.` })] : [];
  const total = sum === null || count === 1 ? "" : `The products together: ${written(sum)}, the derivative of ${boxes[to].name} by ${boxes[from].name}.`;
  const title = make("h2", { textContent: `${count === 1 ? "One path" : `${written(count)} paths`} from ${names}` });
  return [title, make("ol", {}, ...listed), ...more, ...(total ? [make("p", { textContent: total })] : [])];
}

function toldPath(from, path) {
  const nodes = [from, ...path.map((k) => arrows[k].target)].map((i) => boxes[i].name).join(" → ");
  const slopes = path.map(slopeOf).reverse();
  if (slopes.some((slope) => slope === null)) return nodes;
  const result = slopes.reduce((x, y) => x * y);
  return `${nodes}: ${slopes.map(written).join(" × ")}${slopes.length > 1 ? ` = ${written(result)}` : ""}`;
}

// The local derivative along an arrow: one number, and stepped through already.
function slopeOf(k) {
  return seen.edges.has(k) ? single(state.locals[k]) : null;
}

// The first paths, by going deep; the way is bounded by what leads there.
function paths(from, to, way) {
  const found = [];
  const stack = [[from, []]];
  while (stack.length && found.length < PATHS_SHOWN) {
    const [i, path] = stack.pop();
    if (i === to) found.push(path);
    else for (const k of usedBy[i].filter((k) => way.has(k)).reverse()) stack.push([arrows[k].target, [...path, k]]);
  }
  return found;
}

// How many paths there are and what their products come to, by adding up, however many.
function summed(from, to, way) {
  const count = new Map([[from, 1]]);
  const sum = new Map([[from, 1]]);
  for (let i = from + 1; i <= to; i++) {
    const edges = usedFrom[i].filter((k) => way.has(k));
    if (!edges.length) continue;
    count.set(i, edges.reduce((total, k) => total + count.get(arrows[k].source), 0));
    const parts = edges.map((k) => (slopeOf(k) === null || sum.get(arrows[k].source) === null ? null : slopeOf(k) * sum.get(arrows[k].source)));
    sum.set(i, parts.includes(null) ? null : parts.reduce((x, y) => x + y));
  }
  return [count.get(to), sum.get(to)];
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
  groups.forEach((group, at) => group.setAttribute("tabindex", at === i ? 0 : -1));
}

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function neighbour(i, [dx, dy]) {
  const middle = (at) => {
    const { x, y, width, height } = groups[at].getBBox();
    return [x + width / 2, y + height / 2];
  };
  const [x0, y0] = middle(i);
  const away = (at) => {
    const [x, y] = middle(at);
    const along = (x - x0) * dx + (y - y0) * dy;
    const aside = Math.abs((x - x0) * dy) + Math.abs((y - y0) * dx);
    return along > 1 ? along + 2 * aside : Infinity;
  };
  const nearest = groups.map((_, at) => at).reduce((best, at) => (away(at) < away(best) ? at : best), i);
  return nearest;
}

function onNodeKey(event, i) {
  if (event.key in WAYS) groups[neighbour(i, WAYS[event.key])].focus();
  else if (event.key === "Enter" || event.key === " ") pick(i);
  else if (event.key === "Escape") picked.forEach((at) => pick(at));
  else return;
  event.preventDefault();
}

function startAsking() {
  svg.setAttribute("role", "group");
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
