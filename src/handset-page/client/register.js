/** The form for a new test number, on a page of its own or in a dialog. */
import { byId, inputById, setText } from "./dom.js";
import { post } from "./server.js";

const form = byId("register");
const market = byId("register-market");

/** Says what a number of the chosen market looks like, and begins it. */
function shape() {
  if (!(market instanceof HTMLSelectElement)) return;
  const { prefix = "", digits = "" } = market.selectedOptions[0]?.dataset ?? {};
  setText(byId("register-shape"), `${digits} digits, beginning with ${prefix}.`);
  const number = inputById("register-msisdn");
  if (/^\d{0,3}$/.test(number.value)) number.value = prefix;
}

market.addEventListener("change", shape);
shape();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void register();
});

async function register() {
  if (!(market instanceof HTMLSelectElement)) return;
  const value = (/** @type {string} */ name) => inputById(`register-${name}`).value.trim();
  const answer = await post("/handset/register", {
    market: market.value,
    msisdn: value("msisdn").replaceAll(/[\s+]/g, ""),
    firstName: value("first"),
    lastName: value("last"),
    pin: value("pin"),
  });
  setText(byId("register-error"), answer.error ?? "");
  if (answer.error === undefined) location.assign(answer["path"]);
}
