/** The keypad. */
import { byId, inputById, pageData } from "./dom.js";

/** @param {(code: string) => void} dial */
export function startDialler(dial) {
  const number = inputById("number");

  for (const key of document.querySelectorAll("[data-key]")) {
    key.addEventListener("click", () => type(key instanceof HTMLElement ? (key.dataset["key"] ?? "") : ""));
  }
  byId("erase").addEventListener("click", () => {
    number.value = number.value.slice(0, -1);
    changed();
  });
  byId("suggest").addEventListener("click", () => {
    number.value = pageData("menuCode");
    changed();
    number.focus();
  });
  number.addEventListener("input", () => {
    number.value = number.value.replaceAll(/[^\d*#+]/g, "");
    changed();
  });
  byId("dial").addEventListener("submit", (event) => {
    event.preventDefault();
    const code = number.value;
    if (code === "") return;
    number.value = "";
    changed();
    dial(code);
  });

  /** @param {string} key */
  function type(key) {
    if (number.value.length < number.maxLength) number.value += key;
    changed();
  }

  function changed() {
    byId("erase").hidden = number.value === "";
    byId("suggest").hidden = number.value !== "";
  }

  changed();
  return { focus: () => number.focus() };
}
