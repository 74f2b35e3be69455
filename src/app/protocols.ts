/** Builds the protocols of the registry for one server. */
import type { CallbackProtocols } from "../callbacks/notification.ts";
import type { CallbackService } from "../callbacks/callback-service.ts";
import type { CredentialType } from "../developers/credentials.ts";
import type { SeedProducts } from "../developers/sandbox-application.ts";
import type { Environment } from "../core/markets.ts";
import type { OwedNotificationsByProtocol } from "../payments/notifications.ts";
import type { PromptLimits, PromptLimitsByProtocol } from "../payments/open-prompts.ts";
import type {
  OwnListeners,
  Protocol,
  ProtocolDeps,
  ProtocolName,
  ProtocolSettings,
  RenderKeys,
  RunningProtocol,
} from "../protocols/protocol.ts";
import { createBearerDecryptor } from "../protocols/ipg/bearer-decryption.ts";
import { findProtocol, productNames, protocols } from "../protocols/registry.ts";

/** The rules for the notifications that the payments of each protocol owe. */
export const owedNotifications: OwedNotificationsByProtocol = Object.fromEntries(
  protocols.map((protocol) => [protocol.name, protocol.owedNotifications]),
);

/** The limits on open prompts of each protocol, in an environment whose settings are `fromSettings`. */
export function toPromptLimits(fromSettings: PromptLimits): PromptLimitsByProtocol {
  return Object.fromEntries(
    protocols.map(({ name, promptLimits }) => [
      name,
      promptLimits === "settings" ? fromSettings : promptLimits,
    ]),
  );
}

/** How the notifications of each protocol are rendered and delivered. */
export function createCallbackProtocols(
  keys: Readonly<Record<Environment, RenderKeys>>,
  settings: ProtocolSettings,
): CallbackProtocols {
  return Object.fromEntries(
    protocols.map((protocol) => [
      protocol.name,
      {
        render: protocol.createRenderer(keys, settings),
        needsParties: protocol.needsParties ?? false,
        rules: (environment: Environment) => protocol.callbackRules(environment, settings),
      },
    ]),
  );
}

/** The products that the sandbox's own application gets with a secret of this type. */
export const listSeedProducts = ({ protocol }: CredentialType): SeedProducts => ({
  all: productNames,
  own: findProtocol(protocol as ProtocolName)?.products.map(({ name }) => name) ?? [],
});

/** A protocol with listeners of its own. */
export interface ProtocolWithListeners {
  readonly definition: Protocol;
  readonly listeners: OwnListeners;
}

export interface RunningProtocols {
  readonly all: readonly RunningProtocol[];
  /** Those that have a live listener. */
  readonly withLiveListener: readonly { readonly definition: Protocol; readonly protocol: RunningProtocol }[];
  /** Those that have listeners of their own. */
  readonly withOwnListeners: readonly ProtocolWithListeners[];
  /** The content of `sandbox.json` for each protocol. */
  readonly sandboxInfo: Readonly<Record<string, object>>;
  close(): Promise<void>;
}

export async function createProtocols(
  deps: Omit<ProtocolDeps, "bearers" | "readNotification" | "validateCallbackUrl">,
  callbacks: Pick<CallbackService, "forRail" | "validateCallbackUrl">,
): Promise<RunningProtocols> {
  const bearers = createBearerDecryptor(deps.keys);
  const running: { name: ProtocolName; definition: Protocol; protocol: RunningProtocol }[] = [];
  // One after the other, because each would open its own connection to the database.
  for (const definition of protocols) {
    const { name, create } = definition;
    const protocol = await create({
      ...deps,
      bearers,
      async readNotification(rail, id) {
        const delivery = await callbacks.forRail(rail).read(id);
        if (delivery === null || delivery.body === null) return null;
        return { kind: delivery.row.kind, url: delivery.row.endpoint, body: delivery.body };
      },
      validateCallbackUrl: (environment, url) => callbacks.validateCallbackUrl(environment, name, url),
    });
    running.push({ name, definition, protocol });
  }
  return {
    all: running.map(({ protocol }) => protocol),
    withLiveListener: running.filter(({ protocol }) => protocol.registerLive !== undefined),
    withOwnListeners: running.flatMap(({ definition, protocol: { ownListeners: listeners } }) =>
      listeners === undefined ? [] : [{ definition, listeners }],
    ),
    sandboxInfo: Object.fromEntries(running.map(({ name, protocol }) => [name, protocol.sandboxInfo])),
    async close() {
      await Promise.all([bearers.close(), ...running.map(({ protocol }) => protocol.close())]);
    },
  };
}
