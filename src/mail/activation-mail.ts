/** To a person who registers: the link that activates the account. It names no one, because anyone can cause it. */
import { renderMail, type MailContent } from "./mail.ts";
import { defaultLanguage, getWords } from "../words/index.ts";

export function renderActivationMail({ url }: { readonly url: string }): MailContent {
  const { language, mails } = getWords(defaultLanguage);
  const { subject, paragraphs, link } = mails.activation;
  const greeting = mails.greeting("");
  return renderMail({
    language,
    subject,
    greeting,
    paragraphs,
    link: { title: link ?? url, url },
    footer: mails.footer,
  });
}
