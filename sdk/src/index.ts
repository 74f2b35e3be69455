/**
 * The public exports of `@pesarail/sdk`.
 *
 * It has the types of OpenAPI v2 (`CollectRequest`, `Result`, …) under their own names. Other protocols have types with
 * the same names, which their own entry points export.
 */
export { InvalidArgumentError, PesarailError, TransportError } from "./errors.ts";
export * from "./openapi-v2/index.ts";
export { Daraja } from "./daraja/client.ts";
export type { DarajaOptions } from "./daraja/options.ts";
export { IpgV1 } from "./ipg-v1/client.ts";
export type { IpgV1Options } from "./ipg-v1/options.ts";
export * from "./webhooks/index.ts";
export * from "./compat/index.ts";
