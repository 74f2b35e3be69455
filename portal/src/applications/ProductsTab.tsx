/** The products of an application: on or off, with hours, limits, and what is used of these now. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call, type PortalResult } from "../api/call.ts";
import { read, refresh } from "../api/queries.ts";
import { SelectField } from "../ui/Field.tsx";
import { Query } from "../ui/PageStates.tsx";
import { showToast } from "../ui/toasts.tsx";
import { words } from "../words.ts";
import type { Application, TabProps } from "./ApplicationPage.tsx";
import { AsCode } from "./AsCode.tsx";
import { toCommand, toCurl, toOption, type EquivalentCode } from "./commands.ts";
import { groupDigits } from "./format.ts";
import { LimitsDrawer } from "./LimitsDrawer.tsx";
import { Meter, toMeterTone } from "./Meter.tsx";

const { applications, applicationProducts } = words;

type Protocols = PortalResult<"GET /protocols">["protocols"];
type Protocol = Protocols[number];
type Product = Protocol["products"][number];
type Market = Protocol["markets"][number];
type Usage = PortalResult<"GET /applications/{id}/usage">;
type ProductUsage = Usage["products"][number];
export type ProductSettings = Application["settings"]["products"][string];

export function ProductsTab({ application }: TabProps) {
  const query = useQuery({ ...read("GET /protocols"), staleTime: Infinity });
  return (
    <Query query={query} rows={8}>
      {({ protocols }) => <Products application={application} protocols={protocols} />}
    </Query>
  );
}

function Products({ application, protocols }: TabProps & { readonly protocols: Protocols }) {
  const [choice, setChoice] = useState<{ protocol: string; market: string | null }>({
    protocol: protocols[0]?.name ?? "",
    market: null,
  });
  const session = useQuery({ ...read("GET /session"), staleTime: Infinity });
  const protocol = protocols.find(({ name }) => name === choice.protocol) ?? protocols[0];
  if (protocol === undefined) return null;
  const market = protocol.markets.find((name) => name === choice.market) ?? selectMarket(protocol.markets);
  const getTitle = (name: string): string =>
    session.data?.markets.find((each) => each.name === name)?.title ?? name;
  return (
    <section className="card" aria-label={words.applications.tabs.products}>
      <div className="card-top">
        <div className="segment" role="group" aria-label={applicationProducts.protocol}>
          {protocols.map(({ name, title }) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === protocol.name}
              onClick={() => setChoice({ protocol: name, market: null })}
            >
              {title}
            </button>
          ))}
        </div>
        <SelectField
          label={applicationProducts.market}
          value={market}
          onChange={(event) => setChoice({ protocol: protocol.name, market: event.target.value })}
        >
          {protocol.markets.map((name) => (
            <option key={name} value={name}>
              {getTitle(name)}
            </option>
          ))}
        </SelectField>
      </div>
      <ProductTable application={application} protocol={protocol} market={market} />
    </section>
  );
}

/** Tanzania, where the samples are, or the only market. */
const selectMarket = (markets: readonly Market[]): Market =>
  markets.find((name) => name === "vodacomTZN") ?? markets[0] ?? "vodacomTZN";

function ProductTable({
  application,
  protocol,
  market,
}: TabProps & { readonly protocol: Protocol; readonly market: Market }) {
  const [editing, setEditing] = useState<Product | null>(null);
  const usage = useQuery({
    ...read("GET /applications/{id}/usage", { params: { id: application.id }, query: { market } }),
    refetchInterval: 15_000,
  });
  const { products } = application.settings;
  const currency = usage.data?.currency ?? "";
  const minutes = usage.data?.minutesLeft ?? 0;
  return (
    <>
      <div className="table-wrap">
        <table className="table padded" data-density="roomy" aria-label={protocol.title}>
          <thead>
            <tr>
              <th scope="col">{applicationProducts.product}</th>
              <th scope="col" className="desk-only">
                {applicationProducts.value(currency)}
              </th>
              <th scope="col" className="desk-only">
                {applicationProducts.count}
              </th>
              <th scope="col" className="wide-only">
                {applicationProducts.customerValue(currency)}
              </th>
              <th scope="col" className="wide-only">
                {applicationProducts.customerCount}
              </th>
              <th scope="col" className="right wide-only">
                {applicationProducts.single}
              </th>
              <th scope="col">
                <span className="unseen">{applications.edit}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {protocol.products.map((product) => (
              <ProductLine
                key={product.name}
                application={application}
                product={product}
                settings={products[product.name]}
                usage={usage.data?.products.find((each) => each.product === product.name)}
                currency={currency}
                onEdit={() => setEditing(product)}
              />
            ))}
          </tbody>
        </table>
      </div>
      <div className="table-foot">
        <span>{applicationProducts.usageHelp}</span>
        <AsCode getCode={() => toCode(application, protocol)} />
        <span>
          {usage.data === undefined
            ? null
            : applicationProducts.resets(
                applicationProducts.duration(Math.floor(minutes / 60), minutes % 60),
              )}
        </span>
      </div>
      {editing === null ? null : (
        <LimitsDrawer
          application={application}
          product={editing}
          settings={products[editing.name] ?? {}}
          currencies={currency === "" ? [] : [currency]}
          onClose={() => setEditing(null)}
        />
      )}
    </>
  );
}

/** What switches the products of a protocol as they are now. Products that are on keep their limits. */
function toCode({ id, settings }: Application, protocol: Protocol): EquivalentCode {
  const names = protocol.products.map(({ name }) => name);
  const enabled = names.filter((name) => name in settings.products);
  const disabled = names.filter((name) => !(name in settings.products));
  const products = names.map((name) => [name, settings.products[name] ?? null]);
  return {
    command: toCommand(
      "change",
      id,
      ...toOption("--add-product", enabled),
      ...toOption("--remove-product", disabled),
    ),
    curl: toCurl("PATCH", `/applications/${id}`, { products: Object.fromEntries(products) }),
  };
}

interface ProductLineProps extends TabProps {
  readonly product: Product;
  readonly settings: ProductSettings | undefined;
  readonly usage: ProductUsage | undefined;
  readonly currency: string;
  readonly onEdit: () => void;
}

function ProductLine({ application, product, settings, usage, currency, onEdit }: ProductLineProps) {
  const { revokedAt } = application;
  const limits = settings?.limits;
  const hasOtherCurrency = limits?.currency !== undefined && currency !== "" && limits.currency !== currency;
  return (
    <tr>
      <td>
        <label className="product-name">
          <input
            className="switch"
            type="checkbox"
            role="switch"
            checked={settings !== undefined}
            disabled={revokedAt !== null}
            onChange={() => void toggleProduct(application, product, settings)}
          />
          <span>
            <b>{product.description}</b>
            <small>
              <code>{product.name}</code>, {formatHours(settings)}
            </small>
            <NarrowUsage usage={usage} />
            {hasOtherCurrency ? (
              <small>{applicationProducts.otherCurrency(limits.currency ?? "")}</small>
            ) : null}
          </span>
        </label>
      </td>
      <LimitCells product={product} settings={settings} usage={usage} />
      <td className="right">
        <button
          type="button"
          className="button small"
          disabled={settings === undefined || revokedAt !== null}
          onClick={onEdit}
        >
          {applications.edit}
          <span className="unseen"> {product.description}</span>
        </button>
      </td>
    </tr>
  );
}

function LimitCells({ product, settings, usage }: Pick<ProductLineProps, "product" | "settings" | "usage">) {
  if (settings === undefined || !product.isLimited)
    return (
      <>
        <td className="muted desk-only">
          {settings === undefined ? applicationProducts.off : applicationProducts.noLimits}
        </td>
        <td className="desk-only" />
        <td className="wide-only" />
        <td className="wide-only" />
        <td className="wide-only" />
      </>
    );
  const { singleValue } = settings.limits ?? {};
  return (
    <>
      <td className="desk-only">
        <LimitMeter usage={usage?.sessionDailyValue} />
      </td>
      <td className="desk-only">
        <LimitMeter usage={usage?.sessionDailyCount} />
      </td>
      <td className="wide-only">
        <LimitMeter usage={usage?.customerDailyValue} />
      </td>
      <td className="wide-only">
        <LimitMeter usage={usage?.customerDailyCount} />
      </td>
      <td className="right wide-only">
        {singleValue === undefined ? (
          <span className="muted">{applicationProducts.noLimit}</span>
        ) : (
          groupDigits(singleValue)
        )}
      </td>
    </>
  );
}

function LimitMeter({ usage }: { readonly usage: ProductUsage["sessionDailyValue"] | undefined }) {
  if (usage === undefined) return <span className="ghost" />;
  if (usage === null) return <span className="muted">{applicationProducts.noLimit}</span>;
  return (
    <Meter
      used={groupDigits(usage.used)}
      note={applicationProducts.ofLimit(groupDigits(usage.limit))}
      percent={usage.percent}
      tone={toMeterTone(usage.percent)}
    />
  );
}

/** What a narrow page has instead of the columns. */
function NarrowUsage({ usage }: { readonly usage: ProductUsage | undefined }) {
  const limits = [
    { name: applicationProducts.sessionDailyValue, usage: usage?.sessionDailyValue },
    { name: applicationProducts.sessionDailyCount, usage: usage?.sessionDailyCount },
  ];
  return limits.map((limit) =>
    limit.usage == null ? null : (
      <small key={limit.name} className="narrow-only">
        {limit.name} <b>{groupDigits(limit.usage.used)}</b>{" "}
        {applicationProducts.ofLimit(groupDigits(limit.usage.limit))}
      </small>
    ),
  );
}

function formatHours(settings: ProductSettings | undefined): string {
  if (settings === undefined) return applicationProducts.off;
  const { from, to } = settings;
  return from === undefined || to === undefined
    ? applicationProducts.allDay
    : applicationProducts.hours(from, to);
}

/** Switches a product, and offers to undo it: its limits come back. */
async function toggleProduct(
  { id }: Application,
  { name, description }: Product,
  settings: ProductSettings | undefined,
): Promise<void> {
  const set = async (value: ProductSettings | null): Promise<void> => {
    await call("PATCH /applications/{id}", { params: { id }, body: { products: { [name]: value } } });
    await refresh("/applications");
  };
  const report = (error: unknown): void =>
    showToast(error instanceof Error ? error.message : String(error), { tone: "danger" });
  try {
    await set(settings === undefined ? {} : null);
    const text =
      settings === undefined
        ? applicationProducts.enabled(description)
        : applicationProducts.disabled(description);
    const run = (): void => void set(settings ?? null).catch(report);
    showToast(text, { undo: { label: applications.undo, run } });
  } catch (error) {
    report(error);
  }
}
