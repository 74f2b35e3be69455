/** Faults of a market: the next callbacks are lost or sent twice, the next requests fail. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call, type PortalResult } from "../api/call.ts";
import { read, refresh } from "../api/queries.ts";
import { SelectField, TextField } from "../ui/Field.tsx";
import { Icon } from "../ui/Icon.tsx";
import { words } from "../words.ts";
import { showFailure } from "./clock.ts";

const { sandbox } = words;

type Market = PortalResult<"GET /session">["markets"][number]["name"];
type Fault = PortalResult<"GET /sandbox/markets/{market}/faults">["faults"][number];

export function FaultsCard({ market }: { readonly market: Market }) {
  const offered = useQuery({ ...read("GET /sandbox/faults"), staleTime: Infinity });
  const list = useQuery(read("GET /sandbox/markets/{market}/faults", { params: { market } }));
  const kinds = offered.data?.faults.filter(({ markets }) => markets.includes(market)) ?? [];
  const [kind, setKind] = useState<string | null>(null);
  const [times, setTimes] = useState("1");
  const chosen = kinds.find((fault) => fault.kind === kind) ?? kinds[0];
  const setting = useMutation({
    mutationFn: (body: { readonly kind: Fault["kind"]; readonly times: number }) =>
      call("POST /sandbox/markets/{market}/faults", { params: { market }, body }),
    onSuccess: () => refresh("/sandbox/markets/{market}/faults"),
    onError: showFailure,
  });
  const faults = list.data?.faults ?? [];
  return (
    <section className="card" aria-labelledby="faults-title">
      <div className="card-top">
        <h2 id="faults-title">{sandbox.faults}</h2>
      </div>
      <div className="card-body stack">
        <p className="muted small">{sandbox.faultsHelp}</p>
        {faults.length === 0 ? null : (
          <ul className="chips">
            {faults.map((fault) => (
              <li key={fault.kind} className="chip">
                {sandbox.remaining(fault.kind, fault.remaining)}
                <button
                  type="button"
                  aria-label={sandbox.endFault(fault.kind)}
                  onClick={() => setting.mutate({ kind: fault.kind, times: 0 })}
                >
                  <Icon name="cross" />
                </button>
              </li>
            ))}
          </ul>
        )}
        {chosen === undefined ? null : (
          <form
            className="stack close"
            onSubmit={(event) => {
              event.preventDefault();
              setting.mutate({ kind: chosen.kind, times: Number(times) });
            }}
          >
            <SelectField
              label={sandbox.fault}
              help={chosen.description}
              value={chosen.kind}
              onChange={(event) => setKind(event.target.value)}
            >
              {kinds.map((fault) => (
                <option key={fault.kind} value={fault.kind}>
                  {fault.kind}
                </option>
              ))}
            </SelectField>
            <TextField
              label={sandbox.times}
              type="number"
              min={1}
              max={1000}
              required
              value={times}
              onChange={(event) => setTimes(event.target.value)}
            />
            <button type="submit" className="button" disabled={setting.isPending}>
              {sandbox.setFault}
            </button>
          </form>
        )}
      </div>
    </section>
  );
}
