/** To a person who forgot the password: the link that sets another one. */
import { renderMail, type MailContent } from "./mail.ts";
import { defaultLanguage, getWords } from "../words/index.ts";

export function renderResetMail({ name, url }: { readonly name: string; readonly url: string }): MailContent {
  const { language, mails } = getWords(defaultLanguage);
  const { subject, paragraphs, link } = mails.reset;
  const greeting = mails.greeting(name);
  return renderMail({
    language,
    subject,
    greeting,
    paragraphs,
    link: { title: link ?? url, url },
    footer: mails.footer,
  });
}
