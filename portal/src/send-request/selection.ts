/** What is chosen on the page: application, protocol, call, market and customer. It is in the address. */
import { useSearchParams } from "react-router";
import type { PortalResult } from "../api/call.ts";

export type Console = PortalResult<"GET /console">;
export type ConsoleProtocol = Console["protocols"][number];
export type ConsoleCall = ConsoleProtocol["calls"][number];
export type ConsoleHandset = Console["handsets"][number];
export type Application = PortalResult<"GET /applications">["applications"][number];

export interface Selection {
  readonly application: Application;
  readonly protocol: ConsoleProtocol;
  readonly call: ConsoleCall;
  readonly market: ConsoleHandset["market"];
  readonly handset: ConsoleHandset;
  readonly handsets: readonly ConsoleHandset[];
}

type Name = "application" | "protocol" | "call" | "market" | "customer";

/** The values of the address, each replaced by the first possible one if it names nothing. Null without an application. */
export function useSelection(
  { protocols, handsets }: Console,
  applications: readonly Application[],
): readonly [Selection | null, (name: Name, value: string) => void] {
  const [search, setSearch] = useSearchParams();
  const select = (name: Name, value: string): void =>
    setSearch(
      (current) => {
        const next = new URLSearchParams(current);
        next.set(name, value);
        return next;
      },
      { replace: true },
    );

  const usable = applications.filter(({ revokedAt }) => revokedAt === null);
  const application = usable.find(({ id }) => id === search.get("application")) ?? usable[0];
  const protocol = protocols.find(({ name }) => name === search.get("protocol")) ?? protocols[0];
  const call = protocol?.calls.find(({ name }) => name === search.get("call")) ?? protocol?.calls[0];
  const wanted = search.get("market") ?? "vodacomTZN";
  const market = call?.markets.find((name) => name === wanted) ?? call?.markets[0];
  const here = handsets.filter((each) => each.market === market);
  const handset = here.find(({ msisdn }) => msisdn === search.get("customer")) ?? here[0];
  const isComplete =
    application !== undefined &&
    protocol !== undefined &&
    call !== undefined &&
    market !== undefined &&
    handset !== undefined;
  return [isComplete ? { application, protocol, call, market, handset, handsets: here } : null, select];
}
