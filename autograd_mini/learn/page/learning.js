// The learning page: shows one iteration at a time. All texts and lines were computed beforehand.
(() => {
"use strict";

const LONGEST_PLAY = 24_000;
const SLOWEST = 1200;
const FASTEST = 100;

const known = JSON.parse(find("#data").textContent);
const { iterations } = known;
const last = iterations.length - 1;
const slider = find("#at");
let at = 0;
let playing = null;

function find(selector, within = document) {
  return within.querySelector(selector);
}

function slots(name) {
  return [...document.querySelectorAll(`[data-slot="${name}"]`)];
}

// Each place that changes, and how it is set.
const places = [
  ...Object.entries(known.text).flatMap(([name, texts]) =>
    slots(name).map((element) => (k) => set(element, texts[k]))),
  ...Object.entries(known.d).flatMap(([name, paths]) =>
    slots(name).map((element) => (k) => element.setAttribute("d", paths[k]))),
  ...Object.entries(known.said).map(([name, texts]) => {
    const description = find(`[data-panel="${name}"] desc`);
    return (k) => set(description, texts[k]);
  }),
];

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function show(wanted) {
  at = Math.min(Math.max(wanted, 0), last);
  for (const place of places) place(at);
  const count = `iteration ${iterations[at]} of ${known.last}`;
  slider.value = at;
  slider.setAttribute("aria-valuetext", count);
  set(find("#count"), count);
}

const moves = {
  first: () => show(0),
  back: () => show(at - 1),
  on: () => show(at + 1),
  last: () => show(last),
  play: () => (playing ? pause() : play()),
};

// Long descents are played faster, to their end in less than half a minute.
function play() {
  if (at === last) show(0);
  const pace = Math.min(SLOWEST, Math.max(FASTEST, LONGEST_PLAY / (last + 1)));
  playing = setInterval(() => (at < last ? go("on") : pause()), pace);
  set(find("[data-to=play]"), "Pause");
  // What is spoken while it plays would never be heard out.
  find("#says").setAttribute("aria-live", "off");
}

function pause() {
  clearInterval(playing);
  playing = null;
  set(find("[data-to=play]"), "Play");
  find("#says").setAttribute("aria-live", "polite");
}

function go(to) {
  if (to !== "play" && to !== "on") pause();
  moves[to]();
  if (!playing) remember();
}

// A frame in a notebook has no address to keep the iteration in.
function remember() {
  if (location.protocol !== "about:") history.replaceState(null, "", `#iteration=${iterations[at]}`);
}

// The iteration that the address names, or the last one shown before it.
function remembered() {
  const found = /^#iteration=(\d+)$/.exec(location.hash);
  return found ? iterations.findLastIndex((k) => k <= Number(found[1])) : 0;
}

const KEYS = { ArrowLeft: "back", ArrowRight: "on", Home: "first", End: "last", " ": "play" };

// A slider and what scrolls have their own use for these keys, a button for the space bar.
function onKey(event) {
  const busy = event.target.closest(event.key === " " ? "input, button, .scroll" : "input, .scroll");
  if (busy || event.ctrlKey || event.altKey || event.metaKey || !(event.key in KEYS)) return;
  event.preventDefault();
  go(KEYS[event.key]);
}

for (const button of document.querySelectorAll("[data-to]")) {
  button.addEventListener("click", () => go(button.dataset.to));
}
for (const part of document.querySelectorAll(".controls, .keys")) part.hidden = false;
slider.max = last;
slider.addEventListener("input", () => {
  pause();
  show(slider.valueAsNumber);
  remember();
});
document.addEventListener("keydown", onKey);
addEventListener("hashchange", () => show(remembered()));
show(remembered());
})();
