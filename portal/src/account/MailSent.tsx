/** A mail is on its way. A server without SMTP has it in its mailbox. */
import { useQuery } from "@tanstack/react-query";
import { read } from "../api/queries.ts";
import { Notice } from "../ui/PageStates.tsx";
import { words } from "../words.ts";

export function MailSent({ children }: { readonly children: string }) {
  const { account } = words;
  const hasMailbox = useQuery(read("GET /session")).data?.hasMailbox === true;
  return (
    <Notice
      icon="mail"
      title={account.checkMailTitle}
      action={
        hasMailbox ? (
          <>
            <p>{account.mailboxHelp}</p>
            <a className="button strong" href="/mailbox">
              {account.toMailbox}
            </a>
          </>
        ) : undefined
      }
    >
      {children}
    </Notice>
  );
}
