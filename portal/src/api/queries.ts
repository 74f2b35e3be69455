/** What the server knows, cached by call and arguments. */
import { QueryClient, queryOptions } from "@tanstack/react-query";
import { call, CallError, type PortalCall, type PortalParameters, type PortalResult } from "./call.ts";

const isWorthRepeating = (error: unknown): boolean =>
  error instanceof CallError && (error.status === 0 || error.status === 503);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 2 && isWorthRepeating(error),
      throwOnError: false,
    },
    mutations: { retry: false },
  },
});

type ReadCall = Extract<PortalCall, `GET ${string}`>;

/** The options of a query: `useQuery(read("GET /session"))`. */
export const read = <Call extends ReadCall>(name: Call, ...args: PortalParameters<Call>) =>
  queryOptions({
    queryKey: [name, ...args] as const,
    queryFn: (): Promise<PortalResult<Call>> => call(name, ...args),
  });

/** Reads again what a change concerns: every query whose path begins with one of these. */
export async function refresh(...prefixes: readonly string[]): Promise<void> {
  await queryClient.invalidateQueries({
    predicate: ({ queryKey: [name] }) =>
      typeof name === "string" && prefixes.some((prefix) => name.startsWith(`GET ${prefix}`)),
  });
}
