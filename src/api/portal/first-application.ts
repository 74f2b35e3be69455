/** The application that a new account begins with. */
import { Type } from "typebox";
import { msPerDay } from "../../core/clock.ts";
import { nullable, object, record } from "../../core/schema.ts";
import { enableProducts } from "../../developers/enabled-products.ts";
import { listCredentialTypes, selectSecrets } from "../../protocols/issued-secrets.ts";
import { productNames, protocols } from "../../protocols/registry.ts";
import { readDeveloperApplications } from "../../store/main/applications.ts";
import type { Developer, PortalDeps } from "./route.ts";

/** An application with its secrets by protocol, such as `{ "openapi-v2": { "apiKey": "…" } }`. */
export const firstApplication = nullable(
  object({
    id: Type.String(),
    name: Type.String(),
    secrets: record(record(Type.String()), { description: "They are not shown again." }),
  }),
);

interface NewApplicationSecrets {
  readonly id: string;
  readonly name: string;
  readonly secrets: Record<string, Record<string, string>>;
}

/** Every product, no limits, all organisations: as the sandbox's own application. Null if the developer has one already. */
export async function createFirstApplication(
  deps: PortalDeps,
  { id: developerId, email, name }: Pick<Developer, "id" | "email" | "name">,
): Promise<NewApplicationSecrets | null> {
  if ((await readDeveloperApplications(deps.main, "sandbox", developerId)).length > 0) return null;
  const products = enableProducts(productNames);
  const credentials = listCredentialTypes(products);
  const title = "My first application";
  const { id, secrets } = await deps.applications(email).create({
    developer: { email, name },
    name: title,
    description: "",
    sessionLifetimeMs: msPerDay,
    trustedSources: [],
    trustedOrigins: [],
    shortcodes: null,
    products,
    callbackUrls: [],
    credentials,
  });
  const byProtocol = protocols.flatMap(({ name: protocol }): [string, Record<string, string>][] => {
    const own = selectSecrets(protocol, credentials, secrets, id);
    return own === null ? [] : [[protocol, { ...own }]];
  });
  return { id: id.toString(), name: title, secrets: Object.fromEntries(byProtocol) };
}
