/** What the frames of a backup say, in the order in which they come. */
import type { SchemaKind } from "../store/schema/migrate.ts";
import type { StoredSchema } from "../store/schema/schema-contents.ts";

export type Part =
  | BackupHead
  /** Whole schemas follow one another; a table's rows follow its part. */
  | {
      readonly part: "schema";
      readonly name: string;
      readonly kind: SchemaKind;
      readonly stored: StoredSchema;
    }
  | { readonly part: "table"; readonly table: string }
  | { readonly part: "end" };

export interface BackupHead {
  readonly part: "backup";
  /** Wall time, as ISO 8601. */
  readonly takenAt: string;
  /** SECRET_KEY in hexadecimal, where somebody asked for it to be in the file. */
  readonly secretKey: string | null;
}
