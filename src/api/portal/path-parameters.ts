/** The parameters in the paths of the portal's API. An invalid one gets 404, as one that nothing has. */
import { Type, type TSchema } from "typebox";
import { shortcode } from "../../core/fields.ts";
import { marketNames } from "../../core/markets.ts";
import { object, stringEnum } from "../../core/schema.ts";
import { snapshotName } from "../../sandbox/snapshots.ts";
import { msisdn } from "../control/fields.ts";

const parameters = {
  market: stringEnum(marketNames, { description: "The market." }),
  msisdn,
  shortcode,
  snapshot: Type.String({ pattern: snapshotName, description: "The snapshot's name." }),
  /** The number of a row: an application, a credential, a version. */
  id: Type.String({ pattern: "^[0-9]{1,18}$", description: "The number of the object." }),
  credential: Type.String({ pattern: "^[0-9]{1,18}$", description: "The number of the credential." }),
  number: Type.String({ pattern: "^[0-9]{1,9}$", description: "The number of the version." }),
  /** The ConversationID of a request, which is that of its payment. */
  conversation: Type.String({ pattern: "^[0-9a-z]{1,40}$", description: "A ConversationID." }),
  /** A secret in an address: of a shared payment, of a link by e-mail. */
  token: Type.String({ pattern: "^[0-9A-Za-z_-]{16,64}$", description: "A token from a link." }),
  name: Type.String({ pattern: "^[^/]{1,100}$", description: "A name." }),
};

/** The schema of the parameters of a path, or undefined if it has none. */
export function pathSchema(path: string): TSchema | undefined {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name as keyof typeof parameters);
  if (names.length === 0) return undefined;
  return object(Object.fromEntries(names.map((name) => [name, parameters[name]])));
}
