/** Every scenario, in the order in which they are played: what all others build on first. */
import type { Product } from "../../../payments/products.ts";
import type { Scenario } from "../case.ts";
import { answers } from "./answers.ts";
import { afterGivingUp, afterOwnQuery } from "./late.ts";
import { manyAtOnce } from "./load.ts";
import { malformed } from "./malformed.ts";
import { outOfOrder, refusalAfterSuccess, timeoutThenSuccess, twoStepOutOfOrder } from "./order.ts";
import { own503 } from "./recovery.ts";
import { duplicate, duplicateAtOnce, duplicateReworded, hangUp } from "./repeats.ts";
import { lostAnswer, resultsOf } from "./results.ts";
import { signatures } from "./signatures.ts";
import { anotherPayment, unknownReference, wrongAmount } from "./strangers.ts";
import { chunked, keptAlive, slowReader, slowSender } from "./transport.ts";

export function scenariosFor(calls: readonly Product[]): Scenario[] {
  return [
    ...calls.flatMap((call, i) => resultsOf(call, i === 0)),
    lostAnswer,
    duplicate,
    duplicateAtOnce,
    duplicateReworded,
    hangUp,
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
    keptAlive,
    chunked,
    manyAtOnce,
    own503,
    answers,
    // What may take the listener down comes last: everything else has been seen by then.
    malformed,
  ];
}
