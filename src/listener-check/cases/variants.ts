/** Other forms in which a protocol sends a success, each of which must be booked once. */
import type { ListenerChecks } from "../../protocols/listener-checks.ts";
import type { Scenario } from "../case.ts";
import { notApplicable } from "../finding.ts";
import { bookedOnce } from "../merchant-records.ts";
import type { Delivery } from "../exchange.ts";

export const createVariants = ({ variants = {} }: ListenerChecks, calls: readonly string[]): Scenario[] =>
  Object.entries(variants).map(([name, variant]) => {
    const { description, call, buildMessages, ...text } = variant;
    return {
      name,
      group: "Forms",
      description,
      cases: {
        acknowledged: {
          severity: "message",
          expects: "Each message is acknowledged with 2xx.",
          consequence: "M-Pesa itself sends a result once: one that is refused is lost.",
          fix: text.fix,
        },
        "booked-once": text,
      },
      async run(runner) {
        if (!calls.includes(call)) {
          for (const each of ["acknowledged", "booked-once"])
            runner.report(each, notApplicable("The listener does not handle this operation (--call)."));
          return;
        }
        const payment = await runner.begin("payment", { call });
        const deliveries: Delivery[] = [];
        for (const message of buildMessages(runner.settings.random, payment))
          deliveries.push(await runner.deliver(message));
        runner.reportAcknowledged("acknowledged", deliveries);
        await runner.expectRecords("booked-once", [payment], bookedOnce);
      },
    };
  });
