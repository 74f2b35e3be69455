/** To a person who registers with the address of an account. */
import { renderMail, type MailContent } from "./mail.ts";
import { defaultLanguage, getWords } from "../words/index.ts";

export function renderAccountExistsMail({
  name,
  url,
}: {
  readonly name: string;
  readonly url: string;
}): MailContent {
  const { language, mails } = getWords(defaultLanguage);
  const { subject, paragraphs, link } = mails.accountExists;
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
