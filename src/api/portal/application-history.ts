/** The history of an application: every change, two versions compared, one restored. */
import { Type } from "typebox";
import { nullable, object, stringEnum } from "../../core/schema.ts";
import {
  compareSettings,
  firstVersionAction,
  type VersionSettings,
} from "../../developers/application-history.ts";
import { productNames } from "../../protocols/registry.ts";
import {
  readApplicationVersion,
  readApplicationVersions,
  type ApplicationVersionRow,
} from "../../store/main/application-versions.ts";
import type { ApplicationRow } from "../../store/main/applications.ts";
import { mergeProducts } from "../control/application-settings.ts";
import { ApiError } from "../api-error.ts";
import { settingsResponse, toRestoringFields, toSettingsChange } from "./application-settings.ts";
import { assertNotRevoked, getActor, withOwnApplication } from "./own-applications.ts";
import { getOwnApplication, noSuchApplication } from "./own-objects.ts";
import { defineRoute, type DeveloperContext } from "./route.ts";

const pageSize = 30;
const noSuchVersion = "The application has no version with this number.";
const maxNumber = 2_147_483_647;

const actions = [
  "create",
  "change",
  "limit",
  "restore",
  "renew-key",
  "end-old-key",
  "change-password",
  "rotate-callback-secret",
  "revoke",
  "recorded",
] as const;

const changeFields = [
  "name",
  "version",
  "description",
  "sessionLifetimeSeconds",
  "trustedSources",
  "trustedOrigins",
  "shortcodes",
  "products",
  "callbackUrls",
] as const satisfies readonly (keyof VersionSettings)[];

const settingChange = object({
  field: stringEnum(changeFields),
  item: nullable(
    Type.String({ description: "The product, address or kind of callback; null for a plain field." }),
  ),
  setting: nullable(Type.String({ description: "The setting of a product, such as `singleValue`." })),
  before: nullable(Type.String()),
  after: nullable(Type.String()),
});

const versionFields = {
  number: Type.Integer(),
  at: Type.String({ format: "date-time" }),
  who: Type.String({ description: "A developer's e-mail address, `control API`, or the user of a command." }),
  isOwn: Type.Boolean({ description: "Whether you made the change." }),
  action: stringEnum(actions),
  protocol: nullable(Type.String({ description: "The protocol whose secrets changed." })),
  hints: Type.Array(Type.String(), { description: "The last characters of the secrets that changed." }),
  changes: Type.Array(settingChange, { description: "What differs from the version before." }),
};

export const applicationHistoryRoutes = [
  defineRoute({
    method: "GET",
    path: "/applications/{id}/versions",
    summary: "Lists the changes of an application, the newest first.",
    query: object(
      {},
      { before: Type.String({ pattern: "^[0-9]{1,9}$", description: "For the next page: `next`." }) },
    ),
    status: 200,
    response: object({ versions: Type.Array(object(versionFields)), next: nullable(Type.String()) }),
    errors: { 404: noSuchApplication },
    async handle({ params, query }, context) {
      const { id } = await getOwnApplication(context, params.id);
      const before = query.before === undefined ? maxNumber : Number(query.before);
      const rows = await readApplicationVersions(context.deps.main, id, before, pageSize + 1);
      const page = rows.slice(0, pageSize);
      return {
        versions: page.map((row, index) => toVersion(row, rows[index + 1], context)),
        next: rows.length > pageSize ? String(page.at(-1)?.number ?? "") : null,
      };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/applications/{id}/versions/{number}",
    summary:
      "Returns the settings of a version, and what they differ in from those of another one, by default the newest.",
    query: object({}, { with: Type.String({ pattern: "^[0-9]{1,9}$", description: "The other version." }) }),
    status: 200,
    response: object({
      number: Type.Integer(),
      with: Type.Integer(),
      settings: settingsResponse,
      changes: Type.Array(settingChange, { description: "From this version to the other one." }),
    }),
    errors: { 404: noSuchVersion },
    async handle({ params, query }, context) {
      const { id } = await getOwnApplication(context, params.id);
      const version = await getVersion(id, Number(params.number), context);
      const [newest] = await readApplicationVersions(context.deps.main, id, maxNumber, 1);
      const other = query.with === undefined ? newest : await getVersion(id, Number(query.with), context);
      const settings = version.settings as VersionSettings;
      return {
        number: version.number,
        with: other?.number ?? version.number,
        settings,
        changes: compareSettings(settings, (other?.settings ?? settings) as VersionSettings),
      };
    },
  }),

  defineRoute({
    method: "POST",
    path: "/applications/{id}/versions/{number}/restore",
    summary: "Changes an application back to the settings of a version. Secrets are no part of it.",
    status: 204,
    errors: { 404: noSuchVersion, 409: "The application is revoked." },
    async handle({ params }, context) {
      await withOwnApplication(context, params.id, async (service, row) => {
        assertNotRevoked(row);
        const version = await getVersion(row.id, Number(params.number), context);
        const settings = version.settings as VersionSettings;
        const fields = toRestoringFields(settings, row, productNames);
        const { change, callbackUrls } = toSettingsChange(fields, context.deps);
        const action = { what: "application restore", details: { number: version.number } };
        // The products of the version only, also if another was enabled meanwhile.
        const merge = (_current: ApplicationRow) => ({
          ...change,
          products: mergeProducts({}, fields.products ?? {}, {}),
        });
        await service.change(row.id, action, merge, callbackUrls);
      });
    },
  }),
] as const;

/** Throws 404. */
async function getVersion(
  applicationId: bigint,
  number: number,
  { deps }: DeveloperContext,
): Promise<ApplicationVersionRow> {
  const row = await readApplicationVersion(deps.main, applicationId, Math.min(number, maxNumber));
  if (row === undefined) throw new ApiError(404, noSuchVersion);
  return row;
}

function toVersion(
  row: ApplicationVersionRow,
  before: ApplicationVersionRow | undefined,
  context: DeveloperContext,
) {
  const { protocol, hints } = row.details;
  return {
    number: row.number,
    at: row.at.toISOString(),
    who: row.who,
    isOwn: row.who === getActor(context),
    action: toAction(row.what),
    protocol: typeof protocol === "string" ? protocol : null,
    hints: Array.isArray(hints) ? hints.map(String) : [],
    changes:
      before === undefined
        ? []
        : compareSettings(before.settings as VersionSettings, row.settings as VersionSettings),
  };
}

function toAction(what: string): (typeof actions)[number] {
  if (what === firstVersionAction) return "recorded";
  const name = what.replace(/^application /, "");
  return actions.find((action) => action === name) ?? "change";
}
