/** Registers organisations in a rail, with the accounts of their kind and with their parents. */
import type { RailContext } from "../payments/payments.ts";
import { createAccounts } from "../store/rail/accounts.ts";
import {
  insertOrganisations,
  readOrganisationKinds,
  setOrganisationParents,
  updateOrganisationSettings,
  type OrganisationKind,
  type OrganisationSettings,
} from "../store/rail/organisations.ts";
import { accountKindsByOrganisation, parentKinds } from "./kinds.ts";

export interface NewOrganisation {
  readonly shortcode: string;
  readonly name: string;
  /** The default is `paybill`. */
  readonly kind?: OrganisationKind;
  readonly parent?: string;
  readonly settings?: Partial<OrganisationSettings>;
}

/** An organisation cannot have this parent. The message says why. */
export class ParentNotAllowed extends Error {
  /** The organisation that names the parent. */
  readonly shortcode: string;

  constructor(shortcode: string, message: string) {
    super(message);
    this.shortcode = shortcode;
  }
}

const defaultKind: OrganisationKind = "paybill";

/**
 * Registers organisations with empty accounts. Existing organisations stay unchanged. A parent may be in the same list.
 * Returns the new shortcodes. Throws `ParentNotAllowed`, and then registers none.
 */
export async function registerOrganisations(
  { sql }: Pick<RailContext, "sql">,
  organisations: readonly NewOrganisation[],
): Promise<ReadonlySet<string>> {
  // Sorted, so that two servers that register the same organisations do not deadlock.
  const sorted = organisations
    .map(({ kind = defaultKind, ...organisation }) => ({ ...organisation, kind }))
    .sort((a, b) => (a.shortcode < b.shortcode ? -1 : 1));
  return sql.begin(async (tx) => {
    const created = await insertOrganisations(tx, sorted);
    const newOrganisations = sorted.filter(({ shortcode }) => created.has(shortcode));
    const children = newOrganisations.flatMap(({ parent, ...child }) =>
      parent === undefined ? [] : { ...child, parent },
    );
    if (children.length > 0) {
      // Read after the insert: only then is the kind certain of a parent that another server registers now.
      const kinds = await readOrganisationKinds(
        tx,
        children.map(({ parent }) => parent),
      );
      for (const child of children) assertParentAllowed(child, kinds.get(child.parent));
      await setOrganisationParents(tx, children);
    }
    await createAccounts(
      tx,
      newOrganisations.flatMap(({ shortcode, kind }) =>
        accountKindsByOrganisation[kind].map((accountKind) => ({
          owner: shortcode,
          kind: accountKind,
          behaviour: "ignore" as const,
        })),
      ),
    );
    for (const { shortcode, settings } of newOrganisations) {
      if (settings !== undefined) await updateOrganisationSettings(tx, shortcode, settings);
    }
    return created;
  });
}

function assertParentAllowed(
  { shortcode, kind, parent }: Required<Pick<NewOrganisation, "shortcode" | "kind" | "parent">>,
  parentKind: OrganisationKind | undefined,
): void {
  const problem = findParentProblem(kind, parent, parentKind);
  if (problem !== null) throw new ParentNotAllowed(shortcode, problem);
}

/** Why an organisation of this kind cannot have this parent, as a sentence, or null. */
export function findParentProblem(
  kind: OrganisationKind,
  parent: string,
  parentKind: OrganisationKind | undefined,
): string | null {
  const allowed = parentKinds[kind];
  if (allowed === undefined) {
    return `Only these kinds have a parent: ${Object.keys(parentKinds).join(", ")}. This is a ${kind}.`;
  }
  if (parentKind === undefined) return `No organisation in this market has the shortcode ${parent}.`;
  if (allowed.includes(parentKind)) return null;
  return `The parent of a ${kind} must be a ${allowed.join(" or a ")}, and ${parent} is a ${parentKind}.`;
}
