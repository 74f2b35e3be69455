/** Enrols this device for a live handset. */
import { byId, inputById, setText } from "./dom.js";
import { post } from "./server.js";

const form = byId("enrol");
const secret = inputById("secret");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void enrol();
});

async function enrol() {
  if (secret.value.trim() === "") return;
  const response = await post(`${form.dataset["base"]}/enrol`, { secret: secret.value });
  if (response.error === undefined) {
    location.reload();
    return;
  }
  secret.value = "";
  setText(byId("enrol-error"), response.error);
  secret.focus();
}

secret.focus();
