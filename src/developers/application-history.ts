/**
 * The history of an application: its settings after each change, and what differs between two of them.
 *
 * A version is written in the transaction of its change. Secrets are no part of it, and neither is pull delivery, which a
 * running `pesarail listen` switches on and off.
 */
import { msPerSecond } from "../core/clock.ts";
import type { Transaction } from "../store/driver/connect.ts";
import { insertApplicationVersion, readLastVersionNumber } from "../store/main/application-versions.ts";
import type { ApplicationRow } from "../store/main/applications.ts";
import type { Products } from "./application-settings.ts";

/** The settings that a version has, and that can be restored. */
export interface VersionSettings {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly sessionLifetimeSeconds: number;
  readonly trustedSources: readonly string[];
  readonly trustedOrigins: readonly string[];
  readonly shortcodes: readonly string[] | null;
  readonly products: Products;
  /** By protocol and kind, such as `openapi-v2/result`. */
  readonly callbackUrls: Readonly<Record<string, string>>;
}

/** One difference. `item` is the product, the address or the kind of callback that it concerns; null for a plain field. */
export interface SettingChange {
  readonly field: keyof VersionSettings;
  readonly item: string | null;
  /** The setting of a product, such as `singleValue`. */
  readonly setting: string | null;
  readonly before: string | null;
  readonly after: string | null;
}

export const toVersionSettings = (row: ApplicationRow): VersionSettings => ({
  name: row.name,
  version: row.version,
  description: row.description,
  sessionLifetimeSeconds: Number(row.sessionLifetimeMs) / msPerSecond,
  trustedSources: row.trustedSources,
  trustedOrigins: row.trustedOrigins,
  shortcodes: row.shortcodes,
  products: row.products as Products,
  callbackUrls: row.callbackUrls,
});

export interface RecordedChange {
  readonly who: string;
  readonly what: string;
  /** Without secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Null for a new application. */
  readonly before: ApplicationRow | null;
  readonly after: ApplicationRow;
}

/** The action of the version with which the history of an older application begins. */
export const firstVersionAction = "application recorded";

/**
 * Writes the version after a change. The application must be locked. If it is older than its history, the history begins
 * with the settings before the change.
 */
export async function recordVersion(tx: Transaction, change: RecordedChange): Promise<void> {
  const { who, what, details = {}, before, after } = change;
  if (before !== null && (await readLastVersionNumber(tx, before.id)) === 0) {
    await insertApplicationVersion(tx, before.id, {
      who: "Pesarail",
      what: firstVersionAction,
      settings: toVersionSettings(before),
      details: {},
    });
  }
  await insertApplicationVersion(tx, after.id, { who, what, settings: toVersionSettings(after), details });
}

/** What differs, in the order of the settings. */
export function compareSettings(before: VersionSettings, after: VersionSettings): SettingChange[] {
  return [
    ...comparePlain("name", before.name, after.name),
    ...comparePlain("version", before.version, after.version),
    ...comparePlain("description", before.description, after.description),
    ...comparePlain(
      "sessionLifetimeSeconds",
      String(before.sessionLifetimeSeconds),
      String(after.sessionLifetimeSeconds),
    ),
    ...compareLists("trustedSources", before.trustedSources, after.trustedSources),
    ...compareLists("trustedOrigins", before.trustedOrigins, after.trustedOrigins),
    ...compareShortcodes(before.shortcodes, after.shortcodes),
    ...compareProducts(before.products, after.products),
    ...compareMaps("callbackUrls", null, before.callbackUrls, after.callbackUrls),
  ];
}

type PlainField = "name" | "version" | "description" | "sessionLifetimeSeconds";

const comparePlain = (field: PlainField, before: string, after: string): SettingChange[] =>
  before === after ? [] : [{ field, item: null, setting: null, before, after }];

function compareLists(
  field: keyof VersionSettings,
  before: readonly string[],
  after: readonly string[],
): SettingChange[] {
  const removed = before.filter((item) => !after.includes(item));
  const added = after.filter((item) => !before.includes(item));
  return [
    ...removed.map((item): SettingChange => ({ field, item, setting: null, before: item, after: null })),
    ...added.map((item): SettingChange => ({ field, item, setting: null, before: null, after: item })),
  ];
}

/** Null is every organisation. */
function compareShortcodes(
  before: readonly string[] | null,
  after: readonly string[] | null,
): SettingChange[] {
  if (before !== null && after !== null) return compareLists("shortcodes", before, after);
  if (before === after) return [];
  const format = (shortcodes: readonly string[] | null): string => shortcodes?.join(", ") ?? "*";
  return [{ field: "shortcodes", item: null, setting: null, before: format(before), after: format(after) }];
}

function compareProducts(before: Products, after: Products): SettingChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name): SettingChange[] => {
    const toggled = name in before !== name in after;
    return [
      ...(toggled
        ? [
            {
              field: "products" as const,
              item: name,
              setting: "enabled",
              before: name in before ? "on" : null,
              after: name in after ? "on" : null,
            },
          ]
        : []),
      ...compareMaps("products", name, flattenProduct(before[name]), flattenProduct(after[name])),
    ];
  });
}

function flattenProduct(settings: Products[string] | undefined): Readonly<Record<string, string>> {
  const { from, to, limits = {} } = settings ?? {};
  const hours = from === undefined || to === undefined ? {} : { hours: `${from}-${to}` };
  return {
    ...hours,
    ...Object.fromEntries(Object.entries(limits).map(([name, value]) => [name, String(value)])),
  };
}

/** Maps of texts. With `item`, the keys are settings of it. */
function compareMaps(
  field: keyof VersionSettings,
  item: string | null,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): SettingChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key): SettingChange[] =>
    before[key] === after[key]
      ? []
      : [
          {
            field,
            item: item ?? key,
            setting: item === null ? null : key,
            before: before[key] ?? null,
            after: after[key] ?? null,
          },
        ],
  );
}
