/** The customers of a market: balances, how they answer prompts, and their handsets. */
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { call, type PortalResult } from "../api/call.ts";
import { refresh } from "../api/queries.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { TextField } from "../ui/Field.tsx";
import { Icon } from "../ui/Icon.tsx";
import { Failure, Loading } from "../ui/PageStates.tsx";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import { showFailure } from "./clock.ts";

const { sandbox } = words;
const pageSize = "50";

type Market = PortalResult<"GET /session">["markets"][number];
type Customer = PortalResult<"GET /sandbox/markets/{market}/customers">["customers"][number];

const prefix = "/sandbox/markets/{market}/customers";
const withoutHandset = new Set(["approve", "decline", "ignore", "off"]);

export function CustomersCard({ market }: { readonly market: Market }) {
  const [toppedUp, setToppedUp] = useState<Customer | null>(null);
  const [isCreating, setCreating] = useState(false);
  const list = useInfiniteQuery({
    queryKey: [`GET ${prefix}`, market.name],
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      call(`GET ${prefix}`, {
        params: { market: market.name },
        query: { limit: pageSize, ...(pageParam === "" ? {} : { after: pageParam }) },
      }),
    getNextPageParam: ({ next }) => next,
  });
  if (list.isError) return <Failure error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <Loading rows={10} />;
  const customers = list.data.pages.flatMap((page) => page.customers);
  return (
    <section className="card" aria-labelledby="customers-title">
      <div className="card-top">
        <h2 id="customers-title">{sandbox.customers}</h2>
        <button type="button" className="button small" onClick={() => setCreating(true)}>
          <Icon name="plus" />
          {sandbox.newCustomer}
        </button>
      </div>
      <div className="table-wrap" tabIndex={0} role="region" aria-labelledby="customers-title">
        <table className="table" data-density="roomy">
          <thead>
            <tr>
              <th scope="col">{sandbox.customer}</th>
              <th scope="col" className="right">
                {sandbox.balance(market.currency)}
              </th>
              <th scope="col">{sandbox.behaviour}</th>
              <th scope="col" className="desk-only">
                {sandbox.accountStatus}
              </th>
              <th scope="col">
                <span className="unseen">{sandbox.addMoney}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {customers.map((customer) => (
              <CustomerRow key={customer.msisdn} customer={customer} market={market} onTopUp={setToppedUp} />
            ))}
          </tbody>
        </table>
      </div>
      {list.hasNextPage ? (
        <div className="table-foot">
          <button type="button" className="button small" onClick={() => void list.fetchNextPage()}>
            {sandbox.more}
          </button>
        </div>
      ) : null}
      {toppedUp === null ? null : (
        <TopUpDialog customer={toppedUp} market={market} onClose={() => setToppedUp(null)} />
      )}
      {isCreating ? <NewCustomerDialog market={market} onClose={() => setCreating(false)} /> : null}
    </section>
  );
}

interface RowProps {
  readonly customer: Customer;
  readonly market: Market;
  readonly onTopUp: (customer: Customer) => void;
}

function CustomerRow({ customer, market, onTopUp }: RowProps) {
  const { msisdn, answer, status } = customer;
  const name = `${customer.firstName} ${customer.lastName}`;
  const changing = useMutation({
    mutationFn: (body: { readonly answer?: Customer["answer"]; readonly status?: Customer["status"] }) =>
      call("PATCH /sandbox/markets/{market}/customers/{msisdn}", {
        params: { market: market.name, msisdn },
        body,
      }),
    onSuccess: async () => {
      showToast(sandbox.changed(name));
      await refresh(prefix);
    },
    onError: showFailure,
  });
  return (
    <tr>
      <td>
        {withoutHandset.has(answer) ? (
          name
        ) : (
          <a href={`/handset/${market.name}/${msisdn}`} aria-label={`${name}: ${sandbox.openHandset(name)}`}>
            {name} <Icon name="phone" />
          </a>
        )}
        <br />
        <span className="muted small number">{msisdn}</span>
      </td>
      <td className="right money">{groupDigits(customer.available)}</td>
      <td>
        <select
          className="select"
          aria-label={`${sandbox.behaviour}: ${name}`}
          value={answer}
          onChange={(event) => changing.mutate({ answer: event.target.value as Customer["answer"] })}
        >
          {Object.entries(sandbox.behaviours).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </td>
      <td className="desk-only">
        <select
          className="select"
          aria-label={`${sandbox.accountStatus}: ${name}`}
          value={status}
          onChange={(event) => changing.mutate({ status: event.target.value as Customer["status"] })}
        >
          {Object.entries(sandbox.statuses).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </td>
      <td className="right">
        <button
          type="button"
          className="button bare small"
          aria-label={sandbox.addMoneyTo(name)}
          onClick={() => onTopUp(customer)}
        >
          {sandbox.addMoney}
        </button>
      </td>
    </tr>
  );
}

interface DialogProps {
  readonly market: Market;
  readonly onClose: () => void;
}

function TopUpDialog({ customer, market, onClose }: DialogProps & { readonly customer: Customer }) {
  const [amount, setAmount] = useState("1000");
  const name = `${customer.firstName} ${customer.lastName}`;
  const paying = useMutation({
    mutationFn: () =>
      call("POST /sandbox/markets/{market}/customers/{msisdn}/top-up", {
        params: { market: market.name, msisdn: customer.msisdn },
        body: { amount },
      }),
    onSuccess: async () => {
      onClose();
      showToast(sandbox.changed(name));
      await refresh(prefix);
    },
  });
  return (
    <Dialog open onClose={onClose} title={sandbox.addMoneyTo(name)}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          paying.mutate();
        }}
      >
        <TextField
          label={sandbox.amount}
          note={market.currency}
          help={sandbox.amountHelp}
          error={paying.error?.message}
          inputMode="decimal"
          value={amount}
          onChange={(event) => setAmount(event.target.value)}
        />
        <div className="dialog-end">
          <button type="button" className="button" onClick={onClose}>
            {sandbox.cancel}
          </button>
          <button type="submit" className="button strong" disabled={paying.isPending}>
            {sandbox.addMoney}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function NewCustomerDialog({ market, onClose }: DialogProps) {
  const [values, setValues] = useState({ msisdn: "", firstName: "", lastName: "", balance: "1000" });
  const creating = useMutation({
    mutationFn: () => {
      const { firstName, lastName, ...rest } = values;
      const names = { ...(firstName === "" ? {} : { firstName }), ...(lastName === "" ? {} : { lastName }) };
      return call("POST /sandbox/markets/{market}/customers", {
        params: { market: market.name },
        body: { customers: [{ ...rest, ...names, answer: "ask" }] },
      });
    },
    onSuccess: async ({ customers }) => {
      onClose();
      const [first] = customers;
      if (first !== undefined)
        showToast(first.created ? sandbox.created(first.msisdn) : sandbox.exists(first.msisdn));
      await refresh(prefix);
    },
  });
  const set = (name: keyof typeof values) => (event: { readonly target: { readonly value: string } }) =>
    setValues({ ...values, [name]: event.target.value });
  return (
    <Dialog open onClose={onClose} title={sandbox.newCustomer}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          creating.mutate();
        }}
      >
        <TextField
          label={sandbox.msisdn}
          error={creating.error?.message}
          inputMode="numeric"
          required
          value={values.msisdn}
          onChange={set("msisdn")}
        />
        <div className="fields">
          <TextField label={sandbox.firstName} value={values.firstName} onChange={set("firstName")} />
          <TextField label={sandbox.lastName} value={values.lastName} onChange={set("lastName")} />
        </div>
        <TextField
          label={sandbox.openingBalance}
          note={market.currency}
          inputMode="decimal"
          value={values.balance}
          onChange={set("balance")}
        />
        <div className="dialog-end">
          <button type="button" className="button" onClick={onClose}>
            {sandbox.cancel}
          </button>
          <button type="submit" className="button strong" disabled={creating.isPending}>
            {sandbox.create}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** `1000000.00` as `1,000,000.00`: the text stays exact. */
const groupDigits = (amount: string): string => amount.replaceAll(/\B(?=(?:\d{3})+(?!\d))(?<!\.\d*)/g, ",");
