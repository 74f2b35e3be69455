/** To the address that an account is to have: the link that confirms it. */
import { renderMail, type MailContent } from "./mail.ts";
import { defaultLanguage, getWords } from "../words/index.ts";

export function renderEmailChangeMail({ url }: { readonly url: string }): MailContent {
  const { language, mails } = getWords(defaultLanguage);
  const { subject, paragraphs, link } = mails.emailChange;
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
