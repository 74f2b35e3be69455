/** The form that registers a test number, on a page or in a dialog. */
import { byId, inputById, setText } from "./dom.js";
import { post } from "./server.js";
import { words } from "./words.js";

const form = byId("register");
const market = byId("register-market");

/** Shows the number format of the selected market, and fills in the prefix. */
function updateShape() {
  if (!(market instanceof HTMLSelectElement)) return;
  const { prefix = "", digits = "" } = market.selectedOptions[0]?.dataset ?? {};
  setText(byId("register-shape"), words.numberShape(digits, prefix));
  const number = inputById("register-msisdn");
  if (/^\d{0,3}$/.test(number.value)) number.value = prefix;
}

market.addEventListener("change", updateShape);
updateShape();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void register();
});

async function register() {
  if (!(market instanceof HTMLSelectElement)) return;
  const fieldValue = (/** @type {string} */ name) => inputById(`register-${name}`).value.trim();
  const response = await post("/handset/register", {
    market: market.value,
    msisdn: fieldValue("msisdn").replaceAll(/[\s+]/g, ""),
    firstName: fieldValue("first"),
    lastName: fieldValue("last"),
    pin: fieldValue("pin"),
  });
  setText(byId("register-error"), response.error ?? "");
  if (response.error === undefined) location.assign(response["path"]);
}
