/** Applications of the sandbox: what a developer registers, with the key that opens it. */
import { everyProduct } from "../developers/applications.ts";
import { apiKeyColumns, newApiKey } from "../developers/credentials.ts";
import { sandboxDeveloper } from "../developers/sandbox-application.ts";
import { day, second } from "../clock.ts";
import {
  developerId,
  insertApplication,
  lockApplication,
  readApplication,
  readApplications,
  revokeSessions,
  updateApplication,
  type ApplicationRow,
} from "../store/directory.ts";
import {
  columnsOf,
  environment,
  limitsField,
  mergeProducts,
  settingFields,
  type Products,
} from "./application-settings.ts";
import { ControlError, route, type Asked, type ControlDeps } from "./route.ts";
import { flag, list, object, text } from "./schema.ts";

const shownFields = {
  id: text({ description: "A decimal number.", examples: ["1"] }),
  ...settingFields,
  relay: flag({ description: "Whether its results are collected instead of being posted." }),
  environment,
  apiKeyHint: text({ description: "The last four characters of the API key.", examples: ["x7Qp"] }),
  revoked: flag(),
};

const application = object(shownFields);

const withKey = object({
  ...shownFields,
  apiKey: text({
    description: "The API key, shown this once.",
    examples: ["0123456789ABCDEFGHIJKLMNOPQRSTUV"],
  }),
});

const { name, ...optionalFields } = settingFields;

const noSuchApplication = "The sandbox has no such application.";

export const applicationRoutes = [
  route({
    method: "GET",
    path: "/applications",
    does: "Lists the sandbox's applications, revoked ones among them.",
    status: 200,
    answers: object({ applications: list(application) }),
    async handle(_asked, { main }) {
      return { applications: (await readApplications(main, "sandbox")).map(shown) };
    },
  }),

  route({
    method: "POST",
    path: "/applications",
    does: "Registers an application and answers with its API key, once. Without `products` it has every product enabled, and without `shortcodes` it acts for every organisation.",
    body: object({ name }, optionalFields),
    status: 201,
    answers: withKey,
    async handle({ body }, deps) {
      const { products, ...settings } = body;
      const columns = columnsOf(settings, deps);
      const apiKey = newApiKey();
      const id = await insertApplication(deps.main, {
        developerId: await developerId(deps.main, sandboxDeveloper.email, sandboxDeveloper.name),
        environment: "sandbox",
        name: body.name,
        description: "",
        ...apiKeyColumns(apiKey),
        sessionLifetimeMs: columns.sessionLifetimeMs ?? day,
        trustedSources: columns.trustedSources ?? [],
        trustedOrigins: columns.trustedOrigins ?? [],
        shortcodes: columns.shortcodes ?? null,
        products: products === undefined ? everyProduct() : mergeProducts({}, products, {}),
        responseUrl: columns.responseUrl ?? null,
      });
      return { ...(await show(id, deps)), apiKey };
    },
  }),

  route({
    method: "PATCH",
    path: "/applications/{id}",
    does: "Changes an application. Products that are not named stay as they are; `limits` sets the limits of products and leaves the rest of them.",
    body: object({}, { ...settingFields, limits: limitsField }),
    status: 200,
    answers: application,
    fails: { 404: noSuchApplication },
    async handle(asked, deps) {
      const { products = {}, limits = {}, ...settings } = asked.body;
      const columns = columnsOf(settings, deps);
      await change(asked, deps, (before) => ({
        ...columns,
        products: mergeProducts(before.products as Products, products, limits),
      }));
      return show(idIn(asked), deps);
    },
  }),

  route({
    method: "DELETE",
    path: "/applications/{id}",
    does: "Revokes an application for ever: its key opens no session any more, and those it has are ended.",
    status: 204,
    fails: { 404: noSuchApplication },
    async handle(asked, deps) {
      await change(asked, deps, () => ({ revokedAt: new Date() }));
      await endSessions(asked, deps);
    },
  }),

  route({
    method: "DELETE",
    path: "/applications/{id}/sessions",
    does: "Ends an application's sessions. Its key opens new ones.",
    status: 204,
    fails: { 404: noSuchApplication },
    async handle(asked, deps) {
      await change(asked, deps, () => ({}));
      await endSessions(asked, deps);
    },
  }),

  route({
    method: "POST",
    path: "/applications/{id}/api-key",
    does: "Gives an application a new API key and shows it, once. The old key opens no session any more; sessions that it opened live on.",
    status: 201,
    answers: withKey,
    fails: { 404: noSuchApplication },
    async handle(asked, deps) {
      const apiKey = newApiKey();
      await change(asked, deps, () => apiKeyColumns(apiKey));
      return { ...(await show(idIn(asked), deps)), apiKey };
    },
  }),
];

/** Changes an application that nobody else is changing meanwhile; this server sees it at once. */
async function change(
  asked: Asked<unknown, unknown>,
  { main, refreshDirectory }: ControlDeps,
  columns: (before: ApplicationRow) => Parameters<typeof updateApplication>[2],
): Promise<void> {
  const id = idIn(asked);
  await main.begin(async (tx) => {
    const before = await lockApplication(tx, id);
    if (before?.environment !== "sandbox") throw new ControlError(404, noSuchApplication);
    await updateApplication(tx, id, columns(before));
  });
  await refreshDirectory();
}

async function endSessions(
  asked: Asked<unknown, unknown>,
  { main, refreshDirectory }: ControlDeps,
): Promise<void> {
  await revokeSessions(main, idIn(asked));
  await refreshDirectory();
}

/** The id in the path; what cannot be an id is nobody's. */
function idIn(asked: Asked<unknown, unknown>): bigint {
  const id = asked.part("id");
  if (!/^\d{1,18}$/.test(id)) throw new ControlError(404, noSuchApplication);
  return BigInt(id);
}

async function show(id: bigint, { main }: ControlDeps) {
  const row = await readApplication(main, id);
  if (row === undefined) throw new ControlError(404, noSuchApplication);
  return shown(row);
}

function shown(row: ApplicationRow) {
  return {
    id: row.id.toString(),
    name: row.name,
    environment: row.environment,
    apiKeyHint: row.apiKeyHint,
    sessionLifetimeSeconds: Number(row.sessionLifetimeMs) / second,
    trustedSources: row.trustedSources,
    trustedOrigins: row.trustedOrigins,
    shortcodes: row.shortcodes,
    products: row.products,
    responseUrl: row.responseUrl,
    relay: row.relay,
    revoked: row.revokedAt !== null,
  };
}
