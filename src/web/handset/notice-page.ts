/** Simple pages: an error, a number without a handset, a device that is not enrolled. */
import { html, type Html } from "../../http/html.ts";
import { markets } from "../../core/markets.ts";
import type { Words } from "../../words/index.ts";
import { renderInlineMarkup } from "../inline-markup.ts";
import type { HandsetParams } from "./route-params.ts";
import { renderLayout, formatMsisdn } from "./layout.ts";
import { renderRegisterForm } from "./register-form.ts";

interface Card {
  readonly title: string;
  readonly content: Html;
  readonly script: string | null;
}

function renderCard({ title, content, script }: Card, { language }: Words): Html {
  const body = html`<body class="plain">
    <main class="note-card">
      <span class="mark" aria-hidden="true">P</span>
      <h1>${title}</h1>
      ${content}
    </main>
  </body>`;
  return renderLayout({ language, title, styles: ["pages"], script, body });
}

export function renderNoticePage(message: string, words: Words): Html {
  const { notices } = words;
  const content = html`<p>${message}</p>
    <p><a class="button quiet" href="/handset">${notices.allHandsets}</a></p>`;
  return renderCard({ title: notices.title, content, script: null }, words);
}

export function renderUnknownNumberPage(handset: HandsetParams, words: Words): Html {
  const { registerForm } = words;
  const { market, msisdn } = handset;
  const lead = registerForm.unknownNumberLead(formatMsisdn(msisdn), markets[market].name);
  const content = html`<p>${renderInlineMarkup(lead)}</p>
    ${renderRegisterForm(handset, words)}
    <p><a class="quiet-link" href="/handset">${registerForm.allHandsets}</a></p>`;
  return renderCard({ title: registerForm.unknownNumber, content, script: "register" }, words);
}

/** The same for every number, so that it does not disclose which numbers exist. */
export function renderEnrolPage({ market, msisdn }: HandsetParams, words: Words): Html {
  const { notices } = words;
  const content = html`<p>${renderInlineMarkup(notices.enrolLead(formatMsisdn(msisdn)))}</p>
    <form class="form" id="enrol" data-base="/handset/live/${market}/${msisdn}" autocomplete="off" novalidate>
      <p class="form-row">
        <label for="secret">${notices.enrolSecret}</label>
        <input id="secret" type="password" maxlength="200" autocomplete="off" spellcheck="false" required />
      </p>
      <p class="form-error" id="enrol-error" role="alert"></p>
      <p><button type="submit" class="button strong">${notices.enrolSubmit}</button></p>
    </form>`;
  return renderCard({ title: notices.enrolTitle, content, script: "enrol" }, words);
}
