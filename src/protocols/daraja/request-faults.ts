/**
 * How requests can fail in the sandbox, as clients have met it: for the next requests, as a test asks for it, and for OAuth
 * also by a setting (`DARAJA_OAUTH_FAULT`). Never by default, and never in live.
 */
import type { Environment } from "../../core/markets.ts";
import type { DarajaDeps } from "./daraja-deps.ts";
import { families } from "./families.ts";
import type { DarajaFault } from "./fault-kinds.ts";
import { darajaMarket } from "./names.ts";
import type { CallReply, DarajaOperation } from "./operation.ts";
import type { DarajaSettings } from "./settings.ts";
import type { WireObject } from "./wire-json.ts";

const soapFault: WireObject = {
  Envelope: {
    Body: {
      Fault: {
        faultcode: "soap:Server",
        faultstring:
          "Execution of ServiceCallout SCO-AddURLVault failed. Reason: ResponseCode 409 is treated as error",
        detail: { source: { errorcode: "steps.servicecallout.ExecutionFailed" } },
      },
    },
  },
};

/** Takes a fault for a call that is valid. Returns null without a promise in live, and when there is surely none. */
export function takeCallFault(
  { takeFault }: Pick<DarajaDeps, "takeFault">,
  environment: Environment,
  operation: DarajaOperation,
): Promise<CallReply | null> | null {
  if (environment === "live") return null;
  const kinds: readonly DarajaFault[] = ["internal_error", ...(operation.faults ?? [])];
  const taken = takeFault(darajaMarket, kinds);
  return taken === null ? null : taken.then((kind) => renderCallFault(kind, operation));
}

function renderCallFault(kind: string | null, { family }: DarajaOperation): CallReply | null {
  const reason = `Nothing was executed: a test asked for this fault (${kind}).`;
  if (kind === null) return null;
  return kind === "soap_fault"
    ? { status: 500, body: soapFault, code: "soap:Server", reason }
    : { error: families[family].internalError, reason };
}

/** A response that is no Daraja JSON. */
export interface FaultyResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const page = (title: string): string =>
  `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;

type OauthFault = Exclude<DarajaSettings["oauthFault"], "off">;

const oauthFaults: Readonly<Record<OauthFault, FaultyResponse>> = {
  empty: { status: 400, contentType: "application/json", body: "" },
  html: { status: 200, contentType: "text/html", body: page("Daraja sandbox portal") },
  unavailable: { status: 503, contentType: "text/html", body: page("Service Unavailable") },
};

const oauthKind = (fault: OauthFault) => `oauth_${fault}` as const satisfies DarajaFault;

/** What is sent instead of OAuth's response with this status; null for the response itself. */
export async function takeOauthFault(
  { settings, takeFault }: Pick<DarajaDeps, "settings" | "takeFault">,
  environment: Environment,
  status: number,
): Promise<FaultyResponse | null> {
  if (environment === "live") return null;
  const possible = (Object.keys(oauthFaults) as OauthFault[]).filter(
    (fault) => fault !== "empty" || status === oauthFaults.empty.status,
  );
  const taken = await takeFault(darajaMarket, possible.map(oauthKind));
  const fault = possible.find((each) => oauthKind(each) === taken || each === settings.oauthFault);
  return fault === undefined ? null : oauthFaults[fault];
}
