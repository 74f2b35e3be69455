/** The dialogs over the screens of a handset: a payment or mandate request, and a USSD session. */
import { html, type Html } from "../../http/html.ts";
import type { Words } from "../../words/index.ts";

export const renderPromptDialog = ({ handsetPage }: Words): Html =>
  html`<dialog
    class="card prompt"
    id="prompt"
    role="alertdialog"
    aria-labelledby="prompt-title"
    aria-describedby="prompt-about"
  >
    <form id="prompt-form" method="dialog" autocomplete="off" novalidate>
      <header class="prompt-top">
        <p class="prompt-kind">
          <span class="mark" aria-hidden="true">M</span
          ><span id="prompt-kind">${handsetPage.promptKind}</span>
        </p>
        <p class="countdown" id="countdown" aria-hidden="true"></p>
      </header>
      <div class="time-left" aria-hidden="true"><i id="time-left"></i></div>
      <div id="prompt-ask">
        <h2 class="prompt-title" id="prompt-title"></h2>
        <div id="prompt-about">
          <p class="prompt-amount" id="prompt-amount"></p>
          <dl class="facts" id="prompt-facts"></dl>
        </div>
        <div class="field" id="pin-field">
          <label for="pin">${handsetPage.promptPin}</label>
          <input
            id="pin"
            type="password"
            inputmode="numeric"
            pattern="[0-9]*"
            minlength="4"
            maxlength="6"
            autocomplete="off"
            data-1p-ignore
            data-lpignore="true"
            aria-describedby="pin-error pin-help"
          />
          <p class="field-error" id="pin-error" role="alert"></p>
          <p class="field-help" id="pin-help"></p>
        </div>
      </div>
      <div class="outcome" id="prompt-outcome" hidden>
        <span class="outcome-mark" id="outcome-mark" aria-hidden="true"></span>
        <p class="outcome-text" id="outcome-text" tabindex="-1"></p>
        <p class="outcome-detail" id="outcome-detail"></p>
      </div>
      <p class="unseen" id="prompt-say" role="status" aria-live="polite"></p>
      <footer class="buttons">
        <button type="button" class="button quiet" id="prompt-block">${handsetPage.block}</button>
        <button type="button" class="button quiet" id="prompt-cancel">${handsetPage.cancel}</button>
        <button type="submit" class="button strong" id="prompt-send">${handsetPage.send}</button>
        <button type="button" class="button strong" id="prompt-close" hidden>${handsetPage.close}</button>
      </footer>
    </form>
  </dialog>`;

export const renderUssdDialog = ({ handsetPage }: Words): Html =>
  html`<dialog class="card ussd" id="ussd" aria-label="${handsetPage.ussdMenu}">
    <form id="ussd-form" method="dialog" autocomplete="off" novalidate>
      <p class="ussd-text" id="ussd-text" role="status" aria-live="polite" tabindex="-1"></p>
      <p class="field" id="ussd-field">
        <label class="unseen" id="ussd-label" for="ussd-input">${handsetPage.ussdReply}</label>
        <input
          id="ussd-input"
          type="text"
          inputmode="numeric"
          maxlength="20"
          autocomplete="off"
          spellcheck="false"
          data-1p-ignore
          data-lpignore="true"
          aria-describedby="ussd-text"
        />
      </p>
      <footer class="buttons">
        <button type="button" class="button quiet" id="ussd-cancel">${handsetPage.cancel}</button>
        <button type="submit" class="button strong" id="ussd-send">${handsetPage.send}</button>
      </footer>
    </form>
  </dialog>`;
