import type { FastifyInstance } from "fastify";
import type { Id, WireNames } from "../ids.ts";
import type { Market, Rail } from "../money.ts";
import type { Payments } from "../payments/payments.ts";
import type { Sql } from "../store/connect.ts";
import type { RailStore } from "../store/stores.ts";

export interface ControlDeps {
  readonly token: string;
  readonly hosts: readonly string[];
  readonly main: Sql;
  readonly mainLog: Sql;
  railStore(rail: Rail): RailStore;
  payments(market: Market): Payments;
  readonly wire: WireNames;
  readonly newId: () => Id;
  flushRequestLog(): Promise<void>;
}

export function control(_app: FastifyInstance, _deps: ControlDeps): void {}
