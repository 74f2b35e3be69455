/** The filters of the list: they are in the page's address, and the server gets them as they are there. */
import type { PortalParameters } from "../api/call.ts";

type Query = NonNullable<NonNullable<PortalParameters<"GET /requests">[0]>["query"]>;

export const filterNames = [
  "from",
  "until",
  "market",
  "application",
  "key",
  "protocol",
  "call",
  "code",
  "status",
  "name",
  "msisdn",
] as const;

export type FilterName = (typeof filterNames)[number];
export type Filters = Readonly<Partial<Record<FilterName, string>>>;

export function parseFilters(search: URLSearchParams): Filters {
  return Object.fromEntries(
    filterNames.flatMap((name) => {
      const value = search.get(name) ?? "";
      return value === "" ? [] : [[name, value]];
    }),
  );
}

export const formatFilters = (filters: Filters): string => {
  const search = new URLSearchParams(
    Object.entries(filters).filter(([, value]) => value !== undefined && value !== ""),
  ).toString();
  return search === "" ? "" : `?${search}`;
};

/** The server checks the values, and says what is wrong with one from a changed address. */
export const toQuery = (filters: Filters): Query => filters as Query;

export function withoutFilter(filters: Filters, name: FilterName): Filters {
  // A call belongs to its protocol.
  const removed: readonly FilterName[] = name === "protocol" ? ["protocol", "call"] : [name];
  return Object.fromEntries(Object.entries(filters).filter(([key]) => !removed.includes(key as FilterName)));
}
