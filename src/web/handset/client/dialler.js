/** The keypad for USSD codes. */
import { byId, inputById, pageData } from "./dom.js";

/** @param {(code: string) => void} dial */
export function mountDialler(dial) {
  const number = inputById("number");

  for (const key of document.querySelectorAll("[data-key]")) {
    key.addEventListener("click", () =>
      appendKey(key instanceof HTMLElement ? (key.dataset["key"] ?? "") : ""),
    );
  }
  byId("erase").addEventListener("click", () => {
    number.value = number.value.slice(0, -1);
    updateButtons();
  });
  byId("suggest").addEventListener("click", () => {
    number.value = pageData("menuCode");
    updateButtons();
    number.focus();
  });
  number.addEventListener("input", () => {
    number.value = number.value.replaceAll(/[^\d*#+]/g, "");
    updateButtons();
  });
  byId("dial").addEventListener("submit", (event) => {
    event.preventDefault();
    const code = number.value;
    if (code === "") return;
    number.value = "";
    updateButtons();
    dial(code);
  });

  /** @param {string} key */
  function appendKey(key) {
    if (number.value.length < number.maxLength) number.value += key;
    updateButtons();
  }

  function updateButtons() {
    byId("erase").hidden = number.value === "";
    byId("suggest").hidden = number.value !== "";
  }

  updateButtons();
  return { focus: () => number.focus() };
}
