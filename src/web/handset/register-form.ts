/** The form that registers a test number. */
import { html, type Html } from "../../http/html.ts";
import { marketNames, markets, type Market } from "../../core/markets.ts";

export function renderRegisterForm({ market, msisdn }: { market: Market | null; msisdn: string }): Html {
  const options = marketNames.map((name) => {
    const { name: operator, prefix, digits } = markets[name];
    const selected = name === market ? html` selected` : html``;
    return html`<option value="${name}" data-prefix="${prefix}" data-digits="${String(digits)}" ${selected}>
      ${operator}
    </option>`;
  });
  return html`<form class="form" id="register" autocomplete="off" novalidate>
    <p class="form-row">
      <label for="register-market">Market</label>
      <select id="register-market" name="market">
        ${options}
      </select>
    </p>
    <p class="form-row">
      <label for="register-msisdn">Number</label>
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
      <label for="register-first">First name</label>
      <input
        id="register-first"
        name="firstName"
        type="text"
        maxlength="60"
        value="Test"
        autocomplete="off"
      />
    </p>
    <p class="form-row form-half">
      <label for="register-last">Last name</label>
      <input
        id="register-last"
        name="lastName"
        type="text"
        maxlength="60"
        value="Customer"
        autocomplete="off"
      />
    </p>
    <p class="form-row">
      <label for="register-pin">PIN</label>
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
      <small id="register-pin-help">4 to 6 digits. It is a test PIN, and it is not secret.</small>
    </p>
    <p class="form-row">
      <small>
        A customer without a handset gets one with this PIN, and keeps name, balance and behaviour. A number
        that already has a handset keeps its PIN.
      </small>
    </p>
    <p class="form-error" id="register-error" role="alert"></p>
    <p class="form-buttons"><button type="submit" class="button strong">Register the number</button></p>
  </form>`;
}
