// The stage: the picture is zoomed and moved, labels are found, scopes are folded and unfolded.

const LEAST = 0.1;
const MOST = 4;
const CLOSER = 1.25;
const PAN = 80;
const A_DRAG = 4;
const FOUND_SHOWN = 12;
const LEGIBLE = 0.6;

// Zoom and pan -----------------------------------------------------------------------------------

function scale() {
  return view.svg.getBoundingClientRect().width / view.svg.viewBox.baseVal.width;
}

// What is at this point of the window stays there; without one, what is in the middle.
function zoom(wanted, at = middleOf(stage)) {
  const before = view.svg.getBoundingClientRect();
  const [x, y] = [(at.x - before.left) / before.width, (at.y - before.top) / before.height];
  setScale(Math.min(Math.max(wanted, LEAST), MOST));
  const after = view.svg.getBoundingClientRect();
  pan(after.left + x * after.width - at.x, after.top + y * after.height - at.y);
}

function setScale(wanted) {
  Object.assign(view.svg.style, {
    width: `${wanted * view.svg.viewBox.baseVal.width}px`,
    maxWidth: "none",
  });
  showScale();
}

function showScale() {
  find("#scale").textContent = `${Math.round(100 * scale())} %`;
}

// Until it is zoomed, all of it is shown where that is legible; by itself it shrinks to less.
function shrink() {
  for (const { svg } of views.filter((each) => !each.svg.style.width)) {
    const fits = stage.clientWidth >= LEGIBLE * svg.viewBox.baseVal.width;
    svg.style.maxWidth = fits ? "100%" : "";
  }
  showScale();
}

function fit() {
  const { width, height } = view.svg.viewBox.baseVal;
  const room = Number.parseFloat(getComputedStyle(stage).maxHeight);
  setScale(Math.min(stage.clientWidth / width, room / height, 1));
}

function pan(x, y) {
  stage.scrollLeft += x;
  stage.scrollTop += y;
}

function middleOf(element) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
}

function centre(element) {
  const [from, to] = [middleOf(element), middleOf(stage)];
  pan(from.x - to.x, from.y - to.y);
  stage.scrollIntoView({ block: "nearest" });
}

const zooms = {
  in: () => zoom(scale() * CLOSER),
  out: () => zoom(scale() / CLOSER),
  fit,
};
const ZOOM_KEYS = { "+": "in", "=": "in", "-": "out", "−": "out", 0: "fit" };

function onStageKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest("input, .scroll")) return;
  const way = WAYS[event.key];
  if (event.key in ZOOM_KEYS) zooms[ZOOM_KEYS[event.key]]();
  else if (event.shiftKey && way) pan(PAN * way[0], PAN * way[1]);
  else if (event.key === "/") find("#search").focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

// With ctrl, as a touchpad's pinch comes, too.
function onWheel(event) {
  if (!event.ctrlKey) return;
  event.preventDefault();
  zoom(scale() * Math.exp(-event.deltaY / 300), event);
}

// A finger pans by scrolling; two zoom.
let pinched = null;

function onTouch(event) {
  if (event.touches.length !== 2) {
    pinched = null;
    return;
  }
  event.preventDefault();
  const [one, other] = event.touches;
  const apart = Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  const at = { x: (one.clientX + other.clientX) / 2, y: (one.clientY + other.clientY) / 2 };
  pinched ??= { apart, scale: scale() };
  zoom((pinched.scale * apart) / pinched.apart, at);
}

let dragged = null;

function onDown(event) {
  dragged = null;
  if (event.pointerType === "touch" || event.button !== 0) return;
  dragged = { x: event.clientX, y: event.clientY, moved: false };
}

function onMove(event) {
  if (!dragged || !event.buttons) return;
  const [x, y] = [dragged.x - event.clientX, dragged.y - event.clientY];
  if (!dragged.moved && Math.hypot(x, y) < A_DRAG) return;
  stage.setPointerCapture(event.pointerId);
  pan(x, y);
  dragged = { x: event.clientX, y: event.clientY, moved: true };
}

// Scopes and parts -------------------------------------------------------------------------------

function opens(i) {
  return boxes[i].scopes.some((scope) => views.some(({ frames }) => frames.includes(scope)));
}

// Of the views in which a scope is open, or is not, the one that differs least from this one.
function nearest(scopes, open) {
  return nearestOf(views.filter(({ frames }) => frames.some((each) => scopes.includes(each)) === open));
}

function nearestOf(fits) {
  const differs = ({ frames }) => frames.filter((each) => !view.frames.includes(each)).length
    + view.frames.filter((each) => !frames.includes(each)).length;
  return fits.reduce((best, each) => (differs(each) < differs(best) ? each : best), fits[0]);
}

function unfold(i) {
  const { scopes } = boxes[i];
  enter(nearest(scopes, true));
  const at = view.frames.findIndex((scope) => scopes.includes(scope));
  meet(find(`[data-frame="${at}"] .fold`, view.svg));
}

function foldUp(scope) {
  enter(nearest([scope], false));
  const box = view.boxes.find((i) => boxes[i].scopes.includes(scope));
  if (box !== undefined) meet(groups[box]);
}

// What is not to be seen, and how many boxes do not open: a file has no room for all that they hold.
function tellFolded() {
  const closed = view.boxes.filter((i) => boxes[i].inside && !opens(i)).length;
  const which = closed === 1 ? "One box does not open here" : `${closed} boxes do not open here`;
  const room = views.length === 1 ? "this view alone" : `${views.length} views`;
  const ends = closed ? ` ${which}: the file has room for ${room}.` : "";
  find("#folded").textContent = (view.says || "All nodes are shown.") + ends;
}

function meet(element) {
  element.focus({ preventScroll: true });
  centre(element);
}

// Another view, at the same step.
function enter(other) {
  if (other === view) return;
  const at = stepIn(other);
  change(other);
  show(at);
  remember();
}

// Another view, as large, with the same nodes picked where it has them.
function change(other) {
  if (other === view) return;
  const [kept, size] = [picked.map((i) => placeIn(other, i)), scale()];
  [...picked].forEach(pick);
  for (const each of [view, other]) {
    each.svg.toggleAttribute("hidden", each === view);
    for (const i of each.boxes) rows[i]?.toggleAttribute("hidden", each === view);
  }
  view = other;
  setScale(size);
  asked = null;
  rove(view.boxes[0]);
  [...new Set(kept)].forEach(pick);
  tellFolded();
  search();
}

function viewInAddress() {
  const found = /&view=(\d+)$/.exec(location.hash);
  return views[found ? Number(found[1]) : 0] ?? views[0];
}

function placeIn(other, i) {
  return other.boxes[data.places[i][views.indexOf(other)]];
}

// The same step there, else the last one for the same box on the same way, forward or backward.
function stepIn(other) {
  if (step === 0 || step === lastStep()) return step && other.steps.length;
  const [kind, at] = view.steps[step - 1];
  const about = placeIn(other, subject());
  const from = kind === "edge" ? placeIn(other, arrows[at].target) : null;
  const same = (given, i) => {
    if (given !== kind) return false;
    return kind === "edge" ? arrows[i].source === about && arrows[i].target === from : i === about;
  };
  const alike = (given, i) => {
    if ((given === "value") !== (kind === "value")) return false;
    return (given === "edge" ? arrows[i].source : i) === about;
  };
  const forwardOnly = (given) => kind !== "value" && given === "value";
  const found = [same, alike, forwardOnly].map((is) => other.steps.findLastIndex((one) => is(...one)));
  return (found.find((last) => last >= 0) ?? -1) + 1;
}

function drawnSign(x, y, sign) {
  const element = (name, attributes, text = "") => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };
  const group = element("g", { class: "sign" });
  group.append(
    element("circle", { class: "target", cx: x, cy: y, r: 14 }),
    element("circle", { cx: x, cy: y, r: 8.5 }),
    element("text", { x, y: y + 4.5, "text-anchor": "middle", "font-size": 14 }, sign),
  );
  return group;
}

function corner(element) {
  const rect = find("rect:last-of-type", element);
  return ["x", "y"].map((name) => Number(rect.getAttribute(name)) + 4);
}

function startFolding() {
  boxes.forEach((_, i) => {
    if (!opens(i)) return;
    groups[i].append(drawnSign(...corner(groups[i]), "+"));
    groups[i].setAttribute("aria-expanded", "false");
  });
  for (const each of views.length > 1 ? views : []) {
    all("[data-frame]", each.svg).forEach((frame, at) => addFold(frame, each.frames[at]));
  }
  stage.addEventListener("click", onStageClick, true);
  stage.addEventListener("keydown", onFoldKey, true);
}

function addFold(frame, scope) {
  const name = find("text", frame);
  const fold = drawnSign(...corner(frame), "−");
  fold.classList.add("fold");
  fold.prepend(name);
  frame.append(fold);
  const attributes = { role: "button", tabindex: 0, "aria-expanded": true, "data-scope": scope };
  for (const [key, value] of Object.entries(attributes)) fold.setAttribute(key, value);
  fold.setAttribute("aria-label", name.textContent);
}

// A drag is no click; a click on what can be opened does so, with shift it is picked like any node.
function onStageClick(event) {
  const moved = dragged?.moved;
  dragged = null;
  if (moved) event.stopPropagation();
  else if (!event.shiftKey) folds(event);
}

function onFoldKey(event) {
  const onFrame = event.target.closest(".fold");
  if (event.key === "Enter" || (onFrame && event.key === " ")) folds(event);
}

function folds(event) {
  const [box, fold] = ["[data-box]", ".fold"].map((selector) => event.target.closest(selector));
  const i = box ? groups.indexOf(box) : -1;
  if (fold) foldUp(Number(fold.dataset.scope));
  else if (i >= 0 && opens(i)) unfold(i);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

// Search -----------------------------------------------------------------------------------------

// As it is searched: t1 finds t₁, and capitals do not count.
function plain(text) {
  return text.normalize("NFKC").toLowerCase();
}

// Labels and scopes that hold the text, each with its box; those that begin with it first.
function matches(text) {
  const wanted = plain(text);
  const at = views.indexOf(view);
  const named = view.boxes.map((i) => [boxes[i].role === "scope" ? boxes[i].line : boxes[i].name, [i]]);
  const labelled = data.labels.map(([label, ...held]) => [label, held[at].map((i) => view.boxes[i])]);
  const titled = ({ role, name }, label) => role === "scope" && name === label; // found by its line
  const others = labelled.map(([label, held]) => [label, held.filter((i) => !titled(boxes[i], label))]);
  const found = [...named, ...others].flatMap(([label, held]) => {
    const place = plain(label).indexOf(wanted);
    if (place < 0) return [];
    const rank = plain(label) === wanted ? 0 : place === 0 ? 1 : 2;
    return held.map((box) => ({ label, box, rank }));
  });
  const known = new Map(found.map((each) => [`${each.box} ${each.label}`, each]));
  return [...known.values()].sort((one, other) => one.rank - other.rank);
}

function search() {
  const text = find("#search").value.trim();
  const found = text ? matches(text) : [];
  find("#found").replaceChildren(...found.slice(0, FOUND_SHOWN).map(foundItem));
  const more = found.length > FOUND_SHOWN ? `, the first ${FOUND_SHOWN} of them here` : "";
  const are = data.unlisted === 1 ? "label is" : "labels are";
  const unlisted = data.unlisted ? `; ${data.unlisted} more ${are} not searched` : "";
  find("#matches").textContent = text ? `${found.length || "None"} found${more}${unlisted}.` : "";
}

function foundItem({ label, box }) {
  const button = make("button", { type: "button", textContent: where(label, box) });
  button.addEventListener("click", () => meetNode(label, box));
  return make("li", {}, button);
}

// The node with a label that is in a box: alone where a view has it so, else in its box.
function meetNode(label, box) {
  const start = view;
  const alone = ({ boxes: own }) =>
    own.find((i) => placeIn(start, i) === box && isNamed(i, label) && !stacked(i));
  const shows = nearestOf(views.filter((each) => alone(each) !== undefined));
  if (shows) enter(shows);
  meet(groups[shows ? alone(shows) : box]);
}

function isNamed(i, label) {
  const { name, line } = boxes[i];
  return [name, line].includes(label) || name.startsWith(`${label}#`);
}

// Several alike nodes are drawn as this box.
function stacked(i) {
  return boxes[i].detail.startsWith("×");
}

// "w0[3] in h0[3] (32 nodes)" where it has no box of its own.
function where(label, i) {
  const { role, name, line, detail } = boxes[i];
  if (isNamed(i, label)) return label;
  return `${label} in ${role === "scope" ? line : name}${detail ? ` (${detail})` : ""}`;
}

function onSearchKey(event) {
  const first = find("#found button");
  if (event.key === "Enter") first?.click();
  else if (event.key === "ArrowDown") first?.focus();
  else if (event.key === "Escape") {
    event.target.value = "";
    search();
  } else return;
  event.preventDefault();
}

// Start ------------------------------------------------------------------------------------------

const folding = {
  all: () => enter(views.reduce((a, b) => (b.frames.length < a.frames.length ? b : a))),
  none: () => enter(views.reduce((a, b) => (b.frames.length > a.frames.length ? b : a))),
};

function startStage() {
  for (const part of all(".stage")) part.hidden = false;
  for (const button of all("[data-zoom]")) {
    button.addEventListener("click", zooms[button.dataset.zoom]);
  }
  for (const button of all("[data-fold]")) {
    button.hidden = views.length < 2;
    button.addEventListener("click", folding[button.dataset.fold]);
  }
  document.addEventListener("keydown", onStageKey, true);
  stage.addEventListener("wheel", onWheel, { passive: false });
  for (const kind of ["touchstart", "touchmove", "touchend"]) {
    stage.addEventListener(kind, onTouch, { passive: false });
  }
  stage.addEventListener("pointerdown", onDown);
  stage.addEventListener("pointermove", onMove);
  addEventListener("resize", shrink);
  find("#search").addEventListener("input", search);
  find("#search").addEventListener("keydown", onSearchKey);
  if (view.says) tellFolded();
  startFolding();
  addEventListener("hashchange", () => change(viewInAddress()));
  shrink();
  change(viewInAddress());
}
