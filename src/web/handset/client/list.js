/** The list of handsets. The address contains which are open side by side, so it can be bookmarked. */
import { byId, dialogById, createElement, setText } from "./dom.js";
import "./register.js";
import { words } from "./words.js";

const maxOpen = Number(document.body.dataset["most"]);
const board = byId("board");
const buttons = [...document.querySelectorAll(".beside")].filter(
  (element) => element instanceof HTMLButtonElement,
);

/** @type {string[]} */
let open = [];

function loadFromAddress() {
  const known = new Set(buttons.map(({ dataset }) => dataset["path"]));
  const requested = new URL(location.href).searchParams.getAll("open").map((path) => `/handset/${path}`);
  open = requested
    .filter((path, index) => known.has(path) && requested.indexOf(path) === index)
    .slice(0, maxOpen);
  renderColumns();
}

/** @param {string} path */
function toggle(path) {
  const note = byId("board-note");
  setText(note, "");
  if (open.includes(path)) open = open.filter((other) => other !== path);
  else if (open.length < maxOpen) open = [...open, path];
  else return setText(note, words.boardFull(maxOpen));
  const url = new URL(location.href);
  url.searchParams.delete("open");
  for (const kept of open) url.searchParams.append("open", kept.replace("/handset/", ""));
  history.replaceState(null, "", url);
  renderColumns();
  if (open.includes(path)) board.scrollIntoView({ block: "start" });
}

/** Does not move existing frames: moving one would reload it. */
function renderColumns() {
  for (const column of board.querySelectorAll(".column")) {
    if (column instanceof HTMLElement && !open.includes(column.dataset["path"] ?? "")) column.remove();
  }
  const existing = new Set(
    [...board.children].map((column) => column instanceof HTMLElement && column.dataset["path"]),
  );
  for (const path of open) if (!existing.has(path)) board.append(createColumn(path));
  board.hidden = open.length === 0;
  for (const button of buttons) {
    const pressed = open.includes(button.dataset["path"] ?? "");
    button.setAttribute("aria-pressed", String(pressed));
  }
}

/** @param {string} path */
function createColumn(path) {
  const name = buttons.find(({ dataset }) => dataset["path"] === path)?.dataset["who"] ?? path;
  const frame = document.createElement("iframe");
  frame.src = path;
  frame.title = words.frameTitle(name);
  const closeButton = createElement("button", "away", words.close);
  closeButton.setAttribute("type", "button");
  closeButton.setAttribute("aria-label", words.closeFrame(name));
  closeButton.addEventListener("click", () => toggle(path));
  const column = createElement(
    "div",
    "column",
    createElement("header", "column-top", createElement("b", "", name), closeButton),
    createElement("div", "shell", frame),
  );
  column.dataset["path"] = path;
  return column;
}

for (const button of buttons) {
  button.addEventListener("click", () => toggle(button.dataset["path"] ?? ""));
}

const dialog = dialogById("register-dialog");
byId("new-number").addEventListener("click", () => dialog.showModal());
byId("register-close").addEventListener("click", () => dialog.close());
loadFromAddress();
