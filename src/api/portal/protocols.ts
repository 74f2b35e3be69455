/** What applications can have of each protocol, and the public keys of the sandbox. */
import { Type } from "typebox";
import { msPerSecond } from "../../core/clock.ts";
import { maxOverlapMs } from "../../core/credential-overlap.ts";
import { marketNames } from "../../core/markets.ts";
import { nullable, object, stringEnum } from "../../core/schema.ts";
import { protocols } from "../../protocols/registry.ts";
import { readSecret } from "../../store/main/secrets.ts";
import { ownCallbackUrls } from "./application-settings.ts";
import { protocolField } from "./issued-secrets.ts";
import { defineRoute } from "./route.ts";

const protocolInfo = object({
  name: protocolField,
  title: Type.String(),
  markets: Type.Array(stringEnum(marketNames)),
  products: Type.Array(
    object({
      name: Type.String(),
      description: Type.String(),
      isLimited: Type.Boolean({ description: "Whether it can have limits on value and count." }),
    }),
  ),
  defaultOverlapSeconds: Type.Integer({ description: "How long renewed secrets stay valid by default." }),
  callbackKinds: Type.Array(object({ kind: Type.String(), description: Type.String() }), {
    description: "The kinds of callback for which an application has a URL of its own.",
  }),
});

export const protocolRoutes = [
  defineRoute({
    method: "GET",
    path: "/protocols",
    summary: "Lists the protocols, with their products and what an application can set.",
    status: 200,
    response: object({ protocols: Type.Array(protocolInfo), maxOverlapSeconds: Type.Integer() }),
    async handle() {
      return {
        maxOverlapSeconds: maxOverlapMs / msPerSecond,
        protocols: protocols.map(
          ({ name, title, markets, products, credentialOverlapMs, notificationKinds }) => ({
            name,
            title,
            markets: [...markets],
            products: products.map(({ name: product, description, limited }) => ({
              name: product,
              description,
              isLimited: limited,
            })),
            defaultOverlapSeconds: credentialOverlapMs / msPerSecond,
            callbackKinds: ownCallbackUrls
              .filter(({ protocol }) => protocol === name)
              .map(({ kind }) => ({ kind, description: notificationKinds[kind] ?? "" })),
          }),
        ),
      };
    },
  }),

  defineRoute({
    method: "GET",
    path: "/environment-keys",
    summary: "Returns the public key and the certificate of the sandbox, with which clients encrypt.",
    status: 200,
    response: object({
      publicKey: Type.String({
        description: "For bearers of OpenAPI v2 and IPG v1: SPKI in DER, as base64.",
      }),
      certificate: nullable(
        Type.String({ description: "For the passwords of initiators in Daraja and the SOAP Broker: PEM." }),
      ),
    }),
    async handle(_request, { deps }) {
      const bearer = await readSecret(deps.main, "sandbox", "bearer");
      const { daraja } = deps.sandbox.sandboxInfo as { readonly daraja?: { readonly certificate?: string } };
      return {
        publicKey: bearer?.public?.toString("base64") ?? "",
        certificate: daraja?.certificate ?? null,
      };
    },
  }),
] as const;
