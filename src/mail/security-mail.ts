/** To a developer after a change of how they sign in, so that a change by someone else is noticed. */
import { defaultLanguage, getWords } from "../words/index.ts";
import { renderMail, type MailContent } from "./mail.ts";

export type SecurityChange =
  "passwordChanged" | "secondFactorOn" | "secondFactorOff" | { readonly newEmail: string };

/** `url` is the page that sets another password. */
export function renderSecurityMail(
  change: SecurityChange,
  { name, url }: { readonly name: string; readonly url: string },
): MailContent {
  const { language, mails } = getWords(defaultLanguage);
  const texts = {
    passwordChanged: mails.passwordChanged,
    secondFactorOn: mails.secondFactorOn,
    secondFactorOff: mails.secondFactorOff,
  };
  const { subject, paragraphs, link } =
    typeof change === "string" ? texts[change] : mails.emailChanged(change.newEmail);
  return renderMail({
    language,
    subject,
    greeting: mails.greeting(name),
    paragraphs,
    ...(link === null ? {} : { link: { title: link, url } }),
    footer: mails.footer,
  });
}
