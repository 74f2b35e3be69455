/** The pages of the mailbox. Mails are shown as their text, with links; their HTML is never part of a page. */
import { html, raw, type Html } from "../../http/html.ts";
import type { StoredMail } from "../../mail/mailer.ts";
import type { Words } from "../../words/index.ts";
import { renderInlineMarkup } from "../inline-markup.ts";
import { styles } from "./styles.ts";

/** In one piece, because the policy has the hash of exactly this text. */
const styleElement = raw(`<style>${styles}</style>`);

/** What a page needs besides its content: texts, and the theme that the person chose in the workspace. */
export interface PageOptions {
  readonly words: Words;
  readonly theme: string | null;
}

function renderPage(
  title: string,
  content: Html,
  { words: { language, mailbox }, theme }: PageOptions,
): Html {
  return html`<!doctype html>
    <html lang="${language}" data-theme="${theme ?? "system"}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${mailbox.pageTitle(title)}</title>
        ${styleElement}
      </head>
      <body>
        <main>
          <div class="top">
            <h1>${title}</h1>
            <a href="/app">${mailbox.workspace}</a>
          </div>
          ${content}
        </main>
      </body>
    </html>`;
}

export function renderMailbox(mails: readonly StoredMail[], options: PageOptions): Html {
  const { mailbox } = options.words;
  const list =
    mails.length === 0
      ? html`<p class="card body">${mailbox.empty}</p>`
      : html`<ul class="card list">
          ${mails.map(
            ({ id, to, subject, createdAt }) =>
              html`<li>
                <a href="/mailbox/${id.toString()}">
                  <b>${subject}</b>
                  <span class="muted">${mailbox.to(to)} · ${mailbox.time(formatTime(createdAt))}</span>
                </a>
              </li>`,
          )}
        </ul>`;
  return renderPage(
    mailbox.title,
    html`<p class="muted">${renderInlineMarkup(mailbox.help)}</p>
      ${list}`,
    options,
  );
}

export function renderMailPage({ to, subject, text, createdAt }: StoredMail, options: PageOptions): Html {
  const { mailbox } = options.words;
  return renderPage(
    subject,
    html`<p class="muted">${mailbox.to(to)} · ${mailbox.time(formatTime(createdAt))}</p>
      <div class="card body">${linkAddresses(text)}</div>
      <p><a href="/mailbox">${mailbox.back}</a></p>`,
    options,
  );
}

export const renderNoMailbox = (options: PageOptions): Html =>
  renderPage(
    options.words.mailbox.title,
    html`<p class="card body">${options.words.mailbox.notHere}</p>`,
    options,
  );

/** Our own mails have links of this server alone; whatever else a name contains stays text. */
function linkAddresses(text: string): Html {
  const parts: Html[] = [];
  let end = 0;
  for (const match of text.matchAll(/^https?:\/\/[^\s<>"]+\/app[^\s<>"]*$/gm)) {
    parts.push(html`${text.slice(end, match.index)}<a href="${match[0]}">${match[0]}</a>`);
    end = match.index + match[0].length;
  }
  return html`${parts}${text.slice(end)}`;
}

/** In UTC, because the server does not know where the reader is. */
const formatTime = (at: Date): string => at.toISOString().slice(0, 16).replace("T", " ");
