/** The list of handsets: which of them are open side by side stands in the address, so it can be kept. */
import { byId, dialogById, make, setText } from "./dom.js";
import "./register.js";

const most = Number(document.body.dataset["most"]);
const board = byId("board");
const buttons = [...document.querySelectorAll(".beside")].filter((each) => each instanceof HTMLButtonElement);

/** @type {string[]} */
let open = [];

function fromAddress() {
  const known = new Set(buttons.map(({ dataset }) => dataset["path"]));
  const asked = new URL(location.href).searchParams.getAll("open").map((path) => `/handset/${path}`);
  open = asked.filter((path, index) => known.has(path) && asked.indexOf(path) === index).slice(0, most);
  draw();
}

/** @param {string} path */
function toggle(path) {
  const note = byId("board-note");
  setText(note, "");
  if (open.includes(path)) open = open.filter((each) => each !== path);
  else if (open.length < most) open = [...open, path];
  else return setText(note, `${most} handsets are open. Close one of them first.`);
  const url = new URL(location.href);
  url.searchParams.delete("open");
  for (const each of open) url.searchParams.append("open", each.replace("/handset/", ""));
  history.replaceState(null, "", url);
  draw();
  if (open.includes(path)) board.scrollIntoView({ block: "start" });
}

/** Frames that stay are left alone: moving one would load it anew. */
function draw() {
  for (const column of board.querySelectorAll(".column")) {
    if (column instanceof HTMLElement && !open.includes(column.dataset["path"] ?? "")) column.remove();
  }
  const there = new Set(
    [...board.children].map((each) => each instanceof HTMLElement && each.dataset["path"]),
  );
  for (const path of open) if (!there.has(path)) board.append(columnOf(path));
  board.hidden = open.length === 0;
  for (const button of buttons) {
    const pressed = open.includes(button.dataset["path"] ?? "");
    button.setAttribute("aria-pressed", String(pressed));
  }
}

/** @param {string} path */
function columnOf(path) {
  const who = buttons.find(({ dataset }) => dataset["path"] === path)?.dataset["who"] ?? path;
  const frame = document.createElement("iframe");
  frame.src = path;
  frame.title = `Handset of ${who}`;
  const away = make("button", "away", "Close");
  away.setAttribute("type", "button");
  away.setAttribute("aria-label", `Close the handset of ${who}`);
  away.addEventListener("click", () => toggle(path));
  const column = make(
    "div",
    "column",
    make("header", "column-top", make("b", "", who), away),
    make("div", "shell", frame),
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
fromAddress();
