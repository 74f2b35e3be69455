/** Example requests and responses, for the documentation, the samples and the tools. */
import type { DarajaOperation } from "./operation.ts";

/** A request with the example of every field. */
export function buildExampleRequest({ fields }: Pick<DarajaOperation, "fields">): Record<string, unknown> {
  const request: Record<string, unknown> = {};
  for (const [name, { example }] of Object.entries(fields)) setNested(request, name.split("."), example);
  return request;
}

function setNested(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const inner = (target[name] ??= {}) as Record<string, unknown>;
  setNested(inner, rest, value);
}

/** A response with the example of every field. */
export const buildExampleResponse = ({
  response,
}: Pick<DarajaOperation, "response">): Record<string, unknown> =>
  Object.fromEntries(Object.entries(response).map(([name, { example }]) => [name, example]));
