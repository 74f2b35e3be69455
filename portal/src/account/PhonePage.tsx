/** Asks for the developer's number, and confirms it by a code. In the sandbox the handset with the SMS stands below. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { marketNames, markets, type Market } from "../../../src/core/markets.ts";
import { call, type PortalResult } from "../api/call.ts";
import { read, refresh } from "../api/queries.ts";
import { paths } from "../paths.ts";
import { SelectField } from "../ui/Field.tsx";
import { Query } from "../ui/PageStates.tsx";
import { PageTop } from "../ui/PageTop.tsx";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import { Form, FormField, useAccountForm } from "./form.tsx";

const { account } = words;

type SentCode = PortalResult<"POST /account/phone">;

export function PhonePage() {
  const [sent, setSent] = useState<SentCode | null>(null);
  // Fails for a stranger, with the way to sign in.
  const query = useQuery(read("GET /account"));
  return (
    <>
      <PageTop
        title={account.phoneTitle}
        lead={sent === null ? account.phoneLead : account.codeSentTo(sent.msisdn)}
      />
      <Query query={query} rows={4}>
        {() =>
          sent === null ? (
            <NumberStep onSent={setSent} />
          ) : (
            <CodeStep sent={sent} onOther={() => setSent(null)} />
          )
        }
      </Query>
    </>
  );
}

function NumberStep({ onSent }: { readonly onSent: (sent: SentCode) => void }) {
  const [market, setMarket] = useState<Market>("vodacomTZN");
  const form = useAccountForm(async ({ msisdn = "" }) => {
    onSent(await call("POST /account/phone", { body: { market, msisdn } }));
  });
  const { prefix, digits } = markets[market];
  const example = `+${prefix} ${"7".padEnd(digits - prefix.length, "0")}`;
  return (
    <div className="card card-body">
      <Form
        form={form}
        fields={["msisdn"]}
        button={account.sendCode}
        aside={<Link to={paths.start()}>{account.notNow}</Link>}
      >
        <SelectField
          label={account.market}
          value={market}
          onChange={(event) => setMarket(event.target.value as Market)}
        >
          {marketNames.map((name) => (
            <option key={name} value={name}>
              {markets[name].name}
            </option>
          ))}
        </SelectField>
        <FormField
          form={form}
          name="msisdn"
          label={account.number}
          help={account.numberHelp(example)}
          type="tel"
          autoComplete="tel"
          maxLength={30}
        />
      </Form>
    </div>
  );
}

function CodeStep({ sent, onOther }: { readonly sent: SentCode; readonly onOther: () => void }) {
  const navigate = useNavigate();
  const form = useAccountForm(async ({ code = "" }) => {
    await call("POST /account/phone/confirm", { body: { code } });
    await refresh("/account", "/session");
    showToast(account.phoneConfirmed);
    await navigate(paths.start(), { replace: true });
  });
  return (
    <>
      <div className="card card-body">
        <Form
          form={form}
          fields={["code"]}
          button={account.confirm}
          aside={
            <button type="button" className="button bare" onClick={onOther}>
              {account.otherNumber}
            </button>
          }
        >
          <FormField
            form={form}
            name="code"
            label={account.code}
            autoComplete="one-time-code"
            inputMode="numeric"
            pattern="\s*[0-9]{3}\s*[0-9]{3}\s*"
            maxLength={10}
          />
        </Form>
      </div>
      {sent.handset === null ? null : (
        <div className="card card-body stack">
          <div className="row between">
            <h2>{account.handset}</h2>
            <a href={sent.handset} target="_blank" rel="noreferrer">
              {account.openHandset}
            </a>
          </div>
          {sent.pin === null ? null : <p className="muted">{account.handsetPin(sent.pin)}</p>}
          <iframe className="handset-frame" src={sent.handset} title={account.handset} />
        </div>
      )}
    </>
  );
}
