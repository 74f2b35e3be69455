/** The JSON frames of a backup. */
import type { SchemaKind } from "../store/schema/migrate.ts";
import type { StoredSchema } from "../store/schema/schema-contents.ts";

export type Part =
  | BackupHead
  /** Schemas follow one another; a table's rows follow its `table` frame. */
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
  /** SECRET_KEY in hexadecimal, if `--with-secret-key` was given. */
  readonly secretKey: string | null;
}
