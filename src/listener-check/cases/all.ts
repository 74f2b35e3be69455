/** Every scenario in running order. Scenarios that others depend on come first. */
import type { Product } from "../../protocols/openapi-v2/products.ts";
import type { Scenario } from "../case.ts";
import { responses } from "./responses.ts";
import { afterGivingUp, afterOwnQuery } from "./late-results.ts";
import { manyAtOnce } from "./load.ts";
import { malformed } from "./malformed.ts";
import { outOfOrder, refusalAfterSuccess, timeoutThenSuccess, twoStepOutOfOrder } from "./ordering.ts";
import { respondsWith503 } from "./outages.ts";
import { duplicate, duplicateAtOnce, duplicateReworded, closesEarly } from "./duplicates.ts";
import { lostResponse, createResultScenarios } from "./results.ts";
import { signatures } from "./signatures.ts";
import { anotherPayment, unknownReference, wrongAmount } from "./unknown-payments.ts";
import { chunked, keepAlive, slowReader, slowSender } from "./transport.ts";

export function listScenarios(calls: readonly Product[]): Scenario[] {
  return [
    ...calls.flatMap((call, i) => createResultScenarios(call, i === 0)),
    lostResponse,
    duplicate,
    duplicateAtOnce,
    duplicateReworded,
    closesEarly,
    outOfOrder,
    refusalAfterSuccess,
    timeoutThenSuccess,
    twoStepOutOfOrder,
    afterGivingUp,
    afterOwnQuery,
    unknownReference,
    anotherPayment,
    wrongAmount,
    signatures,
    slowSender,
    slowReader,
    keepAlive,
    chunked,
    manyAtOnce,
    respondsWith503,
    responses,
    // May take the listener down, so it comes last, when everything else has been observed.
    malformed,
  ];
}
