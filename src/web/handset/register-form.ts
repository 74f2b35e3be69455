/** The form that registers a test number. */
import { html, type Html } from "../../http/html.ts";
import type { Words } from "../../words/index.ts";
import { marketNames, markets, type Market } from "../../core/markets.ts";

export function renderRegisterForm(
  { market, msisdn }: { market: Market | null; msisdn: string },
  { registerForm }: Words,
): Html {
  const options = marketNames.map((name) => {
    const { name: operator, prefix, digits } = markets[name];
    const selected = name === market ? html` selected` : html``;
    return html`<option value="${name}" data-prefix="${prefix}" data-digits="${String(digits)}" ${selected}>
      ${operator}
    </option>`;
  });
  return html`<form class="form" id="register" autocomplete="off" novalidate>
    <p class="form-row">
      <label for="register-market">${registerForm.market}</label>
      <select id="register-market" name="market">
        ${options}
      </select>
    </p>
    <p class="form-row">
      <label for="register-msisdn">${registerForm.number}</label>
      <input
        id="register-msisdn"
        name="msisdn"
        type="text"
        inputmode="numeric"
        maxlength="14"
        value="${msisdn}"
        autocomplete="off"
        aria-describedby="register-shape"
      />
      <small id="register-shape"></small>
    </p>
    <p class="form-row form-half">
      <label for="register-first">${registerForm.firstName}</label>
      <input
        id="register-first"
        name="firstName"
        type="text"
        maxlength="60"
        value="${registerForm.exampleFirstName}"
        autocomplete="off"
      />
    </p>
    <p class="form-row form-half">
      <label for="register-last">${registerForm.lastName}</label>
      <input
        id="register-last"
        name="lastName"
        type="text"
        maxlength="60"
        value="${registerForm.exampleLastName}"
        autocomplete="off"
      />
    </p>
    <p class="form-row">
      <label for="register-pin">${registerForm.pin}</label>
      <input
        id="register-pin"
        name="pin"
        type="text"
        inputmode="numeric"
        maxlength="6"
        value="1234"
        autocomplete="off"
        aria-describedby="register-pin-help"
      />
      <small id="register-pin-help">${registerForm.pinHelp}</small>
    </p>
    <p class="form-row">
      <small>${registerForm.existingCustomers}</small>
    </p>
    <p class="form-error" id="register-error" role="alert"></p>
    <p class="form-buttons"><button type="submit" class="button strong">${registerForm.submit}</button></p>
  </form>`;
}
