// Practice: the dvars are blank, the learner fills them in, the page says where the first slip is.

const DONE = "All right. Now you can step backward, too.";

// The nodes in the order in which backward comes by their whole dvars.
const questions = (() => {
  const backward = view.steps.filter(([kind]) => kind !== "value");
  const order = backward.map(([kind, at]) => (kind === "edge" ? arrows[at].source : at));
  const last = order.filter((i, at) => order.lastIndexOf(i) === at);
  return last.filter((i) => rows[i] && !boxes[i].partly && entries(state.grads[i]) !== null);
})();
const fields = new Map();
const answers = new Map();

// The numbers of a dvar that one can be asked for; null for a large array.
function entries(x) {
  if (typeof x === "number") return [x];
  const flat = x?.cells?.flat() ?? [];
  return flat.length && flat.length <= 6 && x.each[0] * x.each[1] === 1 ? flat : null;
}

// "3", "1 / 3", "[1 2]" as ``count`` numbers; where they are not, a text that says why.
function readAll(text, count) {
  const between = count > 1 ? /[[\](),;\s]+/ : /[[\]()\s]+/;
  const words = text.replace(/\s*\/\s*/g, "/").split(between).filter(Boolean);
  const numbers = words.map(read);
  const point = /\d,\d/.test(text) ? "decimals have a point, as in 0.25" : "";
  if (numbers.includes(null)) return point || "not a number";
  if (numbers.length === count) return numbers;
  const wanted = count > 1 ? `${count} numbers are wanted` : "one number is wanted";
  return [`${wanted}, not ${numbers.length}`, point].filter(Boolean).join("; ");
}

// What rounds to the same 4 digits is right; of a whole number all digits before the point count.
function near(one, other) {
  return one.every((x, at) => rounds(x, other[at]));
}

function rounds(x, y) {
  if (x === y || !Number.isFinite(y)) return Object.is(x, y) || x === y;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(y))) - 3);
  const whole = Number.isInteger(y) && Math.abs(y) < 1e6;
  return Math.abs(x - y) <= 0.5000001 * (whole ? Math.min(unit, 1) : unit) + 1e-12;
}

// The numbers of an answer; null where there are none.
function given(i) {
  const found = answers.get(i);
  return Array.isArray(found) ? found : null;
}

function right(i) {
  return given(i) !== null && near(given(i), entries(state.grads[i]));
}

// What an answer would be if the answers before it were right: one slip is not counted twice.
function follows(i) {
  const upstream = (k) => given(arrows[k].target)?.[0] ?? NaN;
  const parts = receives[i].map((k) => upstream(k) * (single(state.locals[k]) ?? NaN));
  return parts.length > 0 && near(given(i), [parts.reduce((x, y) => x + y)]);
}

function judge() {
  const wrong = questions.filter((i) => given(i) !== null && !right(i));
  const score = questions.filter(right).length;
  data.solved = score === questions.length;
  for (const i of questions) judgeOne(i, i === wrong[0]);
  find("#score").textContent = `${score} of ${questions.length} right`;
  find("#slip").textContent = wrong.length ? slip(wrong[0]) : data.solved ? DONE : "";
  show(lastStep());
}

function slip(i) {
  return `The first slip is at ${boxes[i].dname}. Hint: ${hint(i)}.`;
}

// The rule with the local derivatives, and without what flows in.
function hint(i) {
  if (!receives[i].length) return "we start here, and a variable moves as much as itself";
  const known = receives[i].filter((k) => state.locals[k] !== null);
  const locals = [...new Set(known.map(toldLocal))];
  const where = locals.length ? `, where ${locals.join(" and ")}` : "";
  return `${boxes[i].derivative} = ${receives[i].map(rule).join(" + ")}${where}`;
}

// Next to the result the number would be the answer: there its formula is told.
function toldLocal(k) {
  const { target, slope, formula } = arrows[k];
  if (target !== view.output) return `${slope} = ${brief(state.locals[k])}`;
  return formula ? `${slope} = ${formula}` : boxes[target].line;
}

function judgeOne(i, first) {
  const { field, said } = fields.get(i);
  said.textContent = field.value.trim() ? verdict(i, first) : "";
  field.setAttribute("aria-invalid", said.textContent.startsWith("✗"));
}

function verdict(i, first) {
  if (given(i) === null) return `✗ ${answers.get(i)}`;
  if (right(i)) return "✓ right";
  return !first && follows(i) ? "✗ follows from an earlier slip" : "✗ not yet";
}

function answer(i) {
  answers.set(i, readAll(fields.get(i).field.value, entries(state.grads[i]).length));
  judge();
}

function resetExercise() {
  for (const { field } of fields.values()) field.value = "";
  answers.clear();
  judge();
}

function addField(i) {
  const field = make("input", { type: "text", autocomplete: "off", placeholder: "?" });
  const said = make("span");
  const help = make("button", { type: "button", textContent: "Hint" });
  field.setAttribute("aria-label", boxes[i].derivative);
  help.setAttribute("aria-label", `Hint for ${boxes[i].dname}`);
  field.addEventListener("change", () => answer(i));
  help.addEventListener("click", () => {
    find("#slip").textContent = `Hint for ${boxes[i].dname}: ${hint(i)}.`;
  });
  const cell = find("td.dvar", rows[i]);
  cell.replaceChildren(field, " ", help, " ", said);
  cell.classList.add("asked");
  fields.set(i, { field, said });
}

// In the picture a right answer takes the place of the question mark.
function showAnswers() {
  if (data.solved) return;
  for (const i of questions) {
    const known = right(i) ? brief(state.grads[i]) : "?";
    write(lines[i].dvar, `${boxes[i].dname} = ${known}`);
  }
}

function startExercise() {
  questions.forEach(addField);
  document.addEventListener("shown", showAnswers);
  find("section.exercise").hidden = false;
  find("#reset").addEventListener("click", resetExercise);
  judge();
}
