/** The pages of the mailbox. Mails are shown as their text, with links; their HTML is never part of a page. */
import { html, type Html } from "../../http/html.ts";
import type { StoredMail } from "../../mail/mailer.ts";
import type { Words } from "../../words/index.ts";
import { renderDocument } from "../document.ts";
import { renderInlineMarkup } from "../inline-markup.ts";

/** What a page needs besides its content: texts, and the theme that the person chose in the workspace. */
export interface PageOptions {
  readonly words: Words;
  readonly theme: string | null;
}

const renderPage = (title: string, content: Html, { words, theme }: PageOptions): Html =>
  renderDocument({
    title: words.mailbox.pageTitle(title),
    theme: theme ?? "system",
    words,
    content: html`<h1>${title}</h1>
      ${content}`,
  });

export function renderMailbox(mails: readonly StoredMail[], options: PageOptions): Html {
  const { mailbox } = options.words;
  const list =
    mails.length === 0
      ? html`<p class="card card-body">${mailbox.empty}</p>`
      : html`<ul class="card card-body stack">
          ${mails.map(
            ({ id, to, subject, createdAt }) =>
              html`<li>
                <a href="/mailbox/${id.toString()}">
                  <b>${subject}</b><br />
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
      <div class="card card-body mail-text">${linkAddresses(text)}</div>
      <p><a href="/mailbox">${mailbox.back}</a></p>`,
    options,
  );
}

export const renderNoMailbox = (options: PageOptions): Html =>
  renderPage(
    options.words.mailbox.title,
    html`<p class="card card-body">${options.words.mailbox.notHere}</p>`,
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
