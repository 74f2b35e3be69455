/** A mail: its recipient, subject, and the same content as text and as HTML. */
import { html, type Html } from "../http/html.ts";

export interface MailContent {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface Mail extends MailContent {
  readonly to: string;
}

export interface MailParts {
  readonly language: string;
  readonly subject: string;
  readonly greeting: string;
  readonly paragraphs: readonly string[];
  /** The link that the mail is about. */
  readonly link?: { readonly title: string; readonly url: string };
  readonly footer: string;
}

/** Builds both contents from the same parts. */
export function renderMail({
  language,
  subject,
  greeting,
  paragraphs,
  link,
  footer,
}: MailParts): MailContent {
  const text = [
    greeting,
    ...paragraphs,
    ...(link === undefined ? [] : [`${link.title}:\n${link.url}`]),
    footer,
  ].join("\n\n");
  return {
    subject,
    text: `${text}\n`,
    html: renderDocument({ language, subject, greeting, paragraphs, link, footer }).text,
  };
}

type DocumentParts = Omit<MailParts, "link"> & { readonly link: MailParts["link"] };

function renderDocument({ language, subject, greeting, paragraphs, link, footer }: DocumentParts): Html {
  const button =
    link === undefined
      ? html``
      : html`<p><a href="${link.url}">${link.title}</a></p>
          <p><small>${link.url}</small></p>`;
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <title>${subject}</title>
      </head>
      <body>
        <p>${greeting}</p>
        ${paragraphs.map((paragraph) => html`<p>${paragraph}</p>`)} ${button}
        <p><small>${footer}</small></p>
      </body>
    </html>`;
}
